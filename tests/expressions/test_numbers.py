"""Exact arithmetic, rounding and the text of numbers."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ExpressionError
from engine.expressions import numbers
from engine.expressions.values import UNDEFINED

DOUBLES = st.floats(-1e12, 1e12, allow_nan=False)
DECIMALS = st.decimals(-(10**12), 10**12, allow_nan=False, places=6)
INTEGERS = st.integers(-(10**25), 10**25)


@given(INTEGERS, INTEGERS)
def test_integers_are_exact(left: int, right: int) -> None:
    assert numbers.add(left, right) == left + right
    assert numbers.multiply(left, right) == left * right
    assert numbers.subtract(numbers.add(left, right), right) == left
    if right:
        assert numbers.divide(left * right, right) == left
        assert numbers.modulo(left, right) == abs(left) % abs(right) * (-1 if left < 0 else 1)


@given(DECIMALS, DECIMALS)
def test_decimals_are_exact(left: Decimal, right: Decimal) -> None:
    total = numbers.add(left, right)
    assert type(total) is Decimal
    assert total * 10**6 == int(left * 10**6) + int(right * 10**6)
    assert numbers.subtract(total, right) == left
    assert numbers.less(left, right) is (left < right)


@given(DOUBLES, DECIMALS)
def test_a_double_beside_a_decimal_is_the_decimal_it_prints_as(left: float, right: Decimal) -> None:
    assert numbers.add(left, right) == numbers.add(Decimal(repr(left)), right)
    assert numbers.less_equal(left, right) is (Decimal(repr(left)) <= right)


@given(DOUBLES, DOUBLES)
def test_doubles_are_those_of_javascript(left: float, right: float) -> None:
    assert numbers.add(left, right) == left + right
    assert numbers.multiply(left, right) == left * right
    if right:
        assert numbers.modulo(left, right) == math.fmod(left, right)


@given(DOUBLES, st.integers(0, 6))
def test_rounding_is_half_even_on_the_text(value: float, digits: int) -> None:
    wanted = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    assert numbers.round_half_even(value, digits) == float(wanted)


@given(st.integers(-(10**7), 10**7), st.integers(1, 4))
def test_exact_halves_go_to_the_even_neighbour(value: int, digits: int) -> None:
    half = (2 * value + 1) / (2 * 10**digits)
    wanted = Decimal(repr(half)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    assert numbers.round_half_even(half, digits) == float(wanted)


@given(DECIMALS, st.integers(-3, 8))
def test_decimals_round_as_decimals(value: Decimal, digits: int) -> None:
    assert numbers.round_half_even(value, digits) == value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_has_fifteen_digits(value: float) -> None:
    text = numbers.number_text(value)
    assert float(text) == (value if value.is_integer() else float(f"{value:.15g}"))
    assert not text.endswith(".0")
    assert ("e" in text) is (float(text) != 0 and not 1e-6 <= abs(float(text)) < 1e21)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_prints_all_its_digits(value: Decimal) -> None:
    assert Decimal(numbers.number_text(value)) == value


@given(st.one_of(INTEGERS, DECIMALS, DOUBLES))
def test_a_number_is_read_back(value: int | Decimal | float) -> None:
    read = numbers.parse_number(numbers.number_text(value).replace("e+", "e"))
    assert math.isclose(read, value, rel_tol=1e-14)


@pytest.mark.parametrize("text", ["", " 1", "1 ", "+1", "1.", ".5", "1_0", "0x", "1e", "inf", "nan", "١٢", "1٢", "--1"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        numbers.parse_number(text)
    assert raised.value.code == "D3030"


@given(st.lists(st.one_of(st.integers(-100, 100), DOUBLES, DECIMALS), min_size=1, max_size=8))
def test_sums_and_extremes_of_mixed_lists(values: list[int | float | Decimal]) -> None:
    exact = [numbers.decimal(value) for value in values]
    if any(type(value) is Decimal for value in values):
        assert abs(numbers.decimal(numbers.total(values)) - sum(exact, Decimal(0))) < Decimal("0.01")
    assert numbers.decimal(numbers.largest(values)) == max(exact)
    assert numbers.decimal(numbers.smallest(values)) == min(exact)


@pytest.mark.parametrize(
    ("operation", "left", "right", "code"),
    [
        (numbers.add, "1", 1, "T2001"),
        (numbers.add, 1, None, "T2002"),
        (numbers.multiply, True, 1, "T2001"),
        (numbers.divide, 1, 0, "D1001"),
        (numbers.divide, Decimal(1), 0, "D1001"),
        (numbers.modulo, 1, 0.0, "D1001"),
        (numbers.multiply, 1e300, 1e300, "D1001"),
        (numbers.multiply, 2**1000, 2**1000, "D1001"),
        (numbers.add, 10**400, 0.5, "D1001"),
        (numbers.multiply, Decimal("1e999999"), Decimal("1e999999"), "D1001"),
        (numbers.less, 1, "1", "T2009"),
        (numbers.less, True, 1, "T2010"),
        (numbers.power, -8, 1 / 3, "D3061"),
    ],
)
def test_errors(operation: object, left: object, right: object, code: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        operation(left, right)  # type: ignore[operator]
    assert raised.value.code == code


def test_nothing_stays_nothing() -> None:
    for operation in (numbers.add, numbers.subtract, numbers.multiply, numbers.divide, numbers.modulo, numbers.less):
        assert operation(UNDEFINED, 1) is UNDEFINED
        assert operation(Decimal(1), UNDEFINED) is UNDEFINED
    assert numbers.negate(UNDEFINED) is UNDEFINED


def test_a_very_long_integer_has_no_text() -> None:
    with pytest.raises(ExpressionError) as raised:
        numbers.number_text(10**5000)
    assert raised.value.code == "L1001"
