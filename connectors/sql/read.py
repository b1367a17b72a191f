"""Reading a stream by keyset pages.

A page goes on after the last row of the one before, by (cursor column, key), so rows that change meanwhile are neither
lost nor seen twice through shifting offsets, and rows with equal times are told apart by their key. A run starts at the
stored cursor *inclusive*, moved back by the overlap: rows with the same time that were committed later are read too
(what did not change costs only the reading). Rows without a cursor value come first, in every run: nothing says whether
they changed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from connectors.sql.children import Nested, nest, nested, parent_columns
from connectors.sql.database import Database
from connectors.sql.failures import external_id, key_parts
from connectors.sql.rows import bind, column
from connectors.sql.settings import Read
from connectors.sql.shape import Shape, condition, shape
from connectors.sql.values import earlier, moment
from engine.errors import ConfigError
from engine.sync.ports import Json, Page, SourceObject

_FALSE = (None, 0, "", "0", "N", "n", "F", "f", "false", "False")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A stream's reading, checked against the database."""

    spec: Read
    shape: Shape
    children: tuple[Nested, ...]


def prepare(database: Database, spec: Read, where: str) -> Reading:
    """Raises ConfigError for an unknown table or column."""
    needed = [*spec.key, *parent_columns(spec.children)]
    needed += [c for c in (spec.natural_key, spec.cursor, spec.version, spec.deleted and spec.deleted.column) if c]
    found = shape(database, spec, where, needed)
    return Reading(spec=spec, shape=found, children=nested(database, spec.children, where))


async def read(
    database: Database, reading: Reading, cursor: Json | None, only: Sequence[str] | None
) -> AsyncIterator[Page]:
    """Pages from `cursor` on, or just the rows named in `only`."""
    if only is not None:
        for start in range(0, len(only), 200):
            yield Page(objects=await database.in_thread(_named, database, reading, only[start : start + 200]))
        return
    start_at = _start(reading, cursor)
    total = await database.in_thread(_count, database, reading, start_at)
    reached = cursor["at"] if isinstance(cursor, dict) else None
    segments = ("empty", "rest") if reading.spec.cursor else ("keyed",)
    for segment in segments:
        after: tuple[Any, ...] | None = None
        more = True
        while more:
            rows, objects = await database.in_thread(_page, database, reading, segment, start_at, after)
            more = len(rows) == reading.spec.page_size
            if rows:
                after = _position(reading, segment, rows[-1])
                if segment == "rest" and not _future(database, after[0]):
                    reached = _plain(after[0])
            if objects or (segment == segments[-1] and not more):
                yield Page(objects=objects, cursor=None if reached is None else {"at": reached}, total=total)


def _start(reading: Reading, cursor: Json | None) -> Any:
    if cursor is None or reading.spec.cursor is None:
        return None
    if not isinstance(cursor, dict) or "at" not in cursor:
        raise ConfigError(
            f"{reading.shape.where}: the stored cursor {cursor!r} is not one of this stream; read it whole"
        )
    timed = isinstance(cursor["at"], str)
    overlap = reading.spec.overlap if reading.spec.overlap is not None else (300.0 if timed else 0.0)
    return earlier(cursor["at"], overlap)


def _position(reading: Reading, segment: str, row: Sequence[Any]) -> tuple[Any, ...]:
    names = (str(reading.spec.cursor), *reading.spec.key) if segment == "rest" else reading.spec.key
    return tuple(row[reading.shape.extra[name]] for name in names)


def _future(database: Database, value: Any) -> bool:
    """A row dated ahead of the clock must not pull the cursor past changes still to come; it is read again instead."""
    at = moment(value, database.zone)
    return at is not None and at > database.now()


def _plain(value: Any) -> Json:
    """A cursor value as JSON; times keep the form the database compares them in."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value if isinstance(value, int | str) else str(value)


def _filtered(reading: Reading, select: sa.Select[Any], segment: str, start_at: Any) -> sa.Select[Any]:
    if reading.spec.where is not None:
        select = select.where(condition(reading.spec.where))
    if segment == "empty":
        select = select.where(column(str(reading.spec.cursor)).is_(None))
    elif segment == "rest":
        at = column(str(reading.spec.cursor))
        select = select.where(at.is_not(None) if start_at is None else at >= bind(start_at))
    return select


def _count(database: Database, reading: Reading, start_at: Any) -> int:
    select = _filtered(reading, sa.select(sa.func.count()).select_from(reading.shape.source), "keyed", None)
    if start_at is not None:
        at = column(str(reading.spec.cursor))
        select = select.where(sa.or_(at.is_(None), at >= bind(start_at)))
    with database.reading(reading.shape.where) as connection:
        return int(connection.execute(select).scalar_one())


def _page(
    database: Database, reading: Reading, segment: str, start_at: Any, after: tuple[Any, ...] | None
) -> tuple[Sequence[Sequence[Any]], list[SourceObject]]:
    names = (str(reading.spec.cursor), *reading.spec.key) if segment == "rest" else reading.spec.key
    select = sa.select(*reading.shape.selected).select_from(reading.shape.source)
    select = _filtered(reading, select, segment, start_at)
    if after is not None:
        select = select.where(_beyond(names, after))
    select = select.order_by(*(column(name) for name in names)).limit(reading.spec.page_size)
    with database.reading(reading.shape.where) as connection:
        rows = connection.execute(select).all()
        return rows, _objects(database, reading, connection, rows)


def _beyond(names: Sequence[str], after: Sequence[Any]) -> sa.ColumnElement[bool]:
    """(a, b) > (x, y), spelled so that every database can use an index on a: a >= x AND (a > x OR (b > y))."""
    first, value = column(names[0]), bind(after[0])
    if len(names) == 1:
        return first > value
    return sa.and_(first >= value, sa.or_(first > value, _beyond(names[1:], after[1:])))


def _named(database: Database, reading: Reading, only: Sequence[str]) -> list[SourceObject]:
    key = reading.spec.key
    parts = [found for name in only if (found := key_parts(name, len(key))) is not None]
    wanted: list[sa.ColumnElement[bool]] = [
        sa.and_(*(_one_of(database, reading, name, [value]) for name, value in zip(key, values, strict=True)))
        for values in parts
    ]
    if len(key) == 1:
        wanted = [_one_of(database, reading, key[0], [values[0] for values in parts])]
    if reading.spec.natural_key is not None:
        wanted.append(_one_of(database, reading, reading.spec.natural_key, list(only)))
    if not wanted:
        return []
    select = sa.select(*reading.shape.selected).select_from(reading.shape.source).where(sa.or_(*wanted))
    select = _filtered(reading, select, "keyed", None).order_by(*(column(name) for name in key))
    with database.reading(reading.shape.where) as connection:
        return _objects(database, reading, connection, connection.execute(select).all())


def _one_of(database: Database, reading: Reading, name: str, values: Sequence[str]) -> sa.ColumnElement[bool]:
    kind = reading.shape.columns[name].type
    typed: list[Any] = list(values)
    if kind == "integer":
        typed = [int(value) for value in values if value.lstrip("-").isdigit()]
    elif kind is None and database.sqlite:  # a SELECT's column has no type there, and 5 and '5' differ
        typed += [int(value) for value in values if value.lstrip("-").isdigit()]
    return column(name).in_(sa.bindparam(None, typed, type_=sa.types.NullType(), unique=True, expanding=True))


def _objects(
    database: Database, reading: Reading, connection: sa.Connection, rows: Sequence[Sequence[Any]]
) -> list[SourceObject]:
    spec, extra = reading.spec, reading.shape.extra
    payloads = reading.shape.objects(rows)
    nest(connection, reading.children, payloads, rows, extra)
    key_places = [extra[name] for name in spec.key]
    single = key_places[0] if len(key_places) == 1 else None
    version = extra[spec.version] if spec.version else None
    cursor = extra[spec.cursor] if spec.cursor and reading.shape.columns[spec.cursor].type != "integer" else None
    deleted = extra[spec.deleted.column] if spec.deleted else None
    zone = database.zone
    found = []
    for row, payload in zip(rows, payloads, strict=True):
        gone = deleted is not None and _is_deleted(spec, row[deleted])
        found.append(
            SourceObject(
                external_id=str(row[single]) if single is not None else external_id([row[p] for p in key_places]),
                payload=None if gone else payload,
                version=None if version is None or row[version] is None else str(row[version]),
                modified_at=None if cursor is None else moment(row[cursor], zone),
            )
        )
    return found


def _is_deleted(spec: Read, value: Any) -> bool:
    assert spec.deleted is not None
    values = spec.deleted.values
    return value not in _FALSE if values is None else value in values or str(value) in {str(v) for v in values}
