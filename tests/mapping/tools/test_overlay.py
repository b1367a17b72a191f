from __future__ import annotations

from typing import Any

import pytest

from engine.mapping.diff import diff_documents
from engine.mapping.overlay import base_moved, effective
from tests.mapping.tools.data import case_name, cases

BASE = {
    "format": 1,
    "mapping": "shop/product.out",
    "title": "Product",
    "lookups": {"tax": {"GST": "standard", "FREE": "zero"}},
    "let": {"main": "variants[0]"},
    "fields": {"name": "name", "sku": "$main.sku", "brand": "brand"},
    "notes": {"name": "as it is", "brand": "the vendor"},
}


def test_an_overlay_says_only_what_differs() -> None:
    ours = {
        "format": 1,
        "mapping": "rimu/product.out",
        "extend": "shop/product.out",
        "lookups": {"tax": {"FREE": "gst-free"}},
        "fields": {"name": {"template": "{{brand}} {{name}}"}, "brand": None, "weight": "$main.weight"},
    }
    whole = effective(BASE, ours)
    assert whole == {
        "format": 1,
        "mapping": "rimu/product.out",
        "title": "Product",
        "lookups": {"tax": {"GST": "standard", "FREE": "gst-free"}},
        "let": {"main": "variants[0]"},
        "fields": {"name": {"template": "{{brand}} {{name}}"}, "sku": "$main.sku", "weight": "$main.weight"},
        "notes": {"name": "as it is"},
    }
    assert list(whole["fields"]) == ["name", "sku", "weight"]


def test_an_empty_overlay_is_the_base() -> None:
    assert not diff_documents(BASE, effective(BASE, {"extend": "shop/product.out"}))


@pytest.mark.parametrize("case", cases("overlay"), ids=case_name)
def test_a_moved_base_is_compared_three_ways(case: dict[str, Any]) -> None:
    found = base_moved(case["old"], case["new"], case["ours"])
    assert [[place.place, place.fate, place.words] for place in found.places] == case["places"]
    assert [place.place for place in found.conflicts] == [
        place[0] for place in case["places"] if place[1] == "conflict"
    ]


def test_the_summary_counts_what_is_to_decide() -> None:
    old, new = {"fields": {"a": "x", "b": "x"}}, {"fields": {"a": "y", "b": "y"}}
    assert base_moved(old, new, {"fields": {"a": "z"}}).summary == "1 taken from the base, 1 to decide"
    assert base_moved(old, old, {"fields": {}}).summary == "nothing changes"
