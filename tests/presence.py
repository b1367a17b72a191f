"""How tests skip honestly, and where third-party test data lives."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"  # third-party cases and samples; absent on most machines, never part of the product


def require(condition: object, reason: str) -> None:
    """Skip the test when a service, a browser or third-party data is absent; fail where everything must be there."""
    if condition:
        return
    if os.environ.get("CODI_REQUIRE_ALL") == "1":
        pytest.fail(f"CODI_REQUIRE_ALL is set, but {reason}")
    pytest.skip(reason, allow_module_level=True)
