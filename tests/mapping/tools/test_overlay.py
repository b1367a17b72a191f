from __future__ import annotations

from typing import Any

import pytest

from engine.errors import UsageError
from engine.mapping.diff import diff_documents
from engine.mapping.overlay import base_moved, effective, overlay_of
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


OURS: dict[str, Any] = {
    "extend": "shop/product.out",
    "fields": {"name": "$trim(name)", "weight": "w"},
    "lookups": {"tax": {"FREE": "x"}},
}
CHANGES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("a rule of the base", {"fields": {"sku": "upper"}}, {"fields": {**OURS["fields"], "sku": "upper"}}),
    ("ours again", {"fields": {"name": "other"}}, {"fields": {"name": "other", "weight": "w"}}),
    ("back to the base", {"fields": {"name": {"expr": "name"}}}, {"fields": {"weight": "w"}}),
    ("a rule of ours away", {"fields": {"weight": None}}, {"fields": {"name": "$trim(name)"}}),
    (
        "a rule of the base away",
        {"fields": {"brand": None}, "notes": {"brand": None}},
        {"fields": {**OURS["fields"], "brand": None}},
    ),
    ("a name", {"let": {"main": "variants[1]"}}, {"let": {"main": "variants[1]"}}),
    ("a note", {"notes": {"name": "mine"}}, {"notes": {"name": "mine"}}),
    ("a note away", {"notes": {"name": None}}, {"notes": {"name": ""}}),
    ("a row", {"lookups": {"tax": {"GST": "y"}}}, {"lookups": {"tax": {"FREE": "x", "GST": "y"}}}),
    ("a row back", {"lookups": {"tax": {"FREE": "zero"}}}, {"lookups": None}),
    ("a condition", {"skip_when": "gone"}, {"skip_when": "gone"}),
]


def changed(whole: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`whole` with entries replaced, or taken away where they are None."""
    merged = dict(whole)
    for key, value in changes.items():
        merged[key] = changed(merged.get(key, {}), value) if isinstance(value, dict) and key != "name" else value
    return {key: value for key, value in merged.items() if value is not None}


@pytest.mark.parametrize(("changes", "said"), [case[1:] for case in CHANGES], ids=[case[0] for case in CHANGES])
def test_the_overlay_that_amounts_to_a_change(changes: dict[str, Any], said: dict[str, Any]) -> None:
    whole = changed(effective(BASE, OURS), changes)
    overlay = overlay_of(BASE, OURS, whole)
    assert overlay == {key: value for key, value in {**OURS, **said}.items() if value is not None}
    assert not diff_documents(whole, effective(BASE, overlay)) or "notes" in changes, "nothing is lost on the way"


def test_what_an_overlay_cannot_take_away() -> None:
    whole = effective(BASE, OURS)
    with pytest.raises(UsageError, match="main comes from the base"):
        overlay_of(BASE, OURS, {**whole, "let": {}})
    skipping = {**BASE, "skip_when": "gone"}
    without = {key: value for key, value in effective(skipping, OURS).items() if key != "skip_when"}
    assert overlay_of(skipping, OURS, without)["skip_when"] == "false"
