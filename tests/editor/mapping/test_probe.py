"""What stands beside a condition: the engine's own answer for the chosen sample, in words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from editor.mapping.condition_form import boxes_of
from editor.mapping.opened import Opened
from editor.mapping.probe import standings, values
from editor.words import MISSING

DOCUMENT = {
    "format": 1,
    "mapping": "erp/product.in",
    "let": {"main": "lines[0]"},
    "skip_when": "true",
    "fields": {"images": {"each": "lines", "fields": {"src": "url"}}, "name": {"cases": [{"when": "(", "then": "a"}]}},
}
PAYLOAD = {"qty": 14, "lines": [{"url": "a", "n": 1}, {"url": "b", "n": 5}]}


def opened(payload: Any = None) -> Opened:
    sample = None if payload is None else SimpleNamespace(payload=payload)
    bindings = {"settings": {}, "links": {}, "now": "2026-11-24T00:00:00Z", "id": "1"}
    return cast(Opened, SimpleNamespace(data=DOCUMENT, sample=sample, bindings=bindings))


def words(condition: str, place: str = "name", payload: Any = PAYLOAD) -> list[str]:
    found = standings(opened(payload), place, [boxes_of(condition, "c", "Condition")])
    return [standing.now.text if standing.now else "" for standing in found.values()]


def test_a_condition_says_what_it_is_for_the_sample() -> None:
    assert words("qty > 10") == ["true for this sample"] * 2
    assert words("qty > 10 and $main.n = 2") == [
        "false for this sample",
        "true for this sample",
        "false for this sample",
    ]
    assert words("absent or true")[0] == "true for this sample"
    assert words("qty and true")[-1] == "not finished: choose a field"


def test_inside_a_list_it_says_for_how_many_entries() -> None:
    assert words("n > 2", "images[].src") == ["true for 1 of 2 entries"] * 2


def test_what_fails_says_why() -> None:
    assert words('qty > "a"')[0].startswith("fails for this sample: ")
    assert words("qty >")[0].startswith("fails for this sample: ")


def test_without_a_sample_nothing_is_said() -> None:
    assert words("qty > 10", payload=None) == ["", ""]


def test_the_values_conditions_look_at() -> None:
    assert values(opened(PAYLOAD), "name", ["qty", "absent", "$main.n", "qty + 'a'"]) == {
        "qty": 14,
        "absent": MISSING,
        "$main.n": 1,
        "qty + 'a'": MISSING,
    }
