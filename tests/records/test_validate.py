"""Checking documents: what comes out, and what is said about what is wrong."""

from __future__ import annotations

import contextlib
import copy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from engine.errors import RecordError
from engine.records.amounts import amount, number
from engine.records.entities import ENTITIES
from engine.records.validate import defaults, validate
from tests.records.cases_of import cases_of


@pytest.mark.parametrize("case", cases_of("values"), ids=lambda case: case["name"])
def test_one_field(case: dict[str, Any]) -> None:
    document = {**ENTITIES[case["entity"]].example, case["field"]: case["given"]}
    if "refused" not in case:
        assert validate(case["entity"], document)[case["field"]] == case["gives"]
        return
    with pytest.raises(RecordError) as caught:
        validate(case["entity"], document)
    said = "; ".join(f"{path}: {message}" for path, message in caught.value.problems)
    assert case["refused"] in said and said.startswith(case["field"])


@pytest.mark.parametrize("case", cases_of("problems"), ids=lambda case: case["name"])
def test_rules_across_fields(case: dict[str, Any]) -> None:
    document = copy.deepcopy(ENTITIES[case["entity"]].example)
    for path, value in case["change"].items():
        _put(document, path.split("."), value)
    with pytest.raises(RecordError) as caught:
        validate(case["entity"], document)
    found = dict(caught.value.problems)
    assert case["says"] in found.get(case["path"], f"no problem there, but {found}")


def _put(target: Any, path: list[str], value: Any) -> None:
    for step in path[:-1]:
        target = target[int(step)] if step.isdigit() else target[step]
    last = path[-1]
    if isinstance(target, list):
        target[int(last) : int(last) + 1] = [value]
    elif value is None:
        target.pop(last, None)
    else:
        target[last] = value


def test_every_problem_is_told_at_once() -> None:
    document = copy.deepcopy(ENTITIES["product"].example)
    document |= {"name": 5, "nme": "x", "track_stock": "yes"}
    del document["variants"][0]["sku"]
    with pytest.raises(RecordError) as caught:
        validate("product", document)
    assert {path for path, _ in caught.value.problems} == {"name", "nme", "track_stock", "variants[0].sku"}
    assert caught.value.message.startswith("not a valid product: ")


@pytest.mark.parametrize("document", [None, [], "text", 7])
def test_what_is_no_object_is_refused(document: Any) -> None:
    with pytest.raises(RecordError, match=r"an object is wanted|valid dictionary"):
        validate("product", document)


def test_a_partial_document_says_only_what_it_says() -> None:
    assert validate("product", {"sku": "A", "brand": "B"}, partial=True) == {"sku": "A", "brand": "B"}
    with pytest.raises(RecordError, match="name: is required"):
        validate("product", {"sku": "A", "brand": "B"})
    with pytest.raises(RecordError, match="nothing identifies"):
        validate("product", {"brand": "B"}, partial=True)
    with pytest.raises(RecordError, match="brand"):
        validate("product", {"sku": "A", "brand": 7}, partial=True)


def test_absent_fields_stay_absent_and_parts_are_completed() -> None:
    document = validate("product", {"sku": "A", "name": "A", "variants": [{"sku": "A"}], "brand": None})
    assert document == {"sku": "A", "name": "A", "brand": None, "variants": [{"sku": "A", "active": True}]}
    assert defaults("product") == {"type": "simple", "status": "active", "track_stock": True, "items_per_sell_uom": "1"}


@pytest.mark.parametrize("name", ENTITIES)
def test_the_fast_way_agrees_with_the_model(name: str) -> None:
    """What the model refuses is refused, and what it takes comes out with the same values."""
    example = ENTITIES[name].example
    dumped = ENTITIES[name].model_validate(example).model_dump(mode="json", exclude_unset=True)
    checked = validate(name, example)
    assert {field: checked[field] for field in dumped if not isinstance(dumped[field], list | dict)} == {
        field: value for field, value in dumped.items() if not isinstance(value, list | dict)
    }
    for field in example:
        broken = {**example, field: object()}
        with pytest.raises(RecordError):
            validate(name, broken)
        with pytest.raises(ValidationError):
            ENTITIES[name].model_validate(broken)


DECIMALS = st.decimals(min_value=-(10**15), max_value=10**15, places=6, allow_nan=False)


@given(DECIMALS)
def test_amounts_keep_their_value_and_have_one_text(value: Decimal) -> None:
    text = amount(value)
    assert Decimal(text) == value and amount(text) == text
    assert len(text.partition(".")[2]) >= 2
    assert amount(str(value)) == text == amount(f"{value:.8f}"[:-2] if value == value.quantize(Decimal(1)) else value)


@given(DECIMALS)
def test_quantities_keep_their_value_and_have_one_text(value: Decimal) -> None:
    text = number(value)
    assert Decimal(text) == value and number(text) == text
    assert text == "0" or (not text.endswith(".") and not ("." in text and text.endswith("0")))


@given(st.text(max_size=20))
def test_no_text_breaks_an_amount(text: str) -> None:
    with contextlib.suppress(PydanticCustomError):
        assert amount(amount(text)) == amount(text)
