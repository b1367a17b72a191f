"""Money: rounding, tax, splitting. All of it in decimals, whatever numbers come in.

Amounts and rates are numbers or texts that write one ("19.90"). The result is a Decimal where one of them was a Decimal
or a text, else an int or float: exact numbers stay exact, plain ones plain.
"""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from functools import partial, reduce
from typing import Any, Final

from engine.expressions.functions.function import Function, function
from engine.expressions.messages import fault
from engine.expressions.numbers import BIGGEST, EXACT, QUOTIENT, decimal, parse_number
from engine.expressions.values import UNDEFINED

MODES: Final = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "half_down": ROUND_HALF_DOWN,
    "up": ROUND_UP,
    "down": ROUND_DOWN,
    "ceiling": ROUND_CEILING,
    "floor": ROUND_FLOOR,
}
MOST_DIGITS: Final = 30  # decimal places of an amount


def exact(value: Any) -> Decimal:
    """A number or a text that writes one, as Decimal. Raises D3030, D1001."""
    if value.__class__ is not str:
        if not -BIGGEST < value < BIGGEST:
            raise fault("D1001", value=value)
        return decimal(value)
    text = value.strip()
    parse_number(text)
    return Decimal(int(text, 0)) if text[1:2].isalpha() else Decimal(text)


def like(result: Decimal, *given: Any) -> Any:
    """The result as Decimal if a Decimal or a text was given, else as int or float."""
    if any(value.__class__ is Decimal or value.__class__ is str for value in given):
        return result
    if result.adjusted() > 300:
        raise fault("D1001", value=given[0])
    return int(result) if result == result.to_integral_value() and abs(result) < 10**15 else float(result)


def to_decimal(value: Any) -> Any:
    return value if value is UNDEFINED else exact(value)


def _mode(mode: Any) -> str:
    if mode is UNDEFINED:
        return ROUND_HALF_UP
    if mode not in MODES:
        raise fault("L2001", value=mode)
    return MODES[mode]


def _places(digits: Any) -> int:
    return 2 if digits is UNDEFINED else int(max(-MOST_DIGITS, min(digits, MOST_DIGITS)))


def _rounded(amount: Decimal, digits: Any, mode: Any = UNDEFINED) -> Decimal:
    if amount.adjusted() > 900:
        raise fault("D1001", value=amount)
    places = _places(digits)
    rounded = amount.quantize(Decimal(1).scaleb(-places), rounding=_mode(mode), context=EXACT)
    return rounded if places > 0 else EXACT.quantize(rounded, Decimal(1))


def round_money(amount: Any, digits: Any = UNDEFINED, mode: Any = UNDEFINED) -> Any:
    return amount if amount is UNDEFINED else like(_rounded(exact(amount), digits, mode), amount)


def round_to(amount: Any, increment: Any, mode: Any = UNDEFINED) -> Any:
    """To the nearest multiple of the increment, such as 0.05 for cash."""
    if amount is UNDEFINED or increment is UNDEFINED:
        return UNDEFINED
    step = exact(increment)
    if step <= 0:
        raise fault("L2003", value=increment)
    count = QUOTIENT.divide(exact(amount), step).to_integral_value(_mode(mode))
    return like(EXACT.multiply(count, step), amount, increment)


def format_money(amount: Any, digits: Any = UNDEFINED, mode: Any = UNDEFINED) -> Any:
    return amount if amount is UNDEFINED else f"{_rounded(exact(amount), digits, mode):f}"


def add_tax(net: Any, rate: Any, digits: Any = UNDEFINED, mode: Any = UNDEFINED) -> Any:
    if net is UNDEFINED or rate is UNDEFINED:
        return UNDEFINED
    gross = EXACT.multiply(exact(net), _with_tax(exact(rate)))
    return like(_rounded(gross, digits, mode), net, rate)


def tax_on(net: Any, rate: Any, digits: Any = UNDEFINED, mode: Any = UNDEFINED) -> Any:
    if net is UNDEFINED or rate is UNDEFINED:
        return UNDEFINED
    tax = EXACT.multiply(exact(net), EXACT.scaleb(exact(rate), -2))
    return like(_rounded(tax, digits, mode), net, rate)


def remove_tax(gross: Any, rate: Any, digits: Any = UNDEFINED, mode: Any = UNDEFINED) -> Any:
    if gross is UNDEFINED or rate is UNDEFINED:
        return UNDEFINED
    return like(_net(gross, rate, digits, mode), gross, rate)


def tax_in(gross: Any, rate: Any, digits: Any = UNDEFINED, mode: Any = UNDEFINED) -> Any:
    """What $removeTax takes off, so that the two always add up to the gross price."""
    if gross is UNDEFINED or rate is UNDEFINED:
        return UNDEFINED
    return like(EXACT.subtract(exact(gross), _net(gross, rate, digits, mode)), gross, rate)


def _net(gross: Any, rate: Any, digits: Any, mode: Any) -> Decimal:
    percent = exact(rate)
    if percent <= -100:
        raise fault("D1001", value=rate)
    return _rounded(QUOTIENT.divide(exact(gross), _with_tax(percent)), digits, mode)


def _with_tax(percent: Decimal) -> Decimal:
    """What a price without tax is multiplied with."""
    return EXACT.add(Decimal(1), EXACT.scaleb(percent, -2))


def allocate(amount: Any, weights: Any, digits: Any = UNDEFINED) -> Any:
    """Parts that add up to the amount to the last cent; what rounding leaves over goes to the largest remainders."""
    if amount is UNDEFINED or weights is UNDEFINED or not weights:
        return UNDEFINED
    whole, shares = exact(amount), [exact(weight) for weight in weights]
    unit = Decimal(1).scaleb(-_places(digits))
    together = reduce(EXACT.add, shares)
    if together <= 0 or min(shares) < 0:
        raise fault("L2004", value=weights)
    units = EXACT.divide(whole, unit).to_integral_value(ROUND_HALF_UP)
    ideal = [QUOTIENT.divide(EXACT.multiply(units, share), together) for share in shares]
    parts = [share.to_integral_value(ROUND_FLOOR) for share in ideal]
    left = int(EXACT.subtract(units, reduce(EXACT.add, parts)))
    order = sorted(range(len(parts)), key=lambda place: EXACT.subtract(parts[place], ideal[place]))
    for place in order[:left]:
        parts[place] = EXACT.add(parts[place], 1)
    return [like(EXACT.multiply(part, unit), amount) for part in parts]


_money = partial(function, "money", extension=True)

FUNCTIONS: Final[tuple[Function, ...]] = (
    _money(
        "decimal",
        "<(ns)-:n>",
        to_decimal,
        "value?",
        "The exact decimal of a number or text. Arithmetic with it is exact to the last digit, where plain numbers are "
        "binary and 0.1 + 0.2 is not quite 0.3.",
        ('$decimal("0.1") + $decimal("0.2") = $decimal("0.3")', True),
    ),
    _money(
        "roundMoney",
        "<(ns)n?s?:n>",
        round_money,
        "amount, digits?, mode?",
        "Rounded to digits decimal places (default 2). mode is half_up (default: 0.5 away from zero), half_even, "
        "half_down, up, down, ceiling or floor.",
        ("$roundMoney(2.675)", 2.68),
        ('$roundMoney(2.665, 2, "half_even")', 2.66),
        ('$roundMoney("19.994", 1, "up")', Decimal("20.0")),
    ),
    _money(
        "roundTo",
        "<(ns)(ns)s?:n>",
        round_to,
        "amount, increment, mode?",
        "Rounded to a multiple of the increment; modes as in $roundMoney.",
        ("$roundTo(12.37, 0.05)", 12.35),
        ('$roundTo(12.31, 0.05, "up")', 12.35),
    ),
    _money(
        "formatMoney",
        "<(ns)n?s?:s>",
        format_money,
        "amount, digits?, mode?",
        "The rounded amount as text with all its decimal places, as most shops want prices.",
        ("$formatMoney(19.9)", "19.90"),
        ('$formatMoney("1234.5", 0)', "1235"),
    ),
    _money(
        "addTax",
        "<(ns)(ns)n?s?:n>",
        add_tax,
        "net, percent, digits?, mode?",
        "The price with tax. The rate is in percent: 10 for 10 %.",
        ("$addTax(19.90, 10)", 21.89),
    ),
    _money(
        "taxOn",
        "<(ns)(ns)n?s?:n>",
        tax_on,
        "net, percent, digits?, mode?",
        "The tax to be added to a price without it.",
        ("$taxOn(19.90, 10)", 1.99),
    ),
    _money(
        "removeTax",
        "<(ns)(ns)n?s?:n>",
        remove_tax,
        "gross, percent, digits?, mode?",
        "The price without the tax that it contains.",
        ("$removeTax(21.89, 10)", 19.9),
    ),
    _money(
        "taxIn",
        "<(ns)(ns)n?s?:n>",
        tax_in,
        "gross, percent, digits?, mode?",
        "The tax that a price contains; $taxIn and $removeTax add up to the price.",
        ("$taxIn(21.89, 10)", 1.99),
    ),
    _money(
        "allocate",
        "<(ns)a<n>n?:a<n>>",
        allocate,
        "amount, weights, digits?",
        "The amount divided by weights, for example a discount over order lines, so that the parts add up exactly.",
        ("$allocate(10, [1, 1, 1])", [3.34, 3.33, 3.33]),
    ),
)
