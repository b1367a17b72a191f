"""Values as text: what `&` and $string make of them."""

from __future__ import annotations

import re
from json.encoder import encode_basestring
from typing import Any

from engine.errors import ExpressionError, LimitError
from engine.expressions.limits import check_characters
from engine.expressions.messages import fault
from engine.expressions.numbers import number_text
from engine.expressions.values import NUMBERS, UNDEFINED, FunctionValue

_SURROGATES = re.compile("[\ud800-\udfff]")


def to_text(value: Any) -> str:
    """A value as `&` and $string print it: "" for UNDEFINED and functions, JSON for lists and objects.

    Raises D3001 for an infinite number, D1001 for one inside a list or object, LimitError above 10 million characters.
    """
    kind = value.__class__
    if kind is str:
        return value  # type: ignore[no-any-return]
    if kind in NUMBERS:
        return number_text(value)
    if value is UNDEFINED or isinstance(value, FunctionValue):
        return ""
    return json_text(value)


def json_text(value: Any, indent: int = 0) -> str:
    """A value as JSON the way JavaScript writes it; `indent` spaces per level, 0 for all in one line."""
    writer = _Writer(indent)
    writer.write(value, "\n")
    return "".join(writer.parts)


class _Writer:
    """Collects the parts of a JSON text and stops as soon as there are too many characters."""

    __slots__ = ("colon", "indent", "length", "parts")

    def __init__(self, indent: int) -> None:
        self.indent = " " * indent
        self.colon = ": " if indent else ":"
        self.parts: list[str] = []
        self.length = 0

    def put(self, part: str) -> None:
        self.parts.append(part)
        self.length += len(part)
        check_characters(self.length)

    def write(self, value: Any, margin: str) -> None:
        kind = value.__class__
        if kind is dict:
            self.write_all("{", value.items(), "}", margin)
        elif isinstance(value, list):
            self.write_all("[", ((None, entry) for entry in value), "]", margin)
        else:
            self.put(_scalar(value))

    def write_all(self, opening: str, entries: Any, closing: str, margin: str) -> None:
        inner = margin + self.indent
        before = opening + inner if self.indent else opening
        after = "," + inner if self.indent else ","
        empty = True
        for key, entry in entries:
            self.put(before if empty else after)
            empty = False
            if key is not None:
                self.put(quoted(key) + self.colon)
            self.write(entry, inner)
        if empty:
            self.put(opening + closing)
        else:
            self.put(margin + closing if self.indent else closing)


def _scalar(value: Any) -> str:
    kind = value.__class__
    if kind is str:
        return quoted(value)
    if value is None or value is UNDEFINED:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind in NUMBERS:
        try:
            return number_text(value)
        except LimitError:
            raise
        except ExpressionError:
            raise fault("D1001", value=value) from None
    return '""'  # functions


def quoted(text: str) -> str:
    """A JSON string literal; lone surrogates are written as escapes."""
    literal = encode_basestring(text)
    if not text.isascii() and _SURROGATES.search(text):
        return _SURROGATES.sub(lambda found: f"\\u{ord(found[0]):04x}", literal)
    return literal
