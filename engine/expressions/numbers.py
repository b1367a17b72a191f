"""Arithmetic, comparison, rounding and text of numbers, as JSONata has them, but exact.

A number is an int of any size, a float, or a Decimal where the caller decoded exactly. The rules:

    int with int            exact; a quotient that is not whole is a float
    a float, no Decimal     a double, as in JSONata; a whole result below 10^15 comes back as int
    a Decimal in it         decimal arithmetic; a float counts as the decimal it prints as (0.1 is 0.1)

Sums and products of decimals are exact, quotients and roots have 34 significant digits. Nothing infinite ever leaves:
a division by zero or a number beyond a double's range is D1001 at once.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, DecimalException
from functools import reduce
from operator import add as plus
from typing import Any, Final, NoReturn

from engine.expressions.messages import fault
from engine.expressions.values import NUMBERS, UNDEFINED

EXACT: Final = Context(prec=1000, rounding=ROUND_HALF_EVEN)  # sums and products: no rounding below 1,000 digits
QUOTIENT: Final = Context(prec=34, rounding=ROUND_HALF_EVEN)  # quotients and roots (decimal128's precision)
WHOLE: Final = 1e15  # whole floats below this become ints: the range where every digit of a double is meant
BITS: Final = 1024  # an integer of more bits is beyond a double: D1001, and no runaway growth
BIGGEST: Final = 1 << BITS
TEXT_BITS: Final = 14_000  # integers beyond this are not written as text (about 4,200 digits)

FARTHEST: Final = 1 << 40  # positions beyond this are all the same

_FLOATS = frozenset((int, float))
_DIGITS = re.compile(r"-?[0-9]+(?P<fraction>\.[0-9]+)?(?P<exponent>[Ee][-+]?[0-9]+)?")
_RADIX = re.compile(r"0[xX][0-9A-Fa-f]+|0[oO][0-7]+|0[bB][01]+")


def add(left: Any, right: Any) -> Any:
    """left + right; UNDEFINED if either is. Raises ExpressionError T2001, T2002, D1001, like all operators here."""
    kind, other = left.__class__, right.__class__
    if (kind is float or kind is int) and (other is float or other is int):
        try:
            result = left + right
        except OverflowError:
            _beyond("+")
        if -WHOLE < result < WHOLE:
            return int(result) if result.__class__ is float and result.is_integer() else result
        return _large(result, "+")
    return _decimal(left, right, EXACT.add, "+")


def subtract(left: Any, right: Any) -> Any:
    kind, other = left.__class__, right.__class__
    if (kind is float or kind is int) and (other is float or other is int):
        try:
            result = left - right
        except OverflowError:
            _beyond("-")
        if -WHOLE < result < WHOLE:
            return int(result) if result.__class__ is float and result.is_integer() else result
        return _large(result, "-")
    return _decimal(left, right, EXACT.subtract, "-")


def multiply(left: Any, right: Any) -> Any:
    kind, other = left.__class__, right.__class__
    if (kind is float or kind is int) and (other is float or other is int):
        try:
            result = left * right
        except OverflowError:
            _beyond("*")
        if -WHOLE < result < WHOLE:
            return int(result) if result.__class__ is float and result.is_integer() else result
        return _large(result, "*")
    return _decimal(left, right, EXACT.multiply, "*")


def divide(left: Any, right: Any) -> Any:
    kind, other = left.__class__, right.__class__
    if (kind is float or kind is int) and (other is float or other is int):
        if not right:
            raise fault("D1001", token="/", value=left)
        if kind is int and other is int and not left % right:
            return left // right
        try:
            result = left / right
        except OverflowError:
            _beyond("/")
        if -WHOLE < result < WHOLE:
            return int(result) if result.is_integer() else result
        return _large(result, "/")
    return _decimal(left, right, QUOTIENT.divide, "/")


def modulo(left: Any, right: Any) -> Any:
    """The remainder with the sign of the dividend: 5.5 % 2 = 1.5, -5 % 3 = -2."""
    kind, other = left.__class__, right.__class__
    if kind in _FLOATS and other in _FLOATS:
        if not right:
            raise fault("D1001", token="%", value=left)
        if kind is int and other is int:
            remainder = abs(left) % abs(right)
            return -remainder if left < 0 else remainder
        try:
            result = math.fmod(left, right)
        except (OverflowError, ValueError):
            _beyond("%")
        return _int_if_whole(result)
    return _decimal(left, right, EXACT.remainder, "%")


def negate(value: Any) -> Any:
    kind = value.__class__
    if kind is Decimal:
        return value.copy_negate()  # the operator would round to the current context
    if kind in NUMBERS:
        return -value
    if value is UNDEFINED:
        return UNDEFINED
    raise fault("D1002", token="-", value=value)


def _beyond(token: str) -> NoReturn:
    raise fault("D1001", token=token)


def _large(result: Any, token: str) -> Any:
    """A result of 10^15 or more; D1001 if it is beyond a double or not finite."""
    if result.__class__ is int:
        return result if -BIGGEST < result < BIGGEST else _beyond(token)
    return result if -math.inf < result < math.inf else _beyond(token)


def _decimal(left: Any, right: Any, operation: Callable[[Decimal, Decimal], Decimal], token: str) -> Any:
    """The slow way of all operators: undefined operands, wrong types and decimals."""
    if left is not UNDEFINED and left.__class__ not in NUMBERS:
        raise fault("T2001", token=token, value=left)
    if right is not UNDEFINED and right.__class__ not in NUMBERS:
        raise fault("T2002", token=token, value=right)
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    try:
        result = operation(decimal(left), decimal(right))
    except DecimalException:
        _beyond(token)
    if not result.is_finite():
        _beyond(token)
    return result


def decimal(number: Any) -> Decimal:
    """The exact decimal of a number; of a float the shortest one that prints the same."""
    kind = number.__class__
    if kind is Decimal:
        return number  # type: ignore[no-any-return]
    return Decimal(repr(number)) if kind is float else Decimal(number)


def less(left: Any, right: Any) -> Any:
    """left < right on two numbers or two strings; UNDEFINED if either is. Raises T2009, T2010, like the other three."""
    kind, other = left.__class__, right.__class__
    if (kind in _FLOATS and other in _FLOATS) or (kind is str and other is str):
        return left < right
    sides = _comparable(left, right, "<")
    return sides[0] < sides[1] if sides is not UNDEFINED else UNDEFINED


def less_equal(left: Any, right: Any) -> Any:
    kind, other = left.__class__, right.__class__
    if (kind in _FLOATS and other in _FLOATS) or (kind is str and other is str):
        return left <= right
    sides = _comparable(left, right, "<=")
    return sides[0] <= sides[1] if sides is not UNDEFINED else UNDEFINED


def greater(left: Any, right: Any) -> Any:
    kind, other = left.__class__, right.__class__
    if (kind in _FLOATS and other in _FLOATS) or (kind is str and other is str):
        return left > right
    sides = _comparable(left, right, ">")
    return sides[0] > sides[1] if sides is not UNDEFINED else UNDEFINED


def greater_equal(left: Any, right: Any) -> Any:
    kind, other = left.__class__, right.__class__
    if (kind in _FLOATS and other in _FLOATS) or (kind is str and other is str):
        return left >= right
    sides = _comparable(left, right, ">=")
    return sides[0] >= sides[1] if sides is not UNDEFINED else UNDEFINED


def _comparable(left: Any, right: Any, token: str) -> Any:
    """Both sides ready for Python's comparison, or UNDEFINED."""
    for side in (left, right):
        if side is not UNDEFINED and side.__class__ is not str and side.__class__ not in NUMBERS:
            raise fault("T2010", token=token, value=side)
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    if (left.__class__ is str) is not (right.__class__ is str):
        raise fault("T2009", token=token, value=left, other=right)
    return (left, right) if left.__class__ is str else in_order(left, right)


def in_order(left: Any, right: Any) -> tuple[Any, Any]:
    """Two numbers as values that Python compares the way we mean it: a float beside a Decimal as its decimal."""
    if left.__class__ is Decimal or right.__class__ is Decimal:
        return decimal(left), decimal(right)
    return left, right


def number_text(number: Any) -> str:
    """A number as JSONata prints it: floats with 15 significant digits, ints and decimals with all of theirs.

    A decimal's trailing zeros are not written (19.90 → 19.9, as JSONata prints that number). Raises D3001 for what is
    not finite, LimitError for an integer of thousands of digits.
    """
    kind = number.__class__
    if kind is int:
        if number.bit_length() > TEXT_BITS:
            raise fault("L1001", value=TEXT_BITS * 3 // 10)
        return str(number)
    if kind is Decimal:
        return _decimal_text(number)
    text = repr(number)
    if len(text) <= 16 and "e" not in text and "n" not in text:
        return text[:-2] if text.endswith(".0") else text
    if "n" in text:  # inf, nan
        raise fault("D3001", value=number)
    return _float_text(text if number.is_integer() else repr(float(f"{number:.15g}")))


def _float_text(text: str) -> str:
    """Python's shortest text of a float → JavaScript's: exponents only below 1e-6 and from 1e21 on."""
    if "e" not in text:
        return text[:-2] if text.endswith(".0") else text
    mantissa, _, exponent = text.partition("e")
    power = int(exponent)
    sign = "-" if mantissa[0] == "-" else ""
    digits = mantissa.lstrip("-").replace(".", "")
    if -7 < power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{digits}"
    if 0 <= power < 21:
        return f"{sign}{digits.ljust(power + 1, '0')}"
    return f"{mantissa}e{'+' if power > 0 else '-'}{abs(power)}"


def _decimal_text(number: Decimal) -> str:
    if not number.is_finite():
        raise fault("D3001", value=number)
    if not number:
        return "0"
    if -30 <= number.adjusted() < 60:
        text = f"{number:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    power = exponent + len(digits) - 1
    text = "".join(map(str, digits)).rstrip("0")
    mantissa = f"{text[0]}.{text[1:]}" if len(text) > 1 else text
    return f"{'-' if sign else ''}{mantissa}e{'+' if power > 0 else '-'}{abs(power)}"


def simple_number(text: str) -> Any:
    """The number of the usual short notation (12, 19.90, 1e3), None for any other text."""
    # float() also takes spaces, underscores, "1.", "nan" and digits of other scripts, which are no numbers here.
    if "0" <= text < ":" and text[-1] > "/" and text.isascii() and "_" not in text:
        try:
            number = float(text)
        except ValueError:
            return None
        if number < WHOLE:
            return int(number) if number.is_integer() else number
    return None


def parse_number(text: str) -> Any:
    """A string as a number, as JSONata's $number reads it. Raises D3030."""
    simple = simple_number(text)
    if simple is not None:
        return simple
    match = _DIGITS.fullmatch(text)
    if match is None:
        if len(text) <= 1000 and _RADIX.fullmatch(text):
            return int(text, 0)
    elif len(text) <= 4000:
        if match["fraction"] is None and match["exponent"] is None:
            return int(text)
        number = float(text)
        if -WHOLE < number < WHOLE:
            return int(number) if number.is_integer() else number
        if number not in (math.inf, -math.inf):
            return number
    raise fault("D3030", value=text)


_TENS = tuple(10**digits for digits in range(7))


def round_half_even(number: Any, digits: Any = 0) -> Any:
    """Round to `digits` decimal places (negative: to tens, hundreds, …), halves to the even neighbour.

    The halves are those of the number as it prints: 4.525 to two places is 4.52 though its double lies above. See
    `nearest_to` for numbers that print as nearly a half.
    UNDEFINED digits are none, an UNDEFINED number stays so.
    """
    kind = number.__class__
    if kind is float and digits.__class__ is int and 0 <= digits < 7:
        scale = _TENS[digits]
        shifted = number * scale
        if -5e11 < shifted < 5e11:
            nearest = round(shifted)
            if not -0.4999 < shifted - nearest < 0.4999:  # away from the halves the product is as good as the text
                nearest = nearest_to(number, scale)
            return nearest / scale if nearest % scale else nearest // scale
    if number is UNDEFINED:
        return UNDEFINED
    places = 0 if digits is UNDEFINED else position(digits)
    if kind is int:
        return number if places >= 0 else _round_int(number, -places)
    if kind is Decimal:
        return _round_decimal(number, places)
    return _int_if_whole(float(_round_decimal(Decimal(repr(number)), places)))


def nearest_to(number: float, scale: int) -> int:
    """The integer nearest to `number` · `scale`, which lies at a half or close to one.

    As in JSONata the number as it prints is moved by its decimal point and read as a double again, which takes the
    noise of products away: 44.1 * 1.15 is 50.714999999999996, and 50.72 to two places.
    """
    return round(float(Decimal(repr(number)) * scale))


def position(number: Any) -> int:
    """A position or a count as an int, cut to what no text or list is long enough for; towards zero."""
    if -FARTHEST < number < FARTHEST:
        return int(number)
    return FARTHEST if number > 0 else -FARTHEST


def _int_if_whole(number: float) -> Any:
    return int(number) if -WHOLE < number < WHOLE and number.is_integer() else number


def _round_int(number: int, zeros: int) -> int:
    if zeros > 5000:
        return 0
    step: int = 10**zeros
    quotient, remainder = divmod(number, step)
    twice = 2 * remainder
    return (quotient + (twice > step or (twice == step and quotient % 2 == 1))) * step


def _round_decimal(number: Decimal, digits: int) -> Decimal:
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent <= digits:
        return number
    if digits < -1000 or digits > 900:
        return Decimal(0) if digits < 0 else number
    rounded = number.quantize(Decimal(1).scaleb(-digits), context=EXACT)
    return rounded.quantize(Decimal(1), context=EXACT) if digits < 0 else rounded


def size(number: Any) -> Any:
    """The number without its sign."""
    return number.copy_abs() if number.__class__ is Decimal else abs(number)


def floor(number: Any) -> Any:
    return _to_whole(number, math.floor, ROUND_FLOOR)


def ceil(number: Any) -> Any:
    return _to_whole(number, math.ceil, ROUND_CEILING)


def _to_whole(number: Any, rule: Callable[[float], int], mode: str) -> Any:
    if number.__class__ is int:
        return number
    if number.__class__ is Decimal:
        return number if number.adjusted() > 400 else int(number.to_integral_value(mode))
    return rule(number) if abs(number) < 1 << 53 else number


def _plain_sum(numbers: list[Any]) -> Any:
    """Plain addition from left to right. The built-in sum compensates from Python 3.12 on: not JSONata's digits."""
    return sum(numbers) if sys.version_info < (3, 12) else reduce(plus, numbers)


def total(numbers: list[Any]) -> Any:
    """The sum in order of the list: exact with ints and decimals, plain double addition with floats."""
    try:
        result = _plain_sum(numbers)
    except TypeError:  # a float beside a decimal
        return reduce(add, numbers)
    if result.__class__ is float:
        return _int_if_whole(result) if -WHOLE < result < WHOLE else _large(result, "+")
    return result if result.__class__ is int else reduce(add, numbers)


def mean(numbers: list[Any]) -> Any:
    return divide(total(numbers), len(numbers))


def largest(numbers: list[Any]) -> Any:
    found = max(numbers)
    return found if found.__class__ is int or Decimal not in map(type, numbers) else max(numbers, key=decimal)


def smallest(numbers: list[Any]) -> Any:
    found = min(numbers)
    return found if found.__class__ is int or Decimal not in map(type, numbers) else min(numbers, key=decimal)


def power(base: Any, exponent: Any) -> Any:
    """base to the exponent: exact for whole ones, 34 digits with decimals. Raises D3061."""
    try:
        if base.__class__ is Decimal or exponent.__class__ is Decimal:
            result: Any = QUOTIENT.power(decimal(base), decimal(exponent))
            if not result.is_finite():
                raise OverflowError
            return result
        if base.__class__ is int and exponent.__class__ is int and exponent >= 0:
            if base.bit_length() * exponent > BITS + 64 and abs(base) > 1:
                raise OverflowError
            return base**exponent
        return _int_if_whole(math.pow(base, exponent))
    except (OverflowError, ValueError, ZeroDivisionError, DecimalException):
        raise fault("D3061", value=base, exponent=exponent) from None


def square_root(number: Any) -> Any:
    """Raises D3060 for a negative number."""
    if number < 0:
        raise fault("D3060", value=number)
    if number.__class__ is Decimal:
        return QUOTIENT.sqrt(number)
    if number >= BIGGEST:
        raise fault("D1001", value=number)
    return _int_if_whole(math.sqrt(number))
