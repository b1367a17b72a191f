from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from engine.expressions.compile import compile_expression
from engine.expressions.parser import parse
from engine.expressions.reads import reads

CASES: dict[str, list[str]] = YAML(typ="safe").load(Path(__file__).with_name("reads.yaml"))


@pytest.mark.parametrize("text", CASES)
def test_reads(text: str) -> None:
    found = {".".join(path) for path in reads(parse(text)[0])}
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


def test_given_variables_stand_for_paths() -> None:
    main = {"main": (("variants",),)}
    assert reads(parse("$main.price & name")[0], main) == (("variants", "price"), ("name",))


def test_names_that_nothing_gives_are_told() -> None:
    program = compile_expression("$missing & $given & ($own := 1; $own) & $string(1)", variables=("given",)).program
    assert program.variables_used == {"missing"}
    assert program.functions_used == {"string"}
