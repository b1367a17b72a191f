"""Expressions reach nothing but JSON values."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ExpressionError
from engine.expressions.compile import compile_expression
from engine.expressions.values import UNDEFINED

ESCAPES = [
    "__class__",
    "$.__class__.__mro__",
    "a.__globals__",
    '$lookup($, "__class__")',
    "$map.__code__",
    "$string.__globals__",
    "(function($x){$x}).__closure__",
    "$__builtins__",
    "$__import__('os')",
    "$eval(\"__import__('os').system('true')\")",
    "`'); import os; ('`",
    "'\\'; import os; \\''",
    '"{t1.__class__}" & `{t1}`',
    '"\'\'\'\\"\\"\\"\\n\\nimport os" & a',
    '{"\'}): import os": 1}',
    "$U",
    "$B",
    "$r",
    "$refill",
    "($t1 := 5; $U := 6; $B := 7; $t1 + $U + $B)",
    "($`x y` := 1; $`x y`)",
    "function($def, $class, $None){$def}(1, 2, 3)",
    "λ($x){$x}(`\\u0000`)",
]
ALLOWED_CALLS = {"get", "append", "add", "of", "rows", "result", "upper", "lower"}


@pytest.mark.parametrize("text", ESCAPES)
def test_no_escape(text: str) -> None:
    try:
        result = compile_expression(text)({"a": 1, "t1": 2})
    except ExpressionError:
        return
    assert result is UNDEFINED or isinstance(result, str | int | float | list | dict)


@pytest.mark.parametrize(
    "text",
    [
        *ESCAPES,
        "a.b[c = 1].{`d e`: $sum(f), 'g\\u0022': h & 'i{}'}",
        "($f := function($x)<n:n>{$x > 1 ? $x * $f($x - 1) : 1}; a@$v#$i.b^(>c){%.d: $v})",
        "$map(x, function($v, $i){$reduce($v, function($a, $b){$a & $b}, '')})",
        "x ~> |a|{'b': c}, 'd'| ~> $sort(function($l, $r){$l > $r})",
    ],
)
def test_generated_source_holds_only_what_the_compiler_writes(text: str) -> None:
    """No imports, no access to attributes but a few methods of dicts, lists and groups, no names with underscores."""
    try:
        source = compile_expression(text).source
    except ExpressionError:
        return
    for node in ast.walk(ast.parse(source)):
        assert not isinstance(node, ast.Import | ast.ImportFrom | ast.Global | ast.Try | ast.With | ast.ClassDef)
        if isinstance(node, ast.Attribute):
            assert node.attr == "__class__" or node.attr in ALLOWED_CALLS
        if isinstance(node, ast.Name):
            assert not node.id.startswith("__")


@given(st.text(max_size=30), st.text(max_size=30))
def test_texts_and_names_come_out_as_they_went_in(text: str, name: str) -> None:
    quoted = "".join(f"\\u{unit:04x}" for unit in _units(text))
    assert compile_expression(f'"{quoted}"')({}) == text
    assert compile_expression(f'"{quoted}" & a & "{quoted}"')({"a": 1}) == f"{text}1{text}"
    if "`" not in name:
        assert compile_expression(f"`{name}`")({name: text}) == text
        assert compile_expression(f'{{"{quoted}": `{name}`}}')({name: 1}) == {text: 1}


def _units(text: str) -> list[int]:
    data = text.encode("utf-16-le", "surrogatepass")
    return [int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2)]
