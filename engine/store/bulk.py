"""Writes many rows, and asks for many keys, with one call to the driver: the hot path of every sync.

Rows come by column: a list with one value for each row, or one value that all rows share. So a value is converted
once, and no row becomes a dictionary, which through SQLAlchemy costs as much as the database's own work. SQLite runs
the statement for each row (`executemany`); Postgres takes the columns as arrays and runs it once. The workspace is
filled in here, from the transaction, as engine/store/scope.py does for all other statements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Boolean, ColumnElement, Dialect, Table, Text, TypeDecorator, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from engine.store.scope import COLUMN

_POSTGRES: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
AT_ONCE = 1000  # rows in one statement on Postgres: a parameter has at most a gigabyte
Columns = Mapping[str, Any]  # column → list (one value for each row) | the value of all rows


def by_column(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The rows, which all have the same columns, by column."""
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


class Bulk:
    """A statement for many rows of a table. Made once per module, run with `Transaction.bulk`."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        self.table = table
        self.columns = (COLUMN, *columns)

    async def run(self, connection: AsyncConnection, workspace: int, values: Columns) -> None:
        """Lists are all as long; without one, or with empty ones, there are no rows and nothing happens."""
        count = next((len(value) for value in values.values() if isinstance(value, list)), 0)
        if not count:
            return
        dialect = connection.dialect
        given = [workspace, *(_converted(self.table, name, values[name], dialect) for name in self.columns[1:])]
        if dialect.name == "sqlite":
            lists = [value if isinstance(value, list) else repeat(value, count) for value in given]
            await connection.exec_driver_sql(self.for_each_row(), list(zip(*lists, strict=True)))
            return
        rows = ", ".join(_column(self.table, *pair) for pair in zip(self.columns, given, strict=True))
        for start in range(0, count, AT_ONCE):
            some = (value[start : start + AT_ONCE] if isinstance(value, list) else value for value in given)
            await connection.exec_driver_sql(self.for_all(f"SELECT {rows}"), tuple(some))

    def for_each_row(self) -> str:
        """SQLite's statement: its parameters are the columns, in order."""
        raise NotImplementedError

    def for_all(self, rows: str) -> str:
        """Postgres' statement around the SELECT that gives the rows."""
        raise NotImplementedError


class BulkInsert(Bulk):
    """INSERT of many rows."""

    def for_each_row(self) -> str:
        return self.for_all(f"VALUES ({', '.join('?' for _ in self.columns)})")

    def for_all(self, rows: str) -> str:
        return f"INSERT INTO {self.table.name} ({', '.join(self.columns)}) {rows}"


class BulkUpsert(BulkInsert):
    """INSERT that, where a row with the same `keys` is there, sets its `changes` to the new values instead."""

    def __init__(self, table: Table, keys: Sequence[str], changes: Sequence[str]) -> None:
        super().__init__(table, (*keys, *changes))
        new = ", ".join(f"{name} = excluded.{name}" for name in changes)
        self._instead = f" ON CONFLICT ({', '.join((COLUMN, *keys))}) DO UPDATE SET {new}"

    def for_all(self, rows: str) -> str:
        return super().for_all(rows) + self._instead


class BulkUpdate(Bulk):
    """UPDATE of many rows by their `id`."""

    def __init__(self, table: Table, changes: Sequence[str]) -> None:
        super().__init__(table, ("id", *changes))

    def for_each_row(self) -> str:
        new = ", ".join(f"{name} = ?{place}" for place, name in enumerate(self.columns[2:], 3))
        return f"UPDATE {self.table.name} SET {new} WHERE {COLUMN} = ?1 AND id = ?2"

    def for_all(self, rows: str) -> str:
        name = self.table.name
        new = ", ".join(f"{each} = new.{each}" for each in self.columns[2:])
        same = " AND ".join(f"{name}.{each} = new.{each}" for each in (COLUMN, "id"))
        return f"UPDATE {name} SET {new} FROM ({rows}) AS new WHERE {same}"


def _converted(table: Table, name: str, value: Any, dialect: Dialect) -> Any:
    convert = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    if not isinstance(value, list):
        return value if convert is None else convert(value)
    if all(each is None for each in value):
        return None  # of an array of nothing Postgres could not tell the type
    return value if convert is None else [convert(each) for each in value]


def _column(table: Table, name: str, value: Any) -> str:
    kind = table.c[name].type.compile(_POSTGRES)
    return f"unnest(%b::{kind}[]) AS {name}" if isinstance(value, list) else f"%b::{kind} AS {name}"


# ---------------------------------------------------------------- many keys


class _Many(TypeDecorator[list[Any]]):
    """A list of texts or whole numbers as one parameter: JSON for SQLite, an array for Postgres."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return postgresql.ARRAY(self.item) if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> Any:
        return msgspec.json.encode(value).decode() if dialect.name == "sqlite" else value


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        return self  # left to itself SQLAlchemy compares it with 1, and no index helps


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether the column is one of the list in the parameter `name`. Unlike IN the statement is the same however long
    the list is: neither SQLAlchemy nor the database has to read thousands of parameters."""
    many: BindParameter[Any] = bindparam(name, type_=_Many(column.type))
    return _Among(column, many)


@compiles(_Among)
def _on_sqlite(element: _Among, compiler: Any, **options: Any) -> str:
    column, many = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({many}))"


@compiles(_Among, "postgresql")
def _on_postgres(element: _Among, compiler: Any, **options: Any) -> str:
    column, many = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY ({many})"
