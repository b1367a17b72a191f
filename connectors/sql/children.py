"""Rows of other tables, nested in the records of a page: one query per child table and page, never one per record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from connectors.sql.database import Database
from connectors.sql.settings import Child
from connectors.sql.shape import Shape, condition, known_column, shape

_VALUES = 500  # link values in one query; SQL Server takes 2,100 parameters, older SQLite 999


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested:
    """A child table, ready to fetch."""

    name: str  # under which it is nested
    shape: Shape
    link: tuple[tuple[str, str], ...]  # (column of the child, column of the parent)
    order: tuple[str, ...]
    where: str | None
    one: bool
    value: str | None
    children: tuple[Nested, ...]


def parent_columns(children: Mapping[str, Child]) -> list[str]:
    """Columns of the parent that its children are linked by."""
    return [column for child in children.values() for column in child.link.values()]


def nested(database: Database, children: Mapping[str, Child], where: str) -> tuple[Nested, ...]:
    """Raises ConfigError for an unknown table or column."""
    return tuple(_nested(database, name, child, f"{where}.children.{name}") for name, child in children.items())


def _nested(database: Database, name: str, child: Child, where: str) -> Nested:
    needed = [*child.link, *parent_columns(child.children)]
    found = shape(database, child, where, needed)
    for column in child.order_by:
        known_column(found.columns, column.split()[0], f"{where}.order_by")
    if child.value is not None and child.value not in found.names:
        known_column({shown: found.columns[column] for shown, column in found.shown.items()}, child.value, where)
    return Nested(
        name=name,
        shape=found,
        link=tuple(child.link.items()),
        order=child.order_by,
        where=child.where,
        one=child.one,
        value=child.value,
        children=nested(database, child.children, where),
    )


def nest(
    connection: sa.Connection,
    children: Sequence[Nested],
    parents: Sequence[dict[str, Any]],
    rows: Sequence[Sequence[Any]],
    extra: Mapping[str, int],
) -> None:
    """Adds each child's rows to the parents. `rows` are the parents' raw rows, `extra` the place of link columns."""
    for child in children:
        places = [extra[column] for _, column in child.link]
        links = [tuple(row[place] for place in places) for row in rows]
        groups = _fetch(connection, child, {link for link in links if None not in link})
        for parent, link in zip(parents, links, strict=True):
            found = groups.get(_same(link), [])
            parent[child.name] = (found[0] if found else None) if child.one else found


def _fetch(connection: sa.Connection, child: Nested, links: set[tuple[Any, ...]]) -> dict[tuple[Any, ...], list[Any]]:
    groups: dict[tuple[Any, ...], list[Any]] = {}
    places = [child.shape.extra[column] for column, _ in child.link]
    first = sorted({link[0] for link in links}, key=str)
    wanted = {_same(link) for link in links}
    for start in range(0, len(first), _VALUES):
        rows = connection.execute(_select(child), {"links": first[start : start + _VALUES]}).all()
        objects = child.shape.objects(rows)
        nest(connection, child.children, objects, rows, child.shape.extra)
        for row, value in zip(rows, objects, strict=True):
            link = _same([row[place] for place in places])
            if link in wanted:
                groups.setdefault(link, []).append(value if child.value is None else value[child.value])
    return groups


def _select(child: Nested) -> sa.Select[Any]:
    links = sa.bindparam("links", expanding=True, type_=sa.types.NullType())
    select = (
        sa.select(*child.shape.selected).select_from(child.shape.source).where(sa.column(child.link[0][0]).in_(links))
    )
    if child.where is not None:
        select = select.where(condition(child.where))
    for column in child.order:
        name, _, direction = column.partition(" ")
        select = select.order_by(sa.column(name).desc() if direction.lower() == "desc" else sa.column(name))
    return select


def _same(link: Sequence[Any]) -> tuple[Any, ...]:
    """Links compare as text where the two columns differ in kind, as SQL compares them."""
    return tuple(value if isinstance(value, str) else str(value) for value in link)
