"""The JSON types an expression can have, as far as its text and the source's types tell; None where they do not.

Only certain answers count: a mapping is refused for a type when no possible value fits the target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from engine.expressions import syntax
from engine.expressions.functions.registry import FUNCTIONS
from engine.expressions.syntax import Node

Types = frozenset[str] | None

STRING: Final = frozenset({"string"})
NUMBER: Final = frozenset({"number"})
BOOLEAN: Final = frozenset({"boolean"})
LIST: Final = frozenset({"list"})
OBJECT: Final = frozenset({"object"})

_LETTERS: Final = {"s": STRING, "n": NUMBER, "b": BOOLEAN, "a": LIST, "o": OBJECT}
_COMPARISONS: Final = frozenset({"=", "!=", "<", "<=", ">", ">=", "in", "and", "or"})


def infer(tree: Node, path_types: Callable[[Node], Types]) -> Types:
    """`path_types` answers for paths. Undefined is possible everywhere and not part of the answer."""
    match tree:
        case syntax.Text():
            return STRING
        case syntax.Number() | syntax.Negate():
            return NUMBER
        case syntax.Constant():
            return BOOLEAN if isinstance(tree.value, bool) else frozenset({"null"})
        case syntax.Object():
            return OBJECT
        case syntax.Array():
            return LIST
        case syntax.Binary():
            return STRING if tree.operator == "&" else BOOLEAN if tree.operator in _COMPARISONS else NUMBER
        case syntax.Chain():
            return STRING if tree.operators[0] == "&" else BOOLEAN if tree.operators[0] in _COMPARISONS else NUMBER
        case syntax.Condition():
            values = [*(then for _, then in tree.branches), *([tree.otherwise] if tree.otherwise else [])]
            return _any_of(infer(value, path_types) for value in values)
        case syntax.Default():
            return _any_of(infer(operand, path_types) for operand in tree.operands)
        case syntax.Block():
            return infer(tree.expressions[-1], path_types) if tree.expressions else None
        case syntax.Apply():
            return _called(tree.functions[-1])
        case syntax.Call():
            return None if tree.partial else _called(tree)
        case syntax.Path() if not tree.keeps and tree.group is None and len(tree.steps) == 1:
            step = tree.steps[0]
            if not (step.stages or step.focus or step.index) and not isinstance(step.expression, syntax.Name):
                return infer(step.expression, path_types)
            return path_types(tree)
        case syntax.Path():
            return path_types(tree)
    return None


def _called(node: Node) -> Types:
    """By the signature of the built-in: `<s-:s>` gives text."""
    function: Any = node.function if isinstance(node, syntax.Call) else node
    known = FUNCTIONS.get(function.name) if isinstance(function, syntax.Variable) else None
    return _LETTERS.get(known.signature.rpartition(":")[2][:1]) if known else None


def _any_of(found: Iterable[Types]) -> Types:
    every: frozenset[str] = frozenset()
    for types in found:
        if types is None:
            return None
        every |= types
    return every
