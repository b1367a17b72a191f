"""Text for people and shops: slugs, plain text out of HTML, capitals, and article numbers."""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from html import unescape
from typing import Any, Final

import re2

from engine.expressions.functions.function import Function, function
from engine.expressions.limits import check_characters
from engine.expressions.messages import fault
from engine.expressions.values import UNDEFINED

_LETTERS: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "đ": "d", "Đ": "D", "ł": "l", "Ł": "L",
     "þ": "th", "ð": "d", "&": " and ", "@": " at ", "'": "", "’": ""}
)  # fmt: skip
_SMALL_WORDS: Final = frozenset(
    ("a", "an", "and", "as", "at", "but", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with")
)
_GTIN_LENGTHS: Final = frozenset((8, 12, 13, 14))
LONGEST_HTML: Final = 1_000_000  # characters: what can be read in a second where it is nothing but tags
_NOT_SLUG = re.compile("[^a-z0-9]+")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SPACES = re.compile(r"\s+")


def _html(pattern: str) -> Any:
    """A pattern on RE2: linear in the text, however broken the HTML is."""
    options = re2.Options()
    options.case_sensitive = False
    options.dot_nl = True
    return re2.compile(pattern, options)


_INVISIBLE = _html(r"<!--.*?-->|<(?:script|style)\b[^>]*>.*?</(?:script|style)\s*>")
_BREAKS = _html(r"</?(?:p|br|div|li|ul|ol|tr|td|th|table|h[1-6]|hr|section|article|blockquote|dd|dt)\b[^>]*>")
_TAGS = _html(r"</?[a-z!][^>]*>")


def slug(text: Any, separator: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    between = "-" if separator is UNDEFINED else separator
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS)).encode("ascii", "ignore").decode().lower()
    return between.join(part for part in _NOT_SLUG.split(plain) if part)


def strip_html(text: Any) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    check_characters(len(text), LONGEST_HTML)
    if "<" in text:
        clean = text.encode("utf-8", "replace").decode()
        text = _TAGS.sub("", _BREAKS.sub(" ", _INVISIBLE.sub(" ", clean)))
    return _SPACES.sub(" ", unescape(text)).strip()


def title_case(text: Any) -> Any:
    """Words with capitals inside (iPhone, USB) stay, unless the whole text is in capitals."""
    if text is UNDEFINED:
        return UNDEFINED
    shouted = text.upper() == text
    first = True

    def capital(found: re.Match[str]) -> str:
        nonlocal first
        word = found[0].lower() if shouted else found[0]
        small = not first and word.lower() in _SMALL_WORDS
        first = False
        if small:
            return word.lower()
        return word if word[1:] != word[1:].lower() else word[:1].upper() + word[1:]

    return _WORD.sub(capital, text)


def shorten(text: Any, length: Any, ending: Any = UNDEFINED) -> Any:
    """Cut at a word where the last third has a space, so that the result with its ending fits."""
    if text is UNDEFINED or length is UNDEFINED or len(text) <= length:
        return text
    mark = "…" if ending is UNDEFINED else ending
    room = int(length) - len(mark)
    if room <= 0:
        return mark[: max(int(length), 0)]
    kept = text[:room]
    space = kept.rfind(" ")
    if text[room : room + 1] != " " and space >= room * 2 // 3:
        kept = kept[:space]
    return kept.rstrip(" ,;:-") + mark


def is_gtin(code: Any) -> Any:
    if code is UNDEFINED:
        return UNDEFINED
    digits = _digits(code)
    if digits is None or len(digits) not in _GTIN_LENGTHS:
        return False
    return _check_digit(digits[:-1]) == digits[-1]


def gtin_check_digit(code: Any) -> Any:
    """Raises L2006 for anything but 7, 11, 12 or 13 digits."""
    if code is UNDEFINED:
        return UNDEFINED
    digits = _digits(code)
    if digits is None or len(digits) + 1 not in _GTIN_LENGTHS:
        raise fault("L2006", value=code)
    return _check_digit(digits)


def _digits(code: Any) -> str | None:
    text = code.replace(" ", "").replace("-", "") if code.__class__ is str else str(code)
    return text if text.isascii() and text.isdigit() else None


def _check_digit(digits: str) -> str:
    """Weights 3, 1, 3, … from the right, up to the next multiple of ten (GS1 General Specifications, 7.9)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


_text = partial(function, "text", extension=True)
_code = partial(function, "codes", extension=True)

FUNCTIONS: Final[tuple[Function, ...]] = (
    _text(
        "slug",
        "<s-s?:s>",
        slug,
        "text, separator?",
        "The text as part of a web address: lower case, without accents, words joined by - or the separator.",
        ('$slug("Crème brûlée & Größe 42")', "creme-brulee-and-grosse-42"),
    ),
    _text(
        "stripHtml",
        "<s-:s>",
        strip_html,
        "html?",
        "The text of some HTML in one line: tags, comments, scripts and styles removed, entities decoded.",
        ('$stripHtml("<p>Light &amp; <b>fast</b></p><p>New</p>")', "Light & fast New"),
    ),
    _text(
        "titleCase",
        "<s-:s>",
        title_case,
        "text?",
        "Each word with a capital, save for small ones such as of and the. iPhone and USB stay, but a text all in "
        "capitals is lowered first.",
        ('$titleCase("TRAIL SHOE FOR THE MOUNTAINS")', "Trail Shoe for the Mountains"),
        ('$titleCase("case for iPhone")', "Case for iPhone"),
    ),
    _text(
        "shorten",
        "<s-ns?:s>",
        shorten,
        "text, length, ending?",
        "At most length characters, cut between words where that costs little, with an ending (default …).",
        ('$shorten("Waterproof trail running shoe", 16)', "Waterproof…"),
    ),
    _code(
        "isGtin",
        "<(sn)-:b>",
        is_gtin,
        "code?",
        "Whether a code is a GTIN (EAN, UPC) of 8, 12, 13 or 14 digits with the right check digit.",
        ('$isGtin("4006381333931")', True),
        ('$isGtin("4006381333932")', False),
    ),
    _code(
        "gtinCheckDigit",
        "<(sn)-:s>",
        gtin_check_digit,
        "digits?",
        "The check digit that completes the 7, 11, 12 or 13 digits of a GTIN.",
        ('$gtinCheckDigit("400638133393")', "1"),
    ),
)
