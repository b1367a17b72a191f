"""JMESPath beyond the compliance cases: places of errors, exact numbers, limits, what is read."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ExpressionError, LimitError
from engine.expressions.compile import compile_expression
from engine.expressions.jmespath_compile import JmespathExpression
from engine.expressions.limits import Limits
from engine.expressions.values import deep_equal


def search(text: str, value: Any) -> Any:
    return compile_expression(text, "jmespath")(value)


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("a.b[", "syntax", ""),
        ("a..b", "syntax", "."),
        ("", "syntax", ""),
        ("a.nope(b)", "unknown-function", "nope"),
        ("x[*].length(a, b)", "invalid-arity", "length"),
        ("a[::0]", "invalid-value", ":0"),
        ("&a", "syntax", "&"),
        ("length(&a)", "invalid-type", "length"),
    ],
)
def test_errors_found_when_compiling(text: str, code: str, marked: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        JmespathExpression(text)
    error = raised.value
    assert (error.code, error.expression) == (code, text)
    assert error.start is not None
    assert text[error.start : error.end] == marked


def test_errors_while_running_name_the_call() -> None:
    expression = JmespathExpression("{first: length(name), all: lines[?sum(prices) > `1`].max(prices)}")
    with pytest.raises(ExpressionError) as raised:
        expression({"name": "x", "lines": [{"prices": [1, 2]}, {"prices": ["a"]}]})
    error = raised.value
    assert error.code == "invalid-type"
    assert expression.text[error.start : error.end] == "sum"
    assert "^^^" in error.caret()


def test_numbers_stay_exact() -> None:
    data = {"prices": [Decimal("0.1"), Decimal("0.2")], "big": 2**70, "mixed": [Decimal("2.50"), 2, 1.5]}
    assert search("sum(prices)", data) == Decimal("0.3")
    assert search("avg(prices)", data) == Decimal("0.15")
    assert search("big", data) == 2**70
    assert search("sort(mixed)", data) == [1.5, 2, Decimal("2.50")]
    assert search("max(mixed)", data) == Decimal("2.50")
    assert search("prices[?@ == `0.1`] | [0]", data) == Decimal("0.1")
    assert search("prices[?@ > `0.1`] | [0]", data) == Decimal("0.2")
    assert search("to_string(mixed)", data) == "[2.5,2,1.5]"


def test_what_is_read() -> None:
    text = "lines[?qty > `0`].{code: sku, price: prices[0].amount} | [0]"
    assert JmespathExpression(text).reads == (("lines", "qty"), ("lines", "sku"), ("lines", "prices", "amount"))
    assert JmespathExpression("join('-', [a.b, c])").reads == (("a", "b"), ("c",))
    assert JmespathExpression("sort_by(people, &age)[0].name").reads == (("people", "age"), ("people", "name"))
    assert JmespathExpression("map(&sku, lines)").reads == (("lines", "sku"),)
    assert JmespathExpression("not_null(a, b).c").reads == (("a", "c"), ("b", "c"))


def test_loops_inside_loops_beyond_what_python_nests() -> None:
    text, data = "a[*]" * 1 + ".a[*]" * 30, {"a": []}
    for _ in range(31):
        data = {"a": [data]}
    assert deep_equal(search(text, data), jmespath.search(text, data))


@pytest.mark.parametrize("text", ["[" * 5000, "a" + "[*].a" * 2000, "(" * 3000 + "a" + ")" * 3000, "!" * 4000 + "a"])
def test_monsters_are_refused_or_run(text: str) -> None:
    start = time.monotonic()
    with pytest.raises(ExpressionError):
        search(text, {})
    assert time.monotonic() - start < 20


def test_doubling_lists_ends() -> None:
    with pytest.raises(LimitError):
        search("@" + " | [@, @][]" * 40, [1])


def test_steps_are_counted() -> None:
    expression = JmespathExpression("a[*].b[*].c", Limits(steps=100_000))
    with pytest.raises(LimitError):
        expression({"a": [{"b": [{"c": 1}] * 1000}] * 1000})


def test_one_expression_on_many_threads() -> None:
    expression = JmespathExpression("sort_by(lines, &price)[*].[sku, price][]")
    inputs = [{"lines": [{"sku": f"{n}-{m}", "price": (m * 7 + n) % 11} for m in range(20)]} for n in range(50)]
    wanted = [expression(value) for value in inputs]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(expression, inputs * 8)) == wanted * 8


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(-5, 5), st.sampled_from(["", "a", "b", "10"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3)
    ),
    max_leaves=12,
)
TEXTS = (
    "a", "a.b", "a[0]", "a[*].b", "a[].b", "*.a", "a[?b]", "a[?b == `1`].c", "[a, b]", "{x: a, y: b.c}", "a || b",
    "a && b", "!a", "a == b", "a != b", "a[1:3]", "a[::-1]", "type(a)", "to_array(a)", "not_null(a, b, c)",
    "to_number(a)", "a | b", "[*][*]", "a[*][0]", "@", "a[?!b].c", "*", "*.*", "a.*.b",
)  # fmt: skip


@given(st.sampled_from(TEXTS), VALUES)
def test_same_as_the_library(text: str, value: Any) -> None:
    assert deep_equal(search(text, value), jmespath.search(text, value))
