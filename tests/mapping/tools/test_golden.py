from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.errors import MappingError, RecordError, UsageError
from engine.mapping.compile import compile_mapping
from engine.mapping.golden import new_text, parse_case, run_case, run_cases, updated_text
from engine.mapping.golden_files import golden_folder, read_cases, write_case, write_update

PROGRAM = compile_mapping(
    """
format: 1
mapping: test/thing.out
from: {entity: product}
to: {stream: things}
lookups: {tax: {GST: standard}}
skip_when: status = 'archived'
fields:
  sku: {expr: sku, required: true}
  tax: {expr: tax, lookup: tax, missing: error}
  lines: {each: lines, fields: {qty: qty}}
  id: $id
"""
)
GOOD = """# what a shop sends
given: {sku: A, tax: GST, lines: [{qty: 1.5}]}   # one line
with: {id: "7"}
expect:
  sku: A
  tax: standard
  lines: [{qty: 1.5}]
  id: "7"
"""


def case(text: str) -> Any:
    return run_case(PROGRAM, parse_case(text, "case-one"))


def test_an_equal_output_passes() -> None:
    result = case(GOOD)
    assert result.passed and result.lines() == () and result.title == "case one"


def test_a_changed_output_shows_where() -> None:
    result = case(GOOD.replace("standard", "zero").replace("[{qty: 1.5}]\n  id", "[{qty: 2}]\n  id"))
    assert not result.passed
    assert result.lines() == (
        "2 differences from what is expected",
        '  tax: "zero" → "standard"',
        "  lines[0].qty: 2 → 1.5",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("given: {status: archived}\nexpect_dropped: true", ""),
        ("given: {status: archived}\nexpect: {}", "expected an output, but the mapping dropped the record"),
        ("given: {status: archived}\nexpect_error: x", "expected to be refused, but it was dropped"),
        ("given: {sku: A}\nexpect_dropped: true", "expected to be dropped, but it was mapped"),
        ("given: {sku: ''}\nexpect_error: required", ""),
        ("given: {sku: ''}\nexpect_error: {sku: is empty text}", ""),
        ("given: {sku: ''}\nexpect_error: {sku: no row}", 'expected an error at sku with "no row", got: the field is'),
        ("given: {sku: ''}\nexpect_error: {tax: no row}", "expected an error at tax, got: sku: the field is"),
        ("given: {sku: '', tax: X}\nexpect_error: {sku: empty}", "did not expect an error at tax: the lookup tax"),
        ("given: {sku: '', tax: X}\nexpect_error: {sku: empty, tax: no row}", ""),
        ("given: {sku: ''}\nexpect: {}", "expected an output, but the record was refused: sku: the field is required"),
    ],
)
def test_each_outcome_can_be_expected(text: str, message: str) -> None:
    result = case(text)
    assert result.message.startswith(message) and result.passed == (message == "")


def test_an_output_that_does_not_fit_its_target_fails() -> None:
    def check(output: dict[str, Any]) -> None:
        raise RecordError("bad", [("sku", "too short")])

    refused = run_case(PROGRAM, parse_case(GOOD, "x"), check)
    assert (refused.got, refused.message) == ("refused", "the output does not fit its target: sku: too short")
    wanted = parse_case("given: {sku: A}\nexpect_error: {sku: too short}", "x")
    assert run_case(PROGRAM, wanted, check).passed


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("given: {}", "exactly one of expect, expect_dropped, expect_error"),
        ("expect: {}", "has `given`"),
        ("given: {}\nexpect: {}\nexpect_dropped: true", "exactly one"),
        ("given: {}\nexpects: {}", "unknown key `expects`"),
        ("- 1", "a golden test is an object"),
        ("given: {}\nexpect: {}\nwith: {user: 1}", "`with` binds id, links, settings, now"),
        ("given: {}\nexpect_error: {}", "`expect_error` is a part of the message"),
    ],
)
def test_a_file_that_is_no_case_is_named(text: str, error: str) -> None:
    with pytest.raises(UsageError, match=r"goldens/x\.yaml: ") as caught:
        parse_case(text, "x", "goldens/x.yaml")
    assert error in caught.value.message


def test_an_update_keeps_comments_and_what_was_given() -> None:
    old = parse_case(GOOD.replace("standard", "zero"), "x")
    fresh = updated_text(old, run_case(PROGRAM, old))
    assert "# what a shop sends" in fresh and "# one line" in fresh
    assert case(fresh).passed
    now_refused = parse_case(GOOD.replace("sku: A, tax: GST", "sku: A, tax: X"), "x")
    text = updated_text(now_refused, run_case(PROGRAM, now_refused))
    assert "expect_error" in text and "expect:" not in text and case(text).passed


def test_a_sample_becomes_a_test_that_passes() -> None:
    given = {"sku": "A", "lines": [{"qty": Decimal("1.25")}, {"qty": Decimal("2.00")}]}
    text = new_text(PROGRAM, given, title="from a run", bindings={"id": "9"})
    result = case(text)
    assert result.passed and result.title == "from a run"
    with pytest.raises(MappingError, match="too long for a golden test"):
        new_text(PROGRAM, {"sku": "A", "lines": [{"qty": Decimal("0.12345678901234567890")}]})


def test_cases_live_in_a_folder_beside_the_mapping(tmp_path: Path) -> None:
    mapping = tmp_path / "thing.out.yaml"
    assert golden_folder(mapping).name == "thing.out.golden" and read_cases(mapping) == ()
    write_case(mapping, "good", GOOD)
    write_case(mapping, "bad", GOOD.replace("standard", "zero"))
    report = run_cases(PROGRAM, read_cases(mapping))
    assert [result.name for result in report.results] == ["bad", "good"] and report.summary == "1 of 2 pass"
    bad = read_cases(mapping)[0]
    write_update(mapping, bad, report.failed[0])
    assert run_cases(PROGRAM, read_cases(mapping)).summary == "2 of 2 pass"
    assert sorted(file.name for file in golden_folder(mapping).iterdir()) == ["bad.yaml", "good.yaml"]
    with pytest.raises(UsageError, match="cannot be the name"):
        write_case(mapping, "../up", GOOD)
