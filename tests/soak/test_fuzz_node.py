"""30,000 evaluations here and on Node's jsonata, with another seed each time it is asked for (CODI_SEED)."""

from __future__ import annotations

import os

from tests.expressions.fuzz.run import compared


def test_no_mismatch() -> None:
    report = compared(seed=int(os.environ.get("CODI_SEED", "1")), evaluations=30_000)
    print(f"{report.evaluations:,} evaluations, {report.intended.total()} differ on purpose: {report.intended}")
    assert not report.mismatches, report.text()
