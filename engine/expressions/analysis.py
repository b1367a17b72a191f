"""Questions about a piece of the tree that the compiler asks before it writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.expressions.functions.registry import FUNCTIONS
from engine.expressions.syntax import (
    Apply,
    Array,
    Binary,
    Bind,
    Block,
    Call,
    Chain,
    Condition,
    Constant,
    Default,
    Filter,
    Lambda,
    Name,
    Negate,
    Node,
    Number,
    Object,
    Path,
    Range,
    Refined,
    Step,
    Text,
    Transform,
    Variable,
    children,
    walk,
)

INLINED: Final = {"map": 1, "filter": 1, "reduce": 1}  # functions written in place → where their lambda stands
COMPARISONS: Final = frozenset(("=", "!=", "<", "<=", ">", ">=", "and", "or", "in"))
TRUTHS: Final = frozenset(("exists", "not", "boolean", "contains"))
_SHARED: Final = (Text, Number, Constant, Name, Path, Step, Filter, Refined, Binary, Negate, Condition, Default, Array)
_SHARED_TOO: Final = (Chain, Range, Object, Variable, Call)


def called(node: Node) -> str:
    """The name of the variable a call calls; "" where it calls something else."""
    return node.function.name if isinstance(node, Call) and isinstance(node.function, Variable) else ""


def inlines(node: Node) -> int:
    """The position of the lambda that a higher-order call writes in place, or -1."""
    position = INLINED.get(called(node), -1)
    if position >= 0 and isinstance(node, Call) and len(node.arguments) > position:
        function = node.arguments[position]
        if isinstance(function, Lambda) and function.signature is None:
            return position
    return -1


def deferred(node: Node) -> bool:
    """Whether something in `node` becomes a function that may outlive the moment: a lambda, a partial call, `|…|`."""
    if isinstance(node, Lambda | Transform) or (isinstance(node, Call) and node.partial):
        return True
    if isinstance(node, Call) and called(node) == "eval":
        return True
    position = inlines(node)
    if position >= 0 and isinstance(node, Call):
        parts: list[Node] = [*node.arguments[:position], *node.arguments[position + 1 :]]
        function = node.arguments[position]
        return any(map(deferred, parts)) or (isinstance(function, Lambda) and deferred(function.body))
    if isinstance(node, Apply):
        return deferred(node.value) or any(deferred(part) for one in node.functions for part in _applied(one))
    return any(map(deferred, children(node)))


def _applied(node: Node) -> Iterator[Node]:
    if called(node) in INLINED and isinstance(node, Call) and node.arguments and isinstance(node.arguments[0], Lambda):
        yield node.arguments[0].body
        yield from node.arguments[1:]
    else:
        yield node


def bound_in(node: Node) -> Iterator[Bind]:
    """The assignments in `node` that belong to the frame around it: not those in inner blocks and functions."""
    if isinstance(node, Bind):
        yield node
    if not isinstance(node, Block | Lambda):
        for child in children(node):
            yield from bound_in(child)


def shareable(node: Node) -> bool:
    """Whether `node` gives the same each time for the same context and variables, and makes nothing new of its own."""
    if isinstance(node, Call):
        function = FUNCTIONS.get(called(node))
        known = function is not None and function.pure and not function.clock
        return known and not node.partial and all(map(shareable, node.arguments))
    if not isinstance(node, _SHARED) and not isinstance(node, _SHARED_TOO):
        return False
    return all(map(shareable, children(node)))


def variables_of(node: Node) -> frozenset[str]:
    return frozenset(one.name for one in walk(node) if isinstance(one, Variable) and one.name not in ("", "$"))


def is_truth(node: Node) -> bool:
    """Whether a filter with this predicate never means a position: it is certainly true or false or nothing."""
    if isinstance(node, Binary):
        return node.operator in COMPARISONS
    if isinstance(node, Chain):
        return node.operators[0] in COMPARISONS
    return called(node) in TRUTHS or (isinstance(node, Constant) and node.value is not None)
