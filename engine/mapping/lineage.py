"""Where the values of an expression come from: which source paths it reads, and which its result stands for.

An Origin is a dotted path from a starting point: "" is the expression's context, "$" its whole input, anything else a
$name bound outside. Paths go through lists without saying so (`variants.price` reads every variant's price), and
filters do not show (`media[kind='image'].url` reads media.kind and media.url). Where a value is computed rather than
taken, it has no origin. The answer errs on the side of saying more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.expressions import syntax
from engine.expressions.syntax import Node

MAX_ORIGINS: Final = 64  # of one value; conditions inside conditions could multiply them


@dataclass(frozen=True, slots=True)
class Origin:
    """One source path."""

    name: str  # "" the context, "$" the input, else a $name
    path: tuple[str, ...]  # names from there; "*" any field, "**" anything below
    start: int = field(default=0, compare=False)  # where the expression says so, offsets into its text
    end: int = field(default=0, compare=False)

    @property
    def text(self) -> str:
        """The path with dots; names that hold dots in backticks."""
        return ".".join(f"`{name}`" if "." in name else name for name in self.path)

    def below(self, name: str, node: Node) -> Origin:
        return Origin(self.name, (*self.path, name), node.start, node.end)


Origins = tuple[Origin, ...]
CONTEXT: Final = (Origin("", ()),)

# Functions whose result holds values of their first argument, as they were.
_PASSING: Final = frozenset(
    {"filter", "sort", "reverse", "distinct", "shuffle", "append", "single", "lookup", "max", "min"}
)


@dataclass(slots=True)
class Lineage:
    """What was found in one expression."""

    reads: dict[Origin, None] = field(default_factory=dict)  # in the order of the text
    variables: dict[str, tuple[int, int]] = field(default_factory=dict)  # $name from outside → its first place
    functions: dict[str, tuple[int, int]] = field(default_factory=dict)  # called by name → the first place
    result: Origins = ()


def trace_jsonata(tree: Node) -> Lineage:
    """The lineage of a JSONata tree (engine.expressions.parser)."""
    tracer = _Tracer()
    tracer.lineage.result = tracer.flow(tree, CONTEXT, {})
    tracer.read(tracer.lineage.result)
    return tracer.lineage


class _Tracer:
    def __init__(self) -> None:
        self.lineage = Lineage()

    def read(self, origins: Origins) -> None:
        for origin in origins:
            if origin.path or origin.name in ("", "$"):
                self.lineage.reads.setdefault(origin)

    def flow(self, node: Node, context: Origins, bound: dict[str, Origins]) -> Origins:
        """The origins of the node's value. Notes as read what the value is computed from."""
        match node:
            case syntax.Path():
                return self._path(node, context, bound)
            case syntax.Variable():
                return self._variable(node, context, bound)
            case syntax.Name():
                return tuple(origin.below(node.value, node) for origin in context)
            case syntax.Wildcard():
                return tuple(origin.below("*", node) for origin in context)
            case syntax.Descendants():
                return tuple(origin.below("**", node) for origin in context)
            case syntax.Parent():
                return tuple(Origin(o.name, o.path[:-1], o.start, o.end) for o in context if o.path)
            case syntax.Refined():
                return self._refined(node, context, bound)
            case syntax.Condition():
                self.read(self.flow(node.test, context, bound))
                branches = [node.then, node.otherwise] if node.otherwise else [node.then]
                return _joined(self.flow(branch, context, bound) for branch in branches)
            case syntax.Default():
                return _joined([self.flow(node.left, context, bound), self.flow(node.right, context, bound)])
            case syntax.Block():
                return self._block(node, context, bound)
            case syntax.Bind():
                bound.setdefault(node.name, ())  # a function may call itself
                bound[node.name] = self.flow(node.value, context, bound)
                return bound[node.name]
            case syntax.Array():
                return _joined(self.flow(entry, context, bound) for entry in node.entries)
            case syntax.Call():
                return self._call(node, (), context, bound)
            case syntax.Apply():
                return self._apply(node, context, bound)
            case syntax.Lambda():
                self.read(self._lambda(node, (), context, bound))
                return ()
            case syntax.Transform():
                inner = self.flow(node.pattern, context, bound)
                for part in (node.update, node.deletion):
                    if part is not None:
                        self.read(self.flow(part, inner, bound))
                return ()
        for below in syntax.children(node):
            self.read(self.flow(below, context, bound))
        return ()

    def _variable(self, node: syntax.Variable, context: Origins, bound: Mapping[str, Origins]) -> Origins:
        if node.name == "":
            return context
        if node.name == "$":
            return (Origin("$", (), node.start, node.end),)
        if node.name in bound:
            return bound[node.name]
        self.lineage.variables.setdefault(node.name, node.at)
        return (Origin(node.name, (), node.start, node.end),)

    def _block(self, node: syntax.Block, context: Origins, bound: dict[str, Origins]) -> Origins:
        inner = dict(bound)
        for entry in node.expressions:
            if isinstance(entry, syntax.Bind) and isinstance(entry.value, syntax.Lambda):
                inner.setdefault(entry.name, ())  # functions may call those below them
        result: Origins = ()
        for index, entry in enumerate(node.expressions):
            result = self.flow(entry, context, inner)
            if index < len(node.expressions) - 1 and not isinstance(entry, syntax.Bind):
                self.read(result)
        return result

    def _path(self, node: syntax.Path, context: Origins, bound: Mapping[str, Origins]) -> Origins:
        inner = dict(bound)
        current = context
        for step in node.steps:
            current = self._step(step, current, inner)
        if node.group is None:
            return current
        return self._group(node.group, current, inner)

    def _step(self, step: syntax.Step, context: Origins, bound: dict[str, Origins]) -> Origins:
        if isinstance(step.expression, syntax.Sort):
            for term in step.expression.terms:
                self.read(self.flow(term.expression, context, bound))
            return context
        reached = self.flow(step.expression, context, bound)
        if step.index is not None:
            bound[step.index] = ()
        if step.focus is not None:
            bound[step.focus] = reached
        for stage in step.stages:
            if isinstance(stage, syntax.Position):
                bound[stage.name] = ()
            else:
                self.read(self.flow(stage.predicate, reached, bound))
        return context if step.focus is not None else reached

    def _refined(self, node: syntax.Refined, context: Origins, bound: dict[str, Origins]) -> Origins:
        reached = self.flow(node.subject, context, bound)
        for stage in node.filters:
            self.read(self.flow(stage.predicate, reached, dict(bound)))
        return reached if node.group is None else self._group(node.group, reached, dict(bound))

    def _group(self, group: syntax.Object, context: Origins, bound: dict[str, Origins]) -> Origins:
        for pair in group.pairs:
            for part in pair:
                self.read(self.flow(part, context, bound))
        return ()

    def _apply(self, node: syntax.Apply, context: Origins, bound: dict[str, Origins]) -> Origins:
        given = self.flow(node.left, context, bound)
        if isinstance(node.right, syntax.Call):
            return self._call(node.right, (given,), context, bound)
        self.read(given)
        if isinstance(node.right, syntax.Lambda):
            return self._lambda(node.right, given, context, bound)
        elif isinstance(node.right, syntax.Variable) and node.right.name not in bound:
            self.lineage.functions.setdefault(node.right.name, node.right.at)
        else:
            self.read(self.flow(node.right, given, bound))
        return ()

    def _call(
        self, node: syntax.Call, given: tuple[Origins, ...], context: Origins, bound: dict[str, Origins]
    ) -> Origins:
        name = self._called(node.function, context, bound)
        lambdas = [argument for argument in node.arguments if isinstance(argument, syntax.Lambda)]
        values = [
            *given,
            *(self.flow(a, context, bound) for a in node.arguments if not isinstance(a, syntax.Lambda)),
        ]
        made = _joined(self._lambda(function, _joined(values), context, bound) for function in lambdas)
        if name == "map" and lambdas:
            return made
        self.read(made)
        if name in _PASSING and values:
            for value in values[1:] if name != "append" else ():
                self.read(value)
            return _joined(values) if name == "append" else values[0]
        for value in values if not lambdas else ():
            self.read(value)
        return ()

    def _called(self, function: Node, context: Origins, bound: dict[str, Origins]) -> str | None:
        if isinstance(function, syntax.Variable):
            if function.name not in bound:
                self.lineage.functions.setdefault(function.name, function.at)
            return function.name
        if isinstance(function, syntax.Lambda):
            self.read(self._lambda(function, (), context, bound))
        else:
            self.read(self.flow(function, context, bound))
        return None

    def _lambda(self, node: syntax.Lambda, given: Origins, context: Origins, bound: dict[str, Origins]) -> Origins:
        """The origins of what a lambda returns when it is called with `given`."""
        inner = bound | {name: given if index == 0 else () for index, name in enumerate(node.parameters)}
        if len(node.parameters) > 1:  # $reduce passes the entry second
            inner[node.parameters[1]] = given
        return self.flow(node.body, context, inner)


def _joined(several: Iterable[Origins]) -> Origins:
    return tuple(dict.fromkeys(origin for origins in several for origin in origins))[:MAX_ORIGINS]


# ---------------------------------------------------------------- JMESPath


def trace_jmespath(tree: Mapping[str, Any]) -> Lineage:
    """The lineage of a tree of jmespath.parser."""
    lineage = Lineage()

    def read(origins: Origins) -> None:
        for origin in origins:
            lineage.reads.setdefault(origin)

    def flow(node: Mapping[str, Any], context: Origins) -> Origins:
        kind, below = node["type"], node.get("children", [])
        if kind == "field":
            return tuple(Origin(o.name, (*o.path, node["value"])) for o in context)
        if kind in ("current", "index", "slice", "identity"):
            return context
        if kind == "literal":
            return ()
        if kind in ("subexpression", "index_expression", "pipe", "projection", "flatten"):
            for child in below:
                context = flow(child, context)
            return context
        if kind == "value_projection":
            inner = tuple(Origin(o.name, (*o.path, "*")) for o in flow(below[0], context))
            return flow(below[1], inner)
        if kind == "filter_projection":
            entries = flow(below[0], context)
            read(flow(below[2], entries))
            return flow(below[1], entries)
        if kind in ("or_expression", "and_expression"):
            return _joined(flow(child, context) for child in below)
        if kind == "function_expression":
            lineage.functions.setdefault(node["value"], (0, 0))
        inner = context
        for child in below:
            if child["type"] == "expref":
                read(flow(child["children"][0], inner))
            else:
                origins = flow(child, context)
                read(origins)
                inner = origins or inner
        return ()

    lineage.result = flow(tree, CONTEXT)
    read(lineage.result)
    return lineage
