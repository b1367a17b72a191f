"""Checks a document against its entity and gives it back in canonical form: the fast path of every record.

The entity models are written in pydantic; here their schemas become typed-dict schemas, so that a document goes in and
a document comes out and no model object is made on the way (a third of the time of model_validate and model_dump).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic_core import SchemaValidator, ValidationError

from engine.errors import RecordError
from engine.records.entities import entity as entity_named
from engine.records.entity import Document, Problem

SHOWN = 5  # problems in the message; `RecordError.problems` has all


def validate(entity: str, document: Any, *, partial: bool = False) -> Document:
    """The canonical form of `document`: decimal texts and times written one way, blanks trimmed, parts complete.

    Fields that are absent stay absent (their defaults are filled in by the merge, so that a contribution says only
    what it says); null stays null where the field may be null. With `partial`, required fields may be absent, as in a
    contribution that owns a few fields only; what the natural key needs must be there all the same.
    Raises RecordError with every problem and its path.
    """
    try:
        checked: Document = _validator(entity, partial).validate_python(document)
    except ValidationError as error:
        raise _record_error(entity, [_problem(each) for each in error.errors(include_url=False)]) from None
    problems = [] if partial else entity_named(entity).problems(checked)
    if partial:
        problems = _key_problems(entity, checked)
    if problems:
        raise _record_error(entity, problems)
    return checked


def natural_key(entity: str, document: Document) -> str:
    """The natural key of a validated document of `entity`."""
    return entity_named(entity).natural_key(document)


def references(entity: str, document: Document) -> dict[str, list[str]]:
    """entity → natural keys of the records that a validated document names."""
    return entity_named(entity).references(document)


@cache
def defaults(entity: str) -> Document:
    """The fields of `entity` that have a value when nobody says one."""
    return {
        name: field.default
        for name, field in entity_named(entity).model_fields.items()
        if field.default is not None and not field.is_required() and field.default_factory is None
    }


def _key_problems(entity: str, document: Document) -> list[Problem]:
    try:
        entity_named(entity).natural_key(document)
    except KeyError as missing:
        return [(str(missing.args[0]), "is needed: nothing identifies the record")]
    return []


def _record_error(entity: str, problems: list[Problem]) -> RecordError:
    shown = "; ".join(f"{path or 'the document'}: {message}" for path, message in problems[:SHOWN])
    more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    return RecordError(f"not a valid {entity}: {shown}{more}", problems)


_WORDS = {
    "missing": "is required",
    "extra_forbidden": "is not a field of it",
    "string_type": "a text is wanted",
    "bool_type": "true or false is wanted",
    "list_type": "a list is wanted",
    "dict_type": "an object is wanted",
    "string_too_short": "must not be empty",
}


def _problem(error: Any) -> Problem:
    path = ""
    for step in error["loc"]:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else str(step)
    kind = error["type"]
    message = _WORDS.get(kind) or str(error["msg"])
    given = error["input"]
    if kind == "string_pattern_mismatch" or kind.endswith("_type"):
        message += f", not {_shown(given)}" if kind.endswith("_type") else f" (given {_shown(given)})"
    return path, message


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


# ---------------------------------------------------------------- from model schemas to typed-dict schemas


@cache
def _validator(entity: str, partial: bool) -> SchemaValidator:
    schema: Any = entity_named(entity).__pydantic_core_schema__
    if schema["type"] == "definitions":
        inner = _as_dict(schema["schema"], top=True, partial=partial)
        definitions = [_as_dict(each, top=False, partial=False) for each in schema["definitions"]]
        return SchemaValidator({**schema, "schema": inner, "definitions": definitions})
    return SchemaValidator(_as_dict(schema, top=True, partial=partial))


def _as_dict(schema: Any, *, top: bool, partial: bool) -> Any:
    """`schema` with every model in it replaced by a typed dict of the same fields."""
    if isinstance(schema, list):
        return [_as_dict(each, top=False, partial=False) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") != "model":
        return {name: _as_dict(each, top=top, partial=partial) for name, each in schema.items() if name != "metadata"}
    fields = {
        name: _field(field["schema"], top=top, partial=partial) for name, field in schema["schema"]["fields"].items()
    }
    if "custom_fields" in fields:
        fields["custom_fields"] = fields.pop("custom_fields")  # last, as people expect them
    ref = {"ref": schema["ref"]} if "ref" in schema else {}
    return {"type": "typed-dict", "fields": fields, "extra_behavior": "forbid", "config": schema["config"], **ref}


def _field(schema: Any, *, top: bool, partial: bool) -> dict[str, Any]:
    """Absent fields stay absent at the top; inside parts, defaults that say something are filled in."""
    required = schema["type"] != "default"
    if not required and (top or schema.get("default") is None):
        schema = schema["schema"]
    return {
        "type": "typed-dict-field",
        "schema": _as_dict(schema, top=False, partial=False),
        "required": required and not partial,
    }
