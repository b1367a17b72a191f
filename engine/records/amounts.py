"""Money, quantities and percentages: decimal text with one way to write each value, so that equal values hash equal.

Amounts have at least two decimals ("12.50", "12.3456"), quantities and percentages none to spare ("3", "0.25").
At most 18 digits before the point and 6 after it: prices per unit in ERPs have four and more.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import Field, PlainValidator, Strict, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

PLACES = 6
_AMOUNT = re.compile(r"(?!-0\.00$)-?(?:0|[1-9]\d{0,17})\.\d\d(?:\d{0,3}[1-9])?", re.ASCII)
_NUMBER = re.compile(r"(?!-0$)-?(?:0|[1-9]\d{0,17})(?:\.\d{0,5}[1-9])?", re.ASCII)


def to_decimal(value: Any) -> Decimal:
    """A number or numeric text as an exact decimal. A float counts as the shortest text that gives it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise PydanticCustomError("decimal", "a number or a decimal text is wanted, not {kind}", {"kind": kind(value)})
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except (InvalidOperation, ValueError):
        raise PydanticCustomError("decimal", "'{value}' is not a number", {"value": str(value)[:40]}) from None
    if not number.is_finite():
        raise PydanticCustomError("decimal", "'{value}' is not a number", {"value": str(value)[:40]})
    return number


def kind(value: Any) -> str:
    """What a JSON value is, in words for people."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    return "a number" if isinstance(value, int | float | Decimal) else type(value).__name__


def decimal_text(number: Decimal, least: int) -> str:
    """The one way to write `number` with at least `least` decimals. Raises PydanticCustomError when it is too long."""
    if number.adjusted() > 17:
        raise PydanticCustomError("decimal", "the number is larger than 18 digits")
    text = f"{number:f}"
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    if len(part) > PLACES:
        raise PydanticCustomError("decimal", "'{value}' has more than 6 decimals: round it", {"value": text[:40]})
    part = part.ljust(least, "0")
    negative = whole.startswith("-") and bool(number)
    whole = whole.lstrip("+-").lstrip("0") or "0"
    return ("-" if negative else "") + (f"{whole}.{part}" if part else whole)


def amount(value: Any) -> str:
    """Canonical text of an amount of money."""
    if type(value) is str and _AMOUNT.fullmatch(value):
        return value
    return decimal_text(to_decimal(value), 2)


def number(value: Any) -> str:
    """Canonical text of a quantity or a percentage."""
    if type(value) is str and _NUMBER.fullmatch(value):
        return value
    return decimal_text(to_decimal(value), 0)


_SCHEMA = WithJsonSchema({"type": "string", "format": "decimal"})

Amount = Annotated[str, PlainValidator(amount), _SCHEMA]
Quantity = Annotated[str, PlainValidator(number), _SCHEMA]
Percentage = Annotated[str, PlainValidator(number), _SCHEMA]
Currency = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{3}$"), Field(examples=["AUD"])]

Whole = Annotated[int, Strict(False)]  # a whole number however it is typed: 3, "3" or a decimal 3
