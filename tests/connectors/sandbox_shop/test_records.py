"""Creating, reading, replacing and removing one record, and every refusal."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.connectors.sandbox_shop.conftest import chair, variant

RECORDS: list[tuple[str, dict[str, Any]]] = [
    ("categories", {"code": "NEW", "name": "New"}),
    ("products", chair(code="NEW", category_codes=[], options=[], variants=[variant("NEW", "1.5")])),
    ("customer-groups", {"code": "NEW", "name": "New", "currency": "NZD", "prices_include_tax": True}),
    ("group-prices", {"group_code": "TRADE-AU", "sku": "OIL", "min_qty": "6.000", "price": "19.1250"}),
    ("customers", {"code": "NEW", "name": "New", "email": "new@example.com"}),
    ("customer-prices", {"customer_code": "CAFE", "sku": "OIL", "price": "17"}),
    ("locations", {"code": "NEW", "name": "New", "country": "NZ"}),
    ("inventory", {"sku": "OIL", "location_code": "MEL", "on_hand": "-3"}),
    ("coupons", {"code": "NEW", "label": "New", "type": "amount", "value": "5"}),
    ("webhooks", {"url": "http://127.0.0.1:9/hook", "secret": "12345678", "topics": ["order.created"]}),
]


@pytest.mark.parametrize(("collection", "record"), RECORDS)
def test_a_record_through_its_life(stocked: httpx.Client, collection: str, record: dict[str, Any]) -> None:
    created = stocked.post(f"/{collection}", json=record)
    assert created.status_code == 201
    body = created.json()
    place = f"/{collection}/{body['id']}"
    assert created.headers["location"] == f"/api{place}"
    assert created.headers["etag"] == '"1"' and body["version"] == 1
    assert body["created_at"] == body["updated_at"]

    read = stocked.get(place)
    assert read.json() == body and read.headers["etag"] == '"1"'

    again = stocked.post(f"/{collection}", json=record)
    assert (again.status_code, again.json()["code"]) == (409, "duplicate")
    assert again.json()["existing_id"] == body["id"]

    replaced = stocked.put(place, json=body)  # what was read may be sent back
    assert replaced.status_code == 200 and replaced.headers["etag"] == '"2"'
    assert {**replaced.json(), "version": 1, "updated_at": body["updated_at"]} == body
    assert replaced.json()["updated_at"] > body["updated_at"]

    assert stocked.delete(place).status_code == 204
    assert stocked.get(place).status_code == 404
    assert stocked.put(place, json=record).json()["code"] == "not_found"
    assert stocked.delete(place).status_code == 404
    assert stocked.post(f"/{collection}", json=record).status_code == 201  # its name is free again


def test_amounts_and_quantities_come_back_plain(stocked: httpx.Client) -> None:
    sent = {"group_code": "TRADE-AU", "sku": "OIL", "min_qty": "6.000", "price": "19.1250"}
    body = stocked.post("/group-prices", json=sent).json()
    assert (body["min_qty"], body["price"]) == ("6", "19.125")
    stock = stocked.get("/inventory", params={"sku": "CHA-INK"}).json()["records"][0]
    assert (stock["on_hand"], stock["committed"], stock["available"]) == ("4", "1", "3")


def test_a_variant_keeps_its_id_for_as_long_as_its_sku_lives(stocked: httpx.Client) -> None:
    before = stocked.get("/products", params={"code": "CHA"}).json()["records"][0]
    after = chair(variants=[*reversed(chair()["variants"])])
    body = stocked.put(f"/products/{before['id']}", json=after).json()
    ids = {each["sku"]: each["id"] for each in before["variants"]}
    assert {each["sku"]: each["id"] for each in body["variants"]} == ids


def test_prices_and_stock_go_with_their_sku(stocked: httpx.Client) -> None:
    product = stocked.get("/products", params={"code": "CHA"}).json()["records"][0]
    without_ink = {**product, "variants": product["variants"][:1]}
    assert stocked.put(f"/products/{product['id']}", json=without_ink).status_code == 200
    assert stocked.get("/inventory", params={"sku": "CHA-INK"}).json()["records"] == []
    assert stocked.get("/customer-prices", params={"sku": "CHA-INK"}).json()["records"] == []
    assert len(stocked.get("/inventory", params={"sku": "CHA-RED"}).json()["records"]) == 2
    stocked.delete(f"/products/{product['id']}")
    assert stocked.get("/group-prices").json()["records"] == []


def test_prices_go_with_their_customer_or_group(stocked: httpx.Client) -> None:
    for collection, code in (("customers", "CAFE"), ("customer-groups", "TRADE-AU")):
        record = stocked.get(f"/{collection}", params={"code": code}).json()["records"][0]
        assert stocked.delete(f"/{collection}/{record['id']}").status_code == 204
    assert stocked.get("/customer-prices").json()["records"] == []
    assert [each["group_code"] for each in stocked.get("/group-prices").json()["records"]] == ["RETAIL-NZ"]


def test_a_sku_in_other_letters_is_the_same_sku(stocked: httpx.Client) -> None:
    product = stocked.get("/products", params={"code": "OIL"}).json()["records"][0]
    variants = [{**product["variants"][0], "sku": "oil"}]
    body = stocked.put(f"/products/{product['id']}", json={**product, "variants": variants}).json()
    assert body["variants"][0]["id"] == product["variants"][0]["id"]
    assert len(stocked.get("/inventory", params={"sku": "OIL"}).json()["records"]) == 1


def test_names_are_one_without_regard_to_case(stocked: httpx.Client) -> None:
    refused = stocked.post("/customers", json={"code": "zoe", "name": "Zoe"})
    assert refused.json()["code"] == "duplicate"
    refused = stocked.post("/customers", json={"code": "OTHER", "name": "Other", "email": "ZOE@example.com"})
    assert refused.json()["problems"][0]["field"] == "email"
    taken = {"code": "X", "name": "X", "variants": [variant("cha-red", "1")]}
    refused = stocked.post("/products", json=taken)
    assert (refused.status_code, refused.json()["problems"][0]["field"]) == (409, "sku")


def test_versions(stocked: httpx.Client) -> None:
    product = stocked.get("/products", params={"code": "OIL"}).json()["records"][0]
    place = f"/products/{product['id']}"
    assert stocked.put(place, json=product, headers={"If-Match": '"1"'}).status_code == 200
    refused = stocked.put(place, json={**product, "version": 2}, headers={"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
    refused = stocked.put(place, json=product)  # its body says version 1
    assert (refused.status_code, refused.json()["code"]) == (409, "version_conflict")
    assert stocked.put(place, json=product, headers={"If-Match": "old"}).status_code == 412
    assert stocked.delete(place, headers={"If-Match": 'W/"1"'}).status_code == 412
    assert stocked.delete(place, headers={"If-Match": "*"}).status_code == 204


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("categories", {"name": "No code"}, "code"),
    ("categories", {"code": "A B", "name": "Space"}, "code"),
    ("categories", {"code": "A", "name": "Trailing "}, "name"),
    ("categories", {"code": "A", "name": "A", "parent_code": "A"}, ""),
    ("categories", {"code": "A", "name": "A", "parent_code": "NONE"}, "parent_code"),
    ("categories", {"code": "A", "name": "A", "colour": "red"}, "colour"),
    ("categories", {"code": "A", "name": "A", "position": "1"}, "position"),
    ("products", chair(code="A", category_codes=["DIN", "NONE"]), "category_codes[1]"),
    ("products", chair(code="A", variants=[]), "variants"),
    ("products", chair(code="A", options=[], variants=[variant("A", "1"), variant("a", "1")]), ""),
    ("products", chair(code="A", options=[], variants=[{"sku": "A"}]), "variants[0].price"),
    ("products", chair(code="A", options=[], variants=[{"sku": "A", "price": 1.5}]), "variants[0].price"),
    ("products", chair(code="A", options=[], variants=[variant("A", "-1")]), "variants[0].price"),
    ("products", chair(code="A", options=[], variants=[variant("A", "1.00001")]), "variants[0].price"),
    ("products", chair(code="A", options=[], variants=[variant("A", "1", barcode="29 123")]), "variants[0].barcode"),
    ("products", chair(code="A", variants=[variant("A", "1", options={"Size": "L"})]), ""),
    ("products", chair(code="A", options=[], variants=[variant("A", "1", x=1)]), "variants[0].x"),
    ("products", chair(code="A", images=[{"url": "ftp://x"}]), "images[0].url"),
    ("products", chair(code="A", status="live"), "status"),
    ("customers", {"code": "A", "name": "A", "email": "Zoe@Example.com "}, "email"),
    ("customers", {"code": "A", "name": "A", "group_code": "NONE"}, "group_code"),
    (
        "customers",
        {"code": "A", "name": "A", "addresses": [{"line1": "1", "city": "S", "postcode": "2000", "country": "AU"}]},
        "addresses[0]",
    ),
    (
        "customers",
        {"code": "A", "name": "A", "addresses": [{"line1": "1", "city": "N", "postcode": "41", "country": "NZ"}]},
        "addresses[0]",
    ),
    ("group-prices", {"group_code": "NONE", "sku": "OIL", "price": "1"}, "group_code"),
    ("group-prices", {"group_code": "TRADE-AU", "sku": "NONE", "price": "1"}, "sku"),
    ("customer-prices", {"customer_code": "NONE", "sku": "OIL", "price": "1"}, "customer_code"),
    ("inventory", {"sku": "OIL", "location_code": "NONE", "on_hand": "1"}, "location_code"),
    ("inventory", {"sku": "OIL", "location_code": "MEL", "on_hand": "1", "incoming_eta": "soon"}, "incoming_eta"),
    ("coupons", {"code": "A", "label": "A", "type": "free", "value": "1"}, "type"),
    ("webhooks", {"url": "http://x", "secret": "short", "topics": ["order.created"]}, "secret"),
    ("webhooks", {"url": "http://x", "secret": "12345678", "topics": ["order.eaten"]}, "topics[0]"),
]


@pytest.mark.parametrize(("collection", "record", "field"), REFUSED)
def test_a_bad_record_is_refused_with_its_field(
    stocked: httpx.Client, collection: str, record: dict[str, Any], field: str
) -> None:
    refused = stocked.post(f"/{collection}", json=record)
    assert refused.status_code == 422, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert field in [problem["field"] for problem in refused.json()["problems"]]
    assert refused.json()["code"] in ("invalid", "unknown_reference")


def test_every_wrong_field_is_named_at_once(api: httpx.Client) -> None:
    refused = api.post("/categories", json={"code": "", "name": 5, "x": 1}).json()
    assert sorted(problem["field"] for problem in refused["problems"]) == ["code", "name", "x"]


@pytest.mark.parametrize("body", [b"", b"{", b'{"code": NaN}', b"\xff\xfe", b'{"code": "A" "name"}'])
def test_what_is_not_json_is_malformed(api: httpx.Client, body: bytes) -> None:
    refused = api.post("/categories", content=body)
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("body", [b"[]", b"null", b'"A"', b"3"])
def test_json_that_is_no_object_is_invalid(api: httpx.Client, body: bytes) -> None:
    assert api.post("/categories", content=body).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/products/x", 404, "not_found"),
        ("GET", "/products/99999", 404, "not_found"),
        ("PATCH", "/products/1", 405, "method_not_allowed"),
        ("DELETE", "/orders/1", 405, "method_not_allowed"),
        ("PUT", "/products", 405, "method_not_allowed"),
    ],
)
def test_what_is_not_there(api: httpx.Client, method: str, path: str, status: int, code: str) -> None:
    refused = api.request(method, path)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic c2FuZGJveA==", "Bearer sandbox-shop-tokené"])
def test_only_with_the_token(shop: Any, header: str | None) -> None:
    headers = {"Authorization": header.encode()} if header else {}
    for place in ("/api/products", "/api/orders", "/_control/log"):
        assert httpx.get(shop.url + place, headers=headers).status_code == 401
    assert httpx.get(f"{shop.url}/api/products").json()["code"] == "unauthorized"


def test_stock_is_adjusted_with_a_reason(stocked: httpx.Client) -> None:
    change = {"sku": "OIL", "location_code": "SYD", "delta": "-2", "reason": "damage", "reference": "D-1"}
    body = stocked.post("/inventory/adjust", json=change).json()
    assert (body["on_hand"], body["available"]) == ("98", "98")
    refused = stocked.post("/inventory/adjust", json={**change, "delta": "-99"})
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_stock")
    assert stocked.get("/inventory", params={"sku": "OIL"}).json()["records"][0]["on_hand"] == "98"
    refused = stocked.post("/inventory/adjust", json={**change, "location_code": "AKL"})
    assert refused.json()["code"] == "unknown_reference"
