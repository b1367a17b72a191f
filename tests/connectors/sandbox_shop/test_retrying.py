"""Sending the same thing twice, and many senders at once."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from connectors.sandbox_shop.server import SandboxShop
from tests.connectors.sandbox_shop.conftest import bearer, checkout


def test_the_same_key_is_answered_with_the_first_answer(stocked: httpx.Client) -> None:
    order = checkout(("CHA-RED", "1"))
    first = stocked.post("/orders", json=order, headers={"Idempotency-Key": "k1"})
    second = stocked.post("/orders", json=order, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second.headers["idempotent-replayed"] == "true" and "idempotent-replayed" not in first.headers
    assert second.headers["location"] == first.headers["location"]
    assert len(stocked.get("/orders", params={"limit": 250}).json()["records"]) == 31
    third = stocked.post("/orders", json=order, headers={"Idempotency-Key": "k2"})
    assert third.json()["number"] != first.json()["number"]


def test_a_key_belongs_to_one_request(stocked: httpx.Client) -> None:
    stocked.post("/categories", json={"code": "A", "name": "A"}, headers={"Idempotency-Key": "k"})
    refused = stocked.post("/categories", json={"code": "B", "name": "B"}, headers={"Idempotency-Key": "k"})
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    refused = stocked.post("/locations", json={"code": "A", "name": "A"}, headers={"Idempotency-Key": "k"})
    assert refused.json()["code"] == "idempotency_key_reused"


def test_a_refusal_is_not_kept(stocked: httpx.Client) -> None:
    child = {"code": "KID", "name": "Kid", "parent_code": "LATE"}
    assert stocked.post("/categories", json=child, headers={"Idempotency-Key": "k"}).status_code == 422
    stocked.post("/categories", json={"code": "LATE", "name": "Late"})
    assert stocked.post("/categories", json=child, headers={"Idempotency-Key": "k"}).status_code == 201


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_other_writes_take_a_key_too(stocked: httpx.Client, method: str) -> None:
    record = stocked.get("/categories", params={"code": "DIN-CHA"}).json()["records"][0]
    headers = {"Idempotency-Key": "k", "If-Match": '"1"'}
    place = f"/categories/{record['id']}"
    body = {"code": "DIN-CHA", "name": "Seats"}
    first = stocked.request(method, place, json=body, headers=headers)
    second = stocked.request(method, place, json=body, headers=headers)
    assert first.is_success and second.status_code == first.status_code
    assert second.headers["idempotent-replayed"] == "true"


async def test_many_at_once_make_one_record(shop: SandboxShop, stocked: httpx.Client) -> None:
    async with httpx.AsyncClient(base_url=shop.api_url, headers=bearer(shop), timeout=30) as client:
        sent = [client.post("/categories", json={"code": "ONE", "name": "One"}) for _ in range(60)]
        statuses = [response.status_code for response in await asyncio.gather(*sent)]
    assert sorted(statuses) == [201] + [409] * 59


async def test_many_buyers_never_get_more_than_there_is(shop: SandboxShop, stocked: httpx.Client) -> None:
    async with httpx.AsyncClient(base_url=shop.api_url, headers=bearer(shop), timeout=30) as client:
        sent = [client.post("/orders", json=checkout(("CHA-RED", "3"))) for _ in range(30)]
        responses = await asyncio.gather(*sent)
    placed = [response.json()["number"] for response in responses if response.status_code == 201]
    assert len(placed) == len(set(placed)) == 13  # 13 × 3 of 40
    assert {response.status_code for response in responses} == {201, 409}
    stock = stocked.get("/inventory", params={"sku": "CHA-RED", "location_code": "SYD"}).json()["records"][0]
    assert (stock["on_hand"], stock["committed"], stock["available"]) == ("40", "39", "1")
