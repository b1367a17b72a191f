"""A process killed anywhere in a run: the next one goes on, nothing is lost and nothing is there twice."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.installation import BEFORE_ORDERS, Installation, installed


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(tmp_path) as made:
        yield made


def _until(condition: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "what the test waits for did not happen"
        time.sleep(0.02)


def test_killed_after_the_shop_took_a_batch_that_was_never_answered(installation: Installation) -> None:
    installation.run("categories")
    installation.fault(path="/api/products", method="POST", timeout_after_commit=True, hang_seconds=60, next=1)
    process = installation.start("products")
    _until(lambda: len(installation.shop_api("products")) > 0)
    installation.kill(process)

    installation.run("products")
    products = installation.shop_api("products")
    codes = [product["code"] for product in products]
    assert len(codes) == len(set(codes)) > 90

    before = len(installation.sent("/api/products"))
    installation.run("products")
    assert len(installation.sent("/api/products")) == before, "everything had arrived"


def _moments() -> Iterator[float]:
    """Seconds after the start of a run at which it is killed: while it starts, reads and delivers."""
    yield from (1.5, 2.2, 2.6, 3.0, 3.4)


def test_killed_again_and_again_while_orders_go_into_the_erp(installation: Installation) -> None:
    for sync in BEFORE_ORDERS:
        installation.run(sync)
    for moment in _moments():
        process = installation.start("orders")
        time.sleep(moment)
        installation.kill(process)
    installation.run("orders")
    installation.orders_once()
