"""The same expressions over the same payloads here and on Node's jsonata: a short run; tests/soak has the long one."""

from __future__ import annotations

from tests.expressions.fuzz.run import compared


def test_no_mismatch() -> None:
    report = compared(seed=20_251_124, evaluations=2_000)
    assert not report.mismatches, report.text()
    assert report.evaluations >= 2_000
