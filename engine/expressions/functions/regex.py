"""Regular expressions: JavaScript's notation on Google's RE2, which is linear in the text whatever the pattern.

RE2 has no look-around and no back-references; a pattern that uses them is refused when the expression is compiled.
Positions count characters (code points), as $substring and $length do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple, NoReturn

import re2

from engine.expressions.messages import fault
from engine.expressions.values import NUMBERS, UNDEFINED, FunctionValue, collapse

# What JavaScript's \s means, as the inside of a character class, and everything else.
_SPACE: Final = r"\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"
_NO_SPACE: Final = (
    r"\x{0}-\x{8}\x{e}-\x{1f}!-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}"
    r"\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_SHARED_ESCAPES: Final = frozenset("dDwWbBxtnrfvpPk")  # what RE2 reads, or refuses, by itself
_LOOK_AROUND: Final = {"(?=": "look-ahead", "(?!": "look-ahead", "(?<=": "look-behind", "(?<!": "look-behind"}


class Found(NamedTuple):
    """One match."""

    start: int  # offset of its first character
    end: int  # offset after its last one
    text: str  # what matched
    groups: list[Any]  # what each pair of parentheses matched; null where it took no part


class Regex(FunctionValue):
    """A regular expression as a value; called with a text it returns the first match as an object."""

    __slots__ = ("pattern", "source")

    def __init__(self, source: str, flags: str = "") -> None:
        """`source` in JavaScript's notation, `flags` out of "im" ("g" is implied). Raises ExpressionError S0303."""
        super().__init__(self._first, 1, name=f"/{source}/{flags}")
        self.source = source
        self.pattern = compile_pattern(source, flags)

    def found(self, text: str) -> Iterator[Found]:
        """The matches from left to right. Raises D1004 if one is empty and more text follows."""
        previous = False
        for match in self.pattern.finditer(_encodable(text)):
            start, end = match.span()
            if previous and start == end:
                self._stuck()
            yield Found(start, end, text[start:end], list(match.groups()))
            if end >= len(text):
                return
            if start == end:
                self._stuck()
            previous = True

    def _stuck(self) -> NoReturn:
        raise fault("D1004", value=self.source)

    def search(self, text: str) -> bool:
        return self.pattern.search(_encodable(text)) is not None

    def _first(self, text: Any = UNDEFINED, *_: Any) -> Any:
        """The matcher protocol of JSONata: {match, start, end, groups, next} or UNDEFINED."""
        return _as_object(self.found(text)) if text.__class__ is str else UNDEFINED


def _as_object(found: Iterator[Found]) -> Any:
    match = next(found, None)
    if match is None:
        return UNDEFINED
    following = FunctionValue(lambda *_: _as_object(found), 0, name="next")
    return {"match": match.text, "start": match.start, "end": match.end, "groups": match.groups, "next": following}


def _encodable(text: str) -> str:
    """RE2 reads UTF-8, which has no lone surrogates: they become the replacement character for the search."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


@lru_cache(maxsize=1024)
def compile_pattern(source: str, flags: str = "") -> Any:
    """JavaScript's notation → a compiled RE2 pattern. Raises ExpressionError S0303 for what RE2 refuses."""
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = "i" not in flags
    translated = translate(source)
    try:
        return re2.compile(f"(?m){translated}" if "m" in flags else translated, options)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise fault("S0303", value=_explain(source, reason)) from None


def _explain(source: str, reason: str) -> str:
    for opening, name in _LOOK_AROUND.items():
        if opening in source:
            return f"it uses {name} {opening}, which has no bound on its time; match more and cut off what is too much"
    if re.search(r"\\[1-9]|\\k<", source) and "escape" in reason:
        return "it uses a back-reference, which has no bound on its time"
    return reason


def translate(source: str) -> str:
    """JavaScript's notation → RE2's, for the few things that differ."""
    parts: list[str] = []
    position, in_class = 0, False
    while position < len(source):
        char = source[position]
        if char == "\\":
            piece, position = _escape(source, position, in_class)
            parts.append(piece)
            continue
        if char == "[" and not in_class:
            if source.startswith(("[]", "[^]"), position):
                parts.append(r"[^\x{0}-\x{10ffff}]" if source[position + 1] == "]" else r"[\x{0}-\x{10ffff}]")
                position += 2 if source[position + 1] == "]" else 3
                continue
            in_class = True
        elif char == "[":
            char = r"\["
        elif char == "]":
            in_class = False
        elif char == "." and not in_class:
            char = r"[^\n\r\x{2028}\x{2029}]"
        parts.append(char)
        position += 1
    return "".join(parts)


def _escape(source: str, position: int, in_class: bool) -> tuple[str, int]:
    """The escape at `position` in RE2's notation, and the offset after it."""
    following = source[position + 1 : position + 2]
    if following in ("s", "S"):
        ranges = _SPACE if following == "s" else _NO_SPACE
        return (ranges if in_class else f"[{ranges}]"), position + 2
    if following == "u":
        code = re.match(r"[0-9A-Fa-f]{4}", source[position + 2 : position + 6])
        if code:
            return rf"\x{{{code[0]}}}", position + 6
    if following == "c" and source[position + 2 : position + 3].isalpha():
        return rf"\x{{{ord(source[position + 2]) % 32:x}}}", position + 3
    if following == "b" and in_class:
        return r"\x{8}", position + 2
    if following == "0":
        return r"\x{0}", position + 2
    if following in _SHARED_ESCAPES or not following.isalpha():
        return source[position : position + 2], position + 2
    return following, position + 2  # JavaScript reads any other escaped letter as the letter


def matches(matcher: FunctionValue, text: str) -> Iterator[Found]:
    """The matches of a regular expression, or of a function that follows JSONata's matcher protocol.

    Raises T1010 if such a function returns anything else than a match object or nothing.
    """
    if isinstance(matcher, Regex):
        yield from matcher.found(text)
        return
    result = collapse(matcher.call(text))
    while result is not UNDEFINED and result is not None and result is not False:
        if not _is_match(result):
            raise fault("T1010", value=result)
        match = result.get("match", "")
        start = int(result.get("start", 0))
        yield Found(start, int(result.get("end", start + len(match))), match, list(result.get("groups", ())))
        following = result.get("next", UNDEFINED)
        if not isinstance(following, FunctionValue):
            return
        result = collapse(following.call())


def _is_match(result: Any) -> bool:
    return result.__class__ is dict and (
        result.get("start").__class__ in NUMBERS
        or result.get("end").__class__ in NUMBERS
        or isinstance(result.get("groups"), list)
        or isinstance(result.get("next"), FunctionValue)
    )
