"""Rows on their way into a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from connectors.settings import near
from connectors.sql.target import Table
from engine.errors import RejectedError


def values_for(table: Table, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload as the driver takes it. Raises RejectedError for a field the table has no column for, or no room."""
    values: dict[str, Any] = {}
    for name, value in payload.items():
        info = table.columns.get(name)
        if info is None:
            raise RejectedError(f"{table.name} has no column {name!r}; {near(name, table.columns)}", field=name)
        if isinstance(value, dict | list) and info.type not in ("json", None):
            raise RejectedError(f"{table.name}.{name} takes no list or object", field=name)
        if info.length and isinstance(value, str) and len(value) > info.length:
            raise RejectedError(f"{table.name}.{name} holds {info.length} characters, not {len(value)}", field=name)
        values[name] = table.converts[name](value)
    return values


def bind(value: Any) -> sa.BindParameter[Any]:
    """A value without an SQL type: the database takes it for the column's."""
    return sa.bindparam(None, value, type_=sa.types.NullType(), unique=True)


def column(name: str) -> sa.ColumnClause[Any]:
    """A column without an SQL type: values go in and come out as the driver has them."""
    return sa.column(name)


def matches(values: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    """Every column has its value."""
    return sa.and_(*(column(name) == bind(value) for name, value in values.items()))
