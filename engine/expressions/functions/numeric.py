"""Functions on numbers, alone and in lists."""

from __future__ import annotations

import random as chance
from decimal import Decimal
from functools import partial
from typing import Any, Final

from engine.expressions import numbers
from engine.expressions.functions.function import Function, function
from engine.expressions.messages import fault
from engine.expressions.values import NUMBERS, UNDEFINED

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def number(value: Any) -> Any:
    kind = value.__class__
    if kind is str:
        simple = numbers.simple_number(value)
        return numbers.parse_number(value) if simple is None else simple
    if value is UNDEFINED or kind in NUMBERS:
        return value
    if kind is bool:
        return 1 if value else 0
    raise fault("D3030", value=value)


def absolute(value: Any) -> Any:
    return value if value is UNDEFINED else numbers.size(value)


def floor(value: Any) -> Any:
    return value if value is UNDEFINED else numbers.floor(value)


def ceil(value: Any) -> Any:
    return value if value is UNDEFINED else numbers.ceil(value)


def sqrt(value: Any) -> Any:
    return value if value is UNDEFINED else numbers.square_root(value)


def power(base: Any, exponent: Any) -> Any:
    if base is UNDEFINED:
        return UNDEFINED
    if exponent is UNDEFINED:
        raise fault("D3061", value=base, exponent="nothing")
    return numbers.power(base, exponent)


def random() -> float:
    return chance.random()


def total(values: Any) -> Any:
    if values is UNDEFINED:
        return UNDEFINED
    return numbers.total(values) if values else 0


def count(values: Any) -> int:
    return 0 if values is UNDEFINED else len(values)


def largest(values: Any) -> Any:
    return numbers.largest(values) if values else UNDEFINED


def smallest(values: Any) -> Any:
    return numbers.smallest(values) if values else UNDEFINED


def average(values: Any) -> Any:
    return numbers.mean(values) if values else UNDEFINED


def format_base(value: Any, radix: Any = UNDEFINED) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    base = 10 if radix is UNDEFINED else int(numbers.round_half_even(radix)) if 0 < radix < 100 else 0
    if not 2 <= base <= 36:
        raise fault("D3100", value=radix)
    whole = numbers.round_half_even(value)
    if base == 10:
        return numbers.number_text(whole)
    rest = abs(int(whole)) if whole.__class__ is not Decimal or whole.adjusted() < 400 else 0
    digits: list[str] = []
    while rest or not digits:
        rest, digit = divmod(rest, base)
        digits.append(_DIGITS[digit])
    return ("-" if whole < 0 else "") + "".join(reversed(digits))


_number = partial(function, "numbers")

FUNCTIONS: Final[tuple[Function, ...]] = (
    _number(
        "number",
        "<(nsb)-:n>",
        number,
        "value?",
        "The number that a text writes (also 0x…, 0o…, 0b…); true is 1, false 0.",
        ('$number("19.90")', 19.9),
    ),
    _number("abs", "<n-:n>", absolute, "number?", "Without its sign.", ("$abs(-5)", 5)),
    _number("floor", "<n-:n>", floor, "number?", "The next whole number below.", ("$floor(5.8)", 5)),
    _number("ceil", "<n-:n>", ceil, "number?", "The next whole number above.", ("$ceil(5.2)", 6)),
    _number(
        "round",
        "<n-n?:n>",
        numbers.round_half_even,
        "number, precision?",
        "Rounded to precision decimal places (default 0; negative: tens, hundreds, …); halves go to the even "
        "neighbour. For the rounding people expect of prices use $roundMoney.",
        ("$round(2.675, 2)", 2.68),
        ("$round(12350, -2)", 12400),
    ),
    _number("sqrt", "<n-:n>", sqrt, "number?", "The square root.", ("$sqrt(16)", 4)),
    _number("power", "<n-n:n>", power, "base, exponent", "base to the power of exponent.", ("$power(2, 10)", 1024)),
    _number("random", "<:n>", random, "", "A random number from 0 to below 1.", pure=False),
    _number(
        "sum",
        "<a<n>:n>",
        total,
        "numbers",
        "The sum of a list of numbers.",
        ("$sum(lines.(qty * price))", 44.5, {"lines": [{"qty": 2, "price": 20}, {"qty": 1, "price": 4.5}]}),
    ),
    _number("count", "<a:n>", count, "list", "How many values a list has; 0 for nothing.", ("$count([3, 1])", 2)),
    _number("max", "<a<n>:n>", largest, "numbers", "The largest of a list of numbers.", ("$max([3, 1, 2])", 3)),
    _number("min", "<a<n>:n>", smallest, "numbers", "The smallest of a list of numbers.", ("$min([3, 1, 2])", 1)),
    _number("average", "<a<n>:n>", average, "numbers", "The mean of a list of numbers.", ("$average([3, 1, 2])", 2)),
    _number(
        "formatBase",
        "<n-n?:s>",
        format_base,
        "number, radix?",
        "The whole number as text in the base radix (2 to 36, default 10).",
        ("$formatBase(255, 16)", "ff"),
    ),
)
