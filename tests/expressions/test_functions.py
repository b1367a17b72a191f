"""The built-in functions: the cases of function_cases.yaml, the examples of the documentation, exact numbers."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from engine.errors import ExpressionError
from engine.expressions.builtins import BUILTINS
from engine.expressions.compile import compile_expression
from engine.expressions.functions.function import Example
from engine.expressions.values import UNDEFINED, deep_equal

GROUPS = YAML(typ="safe").load((Path(__file__).parent / "function_cases.yaml").read_text(encoding="utf-8"))
CASES = [(group, case) for group, cases in GROUPS.items() for case in cases]
EXAMPLES = [(function.name, example) for function in BUILTINS.values() for example in function.examples]


@pytest.mark.parametrize(("group", "case"), CASES, ids=[f"{group}: {case[0]}" for group, case in CASES])
def test_case(group: str, case: list[Any]) -> None:
    expression, wanted = case[0], case[1]
    data = case[2] if len(case) > 2 else UNDEFINED
    if isinstance(wanted, dict) and "error" in wanted:
        with pytest.raises(ExpressionError) as raised:
            compile_expression(expression)(data)
        assert raised.value.code == wanted["error"]
        return
    got = compile_expression(expression)(data)
    assert got is UNDEFINED if wanted == {"nothing": True} else deep_equal(got, wanted), got


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[example.expression for _, example in EXAMPLES])
def test_example(name: str, example: Example) -> None:
    assert f"${name}" in example.expression
    got = compile_expression(example.expression)(example.data)
    assert got is UNDEFINED if example.result is UNDEFINED else deep_equal(got, example.result), got


EXACT = [
    ("price * 3", "59.97"),
    ("price * qty + 0.1", "60.07"),
    ("$sum(lines.amount)", "0.3"),
    ("$max(lines.amount)", "0.2"),
    ("$min(lines.amount)", "0.1"),
    ("$average(lines.amount)", "0.15"),
    ("$round(price, 1)", "20.0"),
    ("$round(price / 3, 4)", "6.6633"),
    ("$abs(-price)", "19.99"),
    ("price % 5", "4.99"),
    ("$power(price, 2)", "399.6001"),
    ("large * 1", "12345678901234567890.123456789"),
    ("$roundMoney(price * 1.1)", "21.99"),
    ("$addTax(price, 10)", "21.99"),
    ("$convertWeight(price, 'kg', 'g')", "19990"),
    ('$decimal("0.1") + 0.2', "0.3"),
]
DATA = {
    "price": Decimal("19.99"),
    "qty": 3,
    "lines": [{"amount": Decimal("0.1")}, {"amount": Decimal("0.2")}],
    "large": Decimal("12345678901234567890.123456789"),
}


@pytest.mark.parametrize(("expression", "wanted"), EXACT)
def test_decimals_stay_exact(expression: str, wanted: str) -> None:
    got = compile_expression(expression)(DATA)
    assert type(got) is Decimal
    assert got == Decimal(wanted)


def test_decimals_compare_with_floats_as_they_print() -> None:
    assert compile_expression("price = 19.99 and price < 20 and price >= 19.99 and price in [19.99]")(DATA) is True


def test_a_decimal_prints_all_its_digits() -> None:
    assert compile_expression("large & ''")(DATA) == "12345678901234567890.123456789"
    assert compile_expression("$formatNumber(large, '#,##0.000000000')")(DATA) == "12,345,678,901,234,567,890.123456789"
    assert compile_expression("$string({'a': price})")(DATA) == '{"a":19.99}'
