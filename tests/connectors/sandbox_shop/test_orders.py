"""Placing and changing orders, and the orders the shop starts with."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.connectors.sandbox_shop.conftest import HOME, SEED, WHARE, checkout

SEED_ORDERS: list[dict[str, Any]] = json.loads((SEED / "orders.json").read_text())


def place(api: httpx.Client, *lines: tuple[str, str], **more: Any) -> dict[str, Any]:
    response = api.post("/orders", json=checkout(*lines, **more))
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


def check_to_the_cent(order: dict[str, Any]) -> None:
    """Everything an order says about money agrees with everything else it says."""
    totals = {name: Decimal(amount) for name, amount in order["totals"].items()}
    charges = [*([order["freight"]] if order["freight"] else []), *order["fees"]]
    everything = [*order["lines"], *charges]
    for each in everything:
        net, tax, gross, rate = (Decimal(each[name]) for name in ("net", "tax", "gross", "tax_rate_pct"))
        assert net + tax == gross
        assert abs(tax - net * rate / 100) <= Decimal("0.006")
    shown = "gross" if order["prices_include_tax"] else "net"
    for line in order["lines"]:
        amount = (Decimal(line["quantity"]) * Decimal(line["unit_price"])).quantize(Decimal("0.01"), "ROUND_HALF_UP")
        assert amount - Decimal(line["discount"]) == Decimal(line[shown])
    after = sum(Decimal(line[shown]) for line in order["lines"])
    assert totals["subtotal"] - totals["coupon"] - totals["loyalty"] == after
    assert totals["lines_net"] == sum(Decimal(line["net"]) for line in order["lines"])
    assert totals["freight_net"] + totals["fees_net"] == sum(Decimal(each["net"]) for each in charges)
    assert totals["tax"] == sum(Decimal(each["tax"]) for each in everything)
    assert totals["total"] == totals["lines_net"] + totals["freight_net"] + totals["fees_net"] + totals["tax"]
    assert totals["total"] == sum(Decimal(each["gross"]) for each in everything)
    assert totals["balance"] == totals["total"] - totals["paid"]
    assert totals["tax"] == sum(Decimal(each["amount"]) for each in order["taxes"])
    assert sum(Decimal(each["taxable"]) for each in order["taxes"]) + totals["tax"] == totals["total"]
    assert totals["coupon"] == Decimal(order["coupon"]["amount"] if order["coupon"] else 0)
    assert totals["loyalty"] == Decimal(order["loyalty"]["amount"] if order["loyalty"] else 0)


@pytest.mark.parametrize("order", SEED_ORDERS, ids=[order["number"] for order in SEED_ORDERS])
def test_a_seed_order_agrees_with_itself(order: dict[str, Any]) -> None:
    check_to_the_cent(order)


@pytest.mark.parametrize(
    ("what", "least"),
    [
        (lambda order: order["coupon"] and order["coupon"]["type"] == "percent", 5),
        (lambda order: order["coupon"] and order["coupon"]["type"] == "amount", 3),
        (lambda order: order["loyalty"], 5),
        (lambda order: order["loyalty"] and order["coupon"], 3),
        (lambda order: order["freight"] and order["freight"]["tax"] != "0.00", 10),
        (lambda order: order["currency"] == "NZD" and order["taxes"][0]["rate_pct"] == "15", 8),
        (lambda order: order["currency"] == "AUD" and order["taxes"][0]["rate_pct"] == "10", 15),
        (lambda order: not order["customer_code"], 4),
        (lambda order: not order["prices_include_tax"], 7),
        (lambda order: order["fees"], 4),
        (lambda order: len(order["lines"]) > 2, 5),
        (lambda order: "🐕" in (order["note"] or ""), 1),
        (lambda order: len(order["taxes"]) > 1, 2),
        (lambda order: order["billing_address"] != order["shipping_address"], 1),
        (lambda order: order["payment"]["status"] == "unpaid", 5),
    ],
)
def test_the_seed_orders_show_every_kind(what: Any, least: int) -> None:
    assert len(SEED_ORDERS) >= 25
    assert sum(1 for order in SEED_ORDERS if what(order)) >= least


def test_seed_orders_are_there_before_their_products(api: httpx.Client) -> None:
    assert api.get("/products").json()["records"] == []
    orders = api.get("/orders", params={"limit": 250}).json()["records"]
    assert [order["number"] for order in orders] == [order["number"] for order in SEED_ORDERS]
    first = {name: value for name, value in orders[0].items() if name in SEED_ORDERS[0]}
    assert first == SEED_ORDERS[0]
    assert orders[0]["updated_at"] == orders[0]["placed_at"]


def test_a_guest_pays_the_retail_price(stocked: httpx.Client) -> None:
    order = place(stocked, ("CHA-RED", "2"), freight_code="STD-AU", gift_wrap=True, gift_message="🎂")
    check_to_the_cent(order)
    assert (order["number"], order["status"], order["customer_code"]) == ("W10031", "new", None)
    assert (order["currency"], order["prices_include_tax"]) == ("AUD", True)
    assert order["lines"][0]["name"] == "Schoolhouse chair “Tūī” (Red)"
    assert order["lines"][0]["unit_price"] == "389.00"
    assert order["freight"]["gross"] == "0.00"  # free from 250
    assert order["totals"]["total"] == "784.95"
    assert order["location_code"] == "SYD"


def test_new_zealand_has_its_own_prices_and_gst(stocked: httpx.Client) -> None:
    order = place(stocked, ("CHA-RED", "1"), shipping_address=WHARE, freight_code="STD-NZ")
    check_to_the_cent(order)
    assert (order["currency"], order["lines"][0]["unit_price"], order["location_code"]) == ("NZD", "460.00", "AKL")
    assert order["lines"][0]["tax"] == "60.00"


def test_gst_free_food_is_free_in_australia_only(stocked: httpx.Client) -> None:
    order = place(stocked, ("OIL", "1"), ("CHA-RED", "1"))
    check_to_the_cent(order)
    assert [line["tax_rate_pct"] for line in order["lines"]] == ["0", "10"]
    assert [each["code"] for each in order["taxes"]] == ["GST", "GST_FREE"]
    stocked.post("/group-prices", json={"group_code": "RETAIL-NZ", "sku": "OIL", "price": "27"})
    stocked.post("/inventory", json={"sku": "OIL", "location_code": "AKL", "on_hand": "5"})
    assert place(stocked, ("OIL", "1"), shipping_address=WHARE)["lines"][0]["tax_rate_pct"] == "15"


@pytest.mark.parametrize(("quantity", "unit"), [("1", "310.4545"), ("11", "310.4545"), ("12", "290.1234")])
def test_trade_prices_have_breaks_and_no_gst(stocked: httpx.Client, quantity: str, unit: str) -> None:
    order = place(stocked, ("CHA-RED", quantity), customer_code="CAFE", payment_method="account")
    check_to_the_cent(order)
    assert (order["prices_include_tax"], order["lines"][0]["unit_price"]) == (False, unit)
    assert order["totals"]["paid"] == "0.00" and order["payment"]["status"] == "unpaid"


def test_a_price_agreed_with_the_customer_goes_before_the_list(stocked: httpx.Client) -> None:
    listed = {"group_code": "TRADE-AU", "sku": "CHA-INK", "min_qty": "2", "price": "1"}
    stocked.post("/group-prices", json=listed)
    order = place(stocked, ("CHA-INK", "2"), customer_code="CAFE")
    assert order["lines"][0]["unit_price"] == "300.00"


def test_coupon_and_points(stocked: httpx.Client) -> None:
    order = place(
        stocked, ("CHA-RED", "1"), ("OIL", "1"), customer_code="ZOE", coupon_code="welcome10", loyalty_points=100
    )
    check_to_the_cent(order)
    assert order["coupon"] == {
        "code": "WELCOME10",
        "label": "10 % off your first order",
        "type": "percent",
        "value": "10.00",
        "amount": "41.30",
    }
    assert order["loyalty"] == {"programme": "Kōwhai Club", "member_no": "WK1", "points": 100, "amount": "5.00"}
    order = place(stocked, ("OIL", "1"), coupon_code="MATES25")
    check_to_the_cent(order)
    assert (order["coupon"]["amount"], order["totals"]["total"]) == ("24.00", "0.00")


def test_stock_is_promised_to_the_order(stocked: httpx.Client) -> None:
    place(stocked, ("CHA-RED", "2"), ("HELP", "3"), ("CHA-RED", "1"))
    stock = stocked.get("/inventory", params={"sku": "CHA-RED", "location_code": "SYD"}).json()["records"][0]
    assert (stock["on_hand"], stock["committed"], stock["available"]) == ("40", "3", "37")


def test_what_is_short_refuses_the_whole_order(stocked: httpx.Client) -> None:
    refused = stocked.post("/orders", json=checkout(("CHA-RED", "1"), ("CHA-INK", "2"), ("CHA-INK", "2")))
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_stock")
    assert refused.json()["problems"] == [{"field": "lines", "message": "CHA-INK: 4 wanted, 3 at SYD"}]
    stock = stocked.get("/inventory", params={"sku": "CHA-RED", "location_code": "SYD"}).json()["records"][0]
    assert stock["committed"] == "0"
    assert len(stocked.get("/orders", params={"limit": 250}).json()["records"]) == 30
    refused = stocked.post("/orders", json=checkout(("OIL", "1"), location_code="MEL"))
    assert refused.json()["code"] == "out_of_stock"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{"sku": "NONE", "quantity": "1"}]}, "lines[0].sku"),
        ({"lines": [{"sku": "OIL", "quantity": "0"}]}, "lines[0]"),
        ({"lines": [{"sku": "OIL", "quantity": "-1"}]}, "lines[0].quantity"),
        ({"lines": [{"sku": "OIL", "quantity": "1", "price": "1"}]}, "lines[0].price"),
        ({"customer_code": "NONE"}, "customer_code"),
        ({"loyalty_points": 10}, "loyalty_points"),
        ({"customer_code": "ZOE", "loyalty_points": 501}, "loyalty_points"),
        ({"coupon_code": "NONE"}, "coupon_code"),
        ({"coupon_code": "OLDSPRING"}, "coupon_code"),
        ({"freight_code": "STD-NZ"}, "freight_code"),
        ({"shipping_address": WHARE}, "lines[0].sku"),  # no price for New Zealand
        ({"shipping_address": {**HOME, "country": "FR"}}, "shipping_address.country"),
        ({"shipping_address": {**HOME, "region": None}}, "shipping_address"),
        ({"email": "nobody"}, "email"),
        ({"payment_method": "shells"}, "payment_method"),
    ],
)
def test_a_bad_order_is_refused(stocked: httpx.Client, changes: dict[str, Any], field: str) -> None:
    refused = stocked.post("/orders", json={**checkout(("OIL", "1")), **changes})
    assert refused.status_code == 422, refused.text
    assert field in [problem["field"] for problem in refused.json()["problems"]]


def test_who_is_on_hold_cannot_buy(stocked: httpx.Client) -> None:
    stocked.post("/customers", json={"code": "SLOW", "name": "Slow payer", "status": "on_hold"})
    refused = stocked.post("/orders", json=checkout(("OIL", "1"), customer_code="SLOW"))
    assert refused.json()["detail"] == "The customer SLOW is on_hold"


def test_the_back_office_reports_on_an_order(stocked: httpx.Client) -> None:
    order = stocked.get("/orders", params={"number": "W10001"}).json()["records"][0]
    place = f"/orders/{order['id']}"
    change = {"status": "processing", "erp_number": "5001"}
    changed = stocked.patch(place, json=change, headers={"If-Match": '"1"'})
    assert changed.status_code == 200 and changed.headers["etag"] == '"2"'
    assert {
        **changed.json(),
        **{name: order[name] for name in ("status", "erp_number", "version", "updated_at")},
    } == order
    assert stocked.get("/orders", params={"status": "processing"}).json()["records"] == [changed.json()]
    assert stocked.patch(place, json=change, headers={"If-Match": '"1"'}).status_code == 412
    assert stocked.patch(place, json={"status": "eaten"}).status_code == 422
    assert stocked.patch(place, json={"totals": {}}).status_code == 422
    assert stocked.patch("/orders/99999", json=change).status_code == 404
