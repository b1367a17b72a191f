"""Reading and writing mapping files: limits, places, and nothing lost on the way back."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import MappingError
from engine.mapping.rewrite import rewrite_text, write_text
from engine.mapping.yaml import MAX_BYTES, read_text
from tests.presence import ROOT

BAD = read_text((ROOT / "tests/mapping/cases/bad_files.yaml").read_text("utf-8")).data

DOCUMENT = """\
# What the shop sells
format: 1
mapping: woocommerce/product.out   # connector/entity.direction
title: "Product to WooCommerce"
from: {entity: product}
lookups:
  tax: {GST: standard, 10: ten}    # codes

fields:
  # the name people see
  name: name
  sku: {expr: 'variants[0].sku', required: true}   # never empty
  stock:
    cases:
      - {when: qty > 0, then: {value: instock}}
      - {otherwise: {value: outofstock}}
  text:
    expr: |
      $join(
        lines, ', '
      )
notes:
  sku: the first variant's
"""


@pytest.mark.parametrize("case", BAD, ids=[case["name"] for case in BAD])
def test_a_bad_file_gives_one_error_with_its_place(case: dict[str, Any]) -> None:
    text = case.get("before", "") + case["text"] * case.get("repeat", 1) + case.get("after", "")
    tracemalloc.start()
    with pytest.raises(MappingError) as raised:
        read_text(text, "product.yaml")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    (found,) = raised.value.diagnostics
    assert found.code == case["code"], found
    assert case.get("hint", "") in found.hint
    for key in ("line", "column"):
        if key in case:
            assert getattr(found.place, key) == case[key], found
    assert peak < 150_000_000


def test_bytes_that_are_not_text_are_refused() -> None:
    for data in ("name: café".encode("latin-1"), "a: b".encode("utf-16")):
        with pytest.raises(MappingError) as raised:
            read_text(data)
        assert raised.value.diagnostics[0].code == "CODI007"


def test_a_byte_order_mark_is_fine() -> None:
    assert read_text(b"\xef\xbb\xbfa: 1").data == {"a": 1}


def test_scalars_follow_yaml_1_2() -> None:
    text = "[no, yes, on, null, ~, True, 0o17, 0x1f, 12, -3, 1.50, 1e3, .5, 2026-11-30, 1_000, .inf, 12:30, '1', 007]"
    assert read_text(text).data == [
        "no", "yes", "on", None, None, True, 15, 31, 12, -3, 1.5, 1000.0, 0.5, "2026-11-30", "1_000", ".inf", "12:30",
        "1", 7,
    ]  # fmt: skip


def test_keys_are_text() -> None:
    assert read_text("{10: a, true: b, null: c, 1.50: d}").data == {"10": "a", "true": "b", "null": "c", "1.50": "d"}


def test_json_is_read_too() -> None:
    data = {"text": "a/b \U0001f600 \n\t\"'", "n": [1, 2.5, None, True], "empty": {}}
    for text in (json.dumps(data), json.dumps(data, ensure_ascii=False), json.dumps(data, indent="\t")):
        assert read_text(text).data == data


def test_values_know_their_places() -> None:
    source = read_text(DOCUMENT)
    assert source.locate(("fields", "sku", "expr")) == (12, 15)
    assert source.locate(("fields", "sku", "expr"), 3) == (12, 19)  # inside the quotes
    assert source.locate(("fields", "sku"), key=True) == (12, 3)
    assert source.locate(("fields", "name"), 2) == (11, 11)
    assert source.locate(("fields", "text", "expr"), 9) == (20, 9)  # second line of the block
    assert source.locate(("fields", "missing", "expr")) == (9, 1)  # what is around it


def test_text_that_says_it_already_is_kept_byte_for_byte() -> None:
    assert rewrite_text(DOCUMENT, read_text(DOCUMENT).data) == DOCUMENT


def test_a_change_keeps_comments_quotes_and_order() -> None:
    data = read_text(DOCUMENT).data
    data["fields"]["sku"] = {"expr": "code", "required": True}
    data["fields"]["brand"] = "vendor.name"
    data["lookups"]["tax"]["10"] = "eleven"
    del data["notes"]
    changed = rewrite_text(DOCUMENT, data)
    assert read_text(changed).data == data
    assert list(read_text(changed).data["fields"]) == ["name", "sku", "stock", "text", "brand"]
    for kept in (
        "# What the shop sells",
        "mapping: woocommerce/product.out   # connector/entity.direction",
        'title: "Product to WooCommerce"',
        "# the name people see",
        "- {when: qty > 0, then: {value: instock}}",
        "# never empty",
        "# codes",
    ):
        assert kept in changed


def test_a_moved_field_moves() -> None:
    text = "fields:\n  a: x  # about a\n  b: y  # about b\n"
    assert rewrite_text(text, {"fields": {"b": "y", "a": "x"}}) == "fields:\n  b: y  # about b\n  a: x  # about a\n"


KEYS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f"), min_size=1, max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=20).filter(str.isprintable)
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(KEYS.filter(str.isprintable), v, max_size=3)
)
OBJECTS = st.dictionaries(KEYS.filter(str.isprintable), VALUES, max_size=4)


@given(OBJECTS)
def test_what_is_written_is_read_back(data: dict[str, Any]) -> None:
    assert read_text(write_text(data)).data == data


@given(OBJECTS, OBJECTS)
def test_any_change_can_be_written(before: dict[str, Any], after: dict[str, Any]) -> None:
    rewritten = read_text(rewrite_text(write_text(before), after)).data
    assert rewritten == after
    assert list(rewritten) == list(after)


def test_the_limit_is_what_the_documentation_says() -> None:
    assert MAX_BYTES == 2 * 1024 * 1024
