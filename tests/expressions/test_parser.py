from __future__ import annotations

import threading
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
from engine.expressions.values import UNDEFINED

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
        '{"a": ' * 500 + "1" + "}" * 500,
        "a[" * 500 + "1" + "]" * 500,
        ".".join(["(a)"] * 200),
        "a ? " * 300 + "1",
        "a ?: b ?? " * 300 + "1",
        "$x := " * 300 + "1",
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
    table = " : ".join(f"code = {number} ? 'name {number}'" for number in range(1000)) + " : 'none'"
    assert compile_expression(table)({"code": 999}) == "name 999"
    assert compile_expression(table)({"code": 1000}) == "none"
    assert compile_expression("(" * 45 + "a" + " + 1)" * 45)({"a": 1}) == 46


@pytest.mark.parametrize(
    ("operator", "operand", "result"),
    [
        (" & ", "a", "1" * 1000),
        (" + ", "a", 1000),
        (" * ", "a", 1),
        (" and ", "a", True),
        (" or ", "none", False),
        (" ?: ", "none", UNDEFINED),
        (" ?? ", "none", UNDEFINED),
        (".", "a", UNDEFINED),
    ],
)
def test_a_chain_may_have_any_length(operator: str, operand: str, result: object) -> None:
    assert compile_expression(operator.join([operand] * 1000))({"a": 1}) == result
    assert compile_expression("a" + " ~> $string" * 1000)({"a": 1}) == "1"


def test_a_chain_is_worth_what_its_steps_are_worth() -> None:
    """The flat form that long chains have, against brackets that say the same."""
    operators = ["+", "-"] * 6
    flat = "a" + "".join(f" {operator} {number}" for number, operator in enumerate(operators))
    nested = "(" * 12 + "a" + "".join(f" {operator} {number})" for number, operator in enumerate(operators))
    assert compile_expression(flat)({"a": 7.25}) == compile_expression(nested)({"a": 7.25})
    assert compile_expression("80 / 2 / 2 * 3 % 50 * 2 / 2 * 2 / 2 * 2 / 2 * 2")({}) == 20
    assert compile_expression("x ?: 0 ?: '' ?: y ?? null ?? z")({"z": 1}) is None
    tests = " or ".join(f"n = {number}" for number in range(20))
    assert [compile_expression(tests)({"n": number}) for number in (0, 19, 20)] == [True, True, False]


@pytest.mark.parametrize("depth", [15, 16, 17, 18, 19, 24])
def test_loops_inside_each_other(depth: int) -> None:
    """More than Python's own limit of 20: the inner ones stand in functions."""
    text, data = "a", {"a": 1}
    for number in range(depth):
        text = f"$reduce([0, {number}], function($x, $y) {{$x + $y + ({text})}})"
    assert compile_expression(text)(data) == depth * (depth - 1) // 2 + 1
    nested: object = 2
    for _ in range(3 * depth):
        nested = {"a": [nested, 1]}
    assert compile_expression(".".join(["(a)"] * 3 * depth))(nested) == [2, 1]


def test_deep_texts_on_a_small_stack() -> None:
    """A thread with 256 KiB must not die of what it compiles."""
    found: list[str] = []

    def work() -> None:
        for depth in (95, 3000):
            for opening, closing in (
                ("(", ")"),
                ("[", "]"),
                ("a[", "]"),
                ('{"a": ', "}"),
                ("$string(", ")"),
                ("-", ""),
            ):
                try:
                    compile_expression(opening * depth + "a" + closing * depth)({"a": 1})
                    found.append("a value")
                except ExpressionError as error:
                    found.append(error.code)

    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert len(found) == 12
    assert set(found[6:]) == {"L1002"}
    assert compile_expression("(" * 60 + "a" + ")" * 60)({"a": 1}) == 1
