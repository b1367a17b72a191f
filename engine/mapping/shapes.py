"""What sample values look like: e-mail addresses, GTINs, amounts, dates. Used to suggest and to mask."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

EMAIL: Final = re.compile(r"[^@\s<>\"]{1,64}@[\w-]+(\.[\w-]+)+")
URL: Final = re.compile(r"https?://[^\s]+", re.IGNORECASE)
DECIMAL: Final = re.compile(r"-?\d{1,15}(\.\d{1,8})?")
DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4}")
DATETIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?|/Date\(-?\d+.*\)/")
PHONE: Final = re.compile(r"\+?[\d\s().-]{7,20}")
HTML: Final = re.compile(r"<(p|br|b|i|ul|li|div|h\d|strong|em|a|span|table)\b[^>]*>", re.IGNORECASE)
COUNTRIES: Final = frozenset(("AU", "NZ", "US", "GB", "CA", "IE", "FR", "DE", "ES", "IT", "NL", "BE", "CH", "AT", "SE"))

CURRENCIES: Final = frozenset(("AUD", "NZD", "USD", "GBP", "EUR", "CAD", "JPY", "SGD", "HKD", "CNY", "CHF", "FJD"))
FLAGS: Final = frozenset({"Y", "N", "T", "F", "yes", "no", "true", "false", "0", "1"})


def is_gtin(value: Any) -> bool:
    """A GTIN of 8, 12, 13 or 14 digits with a right check digit (GS1 General Specifications, 7.9)."""
    digits = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if len(digits) not in (8, 12, 13, 14) or not digits.isdecimal():
        return False
    weighed = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits[:-1])))
    return (10 - weighed % 10) % 10 == int(digits[-1])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _matching(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value.strip()) is not None


TESTS: Final[dict[str, Callable[[Any], bool]]] = {
    "email": _matching(EMAIL),
    "url": _matching(URL),
    "gtin": is_gtin,
    "phone": lambda value: _matching(PHONE)(value) and sum(map(str.isdigit, value)) >= 7 and not _matching(DATE)(value),
    "country": lambda value: isinstance(value, str) and value in COUNTRIES,
    "currency": lambda value: isinstance(value, str) and value in CURRENCIES,
    "datetime": _matching(DATETIME),
    "date": lambda value: _matching(DATE)(value) or _matching(DATETIME)(value),
    "boolean": lambda value: isinstance(value, bool) or value in (0, 1) or (isinstance(value, str) and value in FLAGS),
    "integer": lambda value: (_is_number(value) and value % 1 == 0) or _matching(re.compile(r"-?\d{1,18}"))(value),
    "decimal": lambda value: _is_number(value) or _matching(DECIMAL)(value),
    "html": lambda value: isinstance(value, str) and HTML.search(value) is not None,
    "list": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}

LIKE: Final = {  # how to say it
    "email": "e-mail addresses",
    "url": "web addresses",
    "gtin": "barcodes with a right check digit",
    "phone": "phone numbers",
    "country": "country codes",
    "currency": "currency codes",
    "datetime": "dates and times",
    "date": "dates",
    "boolean": "yes or no",
    "integer": "whole numbers",
    "decimal": "numbers",
    "html": "HTML",
    "list": "lists",
    "object": "objects",
    "string": "text",
}
TELLING: Final = frozenset(
    {"email", "url", "gtin", "country", "currency"}
)  # shapes that give a field away by themselves


def share(shape: str, values: Iterable[Any]) -> float | None:
    """How many of the values look like `shape`, 0 to 1; None where all are null or ""."""
    present = [value for value in values if value is not None and value != ""]
    if not present:
        return None
    return sum(map(TESTS[shape], present)) / len(present)
