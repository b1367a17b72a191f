"""The tree an expression is parsed into: small frozen classes, one per construct of the language.

`start` and `end` say where a node stands in the text (offsets in characters, end exclusive). They do not take part in
comparison: two nodes are equal when they mean the same, which is what lets the compiler share work between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    @property
    def at(self) -> tuple[int, int]:
        return (self.start, self.end)


@dataclass(frozen=True, slots=True)
class Text(Node):
    value: str


@dataclass(frozen=True, slots=True)
class Number(Node):
    value: int | float  # an int wherever the literal is whole, so that equal numbers are equal nodes


@dataclass(frozen=True, slots=True)
class Constant(Node):
    value: bool | None


@dataclass(frozen=True, slots=True)
class Regex(Node):
    pattern: str
    flags: str  # out of "im"


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A field of the context; stands only as a step of a Path."""

    value: str


@dataclass(frozen=True, slots=True)
class Wildcard(Node):
    """`*`: every field's value."""


@dataclass(frozen=True, slots=True)
class Descendants(Node):
    """`**`: the context and everything in it."""


@dataclass(frozen=True, slots=True)
class Parent(Node):
    """`%`: what the context was reached from."""


@dataclass(frozen=True, slots=True)
class Variable(Node):
    name: str  # "" is the context `$`, "$" the input `$$`


@dataclass(frozen=True, slots=True)
class Filter(Node):
    predicate: Node


@dataclass(frozen=True, slots=True)
class Position(Node):
    """`#$name` after a filter: binds the index in what is left."""

    name: str


@dataclass(frozen=True, slots=True)
class Step(Node):
    expression: Node
    stages: tuple[Filter | Position, ...] = ()
    focus: str | None = None  # `@$name`
    index: str | None = None  # `#$name`
    keep: bool = False  # `[]`


@dataclass(frozen=True, slots=True)
class Term(Node):
    expression: Node
    descending: bool


@dataclass(frozen=True, slots=True)
class Sort(Node):
    """`^(…)`; stands only as a step of a Path."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Object(Node):
    pairs: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True)
class Path(Node):
    steps: tuple[Step, ...]
    keep: bool = False  # `[]` after the whole path
    group: Object | None = None

    @property
    def keeps(self) -> bool:
        return self.keep or any(step.keep for step in self.steps)


@dataclass(frozen=True, slots=True)
class Refined(Node):
    """Filters, a grouping or `[]` on something that is not a path: `$x[0]`, `f(x){…}`."""

    subject: Node
    filters: tuple[Filter, ...] = ()
    group: Object | None = None
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Array(Node):
    entries: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Range(Node):
    first: Node
    last: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    operator: str  # + - * / % & = != < <= > >= in and or
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """Many operands with operators of one kind between them, from left to right: else a deep tree of Binary."""

    operators: tuple[str, ...]  # one fewer than operands
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negate(Node):
    operand: Node


@dataclass(frozen=True, slots=True)
class Default(Node):
    """The first operand that is true (`?:`) or there at all (`??`), else the last one."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Condition(Node):
    """`test ? then : test ? then : otherwise`."""

    branches: tuple[tuple[Node, Node], ...]  # test and value
    otherwise: Node | None  # the value where no test is true


@dataclass(frozen=True, slots=True)
class Block(Node):
    expressions: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Bind(Node):
    name: str
    value: Node


@dataclass(frozen=True, slots=True)
class Placeholder(Node):
    """The `?` of a partial application."""


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A call, or a partial application where an argument is a Placeholder."""

    function: Node
    arguments: tuple[Node, ...]

    @property
    def partial(self) -> bool:
        return any(isinstance(argument, Placeholder) for argument in self.arguments)


@dataclass(frozen=True, slots=True)
class Lambda(Node):
    parameters: tuple[str, ...]
    body: Node
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class Apply(Node):
    """`value ~> function ~> function`."""

    value: Node
    functions: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Transform(Node):
    """`|pattern|update, deletion|`."""

    pattern: Node
    update: Node
    deletion: Node | None


@dataclass(frozen=True, slots=True)
class Broken(Node):
    """Stands where the text could not be understood; the parser has reported why."""


_SCALARS: Final = frozenset(("int", "str", "bool", "str | None", "int | float", "bool | None", "tuple[str, ...]"))
_HOLDERS: Final = {  # class → its fields that may hold nodes
    kind: tuple(entry.name for entry in fields(kind) if entry.type not in _SCALARS) for kind in Node.__subclasses__()
}


def children(node: Node) -> list[Node]:
    """The nodes directly below, in reading order."""
    found: list[Node] = []
    for name in _HOLDERS[node.__class__]:
        _gather(getattr(node, name), found)
    return found


def _gather(value: object, found: list[Node]) -> None:
    if isinstance(value, Node):
        found.append(value)
    elif isinstance(value, tuple):
        for entry in value:
            _gather(entry, found)


def operands(node: Node, operator: str) -> list[Node]:
    """What stands between these operators, from left to right; only the node itself where it has none."""
    found: list[Node] = []
    while isinstance(node, Binary) and node.operator == operator:
        found.append(node.right)
        node = node.left
    if isinstance(node, Chain) and node.operators[0] == operator:
        return [*node.operands, *reversed(found)]
    return [node, *reversed(found)]


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(children(current))
