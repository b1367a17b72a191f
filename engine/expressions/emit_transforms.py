"""`|pattern|update, deletion|`: a function that changes a copy of its argument."""

from __future__ import annotations

from engine.expressions.emit_variables import find
from engine.expressions.messages import Place
from engine.expressions.suites import Atom, Context
from engine.expressions.syntax import Node, Transform
from engine.expressions.writer import Writer


def emit_transform(out: Writer, node: Transform, context: Context) -> Atom:
    pattern, update = _function(out, node.pattern), _function(out, node.update)
    deletion = _function(out, node.deletion) if node.deletion is not None else "None"
    place: Place = node.update.at
    clone = "None"
    found = find(out, "clone")
    if not found.is_builtin:
        clone = (found.certain or Atom(found.maybe[0].names["clone"])).code
    parts = f"{pattern}, {update}, {deletion}, {clone}, {place!r}, {node.deletion.at if node.deletion else place!r}"
    return out.assign(f"transformer({parts})", "function", optional=False, at=node.at)


def _function(out: Writer, node: Node) -> str:
    """A Python function that computes `node` for a value."""
    name, value = out.fresh("f"), out.fresh("x")
    previous = out.open(f"def {name}({value})", definition=True)
    out.line(f"return {out.emit(node, Context(value)).code}")
    out.close(previous)
    return name
