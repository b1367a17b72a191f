"""Turning a value into the type its rule asks for, or saying in plain words why that cannot be done.

Every function takes a JSON value that is neither null nor undefined and raises ExpressionError with code CODI302.
Nothing is rounded, cut or guessed: what cannot be turned exactly is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from engine.errors import ExpressionError

_NUMBER: Final = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TRUE: Final = frozenset({"true", "yes", "y", "1", "on"})
_FALSE: Final = frozenset({"false", "no", "n", "0", "off"})


def cannot(value: Any, wanted: str, hint: str = "") -> ExpressionError:
    mend = f"; {hint}" if hint else ""
    return ExpressionError(f"{shown(value)} is not {wanted}{mend}", code="CODI302", value=value)


def shown(value: Any) -> str:
    """A value in a message: short, and never more than 60 characters of it."""
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"an object with {', '.join(list(value)[:3])}" if value else "an empty object"
    if not isinstance(value, str | int | float | Decimal | None):
        return "a function"
    text = f'"{value}"' if isinstance(value, str) else as_text(value)
    return text if len(text) <= 60 else text[:57] + "…" + ('"' if isinstance(value, str) else "")


def as_text(value: Any) -> str:
    """A scalar as text: numbers without exponent or trailing noise, true and false as JSON writes them."""
    if value.__class__ is str:
        return str(value)
    if value is True:
        return "true"
    if value is False:
        return "false"
    if value is None:
        return "null"
    if value.__class__ is int:
        return str(value)
    if value.__class__ is float:
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else f"{Decimal(repr(value)):f}"
    if value.__class__ is Decimal:
        return f"{value:f}"
    raise cannot(value, "text")


def to_string(value: Any) -> str:
    if isinstance(value, list | dict):
        raise cannot(value, "text", "choose one value or $join them")
    return as_text(value)


def _decimal(value: Any, wanted: str) -> Decimal:
    if value.__class__ is Decimal:
        number: Decimal = value
    elif value.__class__ is int:
        return Decimal(value)
    elif value.__class__ is float:
        number = Decimal(repr(value))
    elif value.__class__ is str and _NUMBER.fullmatch(value.strip()):
        number = Decimal(value.strip())
    else:
        raise cannot(value, wanted)
    if not number.is_finite():
        raise cannot(value, wanted)
    return number


def to_decimal(value: Any) -> str:
    """Decimal text with the digits the value has: "12.50" stays "12.50"."""
    number = _decimal(value, "a decimal number")
    if abs(number.adjusted()) > 400:
        raise cannot(value, "a number of a sensible size")
    text = f"{number:f}"
    return "0" if text == "-0" else text


def to_number(value: Any) -> int | float | Decimal:
    if value.__class__ in (int, float):
        return value
    number = _decimal(value, "a number")
    return int(number) if number.as_tuple().exponent == 0 else number


def to_integer(value: Any) -> int:
    if value.__class__ is int:
        return value
    number = _decimal(value, "a whole number")
    if number.adjusted() > 400 or number != number.to_integral_value():
        raise cannot(value, "a whole number", "round it with $round, if that is meant")
    return int(number)


def to_boolean(value: Any) -> bool:
    if value.__class__ is bool:
        return value
    word = value.strip().lower() if value.__class__ is str else None
    if word in _TRUE or (value.__class__ is not str and value == 1):
        return True
    if word in _FALSE or (value.__class__ is not str and value == 0):
        return False
    raise cannot(value, "true or false")


def to_date(value: Any) -> str:
    """YYYY-MM-DD; of a date with a time only the day as written."""
    if value.__class__ is str:
        text = value.strip()
        try:
            if _DATE.fullmatch(text):
                return date.fromisoformat(text).isoformat()
            if len(text) > 10 and text[10] in "T ":
                return datetime.fromisoformat(text).date().isoformat()
        except ValueError:
            pass
    raise cannot(value, "a date", "write it as 2026-11-30")


def to_datetime(value: Any) -> str:
    """RFC 3339 in UTC with Z. A time without a zone is an error: which instant it means would be a guess."""
    if value.__class__ is str and len(value) > 10:
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            raise cannot(value, "a time", "write it as 2026-11-30T09:15:00Z") from None
        if moment.tzinfo is None:
            raise cannot(value, "a time with a zone", "add the zone, for UTC: & 'Z'")
        try:
            return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
        except OverflowError:
            pass
    raise cannot(value, "a time", "write it as 2026-11-30T09:15:00Z")


def to_list(value: Any) -> list[Any]:
    """A list stays as it is; a single value becomes a list of one."""
    return value if isinstance(value, list) else [value]


def to_object(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise cannot(value, "an object")


CONVERT: Final[dict[str, Callable[[Any], Any]]] = {
    "string": to_string,
    "decimal": to_decimal,
    "number": to_number,
    "integer": to_integer,
    "boolean": to_boolean,
    "date": to_date,
    "datetime": to_datetime,
    "list": to_list,
    "object": to_object,
}
