"""Opens the database and gives transactions: for reading, for writing, for one workspace or for none in particular.

SQLite loses updates when a transaction that reads first writes later, so every write transaction begins IMMEDIATE: it
waits for the lock at its start and never fails in the middle.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Row, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.sql.base import Executable

from engine.errors import NotFoundError, UsageError
from engine.store.bulk import Bulk, Columns
from engine.store.scope import COLUMN, WORKSPACE, check_scope, scoped_insert
from engine.store.upsert import Upsert

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "busy_timeout=30000",
    "foreign_keys=ON",
    "cache_size=-64000",
    "temp_store=MEMORY",
    "mmap_size=268435456",
    "wal_autocheckpoint=16000",  # pages: an index page that a thousand records touch is written back once, not often
    "journal_size_limit=67108864",
    "secure_delete=FAST",  # what is erased is overwritten where that costs no extra writing
)
CHUNK = 5000  # keys in one IN: SQLite takes 32,766 parameters

T = TypeVar("T")
Rows = Sequence[Mapping[str, Any]]


class Transaction:
    """One transaction. With a workspace, every statement is held to it; without, only tables of no workspace and
    statements that name their workspaces themselves pass (people, workers, upkeep)."""

    def __init__(self, connection: AsyncConnection, workspace: int | None) -> None:
        self.connection = connection
        self.workspace = workspace
        self.dialect = connection.dialect.name  # sqlite | postgresql

    async def execute(self, statement: Executable | Upsert, rows: Rows | Mapping[str, Any] | None = None) -> Any:
        """Runs the statement once, or once for each of `rows` (not at all for an empty list)."""
        if isinstance(statement, Upsert):
            statement = statement.on(self.dialect)
        if self.workspace is None:
            return await self.connection.execute(statement, rows)
        check_scope(statement)
        name = COLUMN if scoped_insert(statement) else WORKSPACE
        if rows is None or isinstance(rows, Mapping):
            return await self.connection.execute(statement, {**(rows or {}), name: self.workspace})
        if not rows:
            return None
        return await self.connection.execute(statement, [{**row, name: self.workspace} for row in rows])

    async def bulk(self, statement: Bulk, values: Columns) -> None:
        """Runs the statement for all the rows that `values` has by column (engine/store/bulk.py)."""
        if self.workspace is None:
            raise UsageError(f"rows of {statement.table.name} belong to a workspace")
        await statement.run(self.connection, self.workspace, values)

    async def rows(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """All rows."""
        result: CursorResult[Any] = await self.execute(statement, values)
        return result.all()

    async def first(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Row[Any] | None:
        """The first row, if there is one."""
        result: CursorResult[Any] = await self.execute(statement, values)
        return result.first()

    async def one(self, statement: Executable, what: str, values: Mapping[str, Any] | None = None) -> Row[Any]:
        """The first row. Raises NotFoundError that says `what` there is none of."""
        row = await self.first(statement, values)
        if row is None:
            raise NotFoundError(f"there is no {what}")
        return row

    async def value(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Any:
        """The first column of the first row; None when there is no row."""
        row = await self.first(statement, values)
        return None if row is None else row[0]


class Database:
    """The opened database. Belongs to the event loop it is used on: another loop opens its own."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.dialect = engine.dialect.name
        self._writing = engine.execution_options(write=True)

    @asynccontextmanager
    async def read(self, workspace: int) -> AsyncIterator[Transaction]:
        """A transaction that only reads, in one workspace."""
        async with self.engine.connect() as connection:
            yield Transaction(connection, workspace)

    @asynccontextmanager
    async def write(self, workspace: int) -> AsyncIterator[Transaction]:
        """A transaction that writes, in one workspace. Committed at the end, rolled back on any error."""
        async with self._writing.begin() as connection:
            yield Transaction(connection, workspace)

    @asynccontextmanager
    async def read_everywhere(self) -> AsyncIterator[Transaction]:
        """A transaction that reads across workspaces: for people, workers and upkeep, never on behalf of a request."""
        async with self.engine.connect() as connection:
            yield Transaction(connection, None)

    @asynccontextmanager
    async def write_everywhere(self) -> AsyncIterator[Transaction]:
        """A transaction that writes across workspaces: for people, workers and upkeep."""
        async with self._writing.begin() as connection:
            yield Transaction(connection, None)

    async def close(self) -> None:
        await self.engine.dispose()


def open_database(url: str, *, pool: int = 8) -> Database:
    """Opens `sqlite:///path` or `postgresql://…`. Raises UsageError for any other URL. Does not migrate:
    engine/store/migrate.py does. Errors of the database never show values: they may be personal or secret."""
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_async_engine(parsed, pool_size=pool, max_overflow=0, hide_parameters=True)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    else:
        engine = create_async_engine(
            parsed, pool_size=pool, max_overflow=pool, pool_pre_ping=True, hide_parameters=True
        )
    return Database(engine)


def database_url(url: str) -> URL:
    """The URL with the driver CODI uses."""
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise UsageError("the database URL is not one: write sqlite:///path or postgresql://user@host/name") from None
    backend = parsed.drivername.split("+")[0]
    if backend not in drivers:
        raise UsageError(f"CODI keeps its data in SQLite or Postgres, not in {backend!r}")
    return parsed.set(drivername=drivers[backend])


def _prepare_sqlite(dbapi: Any, _record: Any) -> None:
    dbapi.isolation_level = None  # BEGIN is ours
    cursor = dbapi.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def chunks(keys: Iterable[T], size: int = CHUNK) -> Iterable[list[T]]:
    """The keys in lists short enough for one IN."""
    keys = list(keys)
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
