from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.mapping.difference import differences, same, shown
from tests.mapping.tools.data import case_name, cases

scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "1", "null"]) | st.just(1.5)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "c d"]), inner),
    max_leaves=12,
)


@pytest.mark.parametrize("case", cases("difference"), ids=case_name)
def test_says_where_two_values_differ(case: dict[str, Any]) -> None:
    assert [found.words for found in differences(case["before"], case["after"])] == case["words"]


def test_numbers_are_compared_by_value() -> None:
    assert same({"a": Decimal("1.10")}, {"a": 1.1})
    assert not same(0.1 + 0.2, 0.3)


@given(values)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert differences(value, json.loads(json.dumps(value))) == ()


@given(values, values)
def test_no_difference_means_equal(left: Any, right: Any) -> None:
    assert (differences(left, right) == ()) == same(left, right) == same(right, left)


@given(values)
def test_a_value_is_shown_on_one_short_line(value: Any) -> None:
    assert "\n" not in shown(value) and len(shown(value)) <= 82
