"""Every rule kind and every way a record can fail, as data: cases/rules.yaml."""

from __future__ import annotations

from typing import Any

import pytest

from engine.mapping.compile import compile_mapping
from engine.mapping.outcomes import Dropped, FieldError, Mapped, Rejected
from engine.mapping.program import Program
from engine.mapping.yaml import read_text
from tests.presence import ROOT

HEAD = {"format": 1, "mapping": "demo/product.out"}
GROUPS = read_text((ROOT / "tests/mapping/cases/rules.yaml").read_text("utf-8")).data
CASES = [
    pytest.param(group, case, id=f"{group['name']} {number}")
    for group in GROUPS
    for number, case in enumerate(group["cases"], 1)
]


def program_of(group: dict[str, Any]) -> Program:
    return compile_mapping(HEAD | {key: value for key, value in group.items() if key not in ("name", "cases")})


@pytest.mark.parametrize(("group", "case"), CASES)
def test_case(group: dict[str, Any], case: dict[str, Any]) -> None:
    outcome = program_of(group).run(case["given"], **case.get("bound", {}))
    if "expect" in case:
        assert outcome == Mapped(case["expect"])
        assert isinstance(outcome, Mapped)
        assert _types(outcome.output) == _types(case["expect"])
    elif "rejected" in case:
        assert isinstance(outcome, Rejected), outcome
        assert outcome.errors.keys() == case["rejected"].keys()
        for field, wanted in case["rejected"].items():
            _assert_error(outcome.errors[field], {"code": wanted} if isinstance(wanted, str) else wanted)
    else:
        assert isinstance(outcome, Dropped)


@pytest.mark.parametrize(("group", "case"), CASES)
def test_the_second_look_and_the_preview_say_the_same(group: dict[str, Any], case: dict[str, Any]) -> None:
    program = program_of(group)
    bound = case.get("bound", {})
    outcome = program.run(case["given"], **bound)
    assert program.second_look(case["given"], **bound) == outcome
    preview = program.preview(case["given"], **bound)
    assert preview.outcome == outcome
    if isinstance(outcome, Rejected):
        assert {field for field, made in preview.fields.items() if made.state == "error"} <= outcome.errors.keys()


def _assert_error(error: FieldError, wanted: dict[str, Any]) -> None:
    for key, value in wanted.items():
        found = getattr(error, key)
        assert value in found if key == "message" else found == value, (key, found)


def _types(value: Any) -> Any:
    """true and 1 are equal in Python; they must not be here."""
    if isinstance(value, dict):
        return {key: _types(entry) for key, entry in value.items()}
    return [_types(entry) for entry in value] if isinstance(value, list) else isinstance(value, bool)
