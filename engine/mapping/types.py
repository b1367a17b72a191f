"""What a JSON Schema says about a field: enough of it to check a mapping against (2020-12: types, $ref, formats).

The same reading serves both sides: an entity's schema from its pydantic model and a stream's from its connector.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.expressions.reads import spelled

Schema = Mapping[str, Any]

WORDS: Final = frozenset({"string", "number", "boolean", "null", "list", "object"})
_WORD: Final = {"integer": "number", "array": "list"}
_MAX_DEPTH: Final = 12  # of a schema that refers to itself


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldType:
    """What a schema says about one field."""

    types: frozenset[str] = WORDS  # JSON types it may have; all of them: anything goes
    format: str = ""  # decimal, date, date-time … of a string
    allowed: tuple[Any, ...] | None = None  # the values it may have; None: any
    fields: Mapping[str, FieldType] = field(default_factory=dict)  # of an object, or of a list's entries
    required: frozenset[str] = frozenset()  # fields that must be there
    open: bool = True  # other fields than `fields` are fine
    entries: FieldType | None = None  # of a list

    @property
    def words(self) -> str:
        """ "text or null", for messages."""
        names = {"string": "text", "number": "a number", "boolean": "true or false", "list": "a list"}
        names |= {"object": "an object", "null": "null"}
        if self.format == "decimal" and "string" in self.types:
            names["string"] = "a decimal as text"
        return " or ".join(names[word] for word in names if word in self.types)

    def at(self, path: tuple[str, ...]) -> FieldType | None:
        """The field at a path, through lists; None where there is none, ANYTHING where nothing is known."""
        here = self
        for name in path:
            while here.entries is not None and "list" in here.types and name not in here.fields:
                here = here.entries
            inner = here.fields.get(name)
            if inner is None:
                return ANYTHING if here.open else None
            here = inner
        return here


ANYTHING: Final = FieldType()


def read_schema(schema: Schema) -> FieldType:
    """The type a whole schema describes."""
    return _read(schema, schema, 0)


def _read(schema: Any, root: Schema, depth: int) -> FieldType:
    if not isinstance(schema, Mapping) or depth > _MAX_DEPTH:
        return ANYTHING
    if "$ref" in schema:
        found = _read(_resolve(schema["$ref"], root), root, depth + 1)
        rest = {key: value for key, value in schema.items() if key not in ("$ref", "description", "title", "default")}
        return _both(found, _read(rest, root, depth + 1)) if rest else found
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return _either([_read(option, root, depth + 1) for option in schema[word]])
    if "allOf" in schema:
        found = _read({key: value for key, value in schema.items() if key != "allOf"}, root, depth + 1)
        for part in schema["allOf"]:
            found = _both(found, _read(part, root, depth + 1))
        return found
    return _plain(schema, root, depth)


def _plain(schema: Schema, root: Schema, depth: int) -> FieldType:
    properties = schema.get("properties")
    fields = {name: _read(inner, root, depth + 1) for name, inner in (properties or {}).items()}
    allowed = tuple(schema["enum"]) if "enum" in schema else (schema["const"],) if "const" in schema else None
    said = schema.get("type")
    types = frozenset(_WORD.get(word, word) for word in ([said] if isinstance(said, str) else said or ()))
    if not types and allowed is not None:
        types = frozenset(word_of(value) for value in allowed)
    if not types and properties:
        types = frozenset({"object"})
    return FieldType(
        types=types or WORDS,
        format=str(schema.get("format", "")),
        allowed=allowed,
        fields=fields,
        required=frozenset(schema.get("required", ())),
        open=properties is None or bool(schema.get("additionalProperties", False)),
        entries=_read(schema["items"], root, depth + 1) if "items" in schema else None,
    )


def _resolve(reference: str, root: Schema) -> Any:
    found: Any = root
    for step in reference.removeprefix("#/").split("/"):
        found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
    return found


def _either(options: list[FieldType]) -> FieldType:
    """What at least one of the options allows."""
    real = [option for option in options if option.types != {"null"}]
    if not real:
        return FieldType(types=frozenset({"null"}))
    first = real[0]
    types = frozenset(word for option in options for word in option.types)
    if len(real) == 1:
        allowed = None if first.allowed is None else (*first.allowed, None)
        return replace(first, types=types, allowed=allowed)
    listed = [option.entries for option in real if option.entries is not None]
    return FieldType(
        types=types,
        format=next((option.format for option in real if option.format), ""),
        allowed=None if any(o.allowed is None for o in real) else tuple(v for o in real for v in o.allowed or ()),
        fields={name: inner for option in real for name, inner in option.fields.items()},
        open=any(option.open and "object" in option.types for option in real),
        entries=_either(listed) if listed else None,
    )


def _both(left: FieldType, right: FieldType) -> FieldType:
    """What both allow."""
    return FieldType(
        types=(left.types & right.types) or left.types,
        format=left.format or right.format,
        allowed=left.allowed if right.allowed is None else right.allowed,
        fields={**left.fields, **right.fields},
        required=left.required | right.required,
        open=left.open and right.open,
        entries=left.entries or right.entries,
    )


def word_of(value: Any) -> str:
    """The JSON type of a value, in the words of `types`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, list | tuple):
        return "list"
    return "object" if isinstance(value, Mapping) else "number"


def sample_paths(samples: Iterable[Any]) -> dict[str, frozenset[str]]:
    """Every path of the samples → the JSON types seen there. Lists are gone through without saying so."""
    found: dict[str, set[str]] = {}
    for sample in samples:
        _walk(sample, "", found)
    return {path: frozenset(types) for path, types in found.items()}


def _walk(value: Any, path: str, found: dict[str, set[str]]) -> None:
    if isinstance(value, list):
        if path:
            found.setdefault(path, set()).add("list")
        for entry in value:
            _walk_below(entry, path, found)
        return
    if path:
        found.setdefault(path, set()).add(word_of(value))
    _walk_below(value, path, found)


def _walk_below(value: Any, path: str, found: dict[str, set[str]]) -> None:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            step = spelled(name)
            _walk(inner, f"{path}.{step}" if path else step, found)
    elif isinstance(value, list):
        _walk(value, path, found)


def schema_paths(source: FieldType, path: str = "", depth: int = 0) -> dict[str, frozenset[str]]:
    """The same for a schema: every path it names → the types it allows."""
    found: dict[str, frozenset[str]] = {}
    while source.entries is not None and not source.fields:
        source = source.entries
    for name, inner in source.fields.items():
        step = spelled(name)
        below = f"{path}.{step}" if path else step
        found[below] = inner.types
        if depth < _MAX_DEPTH:
            found |= schema_paths(inner, below, depth + 1)
    return found
