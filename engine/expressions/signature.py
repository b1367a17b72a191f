"""Function signatures such as `<s-nn?:s>`: which arguments a function takes and which come from the context.

A signature becomes a regular expression over one letter per argument (s string, n number, b boolean, l null, a array,
o object, f function, m missing), so that optional and repeated arguments are shared out as JSONata does it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from engine.expressions.messages import Place, fault
from engine.expressions.values import NUMBERS, UNDEFINED, FunctionValue

ANYTHING: Final = "[asnblfom]"
LETTERS: Final = {
    "s": "[sm]",
    "n": "[nm]",
    "b": "[bm]",
    "l": "[lm]",
    "o": "[om]",
    "f": "f",
    "a": ANYTHING,
    "x": ANYTHING,
    "j": "[asnblom]",
}
PLURALS: Final = {
    "a": "arrays",
    "b": "booleans",
    "f": "functions",
    "n": "numbers",
    "o": "objects",
    "s": "strings",
}


@dataclass(slots=True)
class Parameter:
    kind: str  # one letter, or several where there is a choice
    pattern: str  # a regular expression over argument letters
    contextual: bool = False  # takes the context value when the argument is not given
    optional: bool = False
    repeated: bool = False
    of: str | None = None  # the type in angle brackets


def letter(value: Any) -> str:
    """The letter of a value's type."""
    kind = value.__class__
    if kind is str:
        return "s"
    if kind in NUMBERS:
        return "n"
    if kind is bool:
        return "b"
    if value is None:
        return "l"
    if value is UNDEFINED:
        return "m"
    if isinstance(value, list):
        return "a"
    return "f" if isinstance(value, FunctionValue) else "o"


class Signature:
    """A parsed signature. Raises ExpressionError S0401, S0402 for a bad one."""

    __slots__ = ("parameters", "pattern", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.parameters = _parameters(text)
        self.pattern = re.compile("".join(f"({parameter.pattern})" for parameter in self.parameters))

    @property
    def required(self) -> int:
        """How many arguments must be given when the context helps with nothing."""
        return sum(not parameter.optional for parameter in self.parameters)

    @property
    def contextual(self) -> bool:
        return any(parameter.contextual for parameter in self.parameters)

    def arguments(self, given: tuple[Any, ...], context: Any, name: str, at: Place | None) -> list[Any]:
        """The arguments to call with: one per parameter, lists made of single values, the context filled in.

        Raises ExpressionError T0410, T0411, T0412.
        """
        letters = "".join(map(letter, given))
        match = self.pattern.fullmatch(letters)
        if match is None:
            raise self._mismatch(letters, given, name, at)
        taken = 0
        arguments: list[Any] = []
        for parameter, letters in zip(self.parameters, match.groups(), strict=True):
            if letters:
                for one in letters:
                    arguments.append(_argument(parameter, one, letters, _at(given, taken), taken, name, at))
                    taken += 1
            elif parameter.contextual:
                if not re.match(LETTERS.get(parameter.kind, f"[{parameter.kind}m]"), letter(context)):
                    raise fault("T0411", at, token=name, value=context, index=taken + 1)
                arguments.append(context)
            else:
                arguments.append(_at(given, taken))
                taken += 1
        return arguments

    def _mismatch(self, letters: str, given: tuple[Any, ...], name: str, at: Place | None) -> Exception:
        """The error names the first argument that no reading of the signature can place."""
        pattern, good = "", 0
        for parameter in self.parameters:
            pattern += parameter.pattern
            match = re.match(pattern, letters)
            if match is None:
                break
            good = match.end()
        value = _at(given, good)
        return fault("T0410", at, token=name, value=value, index=good + 1)


def _at(given: tuple[Any, ...], index: int) -> Any:
    return given[index] if index < len(given) else UNDEFINED


def _argument(parameter: Parameter, one: str, letters: str, value: Any, index: int, name: str, at: Place | None) -> Any:
    if parameter.kind != "a":
        return value
    if one == "m":
        return UNDEFINED
    if parameter.of is not None and not _fits(parameter.of, one, letters, value):
        kind = PLURALS.get(parameter.of[:1], "values")
        raise fault("T0412", at, token=name, value=value, index=index + 1, kind=kind)
    return value if one == "a" else [value]


def _fits(wanted: str, one: str, letters: str, value: Any) -> bool:
    """Whether a list, or a single value standing for one, has entries of the wanted type."""
    if one != "a":
        return letters == wanted
    return not value or (letter(value[0]) == wanted[0] and len(set(map(letter, value))) == 1)


def _parameters(text: str) -> list[Parameter]:
    parameters: list[Parameter] = []
    position = 1
    while position < len(text) and text[position] != ":":
        symbol = text[position]
        previous = parameters[-1] if parameters else Parameter("", "")
        if symbol in LETTERS:
            parameters.append(Parameter(symbol, LETTERS[symbol]))
        elif symbol == "-":
            previous.contextual = previous.optional = True
            previous.pattern += "?"
        elif symbol == "?":
            previous.optional = True
            previous.pattern += "?"
        elif symbol == "+":
            previous.repeated = True
            previous.pattern += "+"
        elif symbol == "(":
            position, choice = _bracketed(text, position, ")")
            if "<" in choice:
                raise fault("S0402", value=choice)
            letters = "".join(one for one in choice if one in "asnblfoxj")
            parameters.append(Parameter(choice, ANYTHING if {"x", "j"} & set(letters) else f"[{letters}m]"))
        elif symbol == "<":
            if previous.kind not in ("a", "f"):
                raise fault("S0401", value=previous.kind)
            position, previous.of = _bracketed(text, position, ">")
        position += 1
    return parameters


def _bracketed(text: str, start: int, close: str) -> tuple[int, str]:
    """The position of the bracket that closes the one at `start`, and what is between them."""
    opening, depth, position = text[start], 1, start + 1
    while position < len(text):
        depth += (text[position] == opening) - (text[position] == close)
        if depth == 0:
            break
        position += 1
    return position, text[start + 1 : position]
