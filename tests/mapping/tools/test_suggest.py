from __future__ import annotations

import tomllib
from collections import Counter
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.mapping.names import alike, words_of
from engine.mapping.shapes import LIKE, TESTS, is_gtin
from engine.mapping.suggest import TargetField, source_fields, suggest, suggest_all
from tests.mapping.tools.data import case_name, cases


@pytest.mark.parametrize("case", cases("suggest"), ids=case_name)
def test_the_best_source_field_comes_first(case: dict[str, Any]) -> None:
    sources = source_fields(case["samples"])
    targets = [
        TargetField(path=path, type=wanted["type"], entity=case.get("entity", ""))
        for path, wanted in case["targets"].items()
    ]
    found = suggest_all(targets, sources)
    for path, wanted in case["targets"].items():
        best = found[path][0] if found[path] else None
        assert (best and best.source) == wanted["source"], (path, [one.words for one in found[path]])
        if best is not None:
            assert wanted.get("reason", "") in best.words
            assert dict(best.rule) == wanted.get("rule", dict(best.rule))
            assert 0.35 <= best.confidence <= 1


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_names_can_be_compared(left: str, right: str) -> None:
    assert 0 <= alike(left, right).score <= 1


@given(
    st.lists(
        st.dictionaries(
            st.text(max_size=6), st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
        ),
        max_size=3,
    )
)
def test_any_sample_gives_suggestions_in_the_same_order(samples: list[Any]) -> None:
    target = TargetField(path="addresses[].email", type="string")
    sources = source_fields(samples)
    found = suggest(target, sources)
    assert found == suggest(target, source_fields(samples))
    assert [one.confidence for one in found] == sorted((one.confidence for one in found), reverse=True)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("STOCKCODE", ("stock", "code")),
        ("stockCode", ("stock", "code")),
        ("customer_purchase_order_number", ("customer", "purchase", "order", "number")),
        ("SKU", ("sku",)),
        ("X_FSC", ("x", "fsc")),
        ("address1", ("address", "1")),
    ],
)
def test_names_are_cut_into_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


def test_a_phrase_has_one_meaning_and_every_shape_is_known() -> None:
    data = tomllib.loads(files("engine.mapping").joinpath("synonyms.toml").read_text("utf-8"))
    phrases = Counter(phrase.lower() for spellings in data["meanings"].values() for phrase in spellings)
    assert [phrase for phrase, count in phrases.items() if count > 1] == []
    assert set(data["shapes"].values()) <= TESTS.keys() == LIKE.keys()
    assert set(data["shapes"]) <= data["meanings"].keys() | {"amount"}


def test_a_barcode_has_a_right_check_digit() -> None:
    assert is_gtin("2900010001012") and is_gtin(73513537)
    assert not is_gtin("2900010001013") and not is_gtin("12345") and not is_gtin(True)
