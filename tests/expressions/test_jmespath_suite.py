"""The official JMESPath compliance cases, all of them: values, and errors by their kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ExpressionError
from engine.expressions.jmespath_compile import JmespathExpression
from engine.expressions.values import deep_equal
from tests.presence import SHARED, require

CASES = SHARED / "conformance" / "jmespath" / "cases"
require(CASES.is_dir(), "the JMESPath compliance cases are not here")
FILES = sorted(CASES.glob("*.json"))


def cases(file: Path) -> list[tuple[Any, dict[str, Any]]]:
    suites = json.loads(file.read_text())
    return [(suite["given"], case) for suite in suites for case in suite["cases"] if "bench" not in case]


def verdict(given: Any, case: dict[str, Any]) -> str:
    """ "" if the case passes, else what is wrong."""
    try:
        got = JmespathExpression(case["expression"])(given)
    except ExpressionError as error:
        wanted = case.get("error")
        return "" if error.code == wanted else f"error {error.code}: {error.message}, wanted {case}"
    if "error" in case:
        return f"{got!r}, wanted the error {case['error']}"
    return "" if deep_equal(got, case["result"]) else f"{got!r}, wanted {case['result']!r}"


@pytest.mark.filterwarnings("ignore:deprecated string literal syntax:PendingDeprecationWarning")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_file(file: Path) -> None:
    wrong = [f"{case['expression']}: {said}" for given, case in cases(file) if (said := verdict(given, case))]
    assert not wrong, "\n".join(wrong)


def test_nothing_is_left_out() -> None:
    assert sum(len(cases(file)) for file in FILES) == 892
