"""$map, $filter and $reduce with a lambda written in the call: a loop with the lambda's body in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from engine.expressions.analysis import bound_in, deferred
from engine.expressions.emit_lambdas import parameter_frame
from engine.expressions.emit_operators import truth
from engine.expressions.suites import Atom, Context, Suite
from engine.expressions.syntax import Block, Call, Condition, Lambda, Node
from engine.expressions.writer import Writer


def _lambda(node: Call, first: Atom | None) -> Lambda | None:
    """The lambda that can be written in place."""
    position = 0 if first is not None else 1
    if len(node.arguments) <= position:
        return None
    function = node.arguments[position]
    if not isinstance(function, Lambda) or function.signature is not None or deferred(function.body):
        return None
    return None if any(bound_in(function.body)) or _hidden_call(function.body) else function


def _hidden_call(node: Node) -> bool:
    """Whether the body may end in a call inside a condition or a block: what that returns is not collapsed."""
    if isinstance(node, Condition):
        parts = [then for _, then in node.branches] + ([] if node.otherwise is None else [node.otherwise])
        return any(isinstance(part, Call) or _hidden_call(part) for part in parts)
    return isinstance(node, Block) and any(
        isinstance(part, Call) or _hidden_call(part) for part in node.expressions[-1:]
    )


def _body(out: Writer, function: Lambda, values: list[str], context: Context) -> Atom:
    """The body with its parameters standing for `values`."""
    parameter_frame(out, dict(zip(function.parameters, values, strict=False)), function.parameters)
    inner = replace(context, parent=None)
    if isinstance(function.body, Call):
        result = out.uncollapsed(function.body, inner)
    else:
        result = out.emit(function.body, inner)
    out.leave()
    return result


def _loop(out: Writer, source: str, counted: bool) -> tuple[str, str, Suite]:
    """Open the loop; returns the names of position and value, and the suite to go back to."""
    out.spend(f"len({source})")
    position, value = out.fresh(), out.fresh()
    head = f"for {position}, {value} in enumerate({source})" if counted else f"for {value} in {source}"
    return position, value, out.open(head, loop=True)


def _source(out: Writer, node: Call, context: Context, first: Atom | None) -> tuple[str, str]:
    """The name of the first argument, and the name of the values in it."""
    given = out.name(first if first is not None else out.emit(node.arguments[0], context)).code
    return given, out.assign(f"{given} if {given}.__class__ is list else exploded({given})").code


def _finished(out: Writer, given: str, result: str, collapse: bool) -> Atom:
    """The sequence that came out; nothing where nothing went in."""
    short = f"collapsed({result})" if collapse else f"U if {given} is U else Sequence({result})"
    return out.assign(f"{result} if len({result}) > 1 else {short}")


def _map(out: Writer, node: Call, context: Context, first: Atom | None, collapse: bool) -> Atom | None:
    def keep(result: str, value: str, made: Atom) -> str:
        append = f"{result}.append({made.code})"
        return f"if {made.code} is not U: {append}" if made.optional else append

    return _collected(out, node, context, first, collapse, keep)


def _filter(out: Writer, node: Call, context: Context, first: Atom | None, collapse: bool) -> Atom | None:
    def keep(result: str, value: str, made: Atom) -> str:
        return f"if {truth(made)}: {result}.append({value})"

    return _collected(out, node, context, first, collapse, keep)


def _collected(
    out: Writer,
    node: Call,
    context: Context,
    first: Atom | None,
    collapse: bool,
    keep: Callable[[str, str, Atom], str],
) -> Atom | None:
    """A loop that collects; `keep` gives the statement for the list, the value and what the lambda made of it."""
    function = _lambda(node, first)
    if function is None or len(node.arguments) + (first is not None) != 2:
        return None
    given, source = _source(out, node, context, first)
    result = out.assign("[]").code
    position, value, previous = _loop(out, source, len(function.parameters) > 1)
    out.line(keep(result, value, _body(out, function, [value, position, source], context)))
    out.close(previous)
    return _finished(out, given, result, collapse)


def _reduce(out: Writer, node: Call, context: Context, first: Atom | None, collapse: bool) -> Atom | None:
    function = _lambda(node, first)
    given = len(node.arguments) + (first is not None)
    if function is None or given not in (2, 3) or len(function.parameters) < 2:
        return None
    values = out.name(first if first is not None else out.emit(node.arguments[0], context))
    start = out.emit(node.arguments[-1], context).code if given == 3 else "U"
    out.needs_plain = True
    source = out.assign(f"list(exploded({values.code}))").code
    result = out.assign(start).code
    skip = out.assign(f"1 if {result} is U and {source} else 0").code
    out.line(f"if {skip}: {result} = {source}[0]")
    out.spend(f"len({source})")
    position = out.fresh()
    previous = out.open(f"for {position} in range({skip}, len({source}))", loop=True)
    value = out.assign(f"{source}[{position}]").code
    made = _body(out, function, [result, value, position, source], context)
    out.line(f"{result} = {made.code}")
    out.close(previous)
    return out.assign(f"U if {values.code} is U else {result}")


INLINE: Final[dict[str, Callable[[Writer, Call, Context, Atom | None, bool], Atom | None]]] = {
    "map": _map,
    "filter": _filter,
    "reduce": _reduce,
}
