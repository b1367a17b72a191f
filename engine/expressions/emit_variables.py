"""Which value a variable has at a point of the program: bound for certain, perhaps, from outside, or a built-in."""

from __future__ import annotations

from dataclasses import dataclass

from engine.expressions.builtins import BUILTINS, function_value
from engine.expressions.functions.function import Function
from engine.expressions.suites import NOTHING, Atom, Context, Frame
from engine.expressions.syntax import Node, Variable
from engine.expressions.writer import Writer


@dataclass(slots=True)
class Found:
    """What a name may stand for: one of `maybe` if it is bound by then (from inside out), else `certain`."""

    certain: Atom | None
    maybe: list[Frame]
    builtin: Function | None = None

    @property
    def is_builtin(self) -> bool:
        return self.builtin is not None and not self.maybe and self.certain is None


def find(out: Writer, name: str) -> Found:
    maybe: list[Frame] = []
    for frame, certain in out.frames():
        if name not in frame.names:
            continue
        if out.recall(("bound", frame.names[name]), later=True):
            return Found(frame.known.get(name, Atom(frame.names[name])), maybe)
        if not certain or name in frame.loose:
            maybe.append(frame)
    if name in out.externals:
        return Found(Atom(out.externals[name]), maybe)
    return Found(None, maybe, BUILTINS.get(name))


def emit_variable(out: Writer, node: Node, context: Context) -> Atom:
    assert isinstance(node, Variable)
    if node.name == "":
        return context.atom
    if node.name == "$":
        return out.root.atom
    found = find(out, node.name)
    last = found.certain if found.certain is not None else _builtin(out, found.builtin)
    if not found.maybe:
        if last is NOTHING:
            out.variables_used.add(node.name)
        return last
    code = last.code
    for frame in reversed(found.maybe):
        out.declare(frame, node.name)
        name = frame.names[node.name]
        code = f"({name} if {name} is not UNBOUND else {code})"
    return out.assign(code[1:-1])


def _builtin(out: Writer, function: Function | None) -> Atom:
    if function is None:
        return NOTHING
    out.functions_used.add(function.name)
    if function.clock:
        out.clock = True
        return out.assign(f"at_time({out.constant(function)}, now)", "function", optional=False)
    return Atom(out.constant(function_value(function)), "function", optional=False)
