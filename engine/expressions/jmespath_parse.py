"""JMESPath text → the syntax tree of jmespath.py's parser, with errors and positions our way, and what it reads."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NoReturn

from jmespath import exceptions, lexer, parser

from engine.errors import ExpressionError, LimitError
from engine.expressions.jmespath_runtime import FUNCTIONS

Node = dict[str, Any]  # {"type": …, "value": …, "children": […]}
LONGEST = 20_000  # characters of an expression


def parse(text: str) -> Node:
    """Raises ExpressionError "syntax", "unknown-function", "invalid-arity" and "invalid-value" with their positions."""
    if len(text) > LONGEST:
        raise LimitError(f"The expression has more than {LONGEST:,} characters", code="L1002", expression=text)
    try:
        parsed: Any = parser.Parser().parse(text).parsed
        tree: Node = parsed
    except exceptions.EmptyExpressionError:
        _wrong("syntax", "The expression is empty", text, 0)
    except exceptions.IncompleteExpressionError:
        _wrong("syntax", "The expression ends too early", text, len(text))
    except exceptions.LexerError as error:
        _wrong("syntax", f"{str(error.lexer_value)!r} was not expected here", text, error.lexer_position)
    except exceptions.ParseError as error:
        end = error.lex_position + len(str(error.token_value or " "))
        _wrong("syntax", f"{str(error.token_value)!r} was not expected here", text, error.lex_position, end)
    except RecursionError:
        raise LimitError("The expression is nested too deeply", code="L1002", expression=text) from None
    except (ValueError, IndexError, KeyError, TypeError, AttributeError):
        _wrong("syntax", "The expression cannot be read", text, 0, len(text))
    try:
        _check(tree, text)
    except RecursionError:
        raise LimitError("The expression is nested too deeply", code="L1002", expression=text) from None
    return tree


def _wrong(code: str, message: str, text: str, start: int, end: int | None = None) -> NoReturn:
    raise ExpressionError(message, code=code, expression=text, start=start, end=end or start + 1)


def calls(tree: Node, text: str) -> dict[int, tuple[int, int]]:
    """The place of each function call's name, by the id of its node."""
    tokens = list(lexer.Lexer().tokenize(text))
    places = [
        (token["start"], token["start"] + len(token["value"]))
        for token, following in pairwise(tokens)
        if token["type"] == "unquoted_identifier" and following["type"] == "lparen"
    ]
    nodes = [node for node in in_text_order(tree) if node["type"] == "function_expression"]
    return {id(node): place for node, place in zip(nodes, places, strict=True)}


def in_text_order(node: Node) -> Iterator[Node]:
    yield node
    children = node["children"]
    if node["type"] == "filter_projection":
        children = (children[0], children[2], children[1])
    elif node["type"] == "slice":
        return
    for child in children:
        yield from in_text_order(child)


def _check(tree: Node, text: str) -> None:
    """What jmespath.py finds only while it evaluates: unknown functions, wrong numbers of arguments, steps of zero."""
    places = calls(tree, text)
    if tree["type"] == "expref":
        _wrong("syntax", "& may stand only before an argument of a function", text, 0)
    for node in in_text_order(tree):
        if node["type"] == "slice" and node["children"][2] == 0:
            at = max(text.find(":0"), 0)
            _wrong("invalid-value", "The step of a slice must not be 0", text, at, at + 2)
        if node["type"] != "function_expression":
            if any(child["type"] == "expref" for child in node["children"] if child.__class__ is dict):
                _wrong("syntax", "& may stand only before an argument of a function", text, max(text.find("&"), 0))
            continue
        name, start, end = node["value"], *places[id(node)]
        function = FUNCTIONS.get(name)
        if function is None:
            _wrong("unknown-function", f"There is no function {name}()", text, start, end)
        given = len(node["children"])
        if given < function.least or (given > function.least and not function.more):
            count = f"{'at least ' if function.more else ''}{function.least}"
            _wrong("invalid-arity", f"{name}() takes {count} argument(s), not {given}", text, start, end)
        for place, child in enumerate(node["children"]):
            if child["type"] == "expref" and place != function.reference:
                _wrong("invalid-type", f"{name}() takes no &expression there", text, start, end)
