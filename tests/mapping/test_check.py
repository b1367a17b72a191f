"""What is said about a mapping without running it, as data: cases/checks.yaml."""

from __future__ import annotations

from typing import Any

import pytest

from engine.mapping.compile import MappingContext, compile_draft
from engine.mapping.diagnostics import Diagnostic
from engine.mapping.yaml import read_text
from tests.presence import ROOT

CASES = read_text((ROOT / "tests/mapping/cases/checks.yaml").read_text("utf-8")).data
HEAD = {"format": 1, "mapping": "demo/product.out"}
DOCUMENT = ("lookups", "let", "skip_when", "fields", "notes")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_check(case: dict[str, Any]) -> None:
    context = MappingContext(
        target_schema=_schema(case.get("target")),
        source_schema=_schema(case.get("source")),
        samples=case.get("samples", ()),
    )
    program = compile_draft(HEAD | {key: case[key] for key in DOCUMENT if key in case}, context)
    found = [_words(diagnostic) for diagnostic in program.diagnostics if diagnostic.severity != "info"]
    missing = [said for said in case["says"] if not any(line.startswith(said) for line in found)]
    assert not missing, found
    assert len(found) == len(case["says"]), found


def _schema(fields: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if fields is None else {"type": "object", **fields}


def _words(diagnostic: Diagnostic) -> str:
    return diagnostic.line()


SHOP = {"name": "Boot", "vendor": {"name": "Acme", "code": "A"}, "tags": ["a", "b"], "lines": [{"sku": "x", "qty": 1}]}


@pytest.mark.parametrize(
    ("fields", "unused"),
    [
        ({"n": "name"}, {"vendor.name", "vendor.code", "lines.sku", "lines.qty"}),
        ({"v": "vendor"}, {"name", "lines.sku", "lines.qty"}),
        ({"l": {"each": "lines", "fields": {"s": "sku"}}}, {"name", "vendor.name", "vendor.code", "lines.qty"}),
        ({"n": "$string(*)"}, set()),
        ({"all": "$"}, set()),
        ({"n": "vendor.*"}, {"name", "lines.sku", "lines.qty"}),
        ({"n": "**.code"}, set()),
    ],
    ids=str,
)
def test_coverage_of_the_source(fields: dict[str, Any], unused: set[str]) -> None:
    program = compile_draft(HEAD | {"fields": fields}, MappingContext(samples=[SHOP]))
    assert {path for path, used in program.coverage.items() if not used} == unused


def test_findings_know_their_place_in_the_file() -> None:
    head = "format: 1\nmapping: demo/product.out\nfields:\n"
    text = head + "  a: b &\n  c: {template: '{{d}} {{$f}}'}\n  g: {each: h, fields: {i: $j}}\n"
    program = compile_draft(text, file="product.yaml")
    places = [(d.place.line, d.place.column, d.place.field, d.place.part, d.place.start) for d in program.diagnostics]
    assert places == [(4, 9, "a", "expr", 3), (5, 26, "c", "template", 8), (6, 28, "g[].i", "expr", 0)]
