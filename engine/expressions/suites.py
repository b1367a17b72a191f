"""What the written program is made of: values (Atom), what they are about (Context), and blocks of statements."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Final

from engine.expressions.messages import Place

_NAME: Final = re.compile(r"\b[tfvx](\d+)(?:_\w*)?\b")
_ASSIGNED: Final = re.compile(r"\b([tvx]\d+(?:_\w*)?) \+?= ")


@dataclass(frozen=True, slots=True)
class Atom:
    """A value in the generated program: the name or literal to write, and what is known about it."""

    code: str
    kind: str = "any"  # any, string, number, boolean, object, array, null, function or nothing
    optional: bool = True  # may be UNDEFINED
    function: str = ""  # the name of the Python function, where the value is a lambda known here

    @property
    def certain(self) -> str:
        """Its kind, if it is certainly there."""
        return "any" if self.optional else self.kind

    @property
    def named(self) -> bool:
        """Stands under a name, not as a literal."""
        return self.code.isidentifier() and self.code not in ("None", "True", "False", "U")

    @property
    def single(self) -> bool:
        """Certainly not a list."""
        return self.kind not in ("any", "array")


NOTHING: Final = Atom("U", "nothing")


@dataclass(frozen=True, slots=True)
class Context:
    """The value a part of the expression is about, `$`.

    `whole` says that a list counts as one value here, as the input of the expression does.
    """

    code: str
    kind: str = "any"
    whole: bool = False
    parent: Context | None = None  # what `%` gives
    flat: bool = False  # taken not to be a list; `Writer.one` makes sure

    @property
    def atom(self) -> Atom:
        return Atom(self.code, self.kind, optional=self.kind == "any")


@dataclass(slots=True, eq=False)
class Suite:
    """One indented block of statements."""

    outer: Suite | None
    definition: bool = False  # the body of a Python function
    loops: int = 0  # loops around, within the same Python function
    depth: int = 0
    entries: list[str | tuple[str, Place] | Suite] = field(default_factory=list)
    memo: dict[Hashable, tuple[int, Any]] = field(default_factory=dict)
    price: tuple[Suite, str] | None = None  # of a loop: where its cost is paid, and for how many rounds
    weight: int = 1  # of a loop: steps that one round costs
    around: str = ""  # of a loop: the function that holds nothing but it
    horizon: int | None = None  # results of outer suites with a later number are not yet there


@dataclass(slots=True, eq=False)
class Loop:
    """A loop that later work over the same list may join."""

    before: Suite  # statements in front of it
    body: Suite
    value: str  # the loop variable
    number: int  # names with a higher number came later


@dataclass(slots=True, eq=False)
class Frame:
    """One scope of variables: a block, a function body, a path that binds names."""

    outer: Frame | None
    names: dict[str, str]  # variable → its name in the generated program
    suite: Suite
    loose: frozenset[str] = frozenset()  # bound somewhere inside an expression, so perhaps not at all
    known: dict[str, Atom] = field(default_factory=dict)  # what is known about a variable bound only once
    barrier: bool = False  # code inside runs later: nothing is certain about what was bound when
    declared: set[str] = field(default_factory=set)  # names that got a first value at the top of the frame


def is_blank(suite: Suite) -> bool:
    """Whether there is no statement in it."""
    return all(is_blank(entry) if isinstance(entry, Suite) else not entry for entry in suite.entries)


def numbers_in(entry: str | tuple[str, Place] | Suite) -> list[int]:
    """The numbers in the names that a statement mentions."""
    if isinstance(entry, Suite):
        return [number for inner in entry.entries for number in numbers_in(inner)]
    return list(map(int, _NAME.findall(entry if isinstance(entry, str) else entry[0])))


def assigned_in(suite: Suite) -> set[str]:
    """The names that get a value in it."""
    found: set[str] = set()
    for entry in suite.entries:
        if isinstance(entry, Suite):
            found |= assigned_in(entry)
        else:
            found.update(_ASSIGNED.findall(entry if isinstance(entry, str) else entry[0]))
    return found


def render(suite: Suite, indent: int = 0) -> tuple[list[str], dict[int, Place]]:
    """The lines of a suite, and which of them (counted from 0) stand for which place of the expression."""
    lines: list[str] = []
    places: dict[int, Place] = {}
    for entry in suite.entries:
        if isinstance(entry, Suite):
            inner, found = render(entry, indent + (entry.depth - suite.depth))
            places |= {len(lines) + number: place for number, place in found.items()}
            lines += inner
        elif isinstance(entry, tuple):
            places[len(lines)] = entry[1]
            lines.append(" " * indent + entry[0])
        elif entry:
            lines.append(" " * indent + entry)
    return lines, places
