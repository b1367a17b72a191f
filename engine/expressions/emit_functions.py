"""Calls of anything: lambdas, built-ins, values; partial calls and `~>`."""

from __future__ import annotations

from engine.expressions.assemble import named
from engine.expressions.builtins import BUILTINS
from engine.expressions.emit_builtins import arguments_of, call_builtin, collapse_in_place, is_distinct
from engine.expressions.emit_variables import find
from engine.expressions.suites import NOTHING, Atom, Context
from engine.expressions.syntax import (
    Apply,
    Call,
    Node,
    Path,
    Placeholder,
    Refined,
    Variable,
)
from engine.expressions.writer import Writer


def emit_call(out: Writer, node: Call, context: Context) -> Atom:
    return call(out, node, context)


def call(out: Writer, node: Call, context: Context, first: Atom | None = None, *, collapse: bool = True) -> Atom:
    """A call; `first` is the argument that `~>` puts in front. Without `collapse` a sequence is returned as such."""
    if node.partial:
        return _partial(out, node, context)
    if isinstance(node.function, Variable) and node.function.name not in ("", "$"):
        found = find(out, node.function.name)
        if found.builtin is not None and found.is_builtin:
            return call_builtin(out, found.builtin, node, context, first, collapse)
        known = found.certain or next((frame.known.get(node.function.name) for frame in found.maybe), None)
        if known is not None and known.function:
            result = _call_known(out, known.function, node, context, first)
            return collapse_in_place(out, result) if collapse else result
    function = out.emit(node.function, context)
    arguments = arguments_of(out, node, context, first)
    if function is NOTHING and isinstance(node.function, Variable):
        return out.assign(f"unknown({node.function.name!r})", at=node.at)
    listed = "".join(f", {argument.code}" for argument in arguments)
    hint = _hint(out, node.function)
    head = f"call_named({function.code}, {hint!r}, " if hint else f"call({function.code}, "
    result = out.assign(f"{head}{context.code}{listed})", at=node.at)
    return collapse_in_place(out, result) if collapse else result


def emit_call_sequence(out: Writer, node: Call, context: Context) -> Atom:
    return call(out, node, context, collapse=False)


def _hint(out: Writer, function: Node) -> str:
    """The name in `name(…)` where `$name` would be a function."""
    name = named(function) if isinstance(function, Path) else ""
    return name if name in BUILTINS or any(name in frame.names for frame, _ in out.frames()) else ""


def _call_known(out: Writer, name: str, node: Call, context: Context, first: Atom | None) -> Atom:
    """A lambda that stands in this program is called as the Python function it became."""
    arguments = arguments_of(out, node, context, first)
    result = out.assign(f"{name}({', '.join(argument.code for argument in arguments)})", at=node.at)
    out.line(f"if {result.code}.__class__ is Tail: {result.code} = bounce({result.code})", node.at)
    return result


# -- partial application and ~> ----------------------------------------------------------------------------------------


def _partial(out: Writer, node: Call, context: Context) -> Atom:
    given = []
    for argument in node.arguments:
        given.append("U" if isinstance(argument, Placeholder) else out.emit(argument, context).code)
    places = tuple(number for number, one in enumerate(node.arguments) if isinstance(one, Placeholder))
    function = out.emit(node.function, context)
    name = _hint(out, node.function)
    codes = "".join(f"{code}, " for code in given)
    return out.assign(
        f"partially({function.code}, {name!r}, ({codes}), {places!r})", "function", optional=False, at=node.at
    )


def emit_apply(out: Writer, node: Apply, context: Context) -> Atom:
    first = node.functions[0]
    result = out.marked(node.value, context) if is_distinct(first) else out.emit(node.value, context)
    keep = _keeps(node.value)
    for function in node.functions:
        keep = keep or _keeps(function)
        result = _applied(out, result, function, context, keep)
        keep = False
    return result


def _keeps(node: Node) -> bool:
    return isinstance(node, Refined | Path) and node.keep


def _applied(out: Writer, value: Atom, function: Node, context: Context, keep: bool) -> Atom:
    """`value ~> function`; with `keep` the result stays a list."""
    right = function.subject if isinstance(function, Refined) and not function.filters else function
    if isinstance(right, Call) and not right.partial:
        result = call(out, right, context, value, collapse=not keep)
    else:
        result = out.assign(f"apply({value.code}, {out.emit(function, context).code})", at=function.at)
        if not keep:
            collapse_in_place(out, result)
    return out.assign(f"keep_sequence({result.code})") if keep else result
