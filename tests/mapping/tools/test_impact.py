from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import Any

from engine.mapping.compile import compile_mapping
from engine.mapping.impact import Impact, ImpactCounter, ImpactRecord, impact
from engine.mapping.program import Program

HEAD = "format: 1\nmapping: test/price.out\nfrom: {entity: price}\nto: {stream: prices}\n"


def program(text: str) -> Program:
    return compile_mapping(HEAD + text)


def compare(before: str, after: str, payloads: list[dict[str, Any]], **settings: Any) -> Impact:
    records = [ImpactRecord(key=f"R{place}", payload=payload) for place, payload in enumerate(payloads)]
    return impact(program(before), program(after), records, **settings)


def test_counts_what_changes_is_emptied_and_filled() -> None:
    found = compare(
        "fields: {price: p, name: n, tag: t, size.l: l}",
        "fields: {price: p * 1.1, name: m, tag: u, size.l: l}",
        [
            {"p": 100, "n": "a", "t": "x", "u": "x", "l": 1},
            {"p": 0, "n": "b", "u": "y", "l": 1},
            {"p": 5, "n": "", "t": ""},
        ],
    )
    by_field = {one.field: one for one in found.fields}
    assert list(by_field) == ["price", "name", "tag"]
    assert by_field["price"].words == "2 change"
    assert by_field["price"].examples[0].key == "R0" and by_field["price"].examples[0].words.endswith("(+10.0 %)")
    assert (by_field["name"].words, by_field["name"].filled_before, by_field["name"].filled_after) == (
        "2 become empty",
        2,
        0,
    )
    assert by_field["tag"].words == "1 become filled"
    assert found.summary == "3 of 3 records change (100.0%)" and found.outcomes == ()


def test_counts_fields_that_start_and_stop_failing_and_outcomes() -> None:
    found = compare(
        "fields: {sku: {expr: sku, required: true}, qty: {expr: q, type: integer}}",
        "skip_when: gone\nfields: {sku: sku, qty: {expr: q, type: integer, required: true}}",
        [
            {"sku": "A", "q": "x"},
            {"q": "1"},
            {"sku": "A"},
            {"sku": "A", "q": "2", "gone": True},
            {"sku": "A", "q": "3"},
        ],
    )
    by_field = {one.field: one.words for one in found.fields}
    assert by_field == {"sku": "1 stop failing", "qty": "1 start failing"}
    assert {(change.before, change.after): change.count for change in found.outcomes} == {
        ("rejected", "mapped"): 1,
        ("mapped", "rejected"): 1,
        ("mapped", "dropped"): 1,
    }
    refused = next(change for change in found.outcomes if change.after == "rejected")
    assert refused.examples[0].key == "R2" and "qty: the field is required" in refused.examples[0].words
    assert found.affected == 3


def test_a_failing_field_inside_a_list_counts_for_the_list() -> None:
    rules = "fields: {{lines: {{each: lines, fields: {{qty: {{expr: q, type: {}}}}}}}}}"
    found = compare(rules.format("string"), rules.format("integer"), [{"lines": [{"q": "x"}]}, {"lines": [{"q": "1"}]}])
    assert [(one.field, one.words) for one in found.fields] == [("lines", "1 change, 1 start failing")]


def test_the_same_mapping_has_no_impact() -> None:
    assert compare("fields: {a: x}", "fields: {a: {expr: x}}", [{"x": 1}]).summary == "none of 1 records changes"
    assert compare("fields: {a: x}", "fields: {a: y}", []).summary == "no records to compare on"


def test_settings_and_links_reach_both_mappings() -> None:
    record = ImpactRecord(key="A", payload={}, id="7", links={"product": {"A": "9"}})
    found = impact(
        program("fields: {a: $id}"),
        program("fields: {a: $links.product.A & $settings.x}"),
        [record],
        settings={"x": "!"},
    )
    assert found.fields[0].examples[0].words == '"7" → "9!"'


def test_memory_does_not_grow_with_the_records() -> None:
    counter = ImpactCounter(program("fields: {a: x}"), program("fields: {a: y}"))

    def records(count: int) -> Iterator[ImpactRecord]:
        return (ImpactRecord(key=f"R{n}", payload={"x": f"{n}" * 50, "y": n}) for n in range(count))

    for record in records(50):
        counter.add(record)
    tracemalloc.start()
    for record in records(2000):
        counter.add(record)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    result = counter.result()
    assert grown < 200_000 and result.records == 2050 and len(result.fields[0].examples) == 5
