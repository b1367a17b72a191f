"""A home with the seeded demo and its shop, whose `codi` commands run as processes of their own and can be killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx

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

    def orders_once(self) -> None:
        """Every web order is in the ERP, once, with its lines once and its stock taken once."""
        numbers = [row[0] for row in self.erp("SELECT WEB_ORDER_NO FROM SALESORD_HDR WHERE WEB_ORDER_NO NOT NULL")]
        assert sorted(numbers) == sorted(order["number"] for order in self.shop_api("orders"))
        lines = "SELECT HDR_SEQNO, LINENO FROM SALESORD_LINES GROUP BY HDR_SEQNO, LINENO HAVING COUNT(*) > 1"
        assert self.erp(lines) == []
        moves = "SELECT MOVE_KEY FROM STOCK_MOVES WHERE MOVE_KEY NOT NULL GROUP BY MOVE_KEY HAVING COUNT(*) > 1"
        assert self.erp(moves) == []


@asynccontextmanager
async def installed(home: Path) -> AsyncIterator[Installation]:
    paths = DemoPaths.under(home)
    paths.shop.parent.mkdir(parents=True)
    with SandboxShop(data=paths.shop, seed=demo_folder() / "shop") as shop:
        async with open_gateway(Settings(home=home)) as gateway:
            await seed(gateway, paths, shop_url=shop.api_url, shop_token=shop.token)
        yield Installation(home, shop)
