"""Literals, variables, arrays, objects and groupings."""

from __future__ import annotations

from dataclasses import replace

from engine.expressions.analysis import deferred
from engine.expressions.functions.regex import Regex as RegexValue
from engine.expressions.runtime_lists import RESERVED
from engine.expressions.suites import Atom, Context
from engine.expressions.syntax import Array, Constant, Node, Number, Object, Range, Regex, Text
from engine.expressions.writer import Writer

_KINDS = {bool: "boolean", type(None): "null"}


def emit_text(out: Writer, node: Text, context: Context) -> Atom:
    return Atom(repr(node.value), "string", optional=False)


def emit_number(out: Writer, node: Number, context: Context) -> Atom:
    code = repr(node.value)
    return Atom(code if node.value >= 0 else f"({code})", "number", optional=False)


def emit_constant(out: Writer, node: Constant, context: Context) -> Atom:
    return Atom(repr(node.value), _KINDS[type(node.value)], optional=False)


def emit_regex(out: Writer, node: Regex, context: Context) -> Atom:
    value = RegexValue(node.pattern, node.flags)
    return Atom(out.constant(value), "function", optional=False)


def emit_range(out: Writer, node: Range, context: Context) -> Atom:
    first, last = out.emit(node.first, context), out.emit(node.last, context)
    return out.assign(f"span({first.code}, {last.code}, B)", at=node.at)


def emit_array(out: Writer, node: Array, context: Context) -> Atom:
    parts = [(entry, out.emit(entry, context)) for entry in node.entries]
    out.weigh(2)
    if all((part.single and not part.optional) or isinstance(entry, Array) for entry, part in parts):
        return out.assign(f"[{', '.join(part.code for _, part in parts)}]", "array", optional=False)
    if 0 < len(parts) < 6 and all(part.kind == "any" and part.named for _, part in parts):
        return _usual_array(out, parts)
    result = out.assign("[]", "array", optional=False)
    for entry, part in parts:
        _add_entry(out, result.code, entry, part)
    return result


def _usual_array(out: Writer, parts: list[tuple[Node, Atom]]) -> Atom:
    """An array of a few fields, which mostly hold texts."""
    result = Atom(out.fresh(), "array", optional=False)
    previous = out.open("if " + " and ".join(f"{part.code}.__class__ is str" for _, part in parts))
    out.line(f"{result.code} = [{', '.join(part.code for _, part in parts)}]")
    out.close(previous)
    previous = out.open("else")
    out.line(f"{result.code} = []")
    for entry, part in parts:
        _add_entry(out, result.code, entry, part)
    out.close(previous)
    return result


def _add_entry(out: Writer, result: str, entry: Node, part: Atom) -> None:
    """Lists open by one level into an array, unless they are written as arrays themselves."""
    if isinstance(entry, Array) or (part.single and not part.optional):
        out.line(f"{result}.append({part.code})")
    elif part.single:
        out.line(f"if {part.code} is not U: {result}.append({part.code})")
    elif isinstance(entry, Range):
        out.line(f"{result} += exploded({part.code})")
    else:
        out.line(f"if {part.code}.__class__ is str: {result}.append({part.code})")
        out.line(f"elif isinstance({part.code}, list): extend({result}, {part.code}, B)")
        out.line(f"elif {part.code} is not U: {result}.append({part.code})")


def emit_object(out: Writer, node: Object, context: Context) -> Atom:
    keys = [key.value for key, _ in node.pairs if isinstance(key, Text)]
    if len(keys) < len(node.pairs) or len(set(keys)) < len(keys) or RESERVED & set(keys):
        source = f"({context.code},)" if out.one(context) else f"group_entries({context.code})"
        return group(out, node, out.assign(source).code, context)
    inner = object_context(out, context)
    values = [(key, out.emit(value, inner)) for key, (_, value) in zip(keys, node.pairs, strict=True)]
    return write_object(out, values)


def write_object(out: Writer, values: list[tuple[str, Atom]]) -> Atom:
    """An object with these values, without those that turn out to be UNDEFINED."""
    pairs = ", ".join(f"{key!r}: {value.code}" for key, value in values if value.kind != "nothing")
    out.weigh(4)
    result = out.assign(f"{{{pairs}}}", "object", optional=False)
    missing = dict.fromkeys(value.code for _, value in values if value.optional and value.kind != "nothing")
    for chunk in _chunks(list(missing)):
        out.line(f"if {' or '.join(f'{code} is U' for code in chunk)}: drop_missing({result.code})")
    return result


def _chunks(codes: list[str]) -> list[list[str]]:
    return [codes[start : start + 12] for start in range(0, len(codes), 12)]


def object_context(out: Writer, context: Context) -> Context:
    """The context of an object's values: all entries of a list together."""
    if context.whole:
        return replace(context, whole=False, flat=out.quick)
    if out.one(context):
        return context
    key = ("group", context.code)
    code = out.recall(key)
    if code is None:
        code = out.assign(
            f"{context.code} if {context.code}.__class__ is dict else group_context({context.code}, B)"
        ).code
        out.remember(key, code)
    return Context(code, parent=context.parent)


def group(out: Writer, node: Object, source: str, context: Context) -> Atom:
    """`{key: value}` over the values in `source`: one entry for each different key."""
    groups = out.assign("Groups()").code
    item = out.fresh()
    out.spend(f"len({source})")
    previous = out.open(f"for {item} in {source}", loop=True)
    inner = Context(item, parent=context.parent)
    for number, (key, _) in enumerate(node.pairs):
        value = out.emit(key, inner)
        out.line(f"{groups}.add({value.code}, {number}, {item})", key.at)
    out.close(previous)
    result = out.assign("{}").code
    for number, (_, pair) in enumerate(node.pairs):
        name, member = out.fresh(), out.fresh()
        previous = out.open(f"for {name}, {member} in {groups}.of({number}, B)", loop=True)
        made = isolated(out, pair, Context(member, parent=context.parent))
        out.line(f"{result}[{name}] = {made.code}")
        out.close(previous)
    return out.assign(f"{groups}.result({result})", "object", optional=False)


def isolated(out: Writer, node: Node, context: Context) -> Atom:
    """Inside a loop: the value of `node`, in a function of its own where functions made in it must keep this round."""
    if not deferred(node):
        return out.emit(node, context)
    name, inner = out.fresh("f"), out.fresh("x")
    previous = out.open(f"def {name}({inner})", definition=True)
    atom = out.emit(node, replace(context, code=inner))
    out.line(f"return {atom.code}")
    out.close(previous)
    return out.assign(f"{name}({context.code})", atom.kind, optional=atom.optional)
