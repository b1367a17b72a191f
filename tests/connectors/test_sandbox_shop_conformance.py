"""The sandbox shop's manifest meets the cases of every connector; and what a shop that misbehaves does to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from connectors.contract import Connector, Outside, WebhookRequest
from connectors.registry import open_connector
from connectors.sandbox_shop.hooks import sign
from connectors.sandbox_shop.server import SandboxShop
from engine.errors import AuthError, RetryError
from tests.connectors.conformance import Conformance, deliver, no_sleep, objects_of, pages_of, write_of


class ShopFar:
    stream = "categories"
    name_field = "name"

    def __init__(self, connector: Connector, shop: SandboxShop) -> None:
        self.connector = connector
        self.shop = shop
        self.http = httpx.Client(headers={"Authorization": f"Bearer {shop.token}"})

    async def put(self, code: str, name: str) -> str:
        url = f"{self.shop.api_url}/categories/batch?on_duplicate=update"
        answer = self.http.post(url, json={"records": [{"code": code, "name": name}]}).raise_for_status()
        return str(answer.json()["results"][0]["id"])

    async def remove(self, code: str) -> None:
        for one in self._found(code=code):
            self.http.delete(f"{self.shop.api_url}/categories/{one['id']}").raise_for_status()

    async def all(self) -> list[tuple[str, str]]:
        return sorted((one["code"], one["name"]) for one in self._found())

    def _found(self, **query: str) -> list[dict[str, Any]]:
        answer = self.http.get(f"{self.shop.api_url}/categories", params={"limit": 250, **query}).raise_for_status()
        found: list[dict[str, Any]] = answer.json()["records"]
        return found

    def payload(self, code: str, name: str | None) -> dict[str, Any]:
        return {"code": code, "name": name}

    @asynccontextmanager
    async def locked_out(self) -> AsyncIterator[Connector | None]:
        async with open_connector("sandbox_shop", {"url": self.shop.api_url}, {"token": "wrong"}) as connector:
            yield connector

    def misbehave(self, **fault: Any) -> None:
        self.http.post(f"{self.shop.url}/_control/faults", json=fault).raise_for_status()


@pytest.fixture(scope="module")
def shop() -> Iterator[SandboxShop]:
    with SandboxShop() as shop:
        yield shop


@pytest.fixture
async def far(shop: SandboxShop) -> AsyncIterator[ShopFar]:
    outside = Outside(sleep=no_sleep)
    async with open_connector("sandbox_shop", {"url": shop.api_url}, {"token": shop.token}, outside) as connector:
        far = ShopFar(connector, shop)
        far.http.post(f"{shop.url}/_control/reset").raise_for_status()
        yield far
        far.http.close()


class TestSandboxShop(Conformance):
    pass


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "next": 2},
        {"status": 503, "next": 2, "retry_after": 0},
        {"status": 429, "next": 2, "retry_after": 0},
        {"truncate_body": True, "next": 2},
        {"timeout_after_commit": True, "hang_seconds": 0.05, "next": 1},
    ],
    ids=lambda fault: next(iter(fault)) + str(fault.get("status", "")),
)
async def test_a_shop_that_misbehaves_gets_each_record_once(far: ShopFar, fault: dict[str, Any]) -> None:
    far.misbehave(**fault, method="POST")
    written = await deliver(far, *(write_of(far, f"C{i}", f"name {i}") for i in range(5)))
    assert [one.error for one in written] == [None] * 5
    assert await far.all() == [(f"C{i}", f"name {i}") for i in range(5)]
    assert len({one.external_id for one in written}) == 5


async def test_reading_goes_on_through_faults(far: ShopFar) -> None:
    for i in range(20):
        await far.put(f"C{i:02}", "n")
    far.misbehave(status=500, next=1)
    far.misbehave(truncate_body=True, next=1)
    far.misbehave(status=429, next=1, retry_after=0)
    assert len(objects_of(await pages_of(far.connector, far.stream))) == 20


async def test_a_shop_that_stays_down_is_a_retry_error(far: ShopFar) -> None:
    far.misbehave(status=500)
    with pytest.raises(RetryError):
        await pages_of(far.connector, far.stream)
    with pytest.raises(RetryError) as caught:
        await far.connector.write(far.stream, [write_of(far, "A", "a")])
    assert caught.value.in_doubt


async def test_children_come_after_their_parents_whatever_the_order(far: ShopFar) -> None:
    batch = [write_of(far, "C", "c"), write_of(far, "B", "b"), write_of(far, "A", "a"), write_of(far, "X", "x")]
    for write, parent in zip(batch, ("B", "A", None, "MISSING"), strict=True):
        write.payload["parent_code"] = parent  # type: ignore[index]
    written = await far.connector.write("categories", batch)
    assert [one.error is None for one in written] == [True, True, True, False]
    assert written[3].error is not None and written[3].error.field == "parent_code"


async def test_a_product_tells_the_ids_of_its_variants(far: ShopFar) -> None:
    variants = [{"sku": f"P-{c}", "price": "12.50", "options": {"Colour": c}} for c in ("Red", "Green")]
    options = [{"name": "Colour", "values": ["Red", "Green"]}]
    product = {"code": "P", "name": "Pot", "type": "variable", "options": options, "variants": variants}
    write = write_of(far, "P", "Pot")
    write.payload.clear()  # type: ignore[union-attr]
    write.payload.update(product)  # type: ignore[union-attr]
    written = (await far.connector.write("products", [write]))[0]
    assert written.error is None
    assert [(entity, key) for entity, key, _ in written.links] == [("variant", "P-Red"), ("variant", "P-Green")]
    assert all(id.isdigit() for _, _, id in written.links)


async def test_the_shops_webhooks_are_understood(shop: SandboxShop) -> None:
    body = b'{"id": "d-1", "topic": "order.created", "record": {"id": 7, "total": "12.50"}}'
    headers = {"x-shop-topic": "order.created", "x-shop-delivery": "d-1", "x-shop-signature": sign("hook-secret", body)}
    secrets = {"token": shop.token, "webhook_secret": "hook-secret"}
    async with open_connector("sandbox_shop", {"url": shop.api_url}, secrets) as connector:
        event = connector.webhook(WebhookRequest(url="https://codi.example/hooks/x", headers=headers, body=body))[0]
        assert (event.stream, event.mode, event.external_id, event.id) == ("orders", "upsert", "7", "d-1")
        with pytest.raises(AuthError):
            connector.webhook(WebhookRequest(url="u", headers=headers, body=body.replace(b"12", b"13")))
