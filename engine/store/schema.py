"""The schema all tables are in, column types that mean the same on SQLite and Postgres, and what scopes a query.

A table with a `workspace_id` column belongs to workspaces: engine/store/scope.py refuses every statement on it that
does not say which one.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UTC(TypeDecorator[dt.datetime]):
    """A moment. Refuses datetimes without a zone; gives them back in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no zone")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def bind_processor(self, dialect: Dialect) -> Any:
        """All rows of a page carry the same moment: it is converted once."""
        convert = super().bind_processor(dialect)
        last: tuple[dt.datetime | None, Any] = (None, None)

        def remembered(value: dt.datetime | None) -> Any:
            nonlocal last
            if value is None:
                return None
            kept = last  # another thread may replace it
            if value is not kept[0]:
                kept = last = (value, convert(value) if convert is not None else value)
            return kept[1]

        return remembered

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Bytes(LargeBinary):
    """Bytes as both drivers take and give them: no wrapping, which costs on hot paths."""

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> None:
        return None

    def result_processor(self, dialect: Dialect, coltype: Any) -> None:
        return None


BigId = BigInteger().with_variant(Integer(), "sqlite")  # SQLite aliases rowid only for INTEGER
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def workspace_id(*, primary_key: bool = False, hot: bool = False) -> Column[int]:
    """The column that makes a table belong to workspaces. Hot tables go without the foreign key: its check costs more
    than the insert, and only the store writes them."""
    return Column(
        "workspace_id",
        Integer,
        *([] if hot else [ForeignKey("workspaces.id", ondelete="CASCADE")]),
        primary_key=primary_key,
        autoincrement=False,
        nullable=False,
    )


def identifier() -> Column[int]:
    """A whole number given by the database."""
    return Column("id", BigId, primary_key=True, autoincrement=True)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
