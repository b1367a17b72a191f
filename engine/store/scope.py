"""Holds every statement to one workspace.

A statement names the workspace by `mine(table)`, which compares `table.workspace_id` with a parameter that only the
transaction fills in: no caller can pass another workspace's number, and a statement that reads or changes a table of
workspaces without `mine` is refused before it reaches the database. Rows are inserted with the transaction's workspace
whatever they say.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from sqlalchemy import (
    Alias,
    BindParameter,
    ColumnElement,
    Delete,
    Insert,
    Integer,
    Select,
    Table,
    TextClause,
    Update,
    bindparam,
)
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.elements import BinaryExpression, ColumnClause
from sqlalchemy.sql.selectable import FromClause, Join, NamedFromClause, SelectBase

from engine.errors import UsageError

WORKSPACE = "workspace"  # the parameter's name
COLUMN = "workspace_id"

_checked: WeakSet[Executable] = WeakSet()


def mine(table: FromClause) -> ColumnElement[bool]:
    """Only the rows of the transaction's workspace."""
    return table.c[COLUMN] == bindparam(WORKSPACE, type_=Integer)


def check_scope(statement: Executable) -> None:
    """Raises UsageError when `statement` touches a table of workspaces without saying which one."""
    if statement in _checked:
        return
    if isinstance(statement, TextClause):
        if f":{WORKSPACE}" not in statement.text:
            raise UsageError(f"the statement names no :{WORKSPACE}: {statement.text[:80]}")
    else:
        _check_tree(statement)
    _checked.add(statement)


def scoped_insert(statement: Executable) -> bool:
    """Whether the statement inserts given rows into a table of workspaces."""
    return isinstance(statement, Insert) and COLUMN in statement.table.c and statement.select is None


def _check_tree(statement: Executable) -> None:
    missing: dict[int, FromClause] = {}
    _check_part(statement, set(), missing)
    if missing:
        names = ", ".join(sorted(_name(source) for source in missing.values()))
        raise UsageError(f"a query on {names} does not say which workspace: add mine({names}) to its conditions")


def _check_part(part: Any, outside: set[int], missing: dict[int, FromClause]) -> None:
    """Checks one SELECT, UPDATE, DELETE or INSERT and, within it, those it holds; `outside` is what the one around it
    has said, for tables that both speak of."""
    said: set[int] = set(outside)
    joined: list[tuple[int, int]] = []
    within: list[Any] = []
    waiting = list(part.get_children())
    while waiting:
        element = waiting.pop()
        if isinstance(element, SelectBase):
            within.append(element)
            continue
        if isinstance(element, BinaryExpression):
            _note(element, said, joined)
        waiting.extend(element.get_children())
    _spread(said, joined)
    needed: dict[int, FromClause] = {}
    if isinstance(part, Select):
        for source in part.get_final_froms():
            _collect(source, needed)
    elif isinstance(part, Update | Delete):
        _collect(part.table, needed)
    missing.update({key: source for key, source in needed.items() if key not in said})
    for inner in within:
        _check_part(inner, said, missing)


def _name(source: FromClause) -> str:
    return str(source.name) if isinstance(source, NamedFromClause) else str(source)


def _collect(source: FromClause, needed: dict[int, FromClause]) -> None:
    """The tables and aliases joined in `source`; a table behind an alias goes by the alias only."""
    if isinstance(source, Join):
        _collect(source.left, needed)
        _collect(source.right, needed)
    elif isinstance(source, Table | Alias) and COLUMN in source.c:
        needed[id(source)] = source


def _note(element: BinaryExpression[bool], said: set[int], joined: list[tuple[int, int]]) -> None:
    left, right = element.left, element.right
    if not (isinstance(left, ColumnClause) and left.name == COLUMN and left.table is not None):
        return
    if isinstance(right, BindParameter) and right.key == WORKSPACE:
        said.add(id(left.table))
    elif isinstance(right, ColumnClause) and right.name == COLUMN and right.table is not None:
        joined.append((id(left.table), id(right.table)))


def _spread(said: set[int], joined: list[tuple[int, int]]) -> None:
    """A table whose workspace equals that of a scoped one is scoped too."""
    grown = True
    while grown:
        grown = False
        for one, other in joined:
            if (one in said) != (other in said):
                said.update((one, other))
                grown = True
