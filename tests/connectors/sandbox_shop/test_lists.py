"""Pages, filters and cursors of lists."""

from __future__ import annotations

from typing import Any

import httpx
import pytest


def walk(api: httpx.Client, path: str, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    token: str | None = None
    while True:
        body = api.get(path, params=params | ({"page_token": token} if token else {})).json()
        found += body["records"]
        token = body["next_page_token"]
        if token is None:
            return found


def fill(api: httpx.Client, count: int) -> None:
    records = [{"code": f"C{number:03}", "name": f"C {number}"} for number in range(count)]
    for start in range(0, count, 100):
        assert api.post("/categories/batch", json={"records": records[start : start + 100]}).status_code == 200


@pytest.mark.parametrize("limit", [1, 7, 50, 120, 250])
def test_pages_hold_everything_once_in_order_of_change(api: httpx.Client, limit: int) -> None:
    fill(api, 120)
    found = walk(api, "/categories", limit=limit)
    assert [each["code"] for each in found] == [f"C{number:03}" for number in range(120)]
    assert [each["updated_at"] for each in found] == sorted({each["updated_at"] for each in found})


def test_the_link_header_leads_through_the_same_pages(api: httpx.Client) -> None:
    fill(api, 25)
    response = api.get("/categories", params={"limit": 10})
    seen = [each["code"] for each in response.json()["records"]]
    while "next" in response.links:
        response = api.get(response.links["next"]["url"])
        seen += [each["code"] for each in response.json()["records"]]
    assert seen == [f"C{number:03}" for number in range(25)]


def test_a_record_changed_meanwhile_comes_again_and_none_is_lost(api: httpx.Client) -> None:
    fill(api, 30)
    first = api.get("/categories", params={"limit": 10}).json()
    moved = first["records"][0]
    api.put(f"/categories/{moved['id']}", json={"code": moved["code"], "name": "Changed"})
    rest = walk(api, "/categories", limit=10, page_token=first["next_page_token"])
    codes = [each["code"] for each in first["records"] + rest]
    assert codes == [f"C{number:03}" for number in range(30)] + ["C000"]
    assert rest[-1]["name"] == "Changed"


def test_only_what_changed_since(api: httpx.Client) -> None:
    fill(api, 5)
    found = walk(api, "/categories")
    since = found[3]["updated_at"]
    assert [each["code"] for each in walk(api, "/categories", updated_since=since)] == ["C003", "C004"]
    assert walk(api, "/categories", updated_since="2099-01-01T10:00:00+13:00") == []
    offset = found[3]["updated_at"].replace("Z", "+00:00")
    assert len(walk(api, "/categories", updated_since=offset)) == 2


@pytest.mark.parametrize(
    ("path", "params", "found"),
    [
        ("/products", {"sku": "CHA-INK"}, ["CHA"]),
        ("/products", {"sku": "cha-ink"}, ["CHA"]),
        ("/products", {"code": "OIL"}, ["OIL"]),
        ("/products", {"code": "NONE"}, []),
        ("/products", {"category_code": "DIN-CHA", "status": "active"}, ["CHA"]),
        ("/products", {"status": "archived"}, []),
        ("/customers", {"email": "ZOE@example.com"}, ["ZOE"]),
        ("/customers", {"group_code": "TRADE-AU"}, ["CAFE"]),
        ("/categories", {"parent_code": "DIN"}, ["DIN-CHA"]),
        ("/coupons", {"code": "WELCOME10"}, ["WELCOME10"]),
    ],
)
def test_filters(stocked: httpx.Client, path: str, params: dict[str, str], found: list[str]) -> None:
    assert [each["code"] for each in stocked.get(path, params=params).json()["records"]] == found


def test_filters_of_prices_stock_and_orders(stocked: httpx.Client) -> None:
    assert len(walk(stocked, "/group-prices", group_code="TRADE-AU", sku="CHA-RED")) == 2
    assert len(walk(stocked, "/group-prices", group_code="TRADE-AU", sku="CHA-RED", min_qty="12")) == 1
    assert len(walk(stocked, "/customer-prices", customer_code="CAFE", sku="CHA-INK", min_qty="1")) == 1
    assert len(walk(stocked, "/inventory", sku="CHA-RED")) == 2
    assert len(walk(stocked, "/inventory", sku="CHA-RED", location_code="AKL")) == 1
    one = walk(stocked, "/orders", number="W10003")
    assert [order["number"] for order in one] == ["W10003"]
    assert walk(stocked, "/orders", id=str(one[0]["id"])) == one
    assert len(walk(stocked, "/orders", customer_code="CORRETTO")) == 1
    assert len(walk(stocked, "/orders", status="new")) == 30


@pytest.mark.parametrize(
    "params",
    [
        {"colour": "red"},
        {"limit": "0"},
        {"limit": "251"},
        {"limit": "ten"},
        {"page_token": "x"},
        {"page_token": "AAAA"},
        {"updated_since": "yesterday"},
        {"updated_since": "2026-01-01T00:00:00"},
    ],
)
def test_a_parameter_that_is_not_understood_is_refused(api: httpx.Client, params: dict[str, str]) -> None:
    refused = api.get("/products", params=params)
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_parameter")


def test_times_never_go_back(api: httpx.Client) -> None:
    times = [
        api.post("/categories", json={"code": f"T{number}", "name": "T"}).json()["updated_at"] for number in range(50)
    ]
    assert times == sorted(set(times))
