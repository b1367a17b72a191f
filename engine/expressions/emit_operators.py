"""Operators, conditions, blocks and assignments."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Sequence
from typing import Final

from engine.expressions.analysis import bound_in
from engine.expressions.messages import Place
from engine.expressions.suites import NOTHING, Atom, Context, Frame
from engine.expressions.syntax import (
    Binary,
    Bind,
    Block,
    Chain,
    Condition,
    Default,
    Lambda,
    Negate,
    Node,
    operands,
)
from engine.expressions.writer import Writer

ARITHMETIC: Final = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "modulo"}
ORDER: Final = {"<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal"}
_NATIVE_TRUTH: Final = frozenset(("boolean", "string", "number", "object", "null", "nothing"))


def emit_binary(out: Writer, node: Binary, context: Context) -> Atom:
    if node.operator in ("and", "or"):
        return _logic(out, node.operator, [node.left, node.right], context)
    if node.operator == "&":
        return _concatenation(out, operands(node, "&"), node.at, context)
    left, right = out.emit(node.left, context), out.emit(node.right, context)
    if node.operator in ARITHMETIC:
        return _arithmetic(out, node.operator, left, right, node.at)
    if node.operator in ("=", "!="):
        return _equality(out, node.operator == "=", left, right)
    if node.operator in ORDER:
        return _order(out, node, left, right)
    return out.assign(f"contained({left.code}, {right.code})", "boolean", optional=False)


def emit_chain(out: Writer, node: Chain, context: Context) -> Atom:
    operator = node.operators[0]
    if operator in ("and", "or"):
        return _logic(out, operator, node.operands, context)
    if operator == "&":
        return _concatenation(out, operands(node, "&"), node.at, context)
    result = out.emit(node.operands[0], context)
    for operator, operand in zip(node.operators, node.operands[1:], strict=True):
        result = _arithmetic(out, operator, result, out.emit(operand, context), (node.start, operand.end))
    return result


def _arithmetic(out: Writer, operator: str, left: Atom, right: Atom, at: Place) -> Atom:
    name = ARITHMETIC[operator]
    code = f"{name}({left.code}, {right.code})"
    if operator in "+-":
        test = _both_integers(left, right)
        code = f"{left.code} {operator} {right.code} if {test} else {code}" if test else code
    known = left.kind == right.kind == "number" and not (left.optional or right.optional)
    return out.assign(code, "number", optional=not known, at=at)


def _both_integers(left: Atom, right: Atom) -> str:
    """A test that both are small enough kinds for Python's own operator, or "" where that is known to fail."""
    tests = [f"{side.code}.__class__ is int" for side in (left, right) if not side.code.lstrip("(-").isdigit()]
    if any(side.code.lstrip("(-")[:1].isdigit() and not side.code.strip("(-)").isdigit() for side in (left, right)):
        return ""
    return " and ".join(tests)


def _equality(out: Writer, equal: bool, left: Atom, right: Atom) -> Atom:
    """Quick ways for a constant on one side; undefined is neither equal nor unequal to anything."""
    if not left.named and not right.named:
        left = out.name(left)
    for one, other in ((left, right), (right, left)):
        if other.kind == "string" and not other.optional:
            one = out.name(one)
            code = f"{one.code} == {other.code}" if equal else f"{one.code} is not U and {one.code} != {other.code}"
            return out.assign(code, "boolean", optional=False)
        if other.code in ("None", "True", "False"):
            one = out.name(one)
            negated = f"{one.code} is not U and {one.code} is not {other.code}"
            return out.assign(f"{one.code} is {other.code}" if equal else negated, "boolean", optional=False)
    code = f"{'equal' if equal else 'unequal'}({left.code}, {right.code})"
    for one, other in ((left, right), (right, left)):
        if other.code.isdigit():
            code = f"{one.code} {'==' if equal else '!='} {other.code} if {one.code}.__class__ is int else {code}"
            break
    return out.assign(code, "boolean", optional=False)


def _order(out: Writer, node: Binary, left: Atom, right: Atom) -> Atom:
    code = f"{ORDER[node.operator]}({left.code}, {right.code})"
    if not left.named and not right.named:
        return out.assign(code, "boolean", at=node.at)
    quick = f"{left.code} {node.operator} {right.code}"
    for one, other in ((left, right), (right, left)):
        if other.code.lstrip("(-")[:1].isdigit():
            test = f"{one.code}.__class__ is int or {one.code}.__class__ is float"
            return out.assign(f"{quick} if {test} else {code}", "boolean", at=node.at)
    return out.assign(code, "boolean", at=node.at)


def _concatenation(out: Writer, joined: list[Node], at: Place, context: Context) -> Atom:
    parts: list[str] = []
    for operand in joined:
        atom = out.emit(operand, context)
        if atom.kind == "string" and not atom.optional:
            parts.append(_inside_text(atom.code))
        else:
            atom = out.name(atom)
            code = f"{atom.code} if {atom.code}.__class__ is str else to_text({atom.code})"
            parts.append("{" + out.assign(code, "string", optional=False, at=operand.at).code + "}")
    result = out.assign("f'" + "".join(parts) + "'", "string", optional=False)
    out.line(f"if len({result.code}) > MOST: too_long()", at)
    return result


def _inside_text(code: str) -> str:
    """A string value as part of an f-string in single quotes."""
    if code.isidentifier():
        return "{" + code + "}"
    text = str(literal_eval(code))
    return "".join(
        char if (char.isalnum() and char.isascii()) or char in " -_.,:;/@#+=()" else _escape(char) for char in text
    )


def _escape(char: str) -> str:
    return f"\\U{ord(char):08x}"


def truth(atom: Atom) -> str:
    """Code that is true or false in Python as the value is in JSONata."""
    if atom.kind in _NATIVE_TRUTH:
        return atom.code
    if atom.kind == "function":
        return "False"
    if not atom.named:
        return f"truthy({atom.code})"
    code = atom.code
    return f"({code} if {code}.__class__ is str else {code} is not None and truthy({code}))"


def as_boolean(atom: Atom) -> str:
    """Code for the value as True or False."""
    if atom.kind == "boolean":
        return atom.code if not atom.optional else f"({atom.code} is True)"
    return f"(True if {truth(atom)} else False)"


def _logic(out: Writer, operator: str, sides: Sequence[Node], context: Context) -> Atom:
    result = out.assign(as_boolean(out.emit(sides[0], context)), "boolean", optional=False)
    for side in sides[1:]:
        previous = out.open(f"if {result.code}" if operator == "and" else f"if not {result.code}")
        out.line(f"{result.code} = {as_boolean(out.emit(side, context))}")
        out.close(previous)
    return result


def emit_negate(out: Writer, node: Negate, context: Context) -> Atom:
    operand = out.emit(node.operand, context)
    return out.assign(f"negate({operand.code})", "number", optional=operand.optional, at=node.at)


def emit_default(out: Writer, node: Default, context: Context) -> Atom:
    first = out.name(out.emit(node.operands[0], context))
    result = out.assign(first.code, first.kind)
    atoms = [first]
    for operand in node.operands[1:]:
        so_far = merged(result, atoms, optional=True)
        previous = out.open(f"if not {truth(so_far)}" if node.operator == "?:" else f"if {result.code} is U")
        atoms.append(out.emit(operand, context))
        out.line(f"{result.code} = {atoms[-1].code}")
        out.close(previous)
    return merged(result, atoms, atoms[-1].optional)


def emit_condition(out: Writer, node: Condition, context: Context) -> Atom:
    if len(node.branches) > 2:
        return _cases(out, node, context)
    return _either(out, node.branches, node.otherwise, context)


def _either(out: Writer, branches: tuple[tuple[Node, Node], ...], otherwise: Node | None, context: Context) -> Atom:
    if not branches:
        return out.emit(otherwise, context) if otherwise is not None else NOTHING
    test = out.emit(branches[0][0], context)
    name = out.fresh()
    previous = out.open(f"if {truth(test)}")
    first = out.emit(branches[0][1], context)
    out.line(f"{name} = {first.code}")
    out.close(previous)
    previous = out.open("else")
    second = _either(out, branches[1:], otherwise, context)
    out.line(f"{name} = {second.code}")
    out.close(previous)
    return merged(Atom(name), [first, second], first.optional or second.optional)


def _cases(out: Writer, node: Condition, context: Context) -> Atom:
    """Many conditions after each other: a loop of one round that the first true one leaves, instead of nesting."""
    result = out.assign("U")
    previous = out.open("for _ in ONCE", loop=True)
    atoms = []
    for test, then in node.branches:
        before = out.open(f"if {truth(out.emit(test, context))}")
        atom = out.emit(then, context)
        atoms.append(atom)
        out.line(f"{result.code} = {atom.code}")
        out.line("break")
        out.close(before)
        out.fence()
    last = out.emit(node.otherwise, context) if node.otherwise is not None else NOTHING
    out.line(f"{result.code} = {last.code}")
    out.close(previous)
    return merged(result, [*atoms, last], any(atom.optional for atom in [*atoms, last]))


def merged(result: Atom, atoms: list[Atom], optional: bool) -> Atom:
    """What is known about a value that is one of several."""
    kinds = {atom.kind for atom in atoms if atom.kind != "nothing"}
    kind = kinds.pop() if len(kinds) == 1 else "any"
    return Atom(result.code, "any" if kind == "function" else kind, optional)


def emit_block(out: Writer, node: Block, context: Context) -> Atom:
    if not node.expressions:
        return NOTHING
    open_frame(out, node.expressions)
    result = NOTHING
    for expression in node.expressions:
        result = out.emit(expression, context)
    out.leave()
    return result


def open_frame(out: Writer, expressions: tuple[Node, ...], *, barrier: bool = False) -> None:
    """A scope for what these expressions assign, with names for all of it."""
    binds = [bind for expression in expressions for bind in bound_in(expression)]
    names = {bind.name: variable_name(out, bind.name) for bind in binds}
    direct = [expression for expression in expressions if isinstance(expression, Bind)]
    counts = {name: sum(bind.name == name for bind in binds) for name in names}
    certain = {bind.name for bind in direct if counts[bind.name] == 1}
    out.enter(names, loose=frozenset(names) - certain, barrier=barrier)


def variable_name(out: Writer, name: str) -> str:
    readable = "".join(char if char.isascii() and char.isalnum() else "_" for char in name)[:30]
    return f"{out.fresh('v')}_{readable}"


def emit_bind(out: Writer, node: Bind, context: Context) -> Atom:
    out.needs_plain = True  # what a variable holds may stand in many places of the result
    frame = next((frame for frame, _ in out.frames() if node.name in frame.names), None)
    if frame is not None and node.name not in frame.loose and _plain_lambda(node.value):
        name = out.announced[id(node.value)] = out.fresh("f")  # announced, so that the function can call itself
        frame.known[node.name] = Atom(frame.names[node.name], "function", False, name)
    value = out.emit(node.value, context)
    if frame is None:
        return value
    name = frame.names[node.name]
    _reach(out, frame, node.name)
    out.line(f"{name} = {value.code}")
    out.number += 1
    out.assigned[int(name[1:].partition("_")[0])] = out.number
    out.remember(("bound", name), True)
    if node.name not in frame.loose:
        known = value.named or value.single
        frame.known[node.name] = value if known else Atom(name, value.kind, value.optional)
    return value


def _plain_lambda(node: Node) -> bool:
    return isinstance(node, Lambda) and node.signature is None


def _reach(out: Writer, frame: Frame, name: str) -> None:
    """Say so in Python where the frame of a variable belongs to a function around this one."""
    owner, here = frame.suite, out.body()
    while not owner.definition and owner.outer is not None:
        owner = owner.outer
    code = f"nonlocal {frame.names[name]}"
    if owner is not here and code not in here.entries:
        here.entries.insert(0, code)
        out.declare(frame, name)
