"""The part of a record that comes from one table: which columns are fetched and how a row becomes an object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from connectors.settings import near
from connectors.sql.database import ColumnInfo, Database
from connectors.sql.settings import Child, ColumnType, Read
from connectors.sql.values import ColumnReader, reader
from engine.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Columns of one table or query, ready to select."""

    where: str  # the setting it comes from, for messages
    source: sa.FromClause
    columns: Mapping[str, ColumnInfo]  # all the table has
    shown: Mapping[str, str]  # name in the record → column
    names: tuple[str, ...]  # names in the record, in the order selected
    readers: tuple[ColumnReader, ...]  # one for each name
    selected: tuple[sa.ColumnElement[Any], ...]  # the record's columns, then `extra`
    extra: Mapping[str, int]  # place in the row of each column needed for keys, cursors and links

    def objects(self, rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
        """The records' own fields, without children."""
        names = self.names
        columns = zip(*rows, strict=True)  # the extra columns come last, and are left out here
        read = [reader.read(column) for reader, column in zip(self.readers, columns, strict=False)]
        return [dict(zip(names, row, strict=True)) for row in zip(*read, strict=True)]


def shape(database: Database, spec: Read | Child, where: str, needed: Iterable[str]) -> Shape:
    """Looks the columns up and checks every name in `spec`. `needed` are columns fetched whether shown or not.
    Raises ConfigError for an unknown table or column."""
    if spec.table is not None:
        columns = database.columns(spec.table, f"{where}.table")
    else:
        columns = database.query_columns(str(spec.query), f"{where}.query")
    columns = _typed(columns, spec.types, f"{where}.types")
    shown = dict(spec.columns) if spec.columns is not None else {name: name for name in columns}
    for name, column in shown.items():
        known_column(columns, column, f"{where}.columns.{name}")
    extra = list(dict.fromkeys(needed))
    for column in extra:
        known_column(columns, column, where)
    fetched = [*shown.values()]
    places = {column: fetched.index(column) for column in extra if column in fetched}
    for column in extra:
        if column not in places:
            places[column] = len(fetched)
            fetched.append(column)
    return Shape(
        where=where,
        source=database.source(spec.table, spec.query),
        columns=columns,
        shown=shown,
        names=tuple(shown),
        readers=tuple(reader(columns[column], database.zone) for column in shown.values()),
        selected=tuple(sa.column(column) for column in fetched),
        extra=places,
    )


def known_column(columns: Mapping[str, ColumnInfo], name: str, where: str) -> ColumnInfo:
    """Raises ConfigError naming near columns."""
    if name not in columns:
        raise ConfigError(f"{where}: there is no column {name!r}; {near(name, columns)}", field=where)
    return columns[name]


def condition(text: str) -> sa.ColumnElement[bool]:
    """A condition as the consultant wrote it; a colon in it is just a colon."""
    return sa.literal_column(f"({text})", sa.Boolean)


def _typed(columns: Mapping[str, ColumnInfo], types: Mapping[str, ColumnType], where: str) -> dict[str, ColumnInfo]:
    typed = dict(columns)
    for name, kind in types.items():
        typed[name] = replace(known_column(columns, name, where), type=kind)
    return typed
