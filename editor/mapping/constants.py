"""Constants as a kind and a text, and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isfinite
from typing import Any

from engine.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Constant:
    kind: str  # text | number | yesno | nothing | json
    text: str


def constant_value(text: str, kind: str) -> Any:
    """The value a person means by the text. Raises UsageError."""
    if kind == "number":
        return number_value(text.replace(",", ""))
    if kind == "yesno":
        return text.strip().lower() in ("yes", "true", "1", "on")
    if kind == "nothing":
        return None
    if kind == "json":
        try:
            return json.loads(text)
        except ValueError as error:
            raise UsageError(f"This is not JSON: {error}") from None
    return text


def number_value(text: str) -> int | float:
    """Raises UsageError for anything that JSON has no number for."""
    plain = text.strip()
    try:
        if not set(plain) <= set("0123456789.+-eE"):
            raise ValueError
        value = int(plain) if plain.lstrip("+-").isdigit() else float(plain)
    except ValueError:
        raise UsageError(f"{plain!r} is not a number." if plain else "Type a number.") from None
    if not isfinite(value):
        raise UsageError(f"{plain!r} is too large.")
    return value


def constant_of(value: Any) -> Constant:
    if isinstance(value, bool):
        return Constant(kind="yesno", text="yes" if value else "no")
    if value is None:
        return Constant(kind="nothing", text="")
    if isinstance(value, str):
        return Constant(kind="text", text=value)
    if isinstance(value, (list, dict)):
        return Constant(kind="json", text=json.dumps(value, ensure_ascii=False, default=str))
    return Constant(kind="number", text=str(value))
