"""The official JSONata cases, read where they are present; all are compiled, nothing is left to a library."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import pytest

from engine.errors import ExpressionError
from engine.expressions.compile import compile_expression
from engine.expressions.limits import Limits
from engine.expressions.values import UNDEFINED
from tests.presence import SHARED, require

CASES = SHARED / "conformance" / "jsonata" / "cases"
GROUPS = sorted(path.stem for path in CASES.glob("*.json")) or ["absent"]
SAME_LIMIT = {"U1001": {"D1011", "D1012"}}  # the suite's own code for "stopped by a limit"


@cache
def cases(group: str) -> list[dict[str, Any]]:
    return json.loads((CASES / f"{group}.json").read_text())


def same(got: Any, wanted: Any) -> bool:
    if isinstance(got, bool) or isinstance(wanted, bool):
        return isinstance(got, bool) and isinstance(wanted, bool) and got == wanted
    if isinstance(got, int | float) and isinstance(wanted, int | float):
        return got == wanted or math.isclose(got, wanted, rel_tol=1e-14)
    if isinstance(got, list):
        return isinstance(wanted, list) and len(got) == len(wanted) and all(map(same, got, wanted))
    if isinstance(got, dict):
        return isinstance(wanted, dict) and got.keys() == wanted.keys() and all(same(got[k], wanted[k]) for k in got)
    return type(got) is type(wanted) and got == wanted


def outcome(case: dict[str, Any]) -> str:
    """ "pass", or what went wrong."""
    wanted = case.get("error", {}).get("code")
    limits = Limits(depth=case.get("depth", 900) // 3, steps=50_000_000, seconds=10, entries=10_000_000)
    try:
        expression = compile_expression(case["expr"], variables=tuple(case["bindings"]), limits=limits)
        got = expression(case.get("data", UNDEFINED), **case["bindings"])
    except ExpressionError as error:
        codes = SAME_LIMIT.get(wanted, {wanted})
        return "pass" if error.code in codes else f"{error.code} instead of {wanted or 'a value'}: {error}"
    if wanted is not None:
        return f"{got!r} instead of {wanted}"
    got = None if got is UNDEFINED else got
    return "pass" if same(got, case.get("result")) else f"{got!r} instead of {case.get('result')!r}"


@pytest.mark.parametrize("group", GROUPS)
def test_group(group: str) -> None:
    require(CASES.is_dir(), "the JSONata cases are not here")
    failed = {case["name"]: verdict for case in cases(group) if (verdict := outcome(case)) != "pass"}
    assert not failed


def test_nothing_is_missing() -> None:
    require(CASES.is_dir(), "the JSONata cases are not here")
    assert sum(len(cases(group)) for group in GROUPS) >= 1686
