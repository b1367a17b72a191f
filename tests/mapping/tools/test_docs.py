"""The examples in docs/golden-tests.md and docs/mapping-tools.md hold."""

from __future__ import annotations

import re

from engine.mapping.compile import MappingContext, compile_mapping
from engine.mapping.diff import diff_documents
from engine.mapping.golden import parse_case, run_case
from engine.mapping.impact import ImpactRecord, impact
from engine.mapping.visual import form_words, read_form
from tests.presence import ROOT

HEAD = {"format": 1, "mapping": "shop/product.out", "from": {"entity": "product"}, "to": {"stream": "products"}}


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / page).read_text("utf-8"), re.DOTALL)


def test_the_golden_tests_of_the_page_pass_and_its_failure_reads_so() -> None:
    fields = {
        "name": "name",
        "tax_class": {"expr": "tax_class", "lookup": "tax"},
        "price": {"expr": "price", "type": "decimal"},
    }
    program = compile_mapping({**HEAD, "lookups": {"tax": {"GST_FREE": "zero-rate"}}, "fields": fields})
    first, second = blocks("golden-tests.md", "yaml")
    assert run_case(program, parse_case(first, "first")).passed
    assert run_case(program, parse_case(second, "second")).passed
    other = compile_mapping({**HEAD, "fields": {"name": "name", "tax_class": {"value": "standard"}, "price": "price"}})
    failure = run_case(other, parse_case(first, "first"))
    assert "\n".join(failure.lines()) + "\n" == blocks("golden-tests.md", "text")[0]


def test_the_diff_of_the_page_reads_so() -> None:
    before = {"fields": {"regular_price": "$main.rrp"}, "lookups": {"tax_class": {"GST_FREE": "standard"}}}
    fields = {"regular_price": "$round($main.rrp, 2)", "weight": "$main.weight_kg"}
    after = {"fields": fields, "lookups": {"tax_class": {"GST_FREE": "zero-rate"}}}
    assert "\n".join(diff_documents(before, after).lines()) + "\n" == blocks("mapping-tools.md", "text")[0]


def test_the_impact_of_the_page_reads_so() -> None:
    old = compile_mapping({**HEAD, "fields": {"regular_price": "old"}})
    new = compile_mapping({**HEAD, "fields": {"regular_price": "new"}})
    same = {"old": "1.00", "new": "1.00"}
    moved = [{"old": "1135.45", "new": "1249.00"}] * 308 + [{"old": "50.00"}] * 4
    payloads = [*moved, *[same] * 4688]
    found = impact(old, new, (ImpactRecord(key="OAK-DESK-160", payload=payload) for payload in payloads))
    field = found.fields[0]
    lines = [found.summary, f"{field.field}: {field.words}", f"  {field.examples[0].key}: {field.examples[0].words}"]
    assert "\n".join(lines) + "\n" == blocks("mapping-tools.md", "text")[1]


def test_the_overlay_of_the_page_compiles() -> None:
    base = (ROOT / "mappings/sandbox_shop/product.out.yaml").read_bytes()
    context = MappingContext(bases={"sandbox_shop/product.out": base})
    program = compile_mapping(blocks("mapping-tools.md", "yaml")[0], context)
    assert {"seo.title", "variants[].sku"} <= set(program.writes)
    assert not {"seo.description", "videos"} & set(program.writes)


def test_the_form_of_the_page_reads_so() -> None:
    expression, words = blocks("mapping-tools.md", "text")[2].splitlines()
    assert form_words(read_form(expression)) == words
