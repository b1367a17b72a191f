"""Fixtures that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.presence import SHARED, require

# Every run at a desk tries new examples; CI tries the same ones each time, so that it says something of the change.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


@pytest.fixture(scope="session")
def shared() -> Path:
    require(SHARED.is_dir(), "the third-party test data (../shared) is not here")
    return SHARED
