"""The JSON Schema of a settings model, read as what a form can draw: fields, groups, lists, tables and choices.

Schemas may refer to themselves (a table's children have children), so a shape reads its parts when they are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from pydantic import BaseModel

Kind = Literal["text", "number", "yesno", "choice", "secret", "free", "constant", "group", "list", "table", "oneof"]

NOTHING: Final = object()  # no default, or no value at all

_WORDS: Final = {"string": "text", "integer": "whole number", "number": "number", "boolean": "yes or no"}
_FREE: Final[Mapping[str, Any]] = {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": True}]}


@dataclass(frozen=True, kw_only=True)
class Branch:
    """One of several things a setting may be."""

    key: str  # as in the form
    label: str
    shape: Shape


class Shape:
    """One setting, or one part of it."""

    def __init__(self, said: Mapping[str, Any], defs: Mapping[str, Any], name: str = "", *, required: bool = False):
        """`said` is its schema, `defs` those it may refer to, `name` its name in the object around it."""
        self._defs = defs
        self.name = name
        self.required = required
        self.default: Any = said.get("default", NOTHING)
        self.nullable, self._schema, self._options = self._resolved(said)
        merged = {**self._schema, **said}
        self.hint = str(merged.get("description") or "")
        examples = merged.get("examples") or ()
        self.example = str(examples[0]) if examples else ""
        self.label = _label(name, said.get("title"))
        self.lines = bool(merged.get("lines"))  # of text: several, such as SQL
        self.paste = bool(merged.get("paste"))  # of a group or table: people have it as YAML
        self.tag = str((said.get("discriminator") or {}).get("propertyName") or "")

    @classmethod
    def of(cls, model: type[BaseModel]) -> Shape:
        schema = model.model_json_schema(by_alias=True)
        return cls(schema, schema.get("$defs", {}), required=True)

    def _resolved(self, said: Mapping[str, Any]) -> tuple[bool, Mapping[str, Any], list[Mapping[str, Any]]]:
        """Whether it may be null, the schema without that, and its options where there are several."""
        while "$ref" in said:
            said = self._defs[str(said["$ref"]).rpartition("/")[2]]
        options = said.get("anyOf") or said.get("oneOf")
        if not options:
            return False, said, []
        real = [option for option in options if option.get("type") != "null"]
        nullable = len(real) < len(options)
        if len(real) > 1:
            return nullable, said, real
        inner_nullable, schema, inner = self._resolved(real[0])
        return nullable or inner_nullable, schema, inner

    @cached_property
    def kind(self) -> Kind:
        schema = self._schema
        if self._options or _anything(schema):
            return "oneof"
        if "const" in schema:
            return "constant"
        if "enum" in schema:
            return "choice"
        if schema.get("writeOnly") or schema.get("secret"):
            return "secret"
        said = schema.get("type")
        if said == "object":
            if schema.get("properties"):
                return "group"
            return "free" if schema.get("additionalProperties", True) is True else "table"
        kinds: Mapping[Any, Kind] = {"array": "list", "boolean": "yesno", "integer": "number", "number": "number"}
        return kinds.get(said, "text")

    @property
    def integer(self) -> bool:
        return self._schema.get("type") == "integer"

    @property
    def address(self) -> bool:
        return self._schema.get("format") == "uri"

    @property
    def choices(self) -> tuple[Any, ...]:
        return tuple(self._schema.get("enum") or ())

    @property
    def constant(self) -> Any:
        return self._schema.get("const")

    @property
    def optional(self) -> bool:
        """Whether a group or a choice may be left out whole."""
        return self.nullable or (not self.required and (self.default is NOTHING or self.default is None))

    @property
    def names(self) -> tuple[str, ...]:
        """The only names a table's rows may have; none where any will do."""
        return tuple((self._schema.get("propertyNames") or {}).get("enum") or ())

    @cached_property
    def fields(self) -> Mapping[str, Shape]:
        """Of a group: the settings in it, by name."""
        required = set(self._schema.get("required") or ())
        return {
            name: Shape(said, self._defs, name, required=name in required)
            for name, said in (self._schema.get("properties") or {}).items()
        }

    @cached_property
    def item(self) -> Shape:
        """Of a list or table: what each row is."""
        inner = self._schema.get("items") or self._schema.get("additionalProperties") or {}
        return Shape(inner, self._defs, required=True)

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """What it may be, where there is a choice."""
        options = self._options or [*_FREE["anyOf"]]
        shapes = [Shape(option, self._defs, self.name, required=True) for option in options]
        return tuple(Branch(key=self._key(shape), label=self._branch_label(shape), shape=shape) for shape in shapes)

    @property
    def plain(self) -> bool:
        """Whether a choice is between single values: one box will do for all of them."""
        return self.kind == "oneof" and all(each.shape.kind in ("text", "number", "yesno") for each in self.branches)

    def _key(self, shape: Shape) -> str:
        if self.tag and self.tag in shape.fields:
            return str(shape.fields[self.tag].constant)
        return shape.kind if shape.kind != "number" else "integer" if shape.integer else "number"

    def _branch_label(self, shape: Shape) -> str:
        if self.tag and self.tag in shape.fields:
            words = shape.hint.rstrip(".").partition(":")[0]
            key = self._key(shape).replace("_", " ")
            return f"{key}: {words[:1].lower()}{words[1:]}" if words else key
        said = str(shape._schema.get("type", ""))
        kinds = {"free": "structure (YAML)", "table": "one for each", "list": "list"}
        return kinds.get(shape.kind) or _WORDS.get(said, said)

    def branch_of(self, value: Any) -> Branch:
        """The branch that a value is of; the first where none fits."""
        if self.tag and isinstance(value, Mapping):
            return next((each for each in self.branches if each.key == str(value.get(self.tag))), self.branches[0])
        return next((each for each in self.branches if _fits(each.shape, value)), self.branches[-1])


def _fits(shape: Shape, value: Any) -> bool:
    if isinstance(value, bool):
        return shape.kind == "yesno"
    if isinstance(value, (int, float)):
        return shape.kind == "number" and (isinstance(value, int) or not shape.integer)
    if isinstance(value, str):
        return shape.kind in ("text", "choice", "secret")
    if isinstance(value, Mapping):
        return shape.kind in ("group", "table", "free")
    return shape.kind == "list"


def _anything(schema: Mapping[str, Any]) -> bool:
    return not any(key in schema for key in ("type", "const", "enum", "anyOf", "oneOf", "$ref"))


def _label(name: str, title: Any) -> str:
    """What people call it. The schema makes titles of names by itself: those are written as a sentence here."""
    words = name.replace("_", " ").strip()
    if title and str(title).lower() != words.lower():
        return str(title)
    return words[:1].upper() + words[1:]
