"""Conditions as boxes: what is written is read back, what nobody changed stays as it was, and meanings stay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editor.mapping.conditions import (
    UNSET,
    Check,
    Condition,
    Group,
    Kept,
    condition_text,
    read_condition,
    same,
    write_condition,
)
from engine import compile_expression
from engine.errors import CodiError, UsageError
from engine.mapping.comparisons import LISTED, ONE_SIDED, OPERATORS
from engine.mapping.visual import Code, Field, Fixed

SAMPLES: list[Any] = [
    {"qty": 14, "state": "active", "sku": "OAK-160", "tags": ["vip", "a"], "on": True, "none": None, "end": "160"},
    {"qty": 0, "state": "", "sku": "x", "tags": [], "on": False, "end": "x"},
    {},
]

lefts = st.sampled_from(
    ["qty", "state", "sku", "lines[0].`odd key`", "$main.sku", "$number(qty)", "a & b", "(a.b)[0]", "-qty", "a ? b : c"]
)
texts = st.text(st.characters(codec="utf-8"), max_size=8).filter(str.isprintable)
numbers = st.integers(-(10**20), 10**20) | st.floats(-1e6, 1e6).filter(lambda value: not value.is_integer())
literals = (texts | numbers | st.booleans() | st.none()).map(lambda value: Fixed(value=value))
lists = (st.lists(texts.map(str.strip), max_size=3) | st.lists(numbers, min_size=1, max_size=3)).map(
    lambda value: Fixed(value=value)
)
others = st.sampled_from(["state", "$root.sku", "`odd`.x"]).map(lambda path: Field(path=path)) | st.sampled_from(
    ["$now()", "/^a/i", "a + 1", "[true, 1]", '"a\\nb"']
).map(lambda code: Code(text=code))


@st.composite
def checks(draw: st.DrawFn) -> Condition:
    operator = draw(st.sampled_from(list(OPERATORS)))
    left = draw(st.sampled_from(["qty", "$main.sku"]) if operator in ("filled", "empty", "hollow") else lefts)
    if operator in ONE_SIDED:
        return Check(left=left, operator=operator)
    if operator in LISTED:
        return Check(left=left, operator=operator, right=draw(lists | others))
    right = draw(literals if operator in ("has", "not_has") else literals | others)
    if operator == "is" and isinstance(right, Fixed) and isinstance(right.value, bool):
        return Check(left=left, operator="yes" if right.value else "no")
    return Check(left=left, operator=operator, right=right)


kept = st.sampled_from(
    ["$isGtin(sku)", "$count(lines) + 1", "a ?: b", "($x := 1; $x)", "null", "$sum(lines.qty) > 1 ? a : b"]
).map(lambda text: Kept(text=text))
leaves: st.SearchStrategy[Condition] = checks() | kept | st.just(UNSET)


def groups(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    members = st.lists(inner, min_size=2, max_size=3)
    return st.builds(lambda every, found: Group(every=every, members=tuple(found)), st.booleans(), members)


conditions = leaves | groups(leaves | groups(leaves | groups(leaves)))


@given(conditions)
def test_what_is_written_is_read_back(condition: Condition) -> None:
    text = write_condition(condition)
    again = read_condition(text)
    assert same(again, condition)
    assert condition_text(again) == text


@given(st.text(max_size=30) | conditions.map(write_condition).map(lambda text: f" ({text}) /* why */ "))
def test_what_nobody_changed_stays_byte_for_byte(text: str) -> None:
    assert condition_text(read_condition(text)) == text


@given(groups(leaves), st.integers(0, 2))
def test_changing_one_of_several_leaves_the_others_as_written(condition: Group, at: int) -> None:
    nothing = "true" if condition.every else "false"
    parts = [nothing if member == UNSET else write_condition(member) for member in condition.members]
    spaced = (" and " if condition.every else " or ").join(f"( {part} )" for part in parts)
    read = read_condition(spaced)
    assert isinstance(read, Group)
    at = min(at, len(read.members) - 1)
    changed = replace(
        read, members=tuple(Check(left="new", operator="yes") if n == at else m for n, m in enumerate(read.members))
    )
    written = condition_text(changed)
    for n, member in enumerate(read.members):
        assert n == at or member.source in written
    assert "new = true" in written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("QTY > 10", Check(left="QTY", operator="more", right=Fixed(value=10))),
        ("state in ['a', \"b\"]", Check(left="state", operator="one_of", right=Fixed(value=["a", "b"]))),
        ("$not(a in [1, 2])", Check(left="a", operator="not_one_of", right=Fixed(value=[1, 2]))),
        ("'vip' in tags", Check(left="tags", operator="has", right=Fixed(value="vip"))),
        ("$substring(sku, 0, 3) = 'OAK'", Check(left="sku", operator="starts", right=Fixed(value="OAK"))),
        ("$substring(sku, -$length(end)) = end", Check(left="sku", operator="ends", right=Field(path="end"))),
        ("$substring(sku, 0, 2) = 'OAK'", Check(left="$substring(sku, 0, 2)", operator="is", right=Fixed(value="OAK"))),
        ("active = true", Check(left="active", operator="yes")),
        ("location_code", Check(left="location_code", operator="filled")),
        ("$not($exists(a))", Check(left="a", operator="missing")),
        ("false", UNSET),
        ("true", Kept(text="true")),
        ("a and true", Group(every=True, members=(Check(left="a", operator="filled"), UNSET))),
        ("a and", Kept(text="a and")),
        ("a = 'x\ny'", Check(left="a", operator="is", right=Code(text='"x"'))),
    ],
)
def test_conditions_as_people_write_them(text: str, expected: Condition) -> None:
    if "\n" in text:
        assert read_condition(text) == Kept(text=text), "a box for one line would lose the break"
    else:
        assert read_condition(text) == expected


def test_brackets_say_what_belongs_together() -> None:
    text = "$exists(customer_ref) or (price_list = $base_list and $number(min_qty) = 1)"
    read = read_condition(text)
    assert isinstance(read, Group)
    assert not read.every
    inner = read.members[1]
    assert isinstance(inner, Group)
    assert inner.every
    assert inner.members[1] == Check(left="$number(min_qty)", operator="is", right=Fixed(value=1))
    assert write_condition(read) == text


def test_a_condition_of_another_language_is_kept() -> None:
    assert read_condition("a == 'b'", "jmespath") == Kept(text="a == 'b'")


def test_a_part_that_is_no_expression_is_refused_beside_others() -> None:
    broken = Group(every=True, members=(Kept(text="a) or (b"), Kept(text="c")))
    with pytest.raises(UsageError, match="is not an expression"):
        write_condition(broken)


def truth(text: str, sample: Any) -> object:
    try:
        return compile_expression(f"({text}) ? true : false")(sample)
    except CodiError as error:
        return type(error)


@pytest.mark.parametrize(
    ("operator", "right", "expected"),
    [
        ("starts", "OAK", [True, False, False]),
        ("starts", "", [True, True, False]),
        ("ends", "160", [True, False, False]),
        ("contains", "K-1", [True, False, False]),
        ("not_contains", "K-1", [False, True, True]),
        ("empty", None, [False, False, True]),
        ("hollow", None, [False, False, False]),
        ("is_not", "x", [True, False, False]),
        ("not_is", "x", [True, False, True]),
        ("one_of", ["x", "y"], [False, True, False]),
        ("not_one_of", ["x", "y"], [True, False, True]),
        ("is", "x", [False, True, False]),
        ("there", None, [True, True, False]),
        ("missing", None, [False, False, True]),
    ],
)
def test_operators_mean_what_they_say(operator: str, right: Any, expected: list[object]) -> None:
    check = Check(left="sku", operator=operator, right=None if right is None else Fixed(value=right))
    assert [truth(write_condition(check), sample) for sample in SAMPLES] == expected


@pytest.mark.parametrize(
    "text", ["qty", "$not(qty)", "'vip' in tags", "$not('vip' in tags)", "on = true", "on = false"]
)
def test_reading_and_writing_keeps_the_meaning(text: str) -> None:
    written = write_condition(replace(read_condition(f"({text})"), source=""))
    assert [truth(written, sample) for sample in SAMPLES] == [truth(text, sample) for sample in SAMPLES]
