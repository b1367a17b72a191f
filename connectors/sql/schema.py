"""JSON Schemas of what a stream reads and writes, from what the database says of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.sql.children import Nested
from connectors.sql.database import ColumnInfo
from connectors.sql.shape import Shape
from connectors.sql.target import Target


def read_schema(shape: Shape, children: Sequence[Nested]) -> dict[str, Any]:
    """Of a record as read, children nested."""
    properties = {name: _property(shape.columns[column]) for name, column in shape.shown.items()}
    for child in children:
        entry = read_schema(child.shape, child.children)
        if child.value is not None:
            entry = entry["properties"][child.value]
        properties[child.name] = (
            {**entry, "type": ["object", "null"]} if child.one else {"type": "array", "items": entry}
        )
    return {"type": "object", "properties": properties}


def write_schema(target: Target) -> dict[str, Any]:
    """Of a record as written: columns the database does not fill are required."""
    schema = _row(target.table.columns, filled=set())
    for name, lines in target.children.items():
        filled = {*lines.spec.link, *([lines.spec.line_number] if lines.spec.line_number else [])}
        schema["properties"][name] = {"type": "array", "items": _row(lines.table.columns, filled=filled)}
    return schema


def _row(columns: Any, *, filled: set[str]) -> dict[str, Any]:
    properties = {name: _property(info) for name, info in columns.items()}
    required = [n for n, info in columns.items() if not info.nullable and not info.generated and n not in filled]
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": required} if required else schema


def _property(info: ColumnInfo) -> dict[str, Any]:
    schema = dict(_PROPERTIES[info.type])
    if info.type == "text" and info.length:
        schema["maxLength"] = info.length
    if info.type == "decimal" and info.scale is not None:
        schema["description"] = f"{info.scale} decimals"
    if info.nullable and "type" in schema:
        schema["type"] = [schema["type"], "null"]
    return schema


_PROPERTIES: dict[str | None, dict[str, Any]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "float": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "binary": {"type": "string", "contentEncoding": "base64"},
    "json": {},
    None: {},
}
