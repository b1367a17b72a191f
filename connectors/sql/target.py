"""What a stream writes to, checked against the database before the first record: tables, columns, statements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from connectors.sql.database import ColumnInfo, Database
from connectors.sql.settings import Lines, Statement, WriteTo
from connectors.sql.shape import known_column
from connectors.sql.values import Convert, writer

_PARAMETER = re.compile(r"(?<![:\w\\]):([A-Za-z_]\w*)")
_QUOTED = re.compile(r"'(?:[^']|'')*'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table rows are written to."""

    name: str
    clause: sa.TableClause
    columns: Mapping[str, ColumnInfo]
    converts: Mapping[str, Convert]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTable:
    """A child table with the way its rows belong to their parent."""

    spec: Lines
    table: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A statement to run once for each record created."""

    spec: Statement
    text: sa.TextClause
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Everything one stream writes."""

    where: str
    spec: WriteTo
    table: Table
    children: Mapping[str, LineTable]
    follow_ups: tuple[FollowUp, ...]


def prepare(database: Database, spec: WriteTo, where: str) -> Target:
    """Raises ConfigError for an unknown table or column."""
    table = _table(database, spec.table, f"{where}.table")
    for place, names in (
        ("key", spec.key),
        ("id", [spec.id]),
        ("version", [spec.version]),
        ("delete.column", [spec.delete.column]),
    ):
        for name in names:
            if name is not None:
                known_column(table.columns, name, f"{where}.{place}")
    children = {
        name: _lines(database, table, lines, f"{where}.children.{name}") for name, lines in spec.children.items()
    }
    follow_ups = tuple(FollowUp(spec=s, text=_text(s.sql), parameters=_parameters(s.sql)) for s in spec.after_create)
    return Target(where=where, spec=spec, table=table, children=children, follow_ups=follow_ups)


def _table(database: Database, name: str, where: str) -> Table:
    columns = database.columns(name, where)
    schema, _, bare = name.rpartition(".")
    clause = sa.table(bare, *(sa.column(column) for column in columns), schema=schema or database.schema)
    converts = {column: writer(info, database.zone, database.sqlite) for column, info in columns.items()}
    return Table(name=name, clause=clause, columns=columns, converts=converts)


def _lines(database: Database, parent: Table, spec: Lines, where: str) -> LineTable:
    table = _table(database, spec.table, f"{where}.table")
    for child_column, parent_column in spec.link.items():
        known_column(table.columns, child_column, f"{where}.link")
        known_column(parent.columns, parent_column, f"{where}.link")
    for name in (*([spec.line_number] if spec.line_number else []), *spec.key):
        known_column(table.columns, name, where)
    return LineTable(spec=spec, table=table)


def _parameters(sql: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_PARAMETER.findall(_QUOTED.sub("''", sql))))


def _text(sql: str) -> sa.TextClause:
    """The statement with its :names as parameters; a colon inside quotes stays one."""
    escaped = _QUOTED.sub(lambda quoted: quoted[0].replace(":", "\\:"), sql)
    return sa.text(escaped).bindparams(*(sa.bindparam(name, type_=sa.types.NullType()) for name in _parameters(sql)))
