"""The model of format 1, its JSON Schema and its one canonical spelling."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from engine.mapping.canonical import as_data, canonical_json, content_hash
from engine.mapping.document import Document, mapping_schema
from engine.mapping.load import as_source, load
from engine.mapping.yaml import read_text
from tests.presence import ROOT

SHIPPED = ROOT / "mappings/schema/mapping-1.json"
GROUPS = read_text((ROOT / "tests/mapping/cases/rules.yaml").read_text("utf-8")).data
HEAD = {"format": 1, "mapping": "demo/product.out"}
DOCUMENTS = [HEAD | {key: value for key, value in group.items() if key not in ("name", "cases")} for group in GROUPS]


def test_the_shipped_schema_is_the_models() -> None:
    assert json.loads(SHIPPED.read_text("utf-8")) == mapping_schema(), (
        "run: codi map schema > mappings/schema/mapping-1.json"
    )


@pytest.mark.parametrize("data", DOCUMENTS, ids=[group["name"] for group in GROUPS])
def test_the_schema_takes_what_the_model_takes(data: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(mapping_schema()).validate(data)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"mapping": "Product"},
        {"extra": 1},
        {"fields": {"a": {"expr": "x", "value": 1}}},
        {"fields": {"a": {"expr": "x", "requird": True}}},
        {"fields": {"a": 3}},
        {"fields": {"a": {"each": "x"}}},
        {"fields": {"a": {"cases": []}}},
        {"lookups": {"a": {"b": [1]}}},
        {"let": {"not a name": "x"}},
    ],
    ids=str,
)
def test_both_refuse_the_same(change: dict[str, Any]) -> None:
    data = HEAD | {"fields": {}} | change
    assert not jsonschema.Draft202012Validator(mapping_schema()).is_valid(data)
    assert load(as_source(data)).diagnostics


@pytest.mark.parametrize("data", DOCUMENTS, ids=[group["name"] for group in GROUPS])
def test_a_document_says_what_it_was_given(data: dict[str, Any]) -> None:
    assert as_data(Document.model_validate(data)) == data


def test_spelling_does_not_change_the_hash() -> None:
    yaml = (
        "format: 1\nmapping: demo/product.out\nlookups: {t: {b: 1, a: 2}}\n"
        "fields:\n  name: title\n  n: {expr: a, type: string}\n"
    )
    other = {
        "fields": {"name": {"expr": "title"}, "n": {"type": "string", "expr": "a"}},
        "lookups": {"t": {"a": 2, "b": 1}},
        "mapping": "demo/product.out",
        "format": 1,
    }
    first, second = load(as_source(yaml)).document, load(as_source(other)).document
    assert canonical_json(first) == canonical_json(second)
    assert content_hash(first) == content_hash(second)


@pytest.mark.parametrize(
    "change",
    [
        {"fields": {"b": "y", "a": "x"}},
        {"fields": {"a": "x", "b": "z"}},
        {"fields": {"a": {"value": "x"}, "b": "y"}},
        {"title": "other"},
    ],
    ids=str,
)
def test_meaning_and_order_of_fields_change_the_hash(change: dict[str, Any]) -> None:
    data = HEAD | {"fields": {"a": "x", "b": "y"}}
    assert content_hash(Document.model_validate(data)) != content_hash(Document.model_validate(data | change))


def test_constants_are_hashed_as_they_are() -> None:
    plain = HEAD | {"fields": {"a": {"value": {"fields": {"x": "y"}}}}}
    other = HEAD | {"fields": {"a": {"value": {"fields": {"x": {"expr": "y"}}}}}}
    assert content_hash(Document.model_validate(plain)) != content_hash(Document.model_validate(other))
