"""Functions on text."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from functools import partial
from typing import Any, Final

from engine.expressions.functions.function import Function, function
from engine.expressions.functions.regex import Found, Regex, matches
from engine.expressions.limits import check_characters
from engine.expressions.messages import fault
from engine.expressions.numbers import FARTHEST, position
from engine.expressions.text import json_text, to_text
from engine.expressions.values import UNDEFINED, Sequence, collapse

_SPACES = re.compile("[ \t\n\r]+")
_REFERENCE = re.compile(r"\$(\$|[0-9]*)")


def string(value: Any, prettify: Any = UNDEFINED) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    if prettify is True and (value.__class__ is dict or isinstance(value, list)):
        return json_text(value, indent=2)
    return to_text(value)


def length(text: Any) -> Any:
    return text if text is UNDEFINED else len(text)


def substring(text: Any, start: Any, count: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    if start is UNDEFINED:
        return text if count is UNDEFINED else ""
    size = len(text)
    first = _double(start)
    if size + first < 0:
        first = 0
    if count is UNDEFINED:
        return text[int(first) :]
    wanted = _double(count)
    if wanted <= 0:
        return ""
    end = first + wanted if first >= 0 else size + first + wanted
    return text[int(first) : int(min(end, size))]


def _double(number: Any) -> Any:
    """A position, as far as one can be away, with its fraction."""
    if not -FARTHEST < number < FARTHEST:
        return position(number)
    return float(number) if number.__class__ is Decimal else number


def substring_before(text: Any, mark: Any) -> Any:
    if text is UNDEFINED or mark is UNDEFINED:
        return text
    before, found, _ = text.partition(mark) if mark else ("", "x", "")
    return before if found else text


def substring_after(text: Any, mark: Any) -> Any:
    if text is UNDEFINED or mark is UNDEFINED or not mark:
        return text
    _, found, after = text.partition(mark)
    return after if found else text


def lowercase(text: Any) -> Any:
    return text if text is UNDEFINED else text.lower()


def uppercase(text: Any) -> Any:
    return text if text is UNDEFINED else text.upper()


def trim(text: Any) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    inside = text.strip(" ")
    if inside.isprintable() and "  " not in inside:
        return inside
    return _SPACES.sub(" ", text).strip(" ")


def pad(text: Any, width: Any, filling: Any = UNDEFINED) -> Any:
    if text is UNDEFINED or width is UNDEFINED:
        return text
    check_characters(abs(width))
    wanted = int(width)
    missing = abs(wanted) - len(text)
    if missing <= 0:
        return text
    chars = " " if filling is UNDEFINED or not filling else filling
    padding = (chars * (missing // len(chars) + 1))[:missing]
    return text + padding if wanted > 0 else padding + text


def contains(text: Any, token: Any) -> Any:
    if text is UNDEFINED or token is UNDEFINED:
        return UNDEFINED
    if token.__class__ is str:
        return token in text
    if isinstance(token, Regex):
        return token.search(text)
    return next(matches(token, text), None) is not None


def match(text: Any, pattern: Any, limit: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    if limit is not UNDEFINED and limit < 0:
        raise fault("D3040", value=limit)
    result = Sequence()
    if limit is not UNDEFINED and limit <= 0:
        return result
    for found in matches(pattern, text):
        result.append({"match": found.text, "index": found.start, "groups": found.groups})
        if limit is not UNDEFINED and len(result) >= limit:
            break
    return result


def split(text: Any, separator: Any, limit: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    if limit is not UNDEFINED and limit < 0:
        raise fault("D3020", value=limit)
    if separator is UNDEFINED:
        return [text]
    if separator.__class__ is str:
        parts = text.split(separator) if separator else list(text)
        return parts if limit is UNDEFINED else parts[: position(limit)]
    parts, start = [], 0
    for found in matches(separator, text):
        if limit is not UNDEFINED and len(parts) >= limit:
            return parts
        parts.append(text[start : found.start])
        start = found.end
    if limit is UNDEFINED or len(parts) < limit:
        parts.append(text[start:])
    return parts


def join(texts: Any, separator: Any = UNDEFINED) -> Any:
    if texts is UNDEFINED:
        return UNDEFINED
    between = "" if separator is UNDEFINED else separator
    check_characters(sum(map(len, texts)) + len(between) * len(texts))
    return between.join(texts)


def replace(text: Any, pattern: Any, replacement: Any, limit: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    if pattern.__class__ is str and not pattern:
        raise fault("D3010", value=pattern)
    if limit is not UNDEFINED and limit < 0:
        raise fault("D3011", value=limit)
    if pattern is UNDEFINED or replacement is UNDEFINED or limit == 0:
        return text
    if pattern.__class__ is str:
        return _replace_text(text, pattern, replacement, limit)
    parts: list[str] = []
    start = size = count = 0
    for found in matches(pattern, text):
        if limit is not UNDEFINED and count >= limit:
            break
        new = _substitute(replacement, found) if replacement.__class__ is str else _call(replacement, found)
        parts += (text[start : found.start], new)
        size += len(new)
        check_characters(size)
        start, count = found.end, count + 1
    parts.append(text[start:])
    return "".join(parts)


def _replace_text(text: str, pattern: str, replacement: Any, limit: Any) -> str:
    if replacement.__class__ is not str:
        raise fault("D3012")  # a function replaces only what a regular expression matches
    times = -1 if limit is UNDEFINED or limit > FARTHEST else math.ceil(limit)
    growth = len(replacement) - len(pattern)
    if growth > 0:
        found = text.count(pattern)
        check_characters(len(text) + growth * (found if times < 0 else min(found, times)))
    return text.replace(pattern, replacement, times)


def _call(replacement: Any, found: Found) -> str:
    value = {"match": found.text, "start": found.start, "end": found.end, "groups": found.groups}
    new = collapse(replacement.call(value))
    if new.__class__ is not str:
        raise fault("D3012", value=new)
    return str(new)


def _substitute(template: str, found: Found) -> str:
    """$0 is the match, $1 … the groups, $$ a dollar; of several digits as many count as there are groups."""
    if "$" not in template:
        return template
    groups = found.groups
    widest = len(str(len(groups)))

    def reference(mark: re.Match[str]) -> str:
        digits = mark[1]
        if not digits or digits == "$":
            return "$"
        if digits[0] == "0":
            return found.text + digits[1:]
        used = digits[:widest]
        if widest > 1 and int(used) > len(groups):
            used = digits[: widest - 1]
        number = int(used)
        group = groups[number - 1] if 0 < number <= len(groups) else None
        return (group or "") + digits[len(used) :]

    return _REFERENCE.sub(reference, template)


_text = partial(function, "text")

FUNCTIONS: Final[tuple[Function, ...]] = (
    _text(
        "string",
        "<x-b?:s>",
        string,
        "value?, prettify?",
        "The value as text: numbers as JSONata prints them, lists and objects as JSON, over several lines if prettify.",
        ("$string(19.90)", "19.9"),
        ('$string({"sku": "A-1", "stock": 3})', '{"sku":"A-1","stock":3}'),
        grows=True,
    ),
    _text("length", "<s-:n>", length, "text?", "The number of characters.", ('$length("Größe")', 5), inline="len({0})"),
    _text(
        "substring",
        "<s-nn?:s>",
        substring,
        "text, start, length?",
        "The characters from position start (0 is the first, -1 the last) on, at most length of them.",
        ('$substring("AB-1234", 3)', "1234"),
        ('$substring("AB-1234", -4, 2)', "12"),
    ),
    _text(
        "substringBefore",
        "<s-s:s>",
        substring_before,
        "text, mark",
        "What stands before the first occurrence of mark; the whole text if there is none.",
        ('$substringBefore("2026-11-24T08:00:00Z", "T")', "2026-11-24"),
        inline="({0}.partition({1})[0] if {1} else '')",
    ),
    _text(
        "substringAfter",
        "<s-s:s>",
        substring_after,
        "text, mark",
        "What stands after the first occurrence of mark; the whole text if there is none.",
        ('$substringAfter("gid://shopify/Product/42", "Product/")', "42"),
    ),
    _text(
        "lowercase",
        "<s-:s>",
        lowercase,
        "text?",
        "In lower case.",
        ('$lowercase("SALE")', "sale"),
        inline="{0}.lower()",
    ),
    _text(
        "uppercase", "<s-:s>", uppercase, "text?", "In upper case.", ('$uppercase("aud")', "AUD"), inline="{0}.upper()"
    ),
    _text(
        "trim",
        "<s-:s>",
        trim,
        "text?",
        "Without spaces at both ends, and with one space for each run of spaces, tabs and line ends inside.",
        ('$trim("  Trail   shoe ")', "Trail shoe"),
    ),
    _text(
        "pad",
        "<s-ns?:s>",
        pad,
        "text, width, chars?",
        "Filled up with chars (default a space) to width characters: at the end, or at the start if width is negative.",
        ('$pad("42", -6, "0")', "000042"),
        grows=True,
    ),
    _text(
        "contains",
        "<s-(sf):b>",
        contains,
        "text, pattern",
        "Whether the text contains the pattern, a text or a regular expression.",
        ('$contains("Trail shoe", "shoe")', True),
        ('$contains("SKU-0042", /^sku-[0-9]+$/i)', True),
    ),
    _text(
        "match",
        "<s-f<s:o>n?:a<o>>",
        match,
        "text, pattern, limit?",
        "What the regular expression matches: an object with match, index and groups for each occurrence.",
        ('$match("EU 42", /([A-Z]+) ([0-9]+)/).groups', ["EU", "42"]),
    ),
    _text(
        "replace",
        "<s-(sf)(sf)n?:s>",
        replace,
        "text, pattern, replacement, limit?",
        "With each occurrence of pattern replaced. With a regular expression $1 … stand for its groups, and the "
        "replacement may be a function of the match.",
        ('$replace("a-b-c", "-", "_")', "a_b_c"),
        ('$replace("10 x 20", /([0-9]+) x ([0-9]+)/, "$2 x $1")', "20 x 10"),
        grows=True,
    ),
    _text(
        "split",
        "<s-(sf)n?:a<s>>",
        split,
        "text, separator, limit?",
        "The parts between the separators, a text or a regular expression, as a list.",
        ('$split("red, blue", ", ")', ["red", "blue"]),
    ),
    _text(
        "join",
        "<a<s>s?:s>",
        join,
        "texts, separator?",
        "The texts of a list in one, with the separator between them.",
        ('$join(["Home", "Shoes"], " > ")', "Home > Shoes"),
        grows=True,
    ),
)
