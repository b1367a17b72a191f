"""Whole numbers in words, letters, Roman numerals and digit patterns: $formatInteger, $parseInteger.

The pictures are those of the XPath functions specification, section 4.6, as JSONata has them; dates use them too.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any, Final

from engine.expressions.functions.function import Function, function
from engine.expressions.limits import check_characters, check_picture
from engine.expressions.messages import fault
from engine.expressions.numbers import BIGGEST, decimal, floor, number_text
from engine.expressions.values import UNDEFINED

LONGEST: Final = 4000  # characters of a text that is read as an integer
_FEW: Final = (  # noqa: SIM905
    "Zero One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen Fourteen Fifteen Sixteen Seventeen "
    "Eighteen Nineteen"
).split()
_FEW_ORDINALS: Final = (  # noqa: SIM905
    "Zeroth First Second Third Fourth Fifth Sixth Seventh Eighth Ninth Tenth Eleventh Twelfth Thirteenth Fourteenth "
    "Fifteenth Sixteenth Seventeenth Eighteenth Nineteenth"
).split()
_TENS: Final = "Twenty Thirty Forty Fifty Sixty Seventy Eighty Ninety".split()  # noqa: SIM905
_MAGNITUDES: Final = "Thousand Million Billion Trillion".split()  # noqa: SIM905
_ROMAN: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_ROMAN_VALUES: Final = {"m": 1000, "d": 500, "c": 100, "l": 50, "x": 10, "v": 5, "i": 1}
_PLAIN: Final = {"A": "letters", "a": "letters", "I": "roman", "i": "roman", "W": "words", "Ww": "words", "w": "words"}


def _word_values() -> dict[str, int]:
    values = {word: number for number, word in enumerate(_FEW)}
    values |= {word: number for number, word in enumerate(_FEW_ORDINALS)}
    values |= {word: 10 * number for number, word in enumerate(_TENS, 2)}
    values |= {word[:-1] + "ieth": 10 * number for number, word in enumerate(_TENS, 2)}
    values |= {"Hundred": 100, "Hundredth": 100}
    for power, word in enumerate(_MAGNITUDES, 1):
        values |= {word: 1000**power, word + "th": 1000**power}
    return {word.lower(): number for word, number in values.items()}


WORD_VALUES: Final = _word_values()


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerPicture:
    """An analysed picture of a whole number."""

    kind: str  # decimal, letters, roman, words or sequence
    case: str = "lower"  # lower, upper or title
    ordinal: bool = False
    zero: int = 0x30  # code point of the zero of the digits
    mandatory: int = 0  # digits that are always written
    optional: int = 0  # places marked with #
    separators: tuple[tuple[int, str], ...] = ()  # (digits to its right, character), from the right
    regular: int = 0  # distance of equal separators at equal distances; 0 if they are not
    width: int = 0  # digits to read where another number follows at once; 0 for any number of them
    token: str = ""  # the picture of an unsupported sequence


@lru_cache(maxsize=512)
def integer_picture(picture: str) -> IntegerPicture:
    """Raises D3131 for digits of several scripts."""
    check_picture(picture)
    primary, semicolon, modifier = picture.rpartition(";")
    if not semicolon:
        primary, modifier = picture, ""
    ordinal = modifier.startswith("o")
    kind = _PLAIN.get(primary)
    if kind is not None:
        case = "title" if primary == "Ww" else "upper" if primary.isupper() else "lower"
        return IntegerPicture(kind=kind, case=case, ordinal=ordinal)
    zeros: set[int] = set()
    mandatory = optional = 0
    separators: list[tuple[int, str]] = []
    for char in reversed(primary):
        if char.isdecimal():
            zeros.add(ord(char) - unicodedata.decimal(char))
            mandatory += 1
        elif char == "#":
            optional += 1
        else:
            separators.append((mandatory + optional, char))
    if len(zeros) > 1:
        raise fault("D3131")
    if not zeros:
        return IntegerPicture(kind="sequence", ordinal=ordinal, token=primary)
    return IntegerPicture(
        kind="decimal",
        ordinal=ordinal,
        zero=zeros.pop(),
        mandatory=mandatory,
        optional=optional,
        separators=tuple(separators),
        regular=regular_distance([place for place, _ in separators]) if len({c for _, c in separators}) == 1 else 0,
    )


def regular_distance(places: list[int]) -> int:
    """The distance if separators stand at every multiple of it (up to the last), else 0."""
    if not places:
        return 0
    distance = math.gcd(*places)
    wanted = {distance * number for number in range(1, len(places) + 1)}
    return distance if wanted <= set(places) else 0


def format_whole(value: int, picture: IntegerPicture) -> str:
    """Raises D3130 for a sequence that is not supported."""
    size = abs(value)
    if picture.kind == "decimal":
        text = _digits(size, picture)
    elif picture.kind == "letters":
        text = _in_case(_letters(size), picture.case)
    elif picture.kind == "roman":
        text = _in_case(_roman(size), picture.case)
    elif picture.kind == "words":
        text = _words(size, picture.ordinal)
        text = text if picture.case == "title" else _in_case(text, picture.case)
    else:
        raise fault("D3130", value=picture.token)
    return "-" + text if value < 0 else text


def _in_case(text: str, case: str) -> str:
    return text.upper() if case == "upper" else text.lower()


def _digits(value: int, picture: IntegerPicture) -> str:
    check_characters(picture.mandatory)
    text = number_text(value).rjust(picture.mandatory, "0")
    suffix = _ordinal_suffix(value, text) if picture.ordinal else ""
    if picture.zero != 0x30:
        text = "".join(chr(ord(digit) - 0x30 + picture.zero) for digit in text)
    if picture.regular:
        separator = picture.separators[0][1]
        places = range(len(text) - picture.regular, 0, -picture.regular)
        for place in places:
            text = text[:place] + separator + text[place:]
    else:
        for right, separator in reversed(picture.separators):
            place = max(0, len(text) - right)
            text = text[:place] + separator + text[place:]
    return text + suffix


def _ordinal_suffix(value: int, text: str) -> str:
    if len(text) > 1 and text[-2] == "1":
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")


def _letters(value: int) -> str:
    letters: list[str] = []
    while value > 0:
        value, letter = divmod(value - 1, 26)
        letters.append(chr(ord("a") + letter))
    return "".join(reversed(letters))


def _roman(value: int) -> str:
    check_characters(value // 1000)
    text = "m" * (value // 1000)
    value %= 1000
    for size, numeral in _ROMAN[1:]:
        while value >= size:
            text += numeral
            value -= size
    return text


def _words(value: int, ordinal: bool, after: bool = False) -> str:
    """English words; `after` says that a larger part stands before, so that "and" or a comma joins them."""
    if value < 20:
        return (" and " if after else "") + (_FEW_ORDINALS if ordinal else _FEW)[value]
    if value < 100:
        tens, rest = divmod(value, 10)
        word = (" and " if after else "") + _TENS[tens - 2]
        if rest:
            return f"{word}-{_words(rest, ordinal)}"
        return word[:-1] + "ieth" if ordinal else word
    if value < 1000:
        count, rest = divmod(value, 100)
        word = f"{', ' if after else ''}{_FEW[count]} Hundred"
    else:
        power = min((len(str(value)) - 1) // 3, len(_MAGNITUDES))
        count, rest = divmod(value, 1000**power)
        word = f"{', ' if after else ''}{_words(count, False)} {_MAGNITUDES[power - 1]}"
    if rest:
        return word + _words(rest, ordinal, after=True)
    return word + "th" if ordinal else word


def parse_whole(text: str, picture: IntegerPicture) -> int:
    """The number a text writes in that picture. Raises D3030 if it does not, D3130 for unsupported sequences."""
    if len(text) > LONGEST:
        raise fault("D3030", value=text)
    try:
        if picture.kind == "decimal":
            return _parse_digits(text, picture)
        if picture.kind == "letters":
            return _parse_letters(text.lower())
        if picture.kind == "roman":
            return _parse_roman(text.lower())
        if picture.kind == "words":
            return _parse_words(text.lower())
    except (KeyError, ValueError):
        raise fault("D3030", value=text) from None
    raise fault("D3130", value=picture.token)


def _parse_digits(text: str, picture: IntegerPicture) -> int:
    digits = re.sub("(?:st|nd|rd|th)$", "", text, flags=re.IGNORECASE) if picture.ordinal else text
    for _, separator in picture.separators:
        digits = digits.replace(separator, "")
    found = re.match(r"\s*([-+]?\d+)", digits)
    if found is None or len(found[1]) > 4000:
        raise ValueError(text)
    return int(found[1])


def _parse_letters(text: str) -> int:
    check_characters(len(text), limit=1000)
    value = 0
    for letter in text:
        if not "a" <= letter <= "z":
            raise ValueError(text)
        value = value * 26 + ord(letter) - ord("a") + 1
    return value


def _parse_roman(text: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in text]
    signed = [-value if value < following else value for value, following in pairwise([*values, 0])]
    return sum(signed)


def _parse_words(text: str) -> int:
    parts = [WORD_VALUES[word] for word in re.split(r",\s|\sand\s|[\s\\-]", text)]
    sums = [0]
    for value in parts:
        if value >= 100:
            sums[-1] *= value
        elif sums[-1] >= 1000:
            sums.append(value)
        else:
            sums[-1] += value
    return sum(sums)


def format_integer(value: Any, picture: Any) -> Any:
    if value is UNDEFINED or picture is UNDEFINED:
        return UNDEFINED
    if not -BIGGEST < value < BIGGEST:
        raise fault("D1001", value=value)
    return format_whole(int(decimal(floor(value))), integer_picture(picture))


def parse_integer(text: Any, picture: Any) -> Any:
    if text is UNDEFINED or picture is UNDEFINED:
        return UNDEFINED
    return parse_whole(text, integer_picture(picture))


_text = partial(function, "text")

FUNCTIONS: Final[tuple[Function, ...]] = (
    _text(
        "formatInteger",
        "<n-s:s>",
        format_integer,
        "number, picture",
        "The whole number in a picture: digits (#,##0), letters (A, a), Roman numerals (I, i) or English words (w, W, "
        "Ww); ;o at its end makes it ordinal.",
        ('$formatInteger(12345, "#,##0")', "12,345"),
        ('$formatInteger(23, "w")', "twenty-three"),
        ('$formatInteger(3, "1;o")', "3rd"),
        grows=True,
    ),
    _text(
        "parseInteger",
        "<s-s:n>",
        parse_integer,
        "text, picture",
        "The whole number that a text writes in a picture of $formatInteger.",
        ('$parseInteger("12,345", "#,##0")', 12345),
        ('$parseInteger("XXIII", "I")', 23),
    ),
)
