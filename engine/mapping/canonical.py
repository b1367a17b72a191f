"""One spelling for each document: the bytes that revisions keep and hashes are taken of.

Object keys keep no order in it except where order means something: `fields`, `let` and `cases` are kept as written
(`let` names see only those above them; fields are made in their order).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from engine.mapping.document import Document

_CONSTANTS = frozenset({"value", "default"})  # people's data, as it is


def as_data(document: Document) -> dict[str, Any]:
    """The document as plain JSON values: what was said, in the order it was said, nothing that was not."""
    said: dict[str, Any] = _said(document)
    return said


def _said(value: Any) -> Any:
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        names = [name for name in fields if name in value.model_fields_set]
        return {fields[name].alias or name: _said(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {key: _said(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_said(entry) for entry in value]
    return value


def canonical_json(document: Document) -> str:
    """The document as JSON text, the same for every spelling of it (key order, shorthand, YAML or JSON)."""
    return json.dumps(_sorted(as_data(document)), ensure_ascii=False, separators=(",", ":"), default=_number)


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _sorted(value: Any, ordered: bool = False) -> Any:
    if isinstance(value, Mapping):
        return {key: _entry(key, value[key]) for key in (value if ordered else sorted(value))}
    if isinstance(value, list):
        return [_sorted(entry) for entry in value]
    return value


def _entry(key: str, value: Any) -> Any:
    if key == "fields" and isinstance(value, Mapping):
        return {name: _sorted({"expr": rule} if isinstance(rule, str) else rule) for name, rule in value.items()}
    if key in ("then", "otherwise") and isinstance(value, str):
        return {"expr": value}
    return value if key in _CONSTANTS else _sorted(value, ordered=key == "let")


def content_hash(document: Document) -> str:
    """sha256 of the canonical JSON, as hex."""
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()
