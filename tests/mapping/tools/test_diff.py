from __future__ import annotations

from typing import Any

import pytest

from engine.mapping.diff import diff_documents
from tests.mapping.tools.data import case_name, cases


@pytest.mark.parametrize("case", cases("diff"), ids=case_name)
def test_two_documents_are_compared_by_field(case: dict[str, Any]) -> None:
    found = diff_documents(case["before"], case["after"])
    assert list(found.lines()) == case["lines"]
    assert bool(found) == bool(case["lines"])
    if "summary" in case:
        assert found.summary == case["summary"]
    for place, parts in case.get("parts", {}).items():
        assert [list(change.parts) for change in found.of("field") if change.place == place] == [parts]


@pytest.mark.parametrize("case", cases("diff"), ids=case_name)
def test_the_other_way_round_adds_what_was_removed(case: dict[str, Any]) -> None:
    there, back = diff_documents(case["before"], case["after"]), diff_documents(case["after"], case["before"])
    swapped = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {(change.place, change.kind) for change in there.changes if change.section != "order"} == {
        (change.place, swapped[change.kind]) for change in back.changes if change.section != "order"
    }


def test_a_draft_that_does_not_check_can_be_compared() -> None:
    found = diff_documents({"fields": {"a": {"expr": "x", "colour": 1}}}, {"fields": "nonsense", "lookups": 3})
    assert [change.place for change in found.changes] == ["a"]
