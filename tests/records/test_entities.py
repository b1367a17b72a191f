"""Every entity: documented, exemplified, published as it is."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from engine.errors import UsageError
from engine.records.entities import ENTITIES, entity
from engine.records.merge import field_order
from engine.records.schema import entity_schema, records_page, schema_text
from engine.records.validate import natural_key, references, validate
from tests.presence import ROOT
from tests.records.cases_of import cases_of

WHOLE = pytest.mark.parametrize("name", ENTITIES)


@WHOLE
def test_every_field_says_what_it_is(name: str) -> None:
    schema = ENTITIES[name].model_json_schema()
    for part in (schema, *(schema.get("$defs") or {}).values()):
        assert part.get("description"), f"{name}: {part.get('title')} has no words"
        for field, said in part["properties"].items():
            assert said.get("description", "").endswith("."), f"{name}: {part['title']}.{field} has no sentence"


@WHOLE
def test_the_example_is_valid_and_canonical(name: str) -> None:
    example = ENTITIES[name].example
    checked = validate(name, example)
    assert validate(name, checked) == checked, "what is canonical stays as it is"
    assert _within(example, checked), "nothing of the example changes"
    assert natural_key(name, checked)
    assert all(keys == list(dict.fromkeys(keys)) for keys in references(name, checked).values())
    assert set(references(name, checked)) <= {*ENTITIES, "variant"}


def _within(small: Any, large: Any) -> bool:
    if isinstance(small, dict):
        return isinstance(large, dict) and all(_within(value, large.get(key)) for key, value in small.items())
    if isinstance(small, list):
        return len(small) == len(large) and all(_within(one, other) for one, other in zip(small, large, strict=True))
    return bool(small == large)


@WHOLE
def test_the_json_schema_holds_the_example(name: str) -> None:
    schema = entity_schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(ENTITIES[name].example, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**ENTITIES[name].example, "unknown_field": 1}, schema)


@WHOLE
def test_the_published_schema_is_that_of_the_model(name: str) -> None:
    """Mend with `python -m engine.records.schema`."""
    path = ROOT / "mappings" / "schema" / "entities" / f"{name}.json"
    assert path.read_text("utf-8") == schema_text(name)


def test_no_other_schemas_are_published() -> None:
    published = {path.stem for path in (ROOT / "mappings" / "schema" / "entities").glob("*.json")}
    assert published == set(ENTITIES)


def test_the_page_for_people_is_that_of_the_models() -> None:
    """Mend with `python -m engine.records.schema`."""
    assert (ROOT / "docs" / "records.md").read_text("utf-8") == records_page()


@WHOLE
def test_documents_have_their_fields_in_order(name: str) -> None:
    backwards = dict(reversed(list(ENTITIES[name].example.items())))
    order = [field for field in field_order(name) if field in backwards]
    assert list(validate(name, backwards)) == order


@pytest.mark.parametrize("case", cases_of("keys"), ids=lambda case: case["key"])
def test_natural_keys(case: dict[str, Any]) -> None:
    assert natural_key(case["entity"], case["document"]) == case["key"]


def test_an_unknown_entity_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="there is no entity 'prodct'; there are category, customer"):
        entity("prodct")


def test_money_is_a_decimal_string_in_the_schema() -> None:
    schema = json.dumps(entity_schema("payment")["properties"]["amount"])
    assert '"format": "decimal"' in schema and '"type": "string"' in schema
