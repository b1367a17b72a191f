"""Fixtures that all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.presence import SHARED, require


@pytest.fixture(scope="session")
def shared() -> Path:
    require(SHARED.is_dir(), "the third-party test data (../shared) is not here")
    return SHARED
