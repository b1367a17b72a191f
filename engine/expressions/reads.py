"""Where the values of an expression come from: which source paths it reads, and which its result stands for.

An Origin is a dotted path from a starting point: "" is the expression's context, "$" its whole input, anything else a
$name bound outside. Paths go through lists without saying so (`variants.price` reads every variant's price), and
filters do not show (`media[kind='image'].url` reads media.kind and media.url). Functions are followed where they are
called: `$f(variants)` reads what the body of $f takes of it. Where a value is computed rather than taken, it has no
origin. The answer errs on the side of saying more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engine.expressions import syntax
from engine.expressions.analysis import called
from engine.expressions.functions.registry import FUNCTIONS
from engine.expressions.syntax import Node

MAX_ORIGINS: Final = 64  # of one value; conditions inside conditions could multiply them
MAX_CALLS: Final = 200  # calls of functions followed in one expression
MAX_DEPTH: Final = 8  # … and inside each other; what is deeper reads its arguments whole

_RESULTS: Final = {"s": "string", "n": "number", "b": "boolean", "o": "object"}


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
        return ".".join(map(spelled, self.path))

    def below(self, name: str, node: Node) -> Origin:
        return Origin(self.name, (*self.path, name), node.start, node.end)


Origins = tuple[Origin, ...]
CONTEXT: Final = (Origin("", ()),)
ROOT: Final = (Origin("$", ()),)


def spelled(name: str) -> str:
    """A name as one step of a dotted path."""
    return f"`{name}`" if "." in name else name


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """A function with a name, followed where it is called."""

    function: syntax.Lambda
    bound: dict[str, Bound]  # the names it sees
    context: Origins


Bound = Origins | Closure

# Functions whose result holds values of their first argument, as they were.
_PASSING: Final = frozenset({"filter", "sift", "sort", "reverse", "distinct", "shuffle", "single", "max", "min"})
_ENTRY_FIRST: Final = frozenset({"map", "filter", "single", "each", "sift"})  # call with entry, index or key, all
_OF_FIELDS: Final = frozenset({"each", "sift"})  # their entries are an object's fields


@dataclass(slots=True)
class Lineage:
    """What was found in one expression."""

    reads: dict[Origin, None] = field(default_factory=dict)  # in the order of the text
    variables: dict[str, tuple[int, int]] = field(default_factory=dict)  # $name from outside → its first place
    functions: dict[str, tuple[int, int]] = field(default_factory=dict)  # called by name → the first place
    result: Origins = ()

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """The paths read of the input, as tuples of names, without those that only lead to another one."""
        found = dict.fromkeys(origin.path for origin in self.reads if origin.name in ("", "$") and origin.path)
        return tuple(path for path in found if not any(len(o) > len(path) and o[: len(path)] == path for o in found))


def trace_jsonata(tree: Node, functions: Mapping[str, syntax.Lambda] | None = None) -> Lineage:
    """The lineage of a JSONata tree (engine.expressions.parser). `functions`: names bound outside to a function."""
    tracer = _Tracer()
    bound: dict[str, Bound] = {}
    bound |= {name: Closure(function, bound, ROOT) for name, function in (functions or {}).items()}
    tracer.lineage.result = tracer.flow(tree, CONTEXT, bound)
    tracer.read(tracer.lineage.result)
    return tracer.lineage


def result_type(tree: Node, known: str) -> str:
    """The type of the result: what the compiler found, or what a function promises."""
    if known not in ("any", "nothing"):
        return known
    function = FUNCTIONS.get(called(tree))
    return _RESULTS.get(function.signature.rpartition(":")[2][:1], "any") if function is not None else "any"


class _Tracer:
    def __init__(self) -> None:
        self.lineage = Lineage()
        self.active: list[syntax.Lambda] = []  # functions we are inside of
        self.calls = 0

    def read(self, origins: Origins) -> None:
        for origin in origins:
            self.lineage.reads.setdefault(origin)

    def flow(self, node: Node, context: Origins, bound: dict[str, Bound]) -> Origins:
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
                self.read(context)
                return tuple(Origin(o.name, o.path[:-1], o.start, o.end) for o in context if o.path)
            case syntax.Refined():
                return self._refined(node, context, bound)
            case syntax.Condition():
                return self._condition(node, context, bound)
            case syntax.Default():
                return _joined(self.flow(operand, context, bound) for operand in node.operands)
            case syntax.Block():
                return self._block(node, context, bound)
            case syntax.Bind():
                return self._bind(node, context, bound)
            case syntax.Array():
                return _joined(self.flow(entry, context, bound) for entry in node.entries)
            case syntax.Call():
                return self._call(node, (), context, bound)
            case syntax.Apply():
                return self._apply(node, context, bound)
            case syntax.Lambda():
                self.read(self._enter(Closure(node, bound, context), ()))
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

    def _variable(self, node: syntax.Variable, context: Origins, bound: Mapping[str, Bound]) -> Origins:
        if node.name == "":
            return context
        if node.name == "$":
            return (Origin("$", (), node.start, node.end),)
        there = bound.get(node.name)
        if there is not None:
            return there if isinstance(there, tuple) else ()
        self.lineage.variables.setdefault(node.name, node.at)
        return (Origin(node.name, (), node.start, node.end),)

    def _condition(self, node: syntax.Condition, context: Origins, bound: dict[str, Bound]) -> Origins:
        made = []
        for test, then in node.branches:
            self.read(self.flow(test, context, bound))
            made.append(self.flow(then, context, bound))
        if node.otherwise is not None:
            made.append(self.flow(node.otherwise, context, bound))
        return _joined(made)

    def _bind(self, node: syntax.Bind, context: Origins, bound: dict[str, Bound]) -> Origins:
        function = self._function(node.value, context, bound)
        if function is not None:
            bound[node.name] = function
            return ()
        bound[node.name] = made = self.flow(node.value, context, bound)
        return made

    def _block(self, node: syntax.Block, context: Origins, bound: dict[str, Bound]) -> Origins:
        inner = dict(bound)
        for entry in node.expressions:
            if isinstance(entry, syntax.Bind) and isinstance(entry.value, syntax.Lambda):
                inner[entry.name] = Closure(entry.value, inner, context)  # functions may call those below them
        result: Origins = ()
        for index, entry in enumerate(node.expressions):
            result = self.flow(entry, context, inner)
            if index < len(node.expressions) - 1 and not isinstance(entry, syntax.Bind):
                self.read(result)
        return result

    def _path(self, node: syntax.Path, context: Origins, bound: Mapping[str, Bound]) -> Origins:
        inner = dict(bound)
        current = context
        for step in node.steps:
            current = self._step(step, current, inner)
        if node.group is None:
            return current
        return self._group(node.group, current, inner)

    def _step(self, step: syntax.Step, context: Origins, bound: dict[str, Bound]) -> Origins:
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

    def _refined(self, node: syntax.Refined, context: Origins, bound: dict[str, Bound]) -> Origins:
        reached = self.flow(node.subject, context, bound)
        for stage in node.filters:
            self.read(self.flow(stage.predicate, reached, dict(bound)))
        return reached if node.group is None else self._group(node.group, reached, dict(bound))

    def _group(self, group: syntax.Object, context: Origins, bound: dict[str, Bound]) -> Origins:
        for pair in group.pairs:
            for part in pair:
                self.read(self.flow(part, context, bound))
        return ()

    # ------------------------------------------------------------ functions

    def _apply(self, node: syntax.Apply, context: Origins, bound: dict[str, Bound]) -> Origins:
        given = self.flow(node.value, context, bound)
        for function in node.functions:
            given = self._applied(function, given, context, bound)
        return given

    def _applied(self, node: Node, given: Origins, context: Origins, bound: dict[str, Bound]) -> Origins:
        if isinstance(node, syntax.Call):
            return self._call(node, (given,), context, bound)
        function = self._function(node, context, bound)
        if function is not None:
            return self._enter(function, (given,))
        if isinstance(node, syntax.Variable) and node.name not in bound:
            self.lineage.functions.setdefault(node.name, node.at)
            if node.name in _PASSING:
                return given
        else:
            self.read(self.flow(node, given, bound))
        self.read(given)
        return ()

    def _call(
        self, node: syntax.Call, given: tuple[Origins, ...], context: Origins, bound: dict[str, Bound]
    ) -> Origins:
        own = self._function(node.function, context, bound)
        name = called(node)
        if name and name not in bound:
            self.lineage.functions.setdefault(name, node.function.at)
        elif own is None and not name:
            self.read(self.flow(node.function, context, bound))
        arguments = [self._function(argument, context, bound) for argument in node.arguments]
        functions = [function for function in arguments if function is not None]
        values = [
            *given,
            *(self.flow(a, context, bound) for a, f in zip(node.arguments, arguments, strict=True) if f is None),
        ]
        if own is not None and not functions and not node.partial:
            return self._enter(own, values)
        if functions:
            return self._higher(name, functions, values, node)
        return self._built_in(name, values, node)

    def _built_in(self, name: str, values: list[Origins], node: syntax.Call) -> Origins:
        if name == "append":
            return _joined(values)
        if name == "lookup" and len(values) == 2:
            self.read(values[1])
            return tuple(origin.below("*", node) for origin in values[0])
        if name in _PASSING and values:
            for value in values[1:]:
                self.read(value)
            return values[0]
        for value in values:
            self.read(value)
        return ()

    def _higher(self, name: str, functions: list[Closure], values: list[Origins], node: syntax.Call) -> Origins:
        """A call that gives functions to a function."""
        entries, rest = (values[0] if values else ()), values[1:]
        if name in _OF_FIELDS:
            entries = tuple(origin.below("*", node) for origin in entries)
        everything = _joined(values)
        given: tuple[Origins, ...] = () if name in FUNCTIONS else (everything,) * 4
        if name in _ENTRY_FIRST:
            given = (entries, (), entries)
        elif name == "reduce":
            given = (_joined(rest) if rest else entries, entries)
        made = _joined(self._enter(function, given) for function in functions)
        if name in ("map", "each", "reduce"):
            return made
        self.read(made)
        if name in _PASSING:
            return values[0] if values else ()
        self.read(everything)
        return ()

    def _function(self, node: Node, context: Origins, bound: dict[str, Bound]) -> Closure | None:
        """The function that a node is, where its text is known."""
        if isinstance(node, syntax.Lambda):
            return Closure(node, bound, context)
        there = bound.get(node.name) if isinstance(node, syntax.Variable) else None
        return there if isinstance(there, Closure) else None

    def _enter(self, closure: Closure, given: Sequence[Origins]) -> Origins:
        """The origins of what a function returns when it is called with `given`."""
        self.calls += 1
        known = any(function is closure.function for function in self.active)
        if known or len(self.active) >= MAX_DEPTH or self.calls > MAX_CALLS:
            return _joined(given)
        parameters = closure.function.parameters
        filled: dict[str, Bound] = dict(zip(parameters, (*given, *((),) * len(parameters)), strict=False))
        self.active.append(closure.function)
        try:
            return self.flow(closure.function.body, closure.context, closure.bound | filled)
        except RecursionError:
            return _joined(given)
        finally:
            self.active.pop()


def _joined(several: Iterable[Origins]) -> Origins:
    return tuple(dict.fromkeys(origin for origins in several for origin in origins))[:MAX_ORIGINS]


# ---------------------------------------------------------------- JMESPath


_JMESPATH_PASSING: Final = frozenset({"sort", "sort_by", "reverse", "max", "max_by", "min", "min_by", "to_array"})
_JMESPATH_JOINING: Final = frozenset({"not_null", "merge"})


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
            return call(node["value"], below, context)
        for child in below:
            read(flow(child, context))
        return ()

    def call(name: str, below: Sequence[Mapping[str, Any]], context: Origins) -> Origins:
        lineage.functions.setdefault(name, (0, 0))
        values = [flow(child, context) for child in below if child["type"] != "expref"]
        entries = values[0] if values else context
        made = _joined(flow(child["children"][0], entries) for child in below if child["type"] == "expref")
        if name == "map":
            return made
        read(made)
        if name in _JMESPATH_JOINING:
            return _joined(values)
        kept = 1 if name in _JMESPATH_PASSING else 0
        for value in values[kept:]:
            read(value)
        return _joined(values[:kept])

    lineage.result = flow(tree, CONTEXT)
    read(lineage.result)
    return lineage
