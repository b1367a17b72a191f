"""Rows in and out of lookup tables: edits, pasted cells, CSV."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editor.mapping.lookup_tables import (
    Edit,
    as_csv,
    edited,
    plan_paste,
    read_pasted,
    take_paste,
    typed,
    used_by,
    with_table,
)

CELL = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), min_size=1, max_size=12).map(str.strip)
TABLES = st.dictionaries(CELL.filter(bool), CELL, max_size=8)


@given(TABLES)
def test_a_table_taken_out_as_csv_comes_in_the_same(rows: dict[str, str]) -> None:
    pasted = read_pasted(as_csv(rows), rows)
    assert pasted.problems == ()
    assert dict(pasted.rows) == rows
    assert plan_paste(rows, pasted).takes == 0
    assert take_paste(rows, pasted, replace=True) == rows


@given(TABLES, TABLES)
def test_a_plan_says_what_taking_does(rows: dict[str, str], others: dict[str, str]) -> None:
    text = "".join(f"{code}\t{value}\n" for code, value in others.items() if '"' not in code + value)
    pasted = read_pasted(text, rows, heading=False)
    plan = plan_paste(rows, pasted)
    taken = take_paste(rows, pasted, replace=False)
    changed = {code for code in taken if code not in rows or taken[code] != rows[code]}
    assert changed == {code for code, _ in plan.new} | {code for code, _, _ in plan.changed}
    assert list(rows) == list(taken)[: len(rows)], "rows keep their places"


@pytest.mark.parametrize(
    ("text", "rows", "words"),
    [
        ("A\tB\nA\tC", {"A": "B"}, "stands here again"),
        ("A", {}, "one cell only"),
        ("\tB\nC\tD", {"C": "D"}, "no code"),
        ("A\t" + "x" * 1001, {}, "1,000 characters"),
    ],
)
def test_what_cannot_be_taken_is_said(text: str, rows: dict[str, str], words: str) -> None:
    pasted = read_pasted(text, {}, heading=False)
    assert dict(pasted.rows) == rows
    assert words in pasted.problems[0]


def test_numbers_stay_numbers_in_a_table_of_numbers() -> None:
    assert typed("3", {"a": 1, "b": 2.5}) == 3
    assert typed("three", {"a": 1}) == "three"
    assert typed("3", {"a": "1"}) == "3"
    assert typed("false", {"a": True}) is False
    assert typed("true", {}) == "true"


def test_an_edit_keeps_its_place_and_untouched_values_their_type() -> None:
    rows = {"A": None, "B": 2, "C": 3}
    edits = [
        Edit(was="A", old="", key="A", value=""),
        Edit(was="B", old="2", key="BB", value="2"),
        Edit(was=None, old="", key="D", value="4"),
        Edit(was=None, old="", key="", value=""),
    ]
    assert edited(rows, edits, {}).rows == {"A": None, "BB": 2, "C": 3, "D": 4}
    assert list(edited(rows, edits, {}).rows) == ["A", "BB", "C", "D"]


def test_rows_of_the_base_are_overridden_never_taken_out() -> None:
    over = edited({}, [Edit(was="A", old="1", key="A", value="2")], {"A": "1"})
    assert over.rows == {"A": "2"}
    out = edited({}, [Edit(was="A", old="1", key="A", value="1", remove=True)], {"A": "1"})
    assert out.rows == {}
    assert "base mapping" in out.problems[0]


def test_a_code_twice_and_a_row_without_one_are_refused() -> None:
    rows = {"A": "1", "B": "2"}
    again = edited(rows, [Edit(was="B", old="2", key="A", value="2")], {})
    assert again.rows == rows
    assert "already" in again.problems[0]
    assert "Which code" in edited(rows, [Edit(was=None, old="", key="", value="x")], {}).problems[0]


def test_the_first_table_stands_before_the_rules_and_the_last_takes_the_key_along() -> None:
    document = {"format": 1, "fields": {"a": "b"}}
    made = with_table(document, "tax", {"A": "B"})
    assert list(made) == ["format", "lookups", "fields"]
    assert with_table(made, "tax", None) == document


def test_where_a_table_is_used_also_inside_lists_and_cases() -> None:
    fields = {
        "a": {"expr": "x", "lookup": "t"},
        "b": {"cases": [{"when": "x", "then": {"expr": "x", "lookup": "t", "missing": "error"}}]},
        "c": {"each": "lines", "fields": {"d": {"expr": "y", "lookup": "t", "missing": "default"}}},
        "e": "plain",
    }
    assert used_by(fields, "t") == [("a", "hold"), ("b", "error"), ("c[].d", "default")]
    assert used_by(fields, "other") == []
