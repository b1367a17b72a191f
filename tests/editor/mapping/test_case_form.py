"""Cases as boxes: what a browser would send for them says the same rule, byte for byte where nobody changed it."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from editor.mapping.case_form import case_rows
from editor.mapping.condition_form import Boxes, boxes_of, focus_after, like_the_field, sent_condition
from editor.mapping.conditions import Condition, write_condition
from editor.mapping.rule_form import changed_rule
from engine.errors import UsageError
from engine.mapping.rewrite import rewrite_text, write_text
from engine.mapping.yaml import read_text
from tests.editor.mapping.test_conditions import conditions
from tests.presence import ROOT

WHEN = "$exists(customer_ref)  or  (price_list = $base_list and $number( min_qty ) = 1) or $isGtin(code)"
RULE: dict[str, Any] = {
    "cases": [
        {"when": WHEN, "then": {"value": Decimal("1.50")}},
        {"when": "state in ['a', 'b, c']", "then": {"expr": "code", "lookup": "tax", "missing": "hold", "default": 1}},
        {"when": "a\n  = 'x'", "then": {"each": "lines", "fields": {"x": "y"}}},
        {"when": "broken (", "then": "TAX"},
        {"when": "b", "then": {"template": "{{a}} of {{b}} "}},
        {"otherwise": {"expr": "$uppercase(a)"}},
    ],
    "required": True,
}


def boxes(part: Boxes) -> dict[str, str]:
    """What a browser sends for a condition as it is drawn."""
    sent = {f"{part.name}.is": part.kind, f"{part.name}.was": part.was}
    if part.kind == "code":
        return {**sent, f"{part.name}.code": part.code}
    if part.kind == "check":
        right = {f"{part.name}.right.as": part.right_kind, f"{part.name}.right": part.right}
        return {**sent, f"{part.name}.left": part.left, f"{part.name}.operator": part.operator, **right}
    for member in part.members:
        sent |= boxes(member)
    return sent | ({f"{part.name}.every": "all" if part.every else "any"} if len(part.members) > 1 else {})


def drawn(rule: dict[str, Any], as_code: str = "") -> dict[str, str]:
    sent = {}
    for row in case_rows(rule, as_code=as_code):
        name = f"case.{row.at}"
        sent |= {} if row.when is None else boxes(row.when)
        sent |= {f"{name}.then_as": row.result.kind, f"{name}.then": row.result.text}
        sent |= {f"{name}.lookup": row.result.lookup, f"{name}.missing": row.result.missing}
    return sent


def test_cases_nobody_changed_stay_as_they_are() -> None:
    assert changed_rule("cases", RULE, drawn(RULE)) == RULE
    for at in range(5):
        assert changed_rule("cases", RULE, drawn(RULE, f"case.{at}.when")) == RULE, "also where one is seen as code"


def test_the_shipped_mappings_survive_their_boxes_byte_for_byte() -> None:
    seen = 0
    for file in sorted((ROOT / "mappings").glob("*/*.[io]*.yaml")):
        text = file.read_text("utf-8")
        data = read_text(text).data
        for place, rule in (data.get("fields") or {}).items():
            if isinstance(rule, dict) and "cases" in rule:
                seen += 1
                changed = {**data, "fields": {**data["fields"], place: changed_rule("cases", rule, drawn(rule))}}
                assert rewrite_text(text, changed) == text
    assert seen > 3


@given(conditions)
def test_boxes_say_the_condition_they_were_drawn_from(condition: Condition) -> None:
    text = write_condition(condition)
    assert sent_condition(boxes(boxes_of(text, "c", "")), "c") == text


@given(conditions)
def test_boxes_without_their_source_say_the_same(condition: Condition) -> None:
    text = write_condition(condition)
    sent = {name: '""' if name.endswith(".was") else value for name, value in boxes(boxes_of(text, "c", "")).items()}
    assert sent_condition(sent, "c") == text


def test_one_changed_box_changes_its_part_only() -> None:
    sent = {**drawn(RULE), "case.0.when.1.1.right": "2"}
    changed = changed_rule("cases", RULE, sent)
    assert changed is not None
    assert changed["cases"][0]["when"] == (
        "$exists(customer_ref) or (price_list = $base_list and $number( min_qty ) = 2) or $isGtin(code)"
    )
    assert changed["cases"][1:] == RULE["cases"][1:]


@pytest.mark.parametrize(
    ("do", "whens"),
    [
        ("up_case.1", ["b", "a", "c"]),
        ("down_case.0", ["b", "a", "c"]),
        ("up_case.0", ["a", "b", "c"]),
        ("down_case.2", ["a", "b", "c"]),
        ("remove_case.1", ["a", "c"]),
        ("add_case", ["a", "b", "c", "false"]),
        ("remove.case.0.when.0", ["false", "b", "c"]),
        ("add_check.case.0.when", ["a and true", "b", "c"]),
        ("add_group.case.1.when", ["a", "b and (false or false)", "c"]),
        ("as_code.case.1.when", ["a", "b", "c"]),
    ],
)
def test_buttons(do: str, whens: list[str]) -> None:
    rule = {"cases": [*({"when": name, "then": {"value": name}} for name in "abc"), {"otherwise": "d"}]}
    changed = changed_rule("cases", rule, {**drawn(rule), "do": do})
    assert changed is not None
    assert [case["when"] for case in changed["cases"] if "when" in case] == whens
    assert changed["cases"][-1] == {"otherwise": "d"}
    assert write_text({"x": changed})


def test_a_rule_becomes_what_no_case_changes() -> None:
    changed = changed_rule("cases", {"expr": "TAX", "required": True}, {"do": "add_case"})
    assert changed == {"cases": [{"when": "false", "then": {"value": ""}}, {"otherwise": "TAX"}], "required": True}


def test_values_are_typed_by_the_field() -> None:
    sample = {"QTY": 14, "STATE": "active", "ON": True, "CODE": "007", "PRICE": "9.50", "SIZES": ["40", "41"]}

    def typed(left: str, operator: str, right: str) -> str:
        sent = {"c.is": "check", "c.left": left, "c.operator": operator, "c.right": right, "c.right.as": "auto"}
        return sent_condition(like_the_field(sent, lambda field: sample.get(field)), "c")

    assert typed("QTY", "more", "10") == "QTY > 10"
    assert typed("QTY", "one_of", "1, 2") == "QTY in [1, 2]"
    assert typed("CODE", "is", "007") == 'CODE = "007"'
    assert typed("PRICE", "more", "10") == "$number(PRICE) > 10"
    assert typed("PRICE", "at_most", "ten") == 'PRICE <= "ten"'
    assert typed("SIZES", "less", "41") == "$number(SIZES) < 41"
    assert typed("STATE", "one_of", 'a, "b, c"') == 'STATE in ["a", "b, c"]'
    assert typed("ON", "is", "yes") == "ON = true"
    assert typed("ON", "is_not", "no") == "ON != false"
    assert typed("MISSING", "less", "5") == "MISSING < 5"
    assert typed("MISSING", "is", "5") == 'MISSING = "5"'
    assert typed("", "is", "x") == "false"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"case.0.when.0.right": "ten", "case.0.when.0.right.as": "number"}, "not a number"),
        ({"case.0.when.0.right": "a b", "case.0.when.0.right.as": "field"}, "not a field"),
        ({"case.0.when.0.left": "a (", "case.0.when.0.right.as": "text"}, "not an expression"),
        ({"case.0.then": " ", "case.0.then_as": "field"}, "box is empty"),
        ({"case.0.then": "A", "case.0.then_as": "lookup"}, "Choose the lookup"),
    ],
)
def test_what_is_wrong_is_said_in_words(sent: dict[str, str], words: str) -> None:
    rule = {"cases": [{"when": "a > 1", "then": "b"}]}
    before = copy.deepcopy(rule)
    with pytest.raises(UsageError, match=words):
        changed_rule("cases", rule, {**drawn(rule), **sent})
    assert rule == before


def test_results_of_every_kind() -> None:
    rule = {"cases": [{"when": "a", "then": "b"}]}

    def given(**sent: str) -> Any:
        boxed = {**drawn(rule), **{f"case.0.{name}": value for name, value in sent.items()}}
        return (changed_rule("cases", rule, boxed) or {})["cases"][0]["then"]

    assert given(then_as="text", then=" x ") == {"value": " x "}
    assert given(then_as="number", then="1,250.5") == {"value": 1250.5}
    assert given(then_as="yesno", then="yes") == {"value": True}
    assert given(then_as="nothing") == {"value": None}
    assert given(then_as="template", then="{{a}} ") == {"template": "{{a}} "}
    assert given(then_as="code", then="$trim(a)") == "$trim(a)"
    looked_up = {"expr": "a", "lookup": "tax", "missing": "error"}
    assert given(then_as="lookup", then="a", lookup="tax", missing="error") == looked_up


def test_one_goes_on_where_one_was() -> None:
    parts = [boxes_of("a and (b or $f(c))", "case.0.when", "")]
    assert focus_after("add_check.case.0.when", parts) == "case-0-when-1-1-code"
    assert focus_after("as_code.case.0.when.1.1", parts) == "case-0-when-1-1-code"
    assert focus_after("remove.case.0.when.2", parts) == "case-0-when-add"
    assert focus_after("as_boxes.case.0.when", parts) == "case-0-when-0-left"
    assert focus_after("anything", parts) == ""
