"""Which source fields each target reads and which are used at all, as data: cases/reads.yaml."""

from __future__ import annotations

from typing import Any

import pytest

from engine.mapping.compile import MappingContext, compile_draft
from engine.mapping.yaml import read_text
from tests.presence import ROOT

CASES = read_text((ROOT / "tests/mapping/cases/reads.yaml").read_text("utf-8")).data
HEAD = {"format": 1, "mapping": "demo/product.out"}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_reads(case: dict[str, Any]) -> None:
    document = HEAD | {key: case[key] for key in ("let", "skip_when", "fields") if key in case}
    program = compile_draft(document, MappingContext(samples=[case["given"]] if "given" in case else ()))
    assert not [found.message for found in program.diagnostics if found.severity != "info"]
    assert {target: sorted(paths) for target, paths in program.reads.items()} == {
        target: sorted(paths) for target, paths in case["reads"].items()
    }
    assert {path for path, used in program.coverage.items() if not used} == set(case.get("unused", ()))
