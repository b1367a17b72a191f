"""Lambdas: a Python function each, with tail calls left to the caller."""

from __future__ import annotations

from dataclasses import replace

from engine.expressions.analysis import bound_in
from engine.expressions.emit_operators import open_frame, truth, variable_name
from engine.expressions.emit_variables import find
from engine.expressions.signature import Signature
from engine.expressions.suites import Atom, Context
from engine.expressions.syntax import Block, Call, Condition, Lambda, Node, Variable
from engine.expressions.writer import Writer


def parameter_frame(out: Writer, values: dict[str, str], parameters: tuple[str, ...], *, barrier: bool = False) -> None:
    """A scope in which the parameters are bound; those without a value are bound to nothing."""
    out.enter(values | {name: "U" for name in parameters if name not in values}, barrier=barrier)
    for name in values.values():
        out.remember(("bound", name), True)
    out.remember(("bound", "U"), True)


def emit_lambda(out: Writer, node: Lambda, context: Context) -> Atom:
    """The lambda as a value."""
    out.needs_plain = True  # calling itself, it can make a small result that is endless when written out
    name = out.announced.pop(id(node), "") or out.fresh("f")
    parameters = [variable_name(out, parameter) for parameter in node.parameters]
    listed = "".join(f"{parameter}=U, " for parameter in parameters)
    previous = out.open(f"def {name}({listed}*_)", definition=True)
    parameter_frame(out, dict(zip(node.parameters, parameters, strict=True)), node.parameters, barrier=True)
    out.spend("10")
    out.price = None  # paid for the call, not for a loop
    out.line("B[1] -= 1")
    out.line("if B[1] < 0: too_deep()")
    inner = replace(context, parent=None)
    if any(bound_in(node.body)):
        open_frame(out, (node.body,))
        _result(out, node.body, inner)
        out.leave()
    else:
        _result(out, node.body, inner)
    out.leave()
    out.close(previous)
    if node.signature is not None:
        signature = out.constant(Signature(node.signature))
        return out.assign(f"signed({name}, {len(parameters)}, {signature})", "function", optional=False)
    value = out.assign(f"closure({name}, {len(parameters)})", "function", optional=False)
    return Atom(value.code, "function", optional=False, function=name)


def _result(out: Writer, node: Node, context: Context) -> None:
    """Return the value of `node`, or the call that will give it."""
    if isinstance(node, Condition):
        for test, then in node.branches:
            previous = out.open(f"if {truth(out.emit(test, context))}")
            _result(out, then, context)
            out.close(previous)
        if node.otherwise is None:
            _return(out, "U")
        else:
            _result(out, node.otherwise, context)
    elif isinstance(node, Block) and node.expressions:
        open_frame(out, node.expressions)
        for expression in node.expressions[:-1]:
            out.emit(expression, context)
        _result(out, node.expressions[-1], context)
        out.leave()
    elif isinstance(node, Call) and not node.partial:
        if _builtin(out, node):
            _return(out, out.uncollapsed(node, context).code)
        else:
            _tail_call(out, node, context)
    else:
        _return(out, out.emit(node, context).code)


def _return(out: Writer, code: str) -> None:
    out.line("B[1] += 1")
    out.line(f"return {code}")


def _builtin(out: Writer, node: Call) -> bool:
    return isinstance(node.function, Variable) and find(out, node.function.name).is_builtin


def _tail_call(out: Writer, node: Call, context: Context) -> None:
    known = _known(out, node)
    function = "" if known else out.emit(node.function, context).code
    arguments = "".join(out.emit(argument, context).code + ", " for argument in node.arguments)
    code = f"Tail({known}, ({arguments}))" if known else f"tail({function}, {context.code}, ({arguments}))"
    _return(out, out.assign(code, at=node.at).code)


def _known(out: Writer, node: Call) -> str:
    """The Python function of a lambda that stands in this program."""
    if not isinstance(node.function, Variable):
        return ""
    found = find(out, node.function.name)
    known = found.certain or next((frame.known.get(node.function.name) for frame in found.maybe), None)
    return known.function if known is not None else ""
