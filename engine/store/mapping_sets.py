"""Mapping sets: one for each connection that has mappings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select

from engine.errors import UsageError
from engine.store.database import Transaction
from engine.store.schema import now
from engine.store.scope import mine
from engine.store.tables_connections import connections
from engine.store.tables_mappings import environments, mapping_sets
from engine.store.upsert import Upsert

ENVIRONMENTS = ("test", "live")


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingSet:
    """The mappings of one connection, published together."""

    id: int
    connection: str
    name: str


_ALL = (
    select(mapping_sets.c.id, mapping_sets.c.name, connections.c.name.label("connection"))
    .join(connections, connections.c.id == mapping_sets.c.connection_id)
    .where(mine(mapping_sets), mine(connections))
    .order_by(connections.c.name)
)
_ONE = _ALL.where(connections.c.name == bindparam("of_connection"))
_LOCK = (
    select(mapping_sets.c.id)
    .where(mine(mapping_sets), mapping_sets.c.id == bindparam("of_set"))
    .with_for_update(key_share=True)
)
_CONNECTION = select(connections.c.id).where(mine(connections), connections.c.name == bindparam("of_connection"))
_ENVIRONMENTS = Upsert(environments, ("workspace_id", "name"), ())


async def list_sets(tx: Transaction) -> list[MappingSet]:
    """By the connection's name."""
    return [_set(row) for row in await tx.rows(_ALL)]


async def find_set(tx: Transaction, connection: str) -> MappingSet | None:
    row = await tx.first(_ONE, {"of_connection": connection})
    return None if row is None else _set(row)


async def make_set(tx: Transaction, connection: str) -> MappingSet:
    """The connection's set, made when there is none. Raises NotFoundError when there is no such connection."""
    found = await find_set(tx, connection)
    if found is not None:
        return found
    row = await tx.one(_CONNECTION, f"connection {connection!r}", {"of_connection": connection})
    await tx.execute(_ENVIRONMENTS, [{"name": name, "settings": {}} for name in ENVIRONMENTS])
    await tx.execute(insert(mapping_sets), {"connection_id": row.id, "name": connection, "created_at": now()})
    made = await find_set(tx, connection)
    assert made is not None
    return made


async def lock_set(tx: Transaction, set_id: int) -> None:
    """One transaction at a time changes a set, on Postgres too."""
    await tx.execute(_LOCK, {"of_set": set_id})


def check_file(path: str, text: str | None) -> None:
    """Raises UsageError for a path that would leave the folder it is written to, and for a text that is none."""
    if text is not None and "\0" in text:
        raise UsageError(f"{path} has a NUL character: it is not a text file")
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or any(part in ("", ".", "..") for part in parts):
        raise UsageError(f"{path!r} cannot be the path of a file in a mapping set")


def _set(row: Any) -> MappingSet:
    return MappingSet(id=row.id, connection=row.connection, name=row.name)
