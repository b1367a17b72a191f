"""Which fields of the input an expression reads, found in its tree without running it."""

from __future__ import annotations

from engine.expressions.analysis import called
from engine.expressions.functions.registry import FUNCTIONS
from engine.expressions.syntax import (
    Apply,
    Bind,
    Block,
    Call,
    Condition,
    Default,
    Descendants,
    Filter,
    Lambda,
    Name,
    Node,
    Object,
    Parent,
    Refined,
    Sort,
    Step,
    Transform,
    Variable,
    Wildcard,
    children,
)
from engine.expressions.syntax import (
    Path as PathNode,
)

Path = tuple[str, ...]  # names from the outside in; "*" any name, "**" anything below

_RESULTS = {"s": "string", "n": "number", "b": "boolean", "o": "object"}


def reads(tree: Node, variables: dict[str, tuple[Path, ...]] | None = None) -> tuple[Path, ...]:
    """The source paths that `tree` reads, in order of appearance. `variables` says what given variables stand for."""
    reader = _Reader(dict(variables or {}))
    ending = reader.visit(tree, ((),))
    found = dict.fromkeys([*reader.found, *(path for path in ending if path)])
    return tuple(path for path in found if not any(_below(other, path) for other in found if other != path))


def _below(longer: Path, path: Path) -> bool:
    """Whether `path` is only the way to something longer that is read too."""
    return len(longer) > len(path) and longer[: len(path)] == path


class _Reader:
    """Follows the tree; `visit` returns where the value of a node may come from."""

    def __init__(self, variables: dict[str, tuple[Path, ...]]) -> None:
        self.variables = variables
        self.found: dict[Path, None] = {}

    def note(self, paths: tuple[Path, ...]) -> None:
        self.found.update((path, None) for path in paths if path)

    def visit(self, node: Node, context: tuple[Path, ...]) -> tuple[Path, ...]:
        match node:
            case Variable(name=""):
                return context
            case Variable(name="$"):
                return ((),)
            case Variable():
                return self.variables.get(node.name, ())
            case PathNode():
                return self.path(node, context)
            case Refined():
                subject = self.visit(node.subject, context)
                self.inside(node.filters, subject)
                return self.grouped(node.group, subject)
            case Block():
                result: tuple[Path, ...] = ()
                for expression in node.expressions:
                    result = self.visit(expression, context)
                    self.note(result)
                return result
            case Bind():
                origin = self.visit(node.value, context)
                self.variables[node.name] = origin
                return origin
            case Condition():
                self.note(self.visit(node.test, context))
                otherwise = self.visit(node.otherwise, context) if node.otherwise is not None else ()
                return (*self.visit(node.then, context), *otherwise)
            case Default():
                return (*self.visit(node.left, context), *self.visit(node.right, context))
            case Call():
                return self.call(node, context, ())
            case Apply(right=Call()):
                assert isinstance(node.right, Call)
                return self.call(node.right, context, self.visit(node.left, context))
            case Transform():
                return ()
        return self.through(node, context)

    def through(self, node: Node, context: tuple[Path, ...]) -> tuple[Path, ...]:
        """A node that makes something new out of its parts."""
        for child in children(node):
            self.note(self.visit(child, context))
        return ()

    def inside(self, nodes: tuple[Node, ...], origin: tuple[Path, ...]) -> None:
        for node in nodes:
            inner = node.predicate if isinstance(node, Filter) else node
            self.note(self.visit(inner, origin))

    def grouped(self, group: Object | None, origin: tuple[Path, ...]) -> tuple[Path, ...]:
        if group is None:
            return origin
        self.note(origin)
        self.note(self.visit(group, origin))
        return ()

    def path(self, node: PathNode, context: tuple[Path, ...]) -> tuple[Path, ...]:
        trail = [context]
        for step in node.steps:
            trail.append(self.step(step, trail))
        return self.grouped(node.group, trail[-1])

    def step(self, step: Step, trail: list[tuple[Path, ...]]) -> tuple[Path, ...]:
        context, node = trail[-1], step.expression
        if isinstance(node, Name):
            origin: tuple[Path, ...] = tuple((*path, node.value) for path in context)
        elif isinstance(node, Wildcard):
            origin = tuple((*path, "*") for path in context)
        elif isinstance(node, Descendants):
            origin = tuple((*path, "**") for path in context)
        elif isinstance(node, Parent):
            self.note(context)
            origin = trail[-2] if len(trail) > 1 else tuple(path[:-1] for path in context)
        elif isinstance(node, Sort):
            self.inside(tuple(term.expression for term in node.terms), context)
            origin = context
        else:
            origin = self.visit(node, context)
        if step.focus is not None:
            self.variables[step.focus] = origin
            return context
        self.inside(step.stages, origin)
        return origin

    def call(self, node: Call, context: tuple[Path, ...], first: tuple[Path, ...]) -> tuple[Path, ...]:
        origins = [first] if first else []
        waiting: list[Lambda] = []
        for argument in node.arguments:
            if isinstance(argument, Lambda):
                waiting.append(argument)
            else:
                origins.append(self.visit(argument, context))
        if isinstance(node.function, Lambda):
            waiting.append(node.function)
        elif not isinstance(node.function, Variable):
            self.note(self.visit(node.function, context))
        for function in waiting:
            self.body(function, origins, context)
        for origin in origins:
            self.note(origin)
        if not origins and called(node) and context:
            self.note(context)
        return tuple(path for origin in origins for path in origin) if called(node) in PASSING else ()

    def body(self, function: Lambda, origins: list[tuple[Path, ...]], context: tuple[Path, ...]) -> None:
        """The parameters of a lambda given to a function stand for the entries of the other arguments."""
        outer = dict(self.variables)
        for number, name in enumerate(function.parameters):
            self.variables[name] = origins[0] if origins and number < 2 else ()
        self.note(self.visit(function.body, context))
        self.variables = outer


# functions whose result is made of their arguments' values, so that names behind them still read the source
PASSING = frozenset(("filter", "sort", "reverse", "append", "distinct", "shuffle", "single", "map", "reduce", "sift"))


def result_type(tree: Node, known: str) -> str:
    """The type of the result: what the compiler found, or what a function promises."""
    if known not in ("any", "nothing"):
        return known
    function = FUNCTIONS.get(called(tree))
    return _RESULTS.get(function.signature.rpartition(":")[2][:1], "any") if function is not None else "any"
