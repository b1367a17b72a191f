"""Calls of built-in functions: argument checks in place, and short forms for the common ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from engine.expressions.builtins import signature_of
from engine.expressions.emit_higher_order import INLINE
from engine.expressions.emit_operators import as_boolean
from engine.expressions.emit_selections import emit_results
from engine.expressions.functions.function import Function
from engine.expressions.functions.regex import Regex
from engine.expressions.messages import Place
from engine.expressions.runtime_values import rounded_times
from engine.expressions.signature import Parameter
from engine.expressions.suites import NOTHING, Atom, Context
from engine.expressions.syntax import (
    Binary,
    Call,
    Constant,
    Node,
    Number,
    Object,
    Path,
    Text,
    Variable,
)
from engine.expressions.values import NUMBERS, FunctionValue
from engine.expressions.writer import Writer

RESULTS: Final = {"s": "string", "n": "number", "b": "boolean", "o": "object"}
# given arguments that are there, these always return something
ALWAYS: Final = frozenset(
    (
        "string",
        "length",
        "substring",
        "substringBefore",
        "substringAfter",
        "lowercase",
        "uppercase",
        "trim",
        "pad",
        "contains",
        "replace",
        "join",
        "number",
        "floor",
        "ceil",
        "round",
        "abs",
        "sqrt",
        "power",
        "sum",
        "count",
        "formatNumber",
        "formatBase",
        "formatInteger",
        "fromMillis",
        "not",
        "boolean",
        "exists",
        "base64encode",
        "base64decode",
    )
)
_TESTS: Final = {
    "s": "{0}.__class__ is str",
    "n": "{0}.__class__ in NUMBERS",
    "b": "{0}.__class__ is bool",
    "o": "{0}.__class__ is dict",
    "a": "{0}.__class__ is list",
    "f": "isinstance({0}, FunctionValue)",
    "x": "",
    "j": "",
}
CLASSES: Final[dict[str, frozenset[type]]] = {
    "s": frozenset((str,)),
    "n": NUMBERS,
    "b": frozenset((bool,)),
    "o": frozenset((dict,)),
    "a": frozenset((list,)),
    "f": frozenset((FunctionValue, Regex)),
}
_KINDS: Final = {"s": "string", "n": "number", "b": "boolean", "o": "object", "f": "function"}


def arguments_of(out: Writer, node: Call, context: Context, first: Atom | None) -> list[Atom]:
    given = [out.emit(argument, context) for argument in node.arguments]
    return [first, *given] if first is not None else given


def collapse_in_place(out: Writer, atom: Atom) -> Atom:
    out.line(f"if {atom.code}.__class__ is Sequence: {atom.code} = collapse({atom.code})")
    return atom


def call_builtin(
    out: Writer, function: Function, node: Call, context: Context, first: Atom | None, collapse: bool
) -> Atom:
    out.functions_used.add(function.name)
    if function.name in INLINE:
        done = INLINE[function.name](out, node, context, first, collapse)
        if done is not None:
            return done
    if function.name in SPECIAL and first is None:
        done = SPECIAL[function.name](out, function, node, context)
        if done is not None:
            return done
    if is_distinct(node) and first is None and len(node.arguments) == 1:
        arguments = [out.marked(node.arguments[0], context)]
    else:
        arguments = arguments_of(out, node, context, first)
    out.weigh(1)
    if function.name == "eval":
        return collapse_in_place(out, _eval(out, node, context, arguments))
    if function.name in SHORT and len(arguments) == 1:
        return SHORT[function.name](out, arguments[0], node.at)
    if function.name in QUICK and len(arguments) == 1:
        return _quick(out, function, arguments[0], context, node.at)
    result = _checked(out, function, arguments, context, node.at)
    if function.grows:
        out.line(f"charge({result.code}, B)", node.at)
    returned = signature_of(function.name).text.rpartition(":")[2][:1]
    return collapse_in_place(out, result) if collapse and returned not in ("s", "n", "b") else result


def _checked(out: Writer, function: Function, arguments: list[Atom], context: Context, at: Place) -> Atom:
    """The call, behind a quick test of the arguments where the signature allows one."""
    signature = signature_of(function.name)
    codes = "".join(f", {argument.code}" for argument in arguments)
    whole = out.constant(function)
    slow = f"checked({whole}, {context.code}{codes})"
    if function.clock:
        out.clock = out.clock or function.name != "toMillis" or len(arguments) > 1  # only pictures need the time
        slow = f"checked_at_time({whole}, now, {context.code}{codes})"
    filled = _filled(signature.parameters, arguments, context)
    tests = [] if filled is None else _tests(out, signature.parameters, filled, len(arguments))
    kind = RESULTS.get(signature.text.rpartition(":")[2][:1], "any")
    optional = function.name not in ALWAYS or any(one.optional for one in arguments or [context.atom])
    if filled is None or tests is None:
        return out.assign(slow, kind, optional=optional, at=at)
    passed = ", ".join((["now"] if function.clock else []) + [argument.code for argument in filled])
    if function.inline and NOTHING not in filled:
        quick = function.inline.format(*(argument.code for argument in filled))
    else:
        quick = f"{implementation(out, function)}({passed})"
    code = f"{quick} if {' and '.join(tests)} else {slow}" if tests else quick
    return out.assign(code, kind, optional=optional, at=at)


def implementation(out: Writer, function: Function) -> str:
    return out.constant(function.implementation)


def _filled(parameters: list[Parameter], arguments: list[Atom], context: Context) -> list[Atom] | None:
    """One argument per parameter, where it is clear which is which; else None."""
    if len(arguments) > len(parameters) or any(parameter.repeated for parameter in parameters):
        return None
    filled = list(arguments)
    for parameter in parameters[len(arguments) :]:
        if parameter.contextual:
            if arguments:
                return None
            filled.append(context.atom)
        elif parameter.optional:
            filled.append(NOTHING)
        else:
            return None
    return filled


@cache
def _classes(letters: str) -> frozenset[type]:
    return frozenset[type]().union(*(CLASSES[letter] for letter in letters))


def _tests(out: Writer, parameters: list[Parameter], filled: list[Atom], given: int) -> list[str] | None:
    """What must hold for the arguments, of which so many were given, to fit as they are; None where they do not."""
    tests = []
    for place, (parameter, argument) in enumerate(zip(parameters, filled, strict=True)):
        if argument is NOTHING and place < given:
            return None
        if argument is NOTHING:
            continue
        if len(parameter.kind) > 1:
            letters = parameter.kind.strip("()")
            if not set(letters) <= CLASSES.keys():
                return None
            fitting = [_KINDS.get(letter) for letter in letters]
            if argument.single and argument.kind not in fitting:
                return None
            if argument.optional or argument.kind not in fitting:
                tests.append(f"{argument.code}.__class__ in {out.constant(_classes(letters))}")
            continue
        test = _TESTS[parameter.kind]
        known = _KINDS.get(parameter.kind)
        if known is not None and argument.kind == known and not argument.optional:
            continue
        if argument.single and argument.kind != known and parameter.kind not in ("x", "j"):
            return None
        if parameter.of in ("n", "s") and parameter.kind == "a":
            test += " and all_numbers({0})" if parameter.of == "n" else " and all_texts({0})"
        elif parameter.of is not None and parameter.kind == "a":
            return None
        if test:
            tests.append(test.format(argument.code))
    return tests


def _exists(out: Writer, argument: Atom, at: Place) -> Atom:
    argument = out.name(argument)
    return out.assign(f"{argument.code} is not U", "boolean", optional=False)


def _not(out: Writer, argument: Atom, at: Place) -> Atom:
    if not argument.optional:
        return out.assign(f"not {as_boolean(argument)}", "boolean", optional=False)
    return out.assign(f"U if {argument.code} is U else not {as_boolean(argument)}", "boolean")


def _boolean(out: Writer, argument: Atom, at: Place) -> Atom:
    if not argument.optional:
        return out.assign(as_boolean(argument), "boolean", optional=False)
    return out.assign(f"U if {argument.code} is U else {as_boolean(argument)}", "boolean")


def _count(out: Writer, argument: Atom, at: Place) -> Atom:
    argument = out.name(argument)
    code = f"len({argument.code}) if isinstance({argument.code}, list) else 0 if {argument.code} is U else 1"
    return out.assign(code, "number", optional=False)


def _string(out: Writer, argument: Atom, at: Place) -> Atom:
    if argument.kind == "string":
        return argument
    code = out.name(argument).code
    return out.assign(
        f"{code} if {code}.__class__ is str else f'{{{code}}}' if {code}.__class__ is int and -EXACT < {code} < EXACT "
        f"else text_of({code}, B)",
        "string",
        optional=argument.optional,
        at=at,
    )


# functions whose usual argument is dealt with in one step that gives None for all others
QUICK: Final = {
    "number": "simple_number({0}) if {0}.__class__ is str else {0} if {0}.__class__ in NUMBERS else None",
}


# the same over a list of plain numbers
OVER_NUMBERS: Final = {"sum": "summed", "min": "least", "max": "most"}


def _quick(out: Writer, function: Function, argument: Atom, context: Context, at: Place) -> Atom:
    argument = out.name(argument)
    optional = argument.optional or function.name not in ALWAYS
    return _or_checked(
        out, function, QUICK[function.name].format(argument.code), argument.code, context, at, optional=optional
    )


def _or_checked(
    out: Writer, function: Function, quick: str, argument: str, context: Context, at: Place, *, optional: bool
) -> Atom:
    result = out.assign(quick, "number", optional=optional)
    slow = f"checked({out.constant(function)}, {context.code}, {argument})"
    out.line(f"if {result.code} is None: {result.code} = {slow}", at)
    return result


def _over_numbers(out: Writer, function: Function, node: Call, context: Context) -> Atom | None:
    """$sum, $min, $max of a path: its results need not be put together where all of them are numbers."""
    if len(node.arguments) != 1:
        return None
    found = emit_results(out, node.arguments[0], context) if isinstance(node.arguments[0], Path) else None
    if found is None:
        argument = out.name(out.emit(node.arguments[0], context)).code
        found = argument, argument
    out.weigh(1)
    values, whole = found
    quick = f"{OVER_NUMBERS[function.name]}({values})"
    if whole == values:
        quick += f" if {values}.__class__ is list else None"
    return _or_checked(out, function, quick, whole, context, node.at, optional=True)


def _round(out: Writer, function: Function, node: Call, context: Context) -> Atom | None:
    """$round to a few places of a product with a number that is written there."""
    if len(node.arguments) != 2:
        return None
    product, digits = node.arguments
    if not isinstance(product, Binary) or product.operator != "*" or not isinstance(digits, Number):
        return None
    if digits.value.__class__ is not int or not 0 <= digits.value < 7:
        return None
    if not isinstance(product.right, Number) or product.right.value.__class__ is not float:
        return None
    left = out.emit(product.left, context)
    code = f"{out.constant(rounded_times(product.right.value, digits.value))}({left.code})"
    return out.assign(code, "number", optional=left.optional, at=product.at)


def _quotient_text(out: Writer, function: Function, node: Call, context: Context) -> Atom | None:
    """$string of a quotient, where JSONata has an error of its own for a division by zero."""
    quotient = node.arguments[0] if len(node.arguments) == 1 else None
    if not isinstance(quotient, Binary) or quotient.operator != "/":
        return None
    left, right = out.emit(quotient.left, context), out.emit(quotient.right, context)
    out.weigh(1)
    return _string(out, out.assign(f"quotient_for_text({left.code}, {right.code})", "number", at=node.at), node.at)


def _lookup(out: Writer, function: Function, node: Call, context: Context) -> Atom | None:
    """$lookup in a table that is written there."""
    table = node.arguments[0] if len(node.arguments) == 2 else None
    if not isinstance(table, Object):
        return None
    entries = {
        key.value: value.value
        for key, value in table.pairs
        if isinstance(key, Text) and isinstance(value, Text | Number | Constant)
    }
    if len(entries) < len(table.pairs):
        return None
    key = out.name(out.emit(node.arguments[1], context))
    name = out.constant(entries)
    slow = f"checked({out.constant(function)}, {context.code}, {name}, {key.code})"
    return out.assign(f"{name}.get({key.code}, U) if {key.code}.__class__ is str else {slow}", at=node.at)


def _split(out: Writer, function: Function, node: Call, context: Context) -> Atom | None:
    """$split at a text that is written there."""
    if len(node.arguments) != 2 or not isinstance(node.arguments[1], Text) or not node.arguments[1].value:
        return None
    text, mark = out.name(out.emit(node.arguments[0], context)), repr(node.arguments[1].value)
    out.weigh(1)
    slow = f"checked({out.constant(function)}, {context.code}, {text.code}, {mark})"
    return out.assign(f"{text.code}.split({mark}) if {text.code}.__class__ is str else {slow}", at=node.at)


SPECIAL: Final[dict[str, Callable[[Writer, Function, Call, Context], Atom | None]]] = {
    "round": _round,
    "lookup": _lookup,
    "string": _quotient_text,
    "split": _split,
    "sum": _over_numbers,
    "min": _over_numbers,
    "max": _over_numbers,
}
SHORT: Final[dict[str, Callable[[Writer, Atom, Place], Atom]]] = {
    "exists": _exists,
    "not": _not,
    "boolean": _boolean,
    "count": _count,
    "string": _string,
}


def is_distinct(node: Node) -> bool:
    """$distinct gives an array for an array and a sequence for a sequence: it alone must know which it got."""
    function = node.function if isinstance(node, Call) else node
    return isinstance(function, Variable) and function.name == "distinct"


def _eval(out: Writer, node: Call, context: Context, arguments: list[Atom]) -> Atom:
    """`$eval` sees the variables that are visible where it is called."""
    out.clock = True
    visible: dict[str, str] = dict(out.externals)
    for frame, _ in reversed(out.frames()):
        for name, code in frame.names.items():
            if code.startswith("v"):
                out.declare(frame, name)
            visible[name] = code
    names = ", ".join(f"{name!r}: {code}" for name, code in visible.items())
    codes = [argument.code for argument in arguments[:2]] + ["U"] * (2 - len(arguments))
    return out.assign(f"evaluate({', '.join(codes)}, {context.code}, {{{names}}}, B, now)", at=node.at)
