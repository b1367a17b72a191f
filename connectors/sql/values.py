"""Values between a database row and JSON, without losing anything.

Numbers from decimal columns become Decimal with the column's own number of places, whatever the storage (SQLite keeps
them as binary floats, of which 15 digits are exact). Times become UTC, RFC 3339 with `Z`.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from connectors.sql.database import ColumnInfo

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnReader:
    """Turns what the driver gives for a column into JSON. Most columns of most pages need nothing done."""

    plain: frozenset[type]  # values that are right as they are
    convert: Convert  # the others

    def read(self, values: Sequence[Any]) -> Sequence[Any]:
        """A column of a page."""
        return values if self.plain.issuperset(map(type, values)) else list(map(self.convert, values))


def reader(column: ColumnInfo, zone: ZoneInfo) -> ColumnReader:
    """How `column` is read. Any column may hold anything in SQLite."""
    if column.type == "decimal":
        plain = _NUMBERS if column.scale is None else _NUMBERS - frozenset({int})
        return ColumnReader(plain=plain, convert=_decimal_reader(column.scale))
    if column.type == "datetime":
        return ColumnReader(plain=_NOTHING, convert=lambda value: value if value is None else _utc_text(value, zone))
    if column.type == "boolean":
        return ColumnReader(plain=_NOTHING | {bool}, convert=_boolean)
    if column.type == "json":
        return ColumnReader(plain=_NOTHING, convert=_document)
    return ColumnReader(plain=_PLAIN, convert=exact)


_NOTHING: frozenset[type] = frozenset({type(None)})
_NUMBERS: frozenset[type] = frozenset({Decimal, int, type(None)})
_PLAIN: frozenset[type] = frozenset({str, int, bool, Decimal, type(None)})
_FRACTION = re.compile(r"\.\d+")


def _decimal_reader(scale: int | None) -> Convert:
    if scale is None:
        return exact
    places = f".{scale}f"
    unit = Decimal(1).scaleb(-scale)

    def convert(value: Any) -> Any:
        if value is None or isinstance(value, Decimal):
            return value
        if isinstance(value, float | int):
            text = format(value, places)
            return Decimal(text) if float(text) == value else exact(value)
        try:  # kept as text in a decimal column
            number = Decimal(value)
        except (InvalidOperation, TypeError, ValueError):
            return exact(value)
        return number.quantize(unit) if number.is_finite() and -_exponent(number) <= scale else number

    return convert


def _boolean(value: Any) -> Any:
    return bool(value) if isinstance(value, int) else exact(value)


def _document(value: Any) -> Any:
    return exact(json.loads(value, parse_float=Decimal)) if isinstance(value, str) else exact(value)


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def exact(value: Any) -> Any:
    """Any value a driver may give, by what it is."""
    kind = value.__class__
    if kind in _PLAIN:
        return value
    if kind is float:
        return Decimal(repr(value)) if math.isfinite(value) else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, dict):
        return {str(name): exact(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [exact(inner) for inner in value]
    if isinstance(value, timedelta | UUID):
        return str(value)
    return str(value)


def moment(value: Any, zone: ZoneInfo) -> datetime | None:
    """A time the database gave, in UTC; None when it is none."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    at = value if value.tzinfo is not None else value.replace(tzinfo=UTC if zone.key == "UTC" else zone)
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def _utc_text(value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, str) and len(value) <= 10:  # a bare date, or no time at all: leave it as it was written
        return value
    at = moment(value, zone)
    return exact(value) if at is None else at.isoformat().replace("+00:00", "Z")


def writer(column: ColumnInfo, zone: ZoneInfo, sqlite: bool) -> Convert:
    """Turns JSON into what the driver takes for `column`."""
    if column.type == "datetime":
        return lambda value: _local(value, column, zone, sqlite)
    if column.type == "json" or column.type is None:
        return lambda value: json.dumps(value, default=str) if isinstance(value, dict | list) else _plain(value, sqlite)
    if column.type == "text":
        return lambda value: format(value, "f") if isinstance(value, Decimal) else _text(value)
    if column.type == "boolean" and not sqlite:
        return lambda value: bool(value) if isinstance(value, int) else value
    return lambda value: _plain(value, sqlite)


def _text(value: Any) -> Any:
    """A whole number for a text column (a postcode, say) is its digits."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _plain(value: Any, sqlite: bool) -> Any:
    """SQLite's driver takes no Decimal; its numeric columns turn the text into a number when nothing is lost."""
    return format(value, "f") if sqlite and isinstance(value, Decimal) else value


def _local(value: Any, column: ColumnInfo, zone: ZoneInfo, sqlite: bool) -> Any:
    if not isinstance(value, str) or len(value) <= 10:
        return value
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    if at.tzinfo is not None and not column.aware:
        at = at.astimezone(zone).replace(tzinfo=None)
    return at.isoformat(sep=" ") if sqlite else at


def earlier(value: Any, overlap: float) -> Any:
    """A cursor position moved back by `overlap` (seconds, or steps of a number), in the form the database gave it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value - int(overlap)
    if not overlap or not isinstance(value, str):
        return value
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    text = (at - timedelta(seconds=overlap)).isoformat(sep="T" if "T" in value else " ", timespec="microseconds")
    digits = _FRACTION.search(value)  # as many as the column has: they are compared as text
    kept = "" if digits is None else text[19 : 19 + len(digits[0])]
    return text[:19] + kept + text[26:]
