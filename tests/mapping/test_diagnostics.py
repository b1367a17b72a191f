"""Every code is explained in docs/diagnostics.md, and every example there gives what it says."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from engine.errors import MappingError
from engine.mapping.compile import MappingContext, compile_draft, compile_mapping
from engine.mapping.diagnostics import CODES, errors
from engine.mapping.outcomes import Rejected
from tests.presence import ROOT

PAGE = (ROOT / "docs/diagnostics.md").read_text("utf-8")
SECTION = re.compile(r"^### (CODI\d+) (.+?)\n\n\*(\w+)\.\* (.+?)\n(.*?)(?=^##|\Z)", re.M | re.S)
BLOCK = re.compile(r"^```(\w+) ?([\w ]*)\n(.*?)^```", re.M | re.S)
NOT_SHOWN = {"CODI003", "CODI004", "CODI007", "CODI209"}  # too long or not text; test_yaml.py has them


@dataclass(frozen=True, kw_only=True)
class Section:
    code: str
    title: str
    severity: str
    explanation: str
    blocks: list[tuple[str, str, str]]  # language, words after it, text


SECTIONS = [
    Section(code=code, title=title, severity=severity, explanation=explanation, blocks=BLOCK.findall(body))
    for code, title, severity, explanation, body in SECTION.findall(PAGE)
]
SHARED = {words: json.loads(text) for kind, words, text in BLOCK.findall(PAGE) if kind == "json" and words}


def test_the_page_explains_every_code_in_the_words_of_the_table() -> None:
    written = {s.code: (s.title, s.severity, s.explanation) for s in SECTIONS}
    assert written == {code: (kind.title, kind.severity, kind.explanation) for code, kind in CODES.items()}
    assert {s.code for s in SECTIONS if not s.blocks} == NOT_SHOWN


@pytest.mark.parametrize("section", [s for s in SECTIONS if s.blocks], ids=lambda s: s.code)
def test_the_example_gives_what_it_says(section: Section) -> None:
    (words, document), *_ = [(words, text) for kind, words, text in section.blocks if kind == "yaml"]
    records = [json.loads(text) for kind, _, text in section.blocks if kind == "json"]
    (said,) = [text.splitlines() for kind, _, text in section.blocks if kind == "text"]
    context = MappingContext(
        target_schema=SHARED["target"] if "target" in words else None,
        samples=[SHARED["sample"]] if "sample" in words else (),
    )
    assert _findings(document, context, records) == said
    assert any(section.code in line for line in said)


def _findings(document: str, context: MappingContext, records: list[Any]) -> list[str]:
    if records:
        outcome = compile_mapping(document, context).run(records[0])
        assert isinstance(outcome, Rejected)
        return [f"{field}: {error.code} {error.message}" for field, error in outcome.errors.items()]
    try:
        program = compile_draft(document, context, file="product.yaml")
    except MappingError as error:
        return [found.line() for found in error.diagnostics]
    if errors(program.diagnostics):
        with pytest.raises(MappingError) as raised:
            compile_mapping(document, context, file="product.yaml")
        assert raised.value.diagnostics == program.diagnostics
    return [found.line() for found in program.diagnostics]
