"""Compiling: base mappings, drafts that are broken, previews, and programs shared between threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engine.errors import MappingError
from engine.mapping.compile import MappingContext, compile_draft, compile_mapping
from engine.mapping.outcomes import Mapped, Rejected

BASE = """\
format: 1
mapping: woocommerce/product.out
lookups: {tax: {GST: standard}}
let: {main: "variants[0]"}
fields: {name: name, slug: slug, sku: $main.sku, tax: {expr: tax, lookup: tax}}
"""
OVER = """\
format: 1
mapping: acme/product.out
extend: woocommerce/product.out
lookups: {tax: {FREE: zero}}
fields:
  name: {template: "{{name}}!"}
  slug:
  extra: $main.extra
"""
BASES = MappingContext(bases={"woocommerce/product.out": BASE})
RECORD: dict[str, Any] = {"name": "Boot", "slug": "boot", "tax": "FREE", "variants": [{"sku": "B1", "extra": 7}]}


def test_a_mapping_extends_another_field_by_field() -> None:
    program = compile_mapping(OVER, BASES)
    assert program.run(RECORD) == Mapped({"name": "Boot!", "sku": "B1", "tax": "zero", "extra": 7})
    assert program.name == "acme/product.out"


def test_the_base_is_part_of_the_hash() -> None:
    other = MappingContext(bases={"woocommerce/product.out": BASE.replace("$main.sku", "sku")})
    assert compile_mapping(OVER, BASES).hash != compile_mapping(OVER, other).hash


@pytest.mark.parametrize(
    ("over", "bases", "says"),
    [
        (OVER, {}, "There is no mapping woocommerce/product.out to extend."),
        (OVER, {"woocommerce/product.out": BASE + "extend: acme/product.out\n"}, "which extends it"),
        (OVER.replace("slug:", "slgu:"), BASES.bases, "has no rule for slgu to take away"),
        (OVER, {"woocommerce/product.out": BASE.replace("$main.sku", "$mian.sku")}, "There is no name $mian."),
    ],
)
def test_what_is_wrong_with_a_base(over: str, bases: dict[str, str], says: str) -> None:
    with pytest.raises(MappingError) as raised:
        compile_mapping(over, MappingContext(bases=bases), file="over.yaml")
    assert any(says in found.message for found in raised.value.diagnostics)


def test_a_finding_in_a_base_is_placed_there() -> None:
    bases = {"woocommerce/product.out": BASE.replace("$main.sku", "$mian.sku")}
    program = compile_draft(OVER, MappingContext(bases=bases), file="over.yaml")
    (found,) = [found for found in program.diagnostics if found.code == "CODI203"]
    assert (found.place.file, found.place.line) == ("woocommerce/product.out", None)


def test_a_broken_draft_still_shows_its_good_fields() -> None:
    text = """\
format: 1
mapping: demo/product.out
fields:
  good: name
  typo: {exp: name}
  syntax: name &
  unknown: $nope(name)
  list: {each: lines, fields: {sku: sku, bad: "("}}
"""
    draft = compile_draft(text)
    preview = draft.preview({"name": "Boot", "lines": [{"sku": "a"}, {"sku": "b"}]})
    assert preview.fields["good"].value == "Boot"
    assert preview.fields["list[].sku"].value == ["a", "b"]
    assert {name for name, made in preview.fields.items() if made.state == "error"} == {
        "typo", "syntax", "unknown", "list[].bad",
    }  # fmt: skip
    assert isinstance(preview.outcome, Rejected)
    assert preview.output == {"good": "Boot", "list": [{"sku": "a"}, {"sku": "b"}]}
    with pytest.raises(MappingError) as raised:
        compile_mapping(text)
    assert {found.code for found in raised.value.diagnostics} == {"CODI104", "CODI201", "CODI202"}


def test_a_preview_shows_what_was_read() -> None:
    program = compile_draft(
        {
            "format": 1,
            "mapping": "demo/product.out",
            "let": {"main": "variants[0]"},
            "fields": {"sku": "$main.sku & suffix", "shop": "$settings.shop"},
        }
    )
    preview = program.preview({"variants": [{"sku": "B1"}], "suffix": None}, settings={"shop": "AU"})
    reads = [(read.path, read.value, read.found) for read in preview.fields["sku"].reads]
    assert reads == [("variants.sku", "B1", True), ("suffix", None, True)]
    assert preview.fields["shop"].reads[0].path == "$settings.shop"
    assert preview.names["$main"].value == {"sku": "B1"}
    assert program.reads == {"sku": ("variants.sku", "suffix"), "shop": ("$settings.shop",)}
    assert program.uses("settings")
    assert not program.uses_links


def test_an_error_names_expression_place_and_values() -> None:
    program = compile_mapping({"format": 1, "mapping": "a/b.out", "fields": {"t": "name & (price * qty)"}})
    outcome = program.run({"name": "x", "price": "12", "qty": 2})
    assert isinstance(outcome, Rejected)
    error = outcome.errors["t"]
    assert error.expression[error.start : error.end] in ("*", "price", "price * qty")
    assert error.reads == {"name": "x", "price": "12", "qty": 2}
    assert "must be a number" in error.message


def test_a_program_is_the_same_on_every_thread() -> None:
    entry = {"i": "$index", "x": {"expr": "x", "type": "string"}}
    fields = {"s": "$sum(l.x)", "e": {"each": "l", "fields": entry}}
    program = compile_mapping({"format": 1, "mapping": "a/b.out", "fields": fields})
    records = [{"l": [{"x": number + at} for at in range(4)]} for number in range(300)]
    expected = [repr(program.run(record)) for record in records]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            assert [repr(outcome) for outcome in pool.map(program.run, records)] == expected


def test_hostile_expressions_reject_the_record_in_time() -> None:
    fields = {"a": "$count([1..9999999])", "b": "($f := function($n) { $f($n + 1) }; $f(0))", "c": "name"}
    outcome = compile_mapping({"format": 1, "mapping": "a/b.out", "fields": fields}).run({"name": "x"})
    assert isinstance(outcome, Rejected)
    assert {name: error.code for name, error in outcome.errors.items()} == {"a": "CODI307", "b": "CODI307"}
