"""A process killed anywhere in a run: the next one goes on, nothing is lost and nothing is there twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.sandbox_shop.server import SandboxShop
from editor.demo.seed import DemoPaths, demo_folder, seed
from editor.gateway import open_gateway
from editor.settings import Settings

CODI = Path(sys.executable).parent / "codi"
BEFORE_ORDERS = ("categories", "price-lists", "products", "customers")


class Installation:
    """A home with a seeded demo, and its shop."""

    def __init__(self, home: Path, shop: SandboxShop) -> None:
        self.home = home
        self.shop = shop
        self._headers = {"Authorization": f"Bearer {shop.token}"}
        self._environment = {**os.environ, "CODI_HOME": str(home)}

    def start(self, sync: str) -> subprocess.Popen[bytes]:
        command = [str(CODI), "sync", "run", sync]
        return subprocess.Popen(
            command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )

    def run(self, sync: str) -> None:
        process = self.start(sync)
        output, _ = process.communicate(timeout=120)
        assert b"Traceback" not in output, output.decode()

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def erp(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(DemoPaths.under(self.home).erp)) as database:
            return database.execute(query).fetchall()

    def shop_api(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        url = f"{self.shop.api_url}/{path}"
        answer = httpx.get(url, params={"limit": 250, **parameters}, headers=self._headers)
        return answer.json()["records"]  # type: ignore[no-any-return]

    def fault(self, **words: Any) -> None:
        httpx.post(f"{self.shop.url}/_control/faults", json=words, headers=self._headers).raise_for_status()

    def sent(self, path: str) -> list[dict[str, Any]]:
        log = httpx.get(f"{self.shop.url}/_control/log", headers=self._headers).json()["requests"]
        return [entry for entry in log if entry["path"].startswith(path) and entry["method"] == "POST"]


@pytest.fixture
async def installation(tmp_path: Path) -> Any:
    paths = DemoPaths.under(tmp_path)
    paths.shop.parent.mkdir(parents=True)
    with SandboxShop(data=paths.shop, seed=demo_folder() / "shop") as shop:
        async with open_gateway(Settings(home=tmp_path)) as gateway:
            await seed(gateway, paths, shop_url=shop.api_url, shop_token=shop.token)
        yield Installation(tmp_path, shop)


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

    numbers = [row[0] for row in installation.erp("SELECT WEB_ORDER_NO FROM SALESORD_HDR WHERE WEB_ORDER_NO NOT NULL")]
    assert sorted(numbers) == sorted(order["number"] for order in installation.shop_api("orders"))
    twice = installation.erp(
        "SELECT HDR_SEQNO, LINENO FROM SALESORD_LINES GROUP BY HDR_SEQNO, LINENO HAVING COUNT(*) > 1"
    )
    assert twice == []
