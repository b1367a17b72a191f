"""$formatNumber: numbers in pictures such as `#,##0.00`, after XSLT's format-number (XPath functions, section 4.7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache, partial
from typing import Any, Final

from engine.expressions.functions.function import Function, function
from engine.expressions.functions.integers import regular_distance
from engine.expressions.limits import check_characters, check_picture
from engine.expressions.messages import fault
from engine.expressions.numbers import BIGGEST, EXACT, decimal
from engine.expressions.values import UNDEFINED


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbols:
    """The characters a picture and its result are written with; an option's name has dashes instead of underscores."""

    decimal_separator: str = "."
    grouping_separator: str = ","
    exponent_separator: str = "e"
    infinity: str = "Infinity"
    minus_sign: str = "-"
    NaN: str = "NaN"
    percent: str = "%"
    per_mille: str = "\u2030"
    zero_digit: str = "0"
    digit: str = "#"
    pattern_separator: str = ";"

    @property
    def digits(self) -> str:
        return "".join(chr(ord(self.zero_digit[0]) + number) for number in range(10))

    @property
    def active(self) -> frozenset[str]:
        """The characters that stand for a part of the number."""
        marks = (self.decimal_separator, self.exponent_separator, self.grouping_separator, self.digit)
        return frozenset((*self.digits, *marks, self.pattern_separator))


_OPTIONS: Final = {name.replace("_", "-"): name for name in Symbols.__dataclass_fields__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One half of a picture, analysed."""

    prefix: str
    suffix: str
    scale: int  # 2 for percent, 3 for per mille, else 0: the power of ten the number is multiplied with
    grouping: tuple[int, ...]  # digits to the right of each grouping separator of the whole part
    regular: int  # their distance if it is always the same, else 0
    fraction_grouping: tuple[int, ...]  # digits of the fraction before each grouping separator
    whole: int  # digits the whole part has at least
    scaling: int  # digits before the point of a mantissa
    shortest: int  # digits the fraction has at least
    longest: int  # and at most
    exponent: int  # digits the exponent has at least; 0 for no exponent
    point: bool  # whether the picture has a decimal separator


def format_number(value: Any, picture: Any, options: Any = UNDEFINED) -> Any:
    """Raises ExpressionError D3080 to D3093 for a bad picture."""
    if value is UNDEFINED or picture is UNDEFINED:
        return UNDEFINED
    if not -BIGGEST < value < BIGGEST:
        raise fault("D1001", value=value)
    given = () if options is UNDEFINED else tuple((key, text) for key, text in options.items() if key in _OPTIONS)
    if any(text.__class__ is not str or not text for _, text in given):
        raise fault("T0410", token="formatNumber", index=3)
    positive, negative, symbols = analysed(picture, given)
    number = decimal(value)
    return _written(number.copy_abs(), negative if number < 0 else positive, symbols)


@lru_cache(maxsize=512)
def analysed(picture: str, options: tuple[tuple[str, str], ...]) -> tuple[Shape, Shape, Symbols]:
    """The shapes for positive and for negative numbers."""
    check_picture(picture)
    symbols = replace(Symbols(), **{_OPTIONS[key]: text for key, text in options})
    halves = picture.split(symbols.pattern_separator)
    if len(halves) > 2:
        raise fault("D3080")
    shapes = [_shape(half, symbols) for half in halves]
    positive = shapes[0]
    negative = shapes[1] if len(shapes) > 1 else replace(positive, prefix=symbols.minus_sign + positive.prefix)
    return positive, negative, symbols


def _shape(picture: str, symbols: Symbols) -> Shape:
    prefix, active, suffix = _parted(picture, symbols)
    mantissa, has_exponent, exponent = active.partition(symbols.exponent_separator)
    whole, point, fraction = mantissa.partition(symbols.decimal_separator)
    fault_code = _mistake(picture, symbols, active, mantissa, whole, fraction, exponent if has_exponent else None)
    if fault_code:
        raise fault(fault_code)
    digits = symbols.digits
    shortest = _count(fraction, digits)
    longest = _count(fraction, digits + symbols.digit)
    least = scaling = _count(whole, digits)
    if not least and not longest:
        if has_exponent:
            shortest = longest = 1
        else:
            least = 1
    if has_exponent and not least and symbols.digit in whole:
        least = 1
    if not least and not shortest:
        shortest = 1
    grouping = _groups(whole, symbols, from_right=True)
    return Shape(
        prefix=prefix,
        suffix=suffix,
        scale=2 if symbols.percent in picture else 3 if symbols.per_mille in picture else 0,
        grouping=grouping,
        regular=regular_distance(list(grouping)),
        fraction_grouping=_groups(fraction, symbols, from_right=False),
        whole=least,
        scaling=scaling,
        shortest=shortest,
        longest=max(longest, shortest),
        exponent=len(exponent),
        point=bool(point),
    )


def _parted(picture: str, symbols: Symbols) -> tuple[str, str, str]:
    """What stands before the digits, the digits and their signs, what stands after them."""
    places = [at for at, char in enumerate(picture) if char in symbols.active and char != symbols.exponent_separator]
    if not places:
        return "", picture, ""
    return picture[: places[0]], picture[places[0] : places[-1] + 1], picture[places[-1] + 1 :]


def _mistake(
    picture: str, symbols: Symbols, active: str, mantissa: str, whole: str, fraction: str, exponent: str | None
) -> str:
    """The code of what is wrong with a picture, "" if nothing is; of several mistakes the last one counts."""
    digits, group, point = symbols.digits, symbols.grouping_separator, symbols.decimal_separator
    percents, per_milles = picture.count(symbols.percent), picture.count(symbols.per_mille)
    at = picture.find(point)
    beside = at >= 0 and group in (picture[max(at - 1, 0) : at], picture[at + 1 : at + 2])
    before_optional, optional, _ = whole.partition(symbols.digit)
    _, optional_fraction, after_optional = fraction.rpartition(symbols.digit)
    found = {
        "D3081": picture.count(point) > 1,
        "D3082": percents > 1,
        "D3083": per_milles > 1,
        "D3084": bool(percents and per_milles),
        "D3085": not _count(mantissa, digits + symbols.digit),
        "D3086": any(char not in symbols.active for char in active),
        "D3087": beside,
        "D3088": at < 0 and whole.endswith(group),
        "D3089": group * 2 in picture,
        "D3090": bool(optional) and _count(before_optional, digits) > 0,
        "D3091": bool(optional_fraction) and _count(after_optional, digits) > 0,
        "D3092": bool(exponent) and bool(percents or per_milles),
        "D3093": exponent is not None and (not exponent or any(char not in digits for char in exponent)),
    }
    return next((code for code in reversed(found) if found[code]), "")


def _count(text: str, chars: str) -> int:
    return sum(char in chars for char in text)


def _groups(part: str, symbols: Symbols, *, from_right: bool) -> tuple[int, ...]:
    digits = symbols.digits + symbols.digit
    places = [at for at, char in enumerate(part) if char == symbols.grouping_separator]
    return tuple(_count(part[at:] if from_right else part[:at], digits) for at in places)


def _written(size: Decimal, shape: Shape, symbols: Symbols) -> str:
    mantissa, exponent = EXACT.scaleb(size, shape.scale), 0
    if shape.exponent:
        mantissa, exponent = _mantissa(mantissa, shape.scaling)
    if mantissa.adjusted() > 400 or shape.longest > 400:
        check_characters(mantissa.adjusted() + shape.longest, limit=900)
    text = f"{mantissa.quantize(Decimal(1).scaleb(-shape.longest), ROUND_HALF_EVEN, context=EXACT):f}"
    whole, _, fraction = text.partition(".")
    whole = whole.lstrip("0").rjust(shape.whole, "0")
    fraction = fraction.rstrip("0").ljust(shape.shortest, "0")
    result = _grouped(whole, shape, symbols)
    if fraction and shape.point:
        result += symbols.decimal_separator + _grouped_fraction(fraction, shape, symbols)
    elif fraction:
        result += fraction
    if shape.exponent:
        sign = symbols.minus_sign if exponent < 0 else ""
        result += f"{symbols.exponent_separator}{sign}{str(abs(exponent)).rjust(shape.exponent, '0')}"
    if symbols.zero_digit != "0":
        result = result.translate({ord(str(number)): digit for number, digit in enumerate(symbols.digits)})
    return shape.prefix + result + shape.suffix


def _mantissa(size: Decimal, scaling: int) -> tuple[Decimal, int]:
    """The size as mantissa times a power of ten, the mantissa with that many digits before its point."""
    if not size:
        return size, 0
    exponent = size.adjusted() + 1 - scaling
    mantissa = EXACT.scaleb(size, -exponent)
    if exponent > 0 and mantissa == Decimal(1).scaleb(scaling - 1):  # JSONata divides only while it is above the limit
        return EXACT.scaleb(mantissa, 1), exponent - 1
    return mantissa, exponent


def _grouped(whole: str, shape: Shape, symbols: Symbols) -> str:
    size = len(whole)
    if shape.regular:
        places = list(range(size - shape.regular, 0, -shape.regular))
    else:
        places = sorted((size - right for right in shape.grouping if right < size), reverse=True)
    for place in places:
        whole = whole[:place] + symbols.grouping_separator + whole[place:]
    return whole


def _grouped_fraction(fraction: str, shape: Shape, symbols: Symbols) -> str:
    for place in sorted(shape.fraction_grouping, reverse=True):
        if place < len(fraction):
            fraction = fraction[:place] + symbols.grouping_separator + fraction[place:]
    return fraction


FUNCTIONS: Final[tuple[Function, ...]] = (
    partial(function, "text")(
        "formatNumber",
        "<n-so?:s>",
        format_number,
        "number, picture, options?",
        "The number in a picture: 0 is a digit that is always written, # one that is written if needed, then "
        "separators, % and what stands around them. Options change the characters, e.g. decimal-separator.",
        ('$formatNumber(1234.5, "#,##0.00")', "1,234.50"),
        ('$formatNumber(0.19, "0%")', "19%"),
        (
            '$formatNumber(1234.5, "#.##0,00", {"decimal-separator": ",", "grouping-separator": "."})',
            "1.234,50",
        ),
        grows=True,
    ),
)
