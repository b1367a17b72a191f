"""Code tables: one value becomes another, and a value without a row is never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.errors import ExpressionError
from engine.expressions.values import UNDEFINED
from engine.mapping.convert import as_text, cannot

Table = Mapping[str, Any]


def key_of(value: Any) -> str:
    """The row a value looks for: text as it is, numbers as their shortest text (10.0 finds the row 10)."""
    if isinstance(value, list | dict):
        raise cannot(value, "a value that a lookup could have a row for")
    if value.__class__ is Decimal:
        return f"{value.normalize():f}"
    return as_text(value)


def _no_row(table: str, key: str, missing: str) -> ExpressionError:
    """CODI303 or CODI304, with the table as `token` and the key as `value`: unmapped values are grouped by them."""
    hold = missing == "hold"
    wait = "; add the row and replay the record" if hold else ""
    message = f'the lookup {table} has no row for "{key}"{wait}'
    return ExpressionError(message, code="CODI304" if hold else "CODI303", token=table, value=key)


def look_up(table: Table, name: str, value: Any, missing: str) -> Any:
    """The row's value; a list is looked up entry by entry. Without a row: UNDEFINED for `default`, else
    ExpressionError."""
    if isinstance(value, list):
        found = (look_up(table, name, entry, missing) for entry in value)
        return [entry for entry in found if entry is not UNDEFINED]
    key = value if value.__class__ is str else key_of(value)
    row = table.get(key, UNDEFINED)
    if row is UNDEFINED and missing != "default":
        raise _no_row(name, key, missing)
    return row
