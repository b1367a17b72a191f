"""The entities for editors and readers: JSON Schema of each, and its fields as tables.

`python -m engine.records.schema` in a checkout writes mappings/schema/entities/*.json and docs/records.md anew; tests
hold them to the models.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.records.entities import ENTITIES, entity

_INTRODUCTION = """\
# Records

CODI keeps business data normalised: whatever system it came from, a product looks like this, an order like that.
A record is the merge of what each connection says about it (its contributions) by authority; mappings bring source
objects into these shapes (`in`) and take them out of them (`out`).

How values are written, so that equal values are equal texts:

- **Money** is decimal text with at least two and at most six decimals: `"12.50"`, `"12.3456"`. Never a JSON number.
- **Quantities and percentages** are decimal text without noughts to spare: `"3"`, `"0.25"`.
- **Times** are RFC 3339 in UTC: `"2026-11-23T04:05:06Z"`. Business days have no zone: `"2026-11-23"`.
- **Countries** are ISO 3166-1 alpha-2, **currencies** ISO 4217, **languages** BCP 47, weights kg, lengths cm.
- Records name each other by **natural key**, not by id: a stock level names its variant's sku, an order its customer's
  code. Case does not count when keys are compared.
- A field that is absent was not said; `null` was said to be nothing; `""` and `[]` are empty. They are three things.
  Fields with a default get it when nobody says anything else.
- A field with a star must be there. An unknown field is an error: what an entity has no place for goes into
  `custom_fields`, typed.

The field tables below are made from the models in `engine/records/`; the same as JSON Schema, for editors and checks:
`mappings/schema/entities/`.

## Who is believed

Each field of a record comes from the connection with authority over it; a list (the variants, say) is taken whole.
Connections that were given no order come in the order of their names, after those that were; what people add by hand
(the enrichment) comes first unless it is placed otherwise. The order in which contributions arrive never matters, and
when a connection deletes its object, the record is as if it had never spoken. A record about which nobody says anything
any more is kept as deleted.

## Prices

A `price_list` is the head (whom it is for, when, which currency); each `price` is one entry of a list: for a variant, a
product, a category or everything, from a quantity on, perhaps for one customer. Which entry counts, in this order:
one for this very customer; the customer's own list, then lists by `priority` (lower wins); the narrower selector; the
larger minimum quantity. Where none fits, the variant's sale price counts while it lasts, else its retail price.

## Sums

An order or invoice whose parts do not add up is refused with the sums in the message. For each line and charge
`net + tax = gross`; and `lines_net + charges_net - discount + tax + rounding = total`. `discount` is what was taken off
the whole order (a line's own discount is in its net already); a coupon lowers the price, a gift card pays.
"""


def entity_schema(name: str) -> dict[str, Any]:
    """JSON Schema of the entity's documents. Raises UsageError for an unknown name."""
    found = entity(name)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found.model_json_schema()}


def schema_text(name: str) -> str:
    """The schema as its file has it."""
    return json.dumps(entity_schema(name), indent=2, ensure_ascii=False) + "\n"


def records_page() -> str:
    """docs/records.md."""
    parts = [_INTRODUCTION]
    for name in ENTITIES:
        schema = ENTITIES[name].model_json_schema()
        parts.append(f"## {name}\n\n{schema['description']}\n\n{_table(schema)}")
        for part, inner in _parts(name).items():
            parts.append(f"### {part}\n\n{inner['description']}\n\n{_table(inner)}")
    return "\n".join(parts)


def _parts(name: str) -> dict[str, dict[str, Any]]:
    """The parts of an entity that are not shown with an earlier one."""
    found = {}
    for part, schema in (ENTITIES[name].model_json_schema().get("$defs") or {}).items():
        if _first_with(part) == name:
            found[part] = schema
    return found


def _first_with(part: str) -> str:
    return next(name for name in ENTITIES if part in (ENTITIES[name].model_json_schema().get("$defs") or {}))


def _table(schema: dict[str, Any]) -> str:
    lines = ["| field | type | |", "|---|---|---|"]
    lines += [
        f"| `{name}`{' *' if name in schema.get('required', ()) else ''} | {_type(field)} | {_words(field)} |"
        for name, field in _last(schema["properties"])
    ]
    return "\n".join(lines) + "\n"


def _last(properties: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((name, field) for name, field in properties.items() if name != "custom_fields")
    if "custom_fields" in properties:
        yield "custom_fields", properties["custom_fields"]


def _type(field: dict[str, Any]) -> str:
    if "anyOf" in field:
        return _type(next(each for each in field["anyOf"] if each.get("type") != "null"))
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "enum" in field:
        return " \\| ".join(f"`{value}`" for value in field["enum"])
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}"
    kind = {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(field.get("type", ""), "any")
    return {"decimal": "decimal", "date-time": "time", "date": "date", "uri": "URL", "email": "e-mail"}.get(
        field.get("format", ""), kind
    )


def _words(field: dict[str, Any]) -> str:
    default = field.get("default")
    said = str(field.get("description", ""))
    return said if default is None else f"{said} Default: `{json.dumps(default)}`."


def _write(root: Path) -> None:
    folder = root / "mappings" / "schema" / "entities"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ENTITIES:
        (folder / f"{name}.json").write_text(schema_text(name), "utf-8")
    (root / "docs" / "records.md").write_text(records_page(), "utf-8")


if __name__ == "__main__":
    _write(Path(__file__).resolve().parents[2])
