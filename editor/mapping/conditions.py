"""A condition as boxes show it, and back: comparisons joined by "all of these" or "any of these".

`read_condition` parses plain JSONata; what boxes cannot show is Kept, letter for letter. `write_condition` writes a
condition anew, `condition_text` writes only what was changed and leaves the rest as its author wrote it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any, Final

from engine.errors import UsageError
from engine.expressions.parser import parse
from engine.expressions.syntax import (
    Array,
    Binary,
    Block,
    Call,
    Constant,
    Node,
    Number,
    Object,
    Path,
    Refined,
    Regex,
    Text,
    Variable,
    operands,
)
from engine.mapping.comparisons import LISTED, bare, comparison_of, comparison_text
from engine.mapping.visual import Code, Field, Fixed, read_form

MOST_DEPTH: Final = 3  # groups inside groups; deeper ones are no easier to read than code
_TIGHT: Final = (Path, Variable, Call, Text, Number, Constant, Array, Object, Block, Refined, Regex)

Operand = Field | Fixed | Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One comparison."""

    left: str  # an expression, mostly a path; "" where nothing is chosen yet
    operator: str  # a key of OPERATORS
    right: Operand | None = None  # None for operators that look at one value
    source: str = field(default="", compare=False, repr=False)  # as it stands in the document


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What boxes cannot show."""

    text: str
    source: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Conditions of which all must hold, or any."""

    every: bool
    members: tuple[Condition, ...]  # two or more
    source: str = field(default="", compare=False, repr=False)


Condition = Check | Group | Kept
UNSET: Final = Check(left="", operator="is", right=Fixed(value=""))  # a row where nothing is chosen yet


class _NotShownError(Exception):
    """A signal inside this module: boxes cannot show this."""


# ---------------------------------------------------------------- text → condition


def read_condition(text: str, language: str = "jsonata") -> Condition:
    """Never raises: what is no JSONata is Kept."""
    return _read(text, 0, neutral=False) if language == "jsonata" else Kept(text=text, source=text)


def _read(text: str, depth: int, *, neutral: bool) -> Condition:
    """`neutral`: the constant that changes nothing here, which stands for a row where nothing is chosen yet."""
    tree, errors = parse(text)
    if errors:
        return Kept(text=text, source=text)
    return replace(_condition(tree, text, depth, neutral=neutral), source=text)


def _condition(node: Node, text: str, depth: int, *, neutral: bool) -> Condition:
    source, node = text[node.start : node.end], bare(node)
    either = operands(node, "or")
    every = len(either) == 1
    members = operands(node, "and") if every else either
    if len(members) > 1:
        if depth == MOST_DEPTH:
            return Kept(text=_slice(node, text), source=source)
        read = tuple(_condition(member, text, depth + 1, neutral=every) for member in members)
        return Group(every=every, members=read, source=source)
    if isinstance(node, Constant) and node.value is neutral:
        return replace(UNSET, source=source)
    try:
        return replace(_check(node, text), source=source)
    except _NotShownError:
        return Kept(text=_slice(node, text), source=source)


def _check(node: Node, text: str) -> Check:
    operator, left, right = comparison_of(node)
    if operator in ("filled", "empty", "hollow") and not isinstance(left, Path | Variable):
        raise _NotShownError
    shown = _on_one_line(_slice(left, text))
    return Check(left=shown, operator=operator, right=None if right is None else _operand(right, text, operator))


def _operand(node: Node, text: str, operator: str) -> Operand:
    if operator in LISTED and not isinstance(node, Path | Variable):
        values = [_literal(entry) for entry in node.entries] if isinstance(node, Array) else [_literal(node)]
        if all(isinstance(value, str) and value == value.strip() for value in values) or all(map(_is_number, values)):
            return Fixed(value=values)
    elif isinstance(node, Text | Number | Constant) and (value := _literal(node)) is not _NO_LITERAL:
        return Fixed(value=value)
    code = _on_one_line(_slice(node, text))
    return Field(path=code) if isinstance(read_form(code), Field) else Code(text=code)


_NO_LITERAL: Final = object()


def _literal(node: Node) -> Any:
    """The value of a literal that fits a box as it is."""
    if isinstance(node, Text):
        return node.value if node.value.isprintable() else _NO_LITERAL
    if isinstance(node, Number):
        return node.value if isfinite(node.value) else _NO_LITERAL
    return node.value if isinstance(node, Constant) else _NO_LITERAL


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _slice(node: Node, text: str) -> str:
    return text[node.start : node.end]


def _on_one_line(code: str) -> str:
    """Boxes for one line would lose its breaks."""
    if not code.isprintable():
        raise _NotShownError
    return code


# ---------------------------------------------------------------- condition → text


def write_condition(condition: Condition) -> str:
    """The condition as JSONata. Raises UsageError where a side or a kept part is not an expression."""
    return _written(condition, 0, neutral=False, keep=False)


def condition_text(condition: Condition) -> str:
    """The same, but every part that still says what its `source` says stays as it stands there."""
    return _written(condition, 0, neutral=False, keep=True)


def _written(condition: Condition, depth: int, *, neutral: bool, keep: bool) -> str:
    if keep and condition.source and same(_read(condition.source, depth, neutral=neutral), condition):
        return condition.source
    if isinstance(condition, Kept):
        return condition.text
    if isinstance(condition, Group):
        return _joined(condition, depth, keep=keep)
    if not condition.left:
        return "true" if neutral else "false"
    right = "" if condition.right is None else operand_text(condition.right)
    return comparison_text(condition.operator, _beside(condition.left), _beside(right) if right else "")


def _joined(group: Group, depth: int, *, keep: bool) -> str:
    if depth == MOST_DEPTH:
        raise UsageError("Conditions are nested too deeply; write this one as code.")
    parts = [_written(member, depth + 1, neutral=group.every, keep=keep) for member in group.members]
    return (" and " if group.every else " or ").join(_beside(part, comparisons=True) for part in parts)


def unset(condition: Condition) -> bool:
    """Nothing is chosen yet."""
    return isinstance(condition, Check) and not condition.left


def same(one: Condition, other: Condition) -> bool:
    """Equal with the types of their values: 1 is neither true nor 1.0."""
    return repr(one) == repr(other)


def operand_text(operand: Operand) -> str:
    """As JSONata."""
    if isinstance(operand, Fixed):
        return json.dumps(operand.value, ensure_ascii=False)
    return operand.path if isinstance(operand, Field) else operand.text


def _beside(code: str, *, comparisons: bool = False) -> str:
    """In brackets where an operator (or only `and` and `or`) beside it would tear it apart. Raises UsageError."""
    tree, errors = parse(code)
    if errors:
        raise UsageError(f"{code!r} is not an expression: {errors[0].message}.")
    alone = isinstance(tree, _TIGHT) or (
        comparisons and isinstance(tree, Binary) and tree.operator not in ("and", "or")
    )
    return code if alone else f"({code})"
