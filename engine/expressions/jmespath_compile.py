"""JMESPath → Python source → a function, over the syntax tree of jmespath.py's parser.

The source is written from the tree alone: names and constants appear only through repr, the functions it calls are the
ones in NAMESPACE. Every loop pays for its entries from the budget before it starts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from engine.errors import ExpressionError
from engine.expressions import jmespath_runtime as runtime
from engine.expressions.jmespath_parse import Node, calls, parse
from engine.expressions.limits import LIMITS, Limits, refill
from engine.expressions.messages import fault
from engine.expressions.numbers import decimal
from engine.expressions.reads import trace_jmespath
from engine.expressions.values import NUMBERS, UNDEFINED, deep_equal

FILENAME: Final = "<jmespath>"
_DEEPEST_LOOP: Final = 12  # loops inside loops of one Python function (Python allows 20 blocks)
_SHORT: Final = 100_000  # characters that may be put together without asking the limits
_ORDERS: Final = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}

NAMESPACE: Final[dict[str, Any]] = {
    "__builtins__": {},
    "dict": dict,
    "float": float,
    "int": int,
    "len": len,
    "list": list,
    "str": str,
    "bool": bool,
    "isinstance": isinstance,
    "EMPTY": runtime.EMPTY,
    "NUMBERS": NUMBERS,
    "Reference": runtime.Reference,
    "cut": runtime.cut,
    "decimal": decimal,
    "equal": deep_equal,
    "flatten": runtime.flatten,
    "index": runtime.index,
    "ordered": runtime.ordered,
    **{f"f_{name}": function.implementation for name, function in runtime.FUNCTIONS.items()},
}


class Writer:
    """Writes the statements of one function. Every `write…` returns the name that holds the value."""

    def __init__(self, text: str, tree: Node) -> None:
        self.lines: list[str] = []
        self.depth = 1
        self.names = 0
        self.constants: dict[str, Any] = {}
        self.known: list[dict[tuple[str, str], str]] = [{}]  # values already computed, by scope
        self.loops = 0  # loops around the current line in the current Python function
        self.places = calls(tree, text)
        self.line_places: dict[int, tuple[int, int]] = {}  # line of the source → place of the call in it

    def name(self) -> str:
        self.names += 1
        return f"v{self.names}"

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def enter(self) -> None:
        self.depth += 1
        self.known.append({})

    def leave(self) -> None:
        self.depth -= 1
        self.known.pop()

    def value(self, expression: str) -> str:
        name = self.name()
        self.line(f"{name} = {expression}")
        return name

    def pay(self, cost: str) -> None:
        self.line(f"budget[0] -= {cost}")
        self.line("if budget[0] < 0: refill(budget)")

    def write(self, node: Node, context: str) -> str:
        kind: str = node["type"]
        if kind not in ("field", "subexpression", "index_expression", "function_expression"):
            return _WRITERS[kind](self, node, context)
        key = (context, repr(node))
        for scope in reversed(self.known):
            if key in scope:
                return scope[key]
        name = _WRITERS[kind](self, node, context)
        self.known[-1][key] = name
        return name

    def as_object(self, context: str) -> str:
        """The context if it is an object, else an empty one: so that `.get` can be called on it."""
        for scope in reversed(self.known):
            if (context, "") in scope:
                return scope[context, ""]
        name = self.value(f"{context} if {context}.__class__ is dict else EMPTY")
        self.known[-1][context, ""] = name
        return name

    def truth(self, node: Node, context: str) -> str:
        """A Python condition."""
        value = self.write(node, context)
        if node["type"] in ("comparator", "not_expression") and node.get("value") not in _ORDERS:
            return value
        return true(value)


def true(name: str) -> str:
    """JMESPath's truth as a Python condition: Python's own, but that 0 is true."""
    return f"({name} or {name}.__class__ in NUMBERS)"


def _field(writer: Writer, node: Node, context: str) -> str:
    return writer.value(f"{writer.as_object(context)}.get({node['value']!r})")


def _chain(writer: Writer, node: Node, context: str) -> str:
    for child in node["children"]:
        context = writer.write(child, context)
    return context


def _current(writer: Writer, node: Node, context: str) -> str:
    return context


def _index(writer: Writer, node: Node, context: str) -> str:
    position = node["value"]
    if position == 0:
        return writer.value(f"({context}[0] if {context} else None) if {context}.__class__ is list else None")
    return writer.value(f"index({context}, {position!r})")


def _slice(writer: Writer, node: Node, context: str) -> str:
    return writer.value(f"cut({context}, {', '.join(map(repr, node['children']))})")


def _literal(writer: Writer, node: Node, context: str) -> str:
    value = node["value"]
    if isinstance(value, list | dict) or (value.__class__ is float and not math.isfinite(value)):
        name = f"constant{len(writer.constants)}"
        writer.constants[name] = value
        return name
    return writer.value(repr(value))


def _project(writer: Writer, base: str, right: Node, condition: Node | None = None) -> str:
    if writer.loops >= _DEEPEST_LOOP:
        return _project_apart(writer, base, right, condition)
    result, entry = writer.value("None"), writer.name()
    writer.line(f"if isinstance({base}, list):")
    writer.enter()
    writer.line(f"{result} = []")
    writer.pay(f"len({base})")
    writer.line(f"for {entry} in {base}:")
    writer.enter()
    writer.loops += 1
    if condition is not None:
        writer.line(f"if {writer.truth(condition, entry)}:")
        writer.enter()
    if right["type"] in ("multi_select_dict", "multi_select_list"):
        writer.line(f"if {entry} is None: continue")
        writer.known[-1][entry, "not null"] = entry
        writer.line(f"{result}.append({writer.write(right, entry)})")
    else:
        value = writer.write(right, entry)
        writer.line(f"if {value} is not None: {result}.append({value})")
    if condition is not None:
        writer.leave()
    writer.loops -= 1
    writer.leave()
    writer.leave()
    return result


def _project_apart(writer: Writer, base: str, right: Node, condition: Node | None) -> str:
    """A projection inside many others, as a function of its own."""
    function, values = writer.name(), writer.name()
    writer.line(f"def {function}({values}):")
    writer.enter()
    loops, writer.loops = writer.loops, 0
    writer.line(f"return {_project(writer, values, right, condition)}")
    writer.loops = loops
    writer.leave()
    return writer.value(f"{function}({base})")


def _projection(writer: Writer, node: Node, context: str) -> str:
    base, right = node["children"]
    return _project(writer, writer.write(base, context), right)


def _value_projection(writer: Writer, node: Node, context: str) -> str:
    base = writer.write(node["children"][0], context)
    entries = writer.value(f"list({base}.values()) if {base}.__class__ is dict else None")
    return _project(writer, entries, node["children"][1])


def _filter_projection(writer: Writer, node: Node, context: str) -> str:
    base, right, condition = node["children"]
    return _project(writer, writer.write(base, context), right, condition)


def _flatten(writer: Writer, node: Node, context: str) -> str:
    flat = writer.value(f"flatten({writer.write(node['children'][0], context)})")
    writer.line(f"if {flat} is not None:")
    writer.enter()
    writer.pay(f"len({flat})")
    writer.leave()
    return flat


def _comparator(writer: Writer, node: Node, context: str) -> str:
    left, right = (writer.write(child, context) for child in node["children"])
    operation = node["value"]
    literals = [child["value"] for child in node["children"] if child["type"] == "literal"]
    if operation in ("eq", "ne"):
        same = "==" if operation == "eq" else "!="
        if literals and literals[0].__class__ is str:
            return writer.value(f"{left} {same} {right}")
        if literals and literals[0] is None:
            return writer.value(f"{left} {'is' if operation == 'eq' else 'is not'} {right}")
        return writer.value(f"{'not ' if operation == 'ne' else ''}equal({left}, {right})")
    sign = _ORDERS[operation]
    fast = f"{left} {sign} {right} if {left}.__class__ is int and {right}.__class__ is int"
    return writer.value(f"{fast} else ordered({sign!r}, {left}, {right})")


def _either(writer: Writer, node: Node, context: str, test: str) -> str:
    result = writer.value(writer.write(node["children"][0], context))
    writer.line(f"if {test.format(true(result))}:")
    writer.enter()
    writer.line(f"{result} = {writer.write(node['children'][1], context)}")
    writer.leave()
    return result


def _or(writer: Writer, node: Node, context: str) -> str:
    return _either(writer, node, context, "not {}")


def _and(writer: Writer, node: Node, context: str) -> str:
    return _either(writer, node, context, "{}")


def _not(writer: Writer, node: Node, context: str) -> str:
    return writer.value(f"not {true(writer.write(node['children'][0], context))}")


def _multi_select_list(writer: Writer, node: Node, context: str) -> str:
    return _multi_select(writer, node, context, lambda values: f"[{', '.join(values)}]")


def _multi_select_dict(writer: Writer, node: Node, context: str) -> str:
    keys = [child["value"] for child in node["children"]]

    def together(values: list[str]) -> str:
        return f"{{{', '.join(f'{key!r}: {value}' for key, value in zip(keys, values, strict=True))}}}"

    return _multi_select(writer, node, context, together)


def _multi_select(writer: Writer, node: Node, context: str, together: Callable[[list[str]], str]) -> str:
    certain = any((context, "not null") in scope for scope in writer.known)
    if certain:
        return writer.value(together(_entries(writer, node, context)))
    result = writer.value("None")
    writer.line(f"if {context} is not None:")
    writer.enter()
    writer.known[-1][context, "not null"] = context
    writer.line(f"{result} = {together(_entries(writer, node, context))}")
    writer.leave()
    return result


def _entries(writer: Writer, node: Node, context: str) -> list[str]:
    children = (child["children"][0] if child["type"] == "key_val_pair" else child for child in node["children"])
    return [writer.write(child, context) for child in children]


def _function(writer: Writer, node: Node, context: str) -> str:
    name = _joined(writer, node, context)
    if not name:
        children = node["children"]
        arguments = [
            (_reference if child["type"] == "expref" else Writer.write)(writer, child, context) for child in children
        ]
        name = writer.value(f"f_{node['value']}({', '.join(arguments)})")
    writer.line_places[len(writer.lines) + 1] = writer.places[id(node)]
    return name


def _joined(writer: Writer, node: Node, context: str) -> str:
    """join('…', [a, b]) of a few values is a concatenation where they are texts; "" for any other call."""
    if node["value"] != "join":
        return ""
    separator, texts = node["children"]
    glue = separator.get("value")
    if separator["type"] != "literal" or glue.__class__ is not str or texts["type"] != "multi_select_list":
        return ""
    names = _entries(writer, texts, context)
    if len(names) > 8:
        return ""
    fits = " and ".join(f"{name}.__class__ is str" for name in names)
    size = " + ".join(f"len({name})" for name in names)
    fast = f" + {glue!r} + ".join(names)
    slow = f"f_join({glue!r}, [{', '.join(names)}])"
    return writer.value(f"{fast} if {fits} and {size} < {_SHORT} else {slow}")


def _reference(writer: Writer, node: Node, context: str) -> str:
    function, entry = writer.name(), writer.name()
    writer.line(f"def {function}({entry}):")
    writer.enter()
    loops, writer.loops = writer.loops, 0
    writer.pay("1")
    writer.line(f"return {writer.write(node['children'][0], entry)}")
    writer.loops = loops
    writer.leave()
    return f"Reference({function})"


_WRITERS: Final[dict[str, Callable[[Writer, Node, str], str]]] = {
    "and_expression": _and,
    "comparator": _comparator,
    "current": _current,
    "field": _field,
    "filter_projection": _filter_projection,
    "flatten": _flatten,
    "function_expression": _function,
    "identity": _current,
    "index": _index,
    "index_expression": _chain,
    "literal": _literal,
    "multi_select_dict": _multi_select_dict,
    "multi_select_list": _multi_select_list,
    "not_expression": _not,
    "or_expression": _or,
    "pipe": _chain,
    "projection": _projection,
    "slice": _slice,
    "subexpression": _chain,
    "value_projection": _value_projection,
}


class JmespathExpression:
    """A compiled expression. Call it with a value; safe to use from several threads at once."""

    __slots__ = ("evaluate", "fallback", "language", "limits", "lineage", "places", "source", "text", "type")

    def __init__(self, text: str, limits: Limits = LIMITS) -> None:
        """Raises ExpressionError with code syntax, unknown-function, invalid-arity, invalid-type or invalid-value."""
        tree = parse(text)
        self.text = text
        self.language = "jmespath"
        self.fallback = False  # nothing is left to the library
        self.limits = limits
        self.lineage = trace_jmespath(tree)
        self.type = "any"  # of the result, as far as it is known
        writer = Writer(text, tree)
        try:
            result = writer.write(tree, "value")
            self.source = "\n".join(["def evaluate(value, budget, refill):", *writer.lines, f"    return {result}", ""])
            namespace = NAMESPACE | writer.constants
            exec(compile(self.source, FILENAME, "exec"), namespace)  # written from the tree alone
        except (SyntaxError, RecursionError, MemoryError):
            raise fault("L1002") from None
        self.evaluate: Callable[[Any, list[float], Callable[[list[float]], None]], Any] = namespace["evaluate"]
        self.places = writer.line_places

    @property
    def reads(self) -> tuple[tuple[str, ...], ...]:
        """The source paths, as tuples of names."""
        return self.lineage.paths

    def __call__(self, value: Any) -> Any:
        """The result for a JSON value. Raises ExpressionError ("invalid-type", …) and LimitError, with the place."""
        try:
            return self.evaluate(None if value is UNDEFINED else value, self.limits.budget(), refill)
        except ExpressionError as error:
            self._locate(error)
            raise
        except RecursionError:
            raise fault("D1011") from None

    def _locate(self, error: ExpressionError) -> None:
        """Give the error the place of the call that was running, found from the line of the compiled code."""
        error.expression = self.text
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == FILENAME and trace.tb_lineno in self.places:
                error.start, error.end = self.places[trace.tb_lineno]
            trace = trace.tb_next
