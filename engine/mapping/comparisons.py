"""The comparisons conditions are made of: how people say them, and how JSONata writes them.

`comparison_of` recognises them in a syntax tree, `comparison_text` writes them; what the sides are is the caller's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from engine.expressions.syntax import Array, Binary, Block, Call, Constant, Negate, Node, Number, Text, Variable

OPERATORS: Final[Mapping[str, str]] = {  # operator → how to say it
    "is": "is",
    "is_not": "is not",
    "not_is": "is not (or is missing)",
    "one_of": "is one of",
    "not_one_of": "is not one of",
    "more": "is more than",
    "at_least": "is at least",
    "less": "is less than",
    "at_most": "is at most",
    "contains": "contains",
    "not_contains": "does not contain",
    "starts": "starts with",
    "ends": "ends with",
    "has": "has the entry",
    "not_has": "does not have the entry",
    "yes": "is true",
    "no": "is false",
    "filled": "is not empty, 0 or no",
    "empty": "is empty, 0 or no",
    "hollow": "exists, but is empty, 0 or no",
    "there": "exists",
    "missing": "does not exist",
}
ONE_SIDED: Final = frozenset({"yes", "no", "filled", "empty", "hollow", "there", "missing"})
LISTED: Final = frozenset({"one_of", "not_one_of"})  # compare with a list of values
_BY_SIGN: Final = {"=": "is", "!=": "is_not", ">": "more", ">=": "at_least", "<": "less", "<=": "at_most"}
_OPPOSITE: Final = {"there": "missing", "one_of": "not_one_of", "has": "not_has", "is": "not_is", "filled": "hollow"}
_OPPOSITE_OR_FALSE: Final = {"contains": "not_contains", "filled": "empty"}  # $not of nothing is nothing, not true
_WRITTEN: Final = {  # {0} the left side, {1} the right side, {2} the length of the right side
    **{operator: f"{{0}} {sign} {{1}}" for sign, operator in _BY_SIGN.items()},
    "not_is": "$not({0} = {1})",
    "one_of": "{0} in {1}",
    "not_one_of": "$not({0} in {1})",
    "contains": "$contains({0}, {1})",
    "not_contains": "$not($contains({0}, {1}) or false)",
    "starts": "$substring({0}, 0, {2}) = {1}",
    "ends": "$substring({0}, -{2}) = {1}",
    "has": "{1} in {0}",
    "not_has": "$not({1} in {0})",
    "yes": "{0} = true",
    "no": "{0} = false",
    "filled": "{0}",
    "empty": "$not({0} or false)",
    "hollow": "$not({0})",
    "there": "$exists({0})",
    "missing": "$not($exists({0}))",
}

Parts = tuple[str, Node, Node | None]  # operator, left side, right side (None where the operator has none)


def bare(node: Node) -> Node:
    """Without the brackets around one expression."""
    while isinstance(node, Block) and len(node.expressions) == 1:
        node = node.expressions[0]
    return node


def comparison_of(node: Node) -> Parts:
    """What is compared and how; any other expression is one that is looked at as yes or no (`filled`)."""
    node = bare(node)
    if isinstance(node, Binary):
        return _of_binary(node)
    match called(node):
        case "exists", (value,):
            return "there", bare(value), None
        case "contains", (text, pattern):
            return "contains", bare(text), bare(pattern)
        case "not", (value,):
            return _opposite(bare(value))
    return "filled", node, None


def comparison_text(operator: str, left: str, right: str = "") -> str:
    """The comparison as JSONata. The sides are expressions that may stand beside an operator as they are."""
    size = str(len(json.loads(right))) if right.startswith('"') else f"$length({right})"
    return _WRITTEN[operator].format(left, right, size)


def called(node: Node) -> tuple[str, tuple[Node, ...]] | None:
    """The name and the arguments of a call of a named function."""
    if isinstance(node, Call) and isinstance(node.function, Variable) and not node.partial:
        return node.function.name, node.arguments
    return None


def _of_binary(node: Binary) -> Parts:
    left, right = bare(node.left), bare(node.right)
    if node.operator == "in":
        literal = isinstance(left, Text | Number | Constant) and not isinstance(right, Array)
        return ("has", right, left) if literal else ("one_of", left, right)
    if node.operator not in _BY_SIGN:
        return "filled", node, None
    if node.operator == "=":
        ending = _ending(left, right)
        if ending is not None:
            return ending
        if isinstance(right, Constant) and right.value is not None:
            return ("yes" if right.value else "no"), left, None
    return _BY_SIGN[node.operator], left, right


def _opposite(value: Node) -> Parts:
    names = _OPPOSITE
    if isinstance(value, Binary) and value.operator == "or" and value.right == Constant(False):
        value, names = bare(value.left), _OPPOSITE_OR_FALSE
    operator, left, right = comparison_of(value)
    if operator in ("yes", "no") and isinstance(value, Binary) and names is _OPPOSITE:
        operator, right = "is", bare(value.right)
    return (names[operator], left, right) if operator in names else ("hollow", value, None)


def _ending(left: Node, right: Node) -> Parts | None:
    """`$substring(text, 0, n) = right` and `$substring(text, -n) = right`, where n is the length of the right side."""
    match called(left):
        case "substring", (text, Number(value=0), size) if _is_size(size, right):
            return "starts", bare(text), right
        case "substring", (text, size) if _is_size(size, right, sign=-1):
            return "ends", bare(text), right
    return None


def _is_size(size: Node, of: Node, sign: int = 1) -> bool:
    if isinstance(of, Text):
        return isinstance(size, Number) and size.value == sign * len(of.value)
    if sign < 0:
        return isinstance(size, Negate) and _is_size(size.operand, of)
    match called(size):
        case "length", (measured,):
            return bare(measured) == of
    return False
