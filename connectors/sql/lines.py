"""Child rows written with their parent: order lines, addresses, price breaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from connectors.sql.rows import bind, column, matches, values_for
from connectors.sql.target import LineTable
from engine.errors import RejectedError


def write_lines(
    connection: sa.Connection, lines: LineTable, parent: Mapping[str, Any], entries: Sequence[Any], *, new: bool
) -> None:
    """Makes the parent's rows be `entries`. Rows keep their place by line number or key: they are updated, added or
    removed; without either they are replaced. Raises RejectedError for a field without a column."""
    link = {child: parent[name] for child, name in lines.spec.link.items()}
    rows = line_rows(lines, link, entries)
    told_apart = (lines.spec.line_number,) if lines.spec.line_number else lines.spec.key
    if new:
        _insert(connection, lines, rows)
    elif not told_apart:
        connection.execute(sa.delete(lines.table.clause).where(matches(link)))
        _insert(connection, lines, rows)
    else:
        _merge(connection, lines, link, rows, told_apart)


def line_rows(lines: LineTable, link: Mapping[str, Any], entries: Sequence[Any]) -> list[dict[str, Any]]:
    return [_row(lines, entry, number, link) for number, entry in enumerate(entries, start=1)]


def _row(lines: LineTable, entry: Mapping[str, Any], number: int, link: Mapping[str, Any]) -> dict[str, Any]:
    row = {**values_for(lines.table, entry), **link}
    if lines.spec.line_number and row.get(lines.spec.line_number) is None:
        row[lines.spec.line_number] = number
    for name in lines.spec.key:
        if row.get(name) is None:
            raise RejectedError(f"{lines.spec.table}: line {number} lacks its key {name!r}", field=name)
    return row


def _insert(connection: sa.Connection, lines: LineTable, rows: Sequence[dict[str, Any]]) -> None:
    """Rows with the same columns go in one statement."""
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        by_columns.setdefault(tuple(row), []).append(row)
    for columns, same in by_columns.items():
        connection.execute(inserting_line(lines, columns), same)


def inserting_line(lines: LineTable, columns: Iterable[str]) -> sa.Insert:
    values = {name: sa.bindparam(name, type_=sa.types.NullType()) for name in columns}
    return sa.insert(lines.table.clause).values(values)


def _merge(
    connection: sa.Connection,
    lines: LineTable,
    link: Mapping[str, Any],
    rows: Sequence[dict[str, Any]],
    told_apart: Sequence[str],
) -> None:
    select = sa.select(*(column(name) for name in told_apart)).select_from(lines.table.clause).where(matches(link))
    there = {tuple(map(str, row)): tuple(row) for row in connection.execute(select)}
    wanted = {tuple(str(row[name]) for name in told_apart): row for row in rows}
    for key, own in there.items():
        if key not in wanted:
            where = sa.and_(matches(link), matches(dict(zip(told_apart, own, strict=True))))
            connection.execute(sa.delete(lines.table.clause).where(where))
    for key, row in wanted.items():
        if key in there:
            where = sa.and_(matches(link), matches({name: row[name] for name in told_apart}))
            values = {name: bind(value) for name, value in row.items() if name not in told_apart and name not in link}
            if values:
                connection.execute(sa.update(lines.table.clause).where(where).values(values))
    _insert(connection, lines, [row for key, row in wanted.items() if key not in there])
