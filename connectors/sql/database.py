"""An open database: one SQLAlchemy engine, its transactions and what its tables look like.

Drivers block, so every call that reaches the database runs in a worker thread (`in_thread`). That works with every
driver SQLAlchemy knows, the ones with no asynchronous form included, and costs one hand-over per page.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from connectors.settings import near
from connectors.sql.failures import failure
from connectors.sql.settings import ColumnType, SqlSettings
from engine.errors import ConfigError

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnInfo:
    """A column as the database describes it."""

    name: str
    type: ColumnType | None  # None: the database does not tell
    scale: int | None = None  # of a decimal
    length: int | None = None  # of a text, in characters
    nullable: bool = True
    generated: bool = False  # the database fills it when left out
    aware: bool = False  # a datetime that carries its zone


@dataclass(slots=True, kw_only=True)
class Database:
    """The engine with what is known of the tables, looked up once each."""

    engine: sa.Engine
    schema: str | None
    zone: ZoneInfo
    now: Callable[[], datetime]  # UTC
    _tables: dict[str, dict[str, ColumnInfo]] = field(default_factory=dict)

    @property
    def sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    async def in_thread(self, call: Callable[..., _T], *args: Any) -> _T:
        return await asyncio.to_thread(partial(call, *args))

    @contextmanager
    def reading(self, doing: str) -> Iterator[sa.Connection]:
        """A short transaction. Raises ConnectorError."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise failure(error, doing) from error

    @contextmanager
    def writing(self, doing: str) -> Iterator[sa.Connection]:
        """A transaction that will write, committed at the end. Raises ConnectorError, in doubt only from the commit."""
        committing = False
        try:
            with self.engine.connect().execution_options(codi_writes=True) as connection:
                yield connection
                committing = True
                connection.commit()
        except SQLAlchemyError as error:
            raise failure(error, doing, committing=committing) from error

    def columns(self, table: str, where: str) -> dict[str, ColumnInfo]:
        """The columns of `table`. Raises ConfigError naming near tables; `where` says which setting asks."""
        if table not in self._tables:
            with self.reading(where) as connection:
                inspector = sa.inspect(connection)
                schema, _, name = table.rpartition(".")
                schema_name = schema or self.schema
                known = {*inspector.get_table_names(schema_name), *inspector.get_view_names(schema_name)}
                if name not in known:
                    raise ConfigError(f"{where}: there is no table {table!r}; {near(name, known)}", field=where)
                primary = set(inspector.get_pk_constraint(name, schema_name).get("constrained_columns") or ())
                found = inspector.get_columns(name, schema_name)
                self._tables[table] = {str(c["name"]): _column(c, primary) for c in found}
        return self._tables[table]

    def query_columns(self, query: str, where: str) -> dict[str, ColumnInfo]:
        """The columns a SELECT gives; their types are not known. Raises ConfigError when it does not run."""
        if query not in self._tables:
            with self.reading(where) as connection:
                result = connection.execute(sa.select(sa.text("*")).select_from(self.source(None, query)).limit(0))
                self._tables[query] = {name: ColumnInfo(name=name, type=None) for name in result.keys()}  # noqa: SIM118 - rows, not a dict
        return self._tables[query]

    def source(self, table: str | None, query: str | None) -> sa.FromClause:
        """What to select from. Columns carry no types, so values come as the driver gives them."""
        if query is not None:
            text = re.sub(r"(?<![:\\]):(?=\w)", r"\\:", query.rstrip().rstrip(";"))  # a colon in it is just a colon
            return sa.text(text).columns().subquery("q")
        assert table is not None
        schema, _, name = table.rpartition(".")
        return sa.table(name, schema=schema or self.schema)


def open_database(settings: SqlSettings, now: Callable[[], datetime]) -> Database:
    """Raises ConfigError when the address cannot be understood or its driver is missing."""
    try:
        url = sa.make_url(settings.url)
        if settings.password is not None:
            url = url.set(password=settings.password.get_secret_value())
        impatient = url.get_backend_name() == "sqlite" and "timeout" not in url.query
        options: dict[str, Any] = {"connect_args": {"timeout": 5}} if impatient else {}
        engine = sa.create_engine(url, pool_pre_ping=True, hide_parameters=True, **options)
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigError(f"url: {error}", field="url") from None
    except ModuleNotFoundError as error:
        raise ConfigError(f"url: the driver {error.name!r} is not installed", field="url") from None
    if engine.dialect.name == "sqlite":
        _own_transactions(engine)
    return Database(engine=engine, schema=settings.schema_name, zone=ZoneInfo(settings.timezone), now=now)


def _own_transactions(engine: sa.Engine) -> None:
    """SQLite through `sqlite3` begins transactions by its own rules, which breaks savepoints and takes the write lock
    late; we begin them ourselves, and at once for writing (a later upgrade of the lock fails at once when busy)."""

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")  # off unless asked for; the system's own programs ask for it

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("codi_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _column(found: Any, primary: set[str]) -> ColumnInfo:
    kind = found["type"]
    name = str(found["name"])
    generated = found.get("default") is not None or bool(found.get("identity")) or bool(found.get("computed"))
    return ColumnInfo(
        name=name,
        type=_type(kind),
        scale=kind.scale if isinstance(kind, sa.Numeric) else None,
        length=getattr(kind, "length", None),
        nullable=bool(found.get("nullable", True)),
        generated=generated
        or found.get("autoincrement") is True
        or (primary == {name} and isinstance(kind, sa.Integer)),
        aware=bool(getattr(kind, "timezone", False)),
    )


def _type(kind: sa.types.TypeEngine[Any]) -> ColumnType | None:
    for types, name in _TYPES:
        if isinstance(kind, types):
            return name
    return None


# First match wins: Float before Numeric, DateTime before Date, Boolean before Integer.
_TYPES: tuple[tuple[type[Any], ColumnType], ...] = (
    (sa.Boolean, "boolean"),
    (sa.Integer, "integer"),
    (sa.Float, "float"),
    (sa.Numeric, "decimal"),
    (sa.DateTime, "datetime"),
    (sa.Date, "date"),
    (sa.JSON, "json"),
    (sa.LargeBinary, "binary"),
    (sa.String, "text"),
)
