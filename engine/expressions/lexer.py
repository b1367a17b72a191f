"""Text → tokens, one at a time, because whether `/` divides or starts a regular expression is for the parser to say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from engine.errors import ExpressionError
from engine.expressions.messages import fault

SPACE: Final = " \t\n\r\v"
PAIRS: Final = ("..", ":=", "!=", ">=", "<=", "**", "~>", "?:", "??")
SINGLES: Final = frozenset(".[]{}(),@#;:?+-*/%|=<>^&!~")
MEANINGLESS: Final = frozenset("!~")  # only as a part of != and ~>
EXACT: Final = 1e15  # a whole literal with a point or an exponent is an int below this
WORDS: Final[dict[str, tuple[str, Any]]] = {
    "and": ("operator", "and"),
    "or": ("operator", "or"),
    "in": ("operator", "in"),
    "true": ("value", True),
    "false": ("value", False),
    "null": ("value", None),
}
ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]*)(\.[0-9]+)?([Ee][-+]?[0-9]+)?")
_HEX: Final = re.compile(r"[0-9a-fA-F]{4}")
_STRETCH: Final = {quote: re.compile(rf"[^\\{quote}]+") for quote in "\"'"}
_SURROGATES: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # operator, name, variable, string, number, value, regex, end
    value: Any  # a regex is the pair (pattern, flags)
    start: int
    end: int

    @property
    def symbol(self) -> str:
        """The operator, or "" for anything else."""
        return str(self.value) if self.kind == "operator" else ""

    @property
    def shown(self) -> str:
        return "(end)" if self.kind == "end" else str(self.value)


class Lexer:
    """Reads tokens from `text`. Errors are appended to `errors`; reading goes on after them."""

    def __init__(self, text: str, errors: list[ExpressionError]) -> None:
        self.text = text
        self.position = 0
        self.errors = errors

    def next(self, *, operand: bool) -> Token:
        """The next token. `operand` says that an operand may stand here, so that `/` starts a regular expression."""
        self.skip()
        text, start = self.text, self.position
        if start >= len(text):
            return Token("end", None, len(text), len(text))
        char = text[start]
        if operand and char == "/":
            return self.regex()
        pair = text[start : start + 2]
        if char in MEANINGLESS and pair not in PAIRS:
            self.report("S0204", start, start + 1, token=char)
            self.position += 1
            return self.next(operand=operand)
        if pair in PAIRS or char in SINGLES:
            return self.token("operator", pair if pair in PAIRS else char, len(pair) if pair in PAIRS else 1)
        if char in "\"'":
            return self.string()
        if char in "0123456789":
            return self.number()
        return self.quoted_name() if char == "`" else self.word()

    def token(self, kind: str, value: Any, length: int) -> Token:
        start = self.position
        self.position += length
        return Token(kind, value, start, self.position)

    def report(self, code: str, start: int, end: int, **details: Any) -> None:
        self.errors.append(fault(code, (start, end), **details))

    def skip(self) -> None:
        """Over white space and comments."""
        text = self.text
        while self.position < len(text):
            if text[self.position] in SPACE:
                self.position += 1
            elif text.startswith("/*", self.position):
                close = text.find("*/", self.position + 2)
                if close < 0:
                    self.report("S0106", self.position, len(text))
                self.position = close + 2 if close >= 0 else len(text)
            else:
                return

    def string(self) -> Token:
        text, start = self.text, self.position
        quote, position = text[start], start + 1
        parts: list[str] = []
        while position < len(text):
            char = text[position]
            if char == quote:
                self.position = position + 1
                value = _SURROGATES.sub(_joined, "".join(parts))
                return Token("string", value, start, self.position)
            if char == "\\":
                part, position = self.escape(position)
                parts.append(part)
            else:
                stretch = _STRETCH[quote].match(text, position)
                assert stretch is not None
                parts.append(stretch[0])
                position = stretch.end()
        self.report("S0101", start, len(text))
        self.position = len(text)
        return Token("string", "".join(parts), start, len(text))

    def escape(self, position: int) -> tuple[str, int]:
        """The character meant by the escape at `position`, and where reading goes on."""
        char = self.text[position + 1 : position + 2]
        if char in ESCAPES:
            return ESCAPES[char], position + 2
        if char == "u":
            digits = _HEX.match(self.text, position + 2)
            if digits:
                return chr(int(digits[0], 16)), position + 6
            self.report("S0104", position, position + 2)
        elif char:
            self.report("S0103", position, position + 2, token=char)
        return char, position + 2

    def number(self) -> Token:
        match = _NUMBER.match(self.text, self.position)
        assert match is not None
        value = float(match[0])
        if value == float("inf"):
            self.report("S0102", match.start(), match.end(), token=match[0])
            value = 0.0
        elif match[1] is None and match[2] is None:
            return self.token("number", int(match[0]), len(match[0]))
        whole = value.is_integer() and value < EXACT
        return self.token("number", int(value) if whole else value, len(match[0]))

    def quoted_name(self) -> Token:
        close = self.text.find("`", self.position + 1)
        if close < 0:
            self.report("S0105", self.position, len(self.text))
            close = len(self.text)
        return self.token("name", self.text[self.position + 1 : close], close + 1 - self.position)

    def word(self) -> Token:
        text, end = self.text, self.position
        while end < len(text) and text[end] not in SPACE and text[end] not in SINGLES:
            end += 1
        word = text[self.position : end]
        if word[0] == "$":
            return self.token("variable", word[1:], len(word))
        kind, value = WORDS.get(word, ("name", word))
        return self.token(kind, value, len(word))

    def regex(self) -> Token:
        """`/pattern/flags`; a slash inside brackets of any kind does not end it."""
        text, start, depth = self.text, self.position, 0
        position = start + 1
        while position < len(text):
            char = text[position]
            if char == "\\":
                position += 2
                continue
            if char == "/" and depth == 0:
                return self.finish_regex(start, position)
            depth += (char in "([{") - (char in ")]}")
            position += 1
        self.report("S0302", start, len(text))
        self.position = len(text)
        return Token("regex", (text[start + 1 :], ""), start, len(text))

    def finish_regex(self, start: int, close: int) -> Token:
        end = close + 1
        while self.text[end : end + 1] in ("i", "m"):
            end += 1
        if close == start + 1:
            self.report("S0301", start, end)
        self.position = end
        return Token("regex", (self.text[start + 1 : close], self.text[close + 1 : end]), start, end)

    def signature(self, start: int) -> str:
        """The signature `<…>` of a function that starts at `start`, without white space; goes on reading behind it."""
        depth, position = 0, start
        while position < len(self.text):
            char = self.text[position]
            depth += (char == "<") - (char == ">")
            if char == "{" or depth == 0:
                break
            position += 1
        if self.text[position : position + 1] == ">":
            position += 1
        self.position = position
        return "".join(self.text[start:position].split())


def _joined(pair: re.Match[str]) -> str:
    """Two surrogates written as escapes are one character."""
    return pair[0].encode("utf-16", "surrogatepass").decode("utf-16")
