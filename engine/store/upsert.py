"""INSERT … ON CONFLICT … DO UPDATE, which SQLAlchemy writes per database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite


class Upsert:
    """Inserts rows; where a row with the same `keys` is there, sets its `columns` to the new values instead
    (no columns: leaves it alone). Made once per module, run with `Transaction.execute`."""

    def __init__(self, table: Table, keys: Sequence[str], columns: Sequence[str]) -> None:
        self._by_dialect: dict[str, Insert] = {
            "sqlite": _upsert(sqlite.insert(table), keys, columns),
            "postgresql": _upsert(postgresql.insert(table), keys, columns),
        }

    def on(self, dialect: str) -> Insert:
        return self._by_dialect[dialect]


def _upsert(statement: Any, keys: Sequence[str], columns: Sequence[str]) -> Insert:
    if columns:
        changes = {name: statement.excluded[name] for name in columns}
        return statement.on_conflict_do_update(index_elements=list(keys), set_=changes)  # type: ignore[no-any-return]
    return statement.on_conflict_do_nothing(index_elements=list(keys))  # type: ignore[no-any-return]
