"""The demo from end to end: a real ERP database, a real shop over HTTP, durable runs on SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.sandbox_shop.server import SandboxShop
from editor.demo.seed import DemoPaths, demo_folder, seed
from editor.gateway import Gateway, open_gateway
from editor.runs import RunDesk, run_desk
from editor.settings import Settings
from engine.store.dead_letters import DeadLetters
from engine.store.syncs import Syncs
from engine.sync.counts import Counts
from engine.sync.ports import RunRow


@dataclass(frozen=True, kw_only=True)
class Demo:
    gateway: Gateway
    desk: RunDesk
    workspace: int
    paths: DemoPaths
    shop: SandboxShop

    async def run(self, sync: str, **options: Any) -> RunRow:
        run = await self.desk.start(self.workspace, sync, by="test", **options)
        rows = [row async for row in self.desk.follow(self.workspace, run)]
        assert rows[-1].status == "done", rows[-1].error
        return rows[-1]

    async def run_all(self) -> dict[str, dict[str, int]]:
        """The summary of each sync, in the order they run."""
        names = [sync.name for sync in await Syncs(self.gateway.database, self.workspace).all()]
        return {name: Counts(**(await self.run(name)).counts).summary() for name in names}

    def erp(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.paths.erp)) as database, database:
            return database.execute(query, values).fetchall()

    def in_shop(self, collection: str) -> list[dict[str, Any]]:
        """Everything in a collection of the shop."""
        found: list[dict[str, Any]] = []
        with self._client() as client:
            page: dict[str, Any] = {"next_page_token": ""}
            while page["next_page_token"] is not None:
                wanted = {"limit": 250} | ({"page_token": page["next_page_token"]} if page["next_page_token"] else {})
                page = client.get(f"/{collection}", params=wanted).json()
                found += page["records"]
        return found

    def pushes(self) -> list[dict[str, Any]]:
        """What the shop was sent since the last look, by its own request log."""
        with self._client(control=True) as client:
            log = client.get("/log").json()["requests"]
            client.delete("/log")
        return [entry for entry in log if entry["method"] != "GET" and not entry["path"].startswith("/_control")]

    def _client(self, *, control: bool = False) -> httpx.Client:
        base = f"{self.shop.url}/_control" if control else self.shop.api_url
        return httpx.Client(base_url=base, headers={"Authorization": f"Bearer {self.shop.token}"})


@asynccontextmanager
async def opened(home: Path) -> AsyncIterator[Demo]:
    settings = Settings(home=home)
    paths = DemoPaths.under(home)
    paths.shop.parent.mkdir(parents=True, exist_ok=True)
    with SandboxShop(data=paths.shop, seed=demo_folder() / "shop") as shop:
        async with open_gateway(settings) as gateway:
            workspace = await seed(gateway, paths, shop_url=shop.api_url, shop_token=shop.token)
            async with run_desk(gateway) as desk:
                yield Demo(gateway=gateway, desk=desk, workspace=workspace.id, paths=paths, shop=shop)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


async def test_the_whole_story(home: Path) -> None:
    async with opened(home) as demo:
        first = await demo.run_all()
        _shop_holds_what_the_erp_sells(demo)
        _every_web_order_is_in_the_erp_once(demo)
        await _what_cannot_be_mapped_is_shown(demo, first)

        demo.pushes()
        second = await demo.run_all()
        assert demo.pushes() == []
        for name, counts in second.items():
            assert counts["changed"] == counts["delivered"] == 0, name
            assert counts["read"] == counts["unchanged"] + counts["dropped"] + counts["rejected"], name

        await _one_changed_price_is_one_push(demo)

    async with opened(home) as again:  # the same home, another process
        assert all(counts["delivered"] == 0 for counts in (await again.run_all()).values())


def _shop_holds_what_the_erp_sells(demo: Demo) -> None:
    sold = {
        row[0]
        for row in demo.erp(
            "SELECT STOCKCODE FROM STOCK_ITEMS I WHERE ISACTIVE = 'Y' AND DISCONTINUED = 'N' AND WEB_SHOW = 'Y' "
            "AND HASCHILDREN = 'N' AND EXISTS (SELECT 1 FROM STOCK_PRICES P WHERE P.STOCKCODE = I.STOCKCODE)"
        )
    }
    products = demo.in_shop("products")
    skus = {variant["sku"] for product in products if product["status"] == "active" for variant in product["variants"]}
    assert skus == sold
    assert all(product["category_codes"] for product in products)
    assert {level["sku"] for level in demo.in_shop("inventory")} <= {
        variant["sku"] for product in products for variant in product["variants"]
    }
    debtors = {row[0] for row in demo.erp("SELECT ALPHACODE FROM DR_ACCS WHERE CASHSALE = 'N'")}
    assert {customer["code"] for customer in demo.in_shop("customers")} == debtors
    assert demo.in_shop("group-prices")
    assert demo.in_shop("customer-prices")


def _every_web_order_is_in_the_erp_once(demo: Demo) -> None:
    orders = {order["number"]: order for order in demo.in_shop("orders")}
    rows = demo.erp("SELECT WEB_ORDER_NO, COUNT(*) FROM SALESORD_HDR WHERE WEB_ORDER_NO IS NOT NULL GROUP BY 1")
    assert dict(rows) == dict.fromkeys(orders, 1)


async def _what_cannot_be_mapped_is_shown(demo: Demo, counts: dict[str, dict[str, int]]) -> None:
    letters = await DeadLetters(demo.gateway.database, demo.workspace).open()
    unpriced = demo.erp(
        "SELECT STOCKCODE FROM STOCK_ITEMS I WHERE ISACTIVE = 'Y' AND DISCONTINUED = 'N' AND HASCHILDREN = 'N' "
        "AND STATUS = 'S' AND NOT EXISTS (SELECT 1 FROM STOCK_PRICES P WHERE P.STOCKCODE = I.STOCKCODE)"
    )
    assert {letter.key for letter in letters if letter.sync == "products"} >= {row[0] for row in unpriced}
    assert counts["products"]["rejected"] == len([x for x in letters if x.sync == "products"]) > 0
    assert all("price" in letter.reason.lower() for letter in letters if letter.sync == "products")


async def _one_changed_price_is_one_push(demo: Demo) -> None:
    demo.pushes()
    code, price = demo.erp(
        "SELECT P.SEQNO, P.PRICE FROM STOCK_PRICES P JOIN PRICE_NAMES N ON N.PRICENO = P.PRICENO "
        "WHERE N.PRICEKIND != 'BASE' ORDER BY 1 LIMIT 1"
    )[0]
    demo.erp("UPDATE STOCK_PRICES SET PRICE = ? WHERE SEQNO = ?", round(float(price) + 1, 4), code)
    counts = await demo.run_all()
    assert sum(each["delivered"] for each in counts.values()) == 1
    assert [entry["written"] for entry in demo.pushes()] == [1]
