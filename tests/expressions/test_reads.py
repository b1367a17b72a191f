from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from engine.expressions.compile import compile_expression
from engine.expressions.parser import parse
from engine.expressions.reads import trace_jsonata

CASES: dict[str, list[str]] = YAML(typ="safe").load(Path(__file__).with_name("reads.yaml"))


@pytest.mark.parametrize("text", CASES)
def test_reads(text: str) -> None:
    found = {".".join(path) for path in trace_jsonata(parse(text)[0]).paths}
    assert found == set(CASES[text])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a & b", "string"),
        ("a = b", "boolean"),
        ("a * b", "number"),
        ("{'a': b}", "object"),
        ("[a, b]", "array"),
        ("$uppercase(a)", "string"),
        ("$toMillis(a)", "number"),
        ("a ? 'x' : 'y'", "string"),
        ("a ? 'x' : 1", "any"),
        ("a.b", "any"),
        ("null", "null"),
    ],
)
def test_types(text: str, kind: str) -> None:
    assert compile_expression(text).type == kind


def test_following_functions_ends() -> None:
    twice = "; ".join(f"$f{n} := function($v){{$f{n - 1}($v.b) & $f{n - 1}($v.c)}}" for n in range(1, 60))
    for text in (
        f"($f := function($v){{$v.b}}; {'$f(' * 90}a{')' * 90})",
        f"($f0 := function($v){{$v}}; {twice}; $f59(a))",
        "($f := function($v){$v.next ? $f($v.next) : $v.name}; $f(a))",
    ):
        assert trace_jsonata(parse(text)[0]).paths


def test_names_that_nothing_gives_are_told() -> None:
    program = compile_expression("$missing & $given & ($own := 1; $own) & $string(1)", variables=("given",)).program
    assert program.variables_used == {"missing"}
    assert program.functions_used == {"string"}
