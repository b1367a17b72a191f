from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from engine.errors import ExpressionError
from engine.expressions.compile import compile_expression
from engine.expressions.parser import parse
from engine.expressions.syntax import Broken, walk

ERRORS: list[dict[str, Any]] = YAML(typ="safe").load(Path(__file__).with_name("parse_errors.yaml"))
PIECES = [
    "a",
    "$x",
    "1",
    "'t'",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ".",
    ",",
    ";",
    ":",
    "?",
    "?:",
    "??",
    ":=",
    "~>",
    "=",
    "+",
]
PIECES += [
    "-",
    "*",
    "**",
    "%",
    "@",
    "#",
    "^",
    "<",
    ">",
    "|",
    "/",
    "and",
    "in",
    "function",
    "&",
    "..",
    "`q`",
    "!",
    '"',
    " ",
]


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case["expression"])
def test_errors_and_their_places(case: dict[str, Any]) -> None:
    _, errors = parse(case["expression"])
    found = [[error.code, error.start, error.end] for error in errors]
    if case.get("at_least"):
        assert case["errors"][0] in found
    else:
        assert found == case["errors"]
    assert all(error.expression == case["expression"] and error.message for error in errors)
    with pytest.raises(ExpressionError) as raised:
        compile_expression(case["expression"])
    assert raised.value.code == errors[0].code


@example("a^!")
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_any_text_is_understood_or_refused(text: str) -> None:
    tree, errors = parse(text)
    for node in walk(tree):
        assert 0 <= node.start <= node.end <= len(text)
        assert errors or not isinstance(node, Broken)
    assert all(error.code in str(error.code) and error.message for error in errors)
    if not errors:
        try:
            compile_expression(text)({"a": 1})
        except ExpressionError as error:
            assert error.code


def test_the_caret_stands_under_the_error() -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_expression("lines.(\n  qty * )")
    assert raised.value.caret() == "  qty * )\n        ^"


def test_a_runtime_error_has_its_place() -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_expression("sku & (price + 'x')")({"price": 1})
    error = raised.value
    assert (error.code, error.token, error.caret()) == ("T2002", "+", "sku & (price + 'x')\n       ^^^^^^^^^^^")


def test_equal_texts_are_equal_trees() -> None:
    assert parse("a.b[c = 1] & $x")[0] == parse(" a.b[ c=1 ]&$x /* the same */ ")[0]
    assert parse("1")[0] != parse("true")[0]
    assert hash(parse("a.(b + 1)")[0]) == hash(parse("a . ( b+1 )")[0])


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3000 + "1" + ")" * 3000,
        "[" * 500 + "]" * 500,
        " & ".join("a" * 3000),
        ".".join(["(a)"] * 40),
        "a ?: " * 300 + "1",
        "1" + " ~> $string()" * 2000,
        "-" * 5000 + "1",
        "x" * 300_000,
    ],
    ids=lambda text: f"{text[:8]}… {len(text)}",
)
def test_what_is_too_deep_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_expression(text)
    assert raised.value.code == "L1002"


def test_what_people_write_is_not_too_deep() -> None:
    table = " : ".join(f"code = {number} ? 'name {number}'" for number in range(200)) + " : 'none'"
    assert compile_expression(table)({"code": 199}) == "name 199"
    assert compile_expression(" & ".join(["a"] * 200))({"a": "x"}) == "x" * 200
    assert compile_expression("(" * 60 + "a" + ")" * 60)({"a": 1}) == 1
