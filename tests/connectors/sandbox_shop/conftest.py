"""A shop on its own port for these tests, as on the first day before each, and a small catalogue to put into it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connectors.sandbox_shop.server import SandboxShop
from tests.presence import ROOT

SEED = ROOT / "mappings" / "demo" / "shop"
HOME = {"line1": "1 Sample Street", "city": "Sydney", "region": "NSW", "postcode": "2000", "country": "AU"}
WHARE = {"line1": "2 Mock Terrace", "city": "Napier", "postcode": "4110", "country": "NZ"}


@pytest.fixture(scope="module")
def shop() -> Iterator[SandboxShop]:
    with SandboxShop(seed=SEED) as running:
        yield running


@pytest.fixture
def control(shop: SandboxShop) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{shop.url}/_control", headers=bearer(shop)) as client:
        assert client.post("/reset").status_code == 204
        yield client


@pytest.fixture
def api(shop: SandboxShop, control: httpx.Client) -> Iterator[httpx.Client]:
    """The API of a shop with nothing but its seed."""
    with httpx.Client(base_url=shop.api_url, headers=bearer(shop), timeout=10) as client:
        yield client


@pytest.fixture
def stocked(api: httpx.Client) -> httpx.Client:
    """The API of a shop with a chair in two colours, food, a service, prices, two customers and stock."""
    records: list[tuple[str, dict[str, Any]]] = [
        ("categories", {"code": "DIN", "name": "Dining"}),
        ("categories", {"code": "DIN-CHA", "name": "Chairs", "parent_code": "DIN"}),
        ("customer-groups", group("RETAIL-AU", "AUD", True)),
        ("customer-groups", group("RETAIL-NZ", "NZD", True)),
        ("customer-groups", group("TRADE-AU", "AUD", False)),
        ("products", chair()),
        ("products", {"code": "OIL", "name": "Olive oil", "tax_class": "GST_FREE", "variants": [variant("OIL", "24")]}),
        (
            "products",
            {"code": "HELP", "name": "Assembly", "variants": [variant("HELP", "89", track_stock=False)]},
        ),
        ("group-prices", price("RETAIL-NZ", "CHA-RED", "460")),
        ("group-prices", price("TRADE-AU", "CHA-RED", "310.4545")),
        ("group-prices", price("TRADE-AU", "CHA-RED", "290.1234", "12")),
        (
            "customers",
            {
                "code": "ZOE",
                "name": "Zoë Smith",
                "email": "zoe@example.com",
                "loyalty": {"member_no": "WK1", "points": 500},
            },
        ),
        ("customers", {"code": "CAFE", "name": "Café", "kind": "company", "group_code": "TRADE-AU"}),
        ("customer-prices", {"customer_code": "CAFE", "sku": "CHA-INK", "price": "300"}),
        ("inventory", {"sku": "CHA-RED", "location_code": "SYD", "on_hand": "40"}),
        ("inventory", {"sku": "CHA-INK", "location_code": "SYD", "on_hand": "4", "committed": "1"}),
        ("inventory", {"sku": "CHA-RED", "location_code": "AKL", "on_hand": "2"}),
        ("inventory", {"sku": "OIL", "location_code": "SYD", "on_hand": "100"}),
    ]
    for collection, record in records:
        response = api.post(f"/{collection}", json=record)
        assert response.status_code == 201, response.text
    return api


def bearer(shop: SandboxShop) -> dict[str, str]:
    return {"Authorization": f"Bearer {shop.token}"}


def chair(**changes: Any) -> dict[str, Any]:
    return {
        "code": "CHA",
        "name": "Schoolhouse chair “Tūī”",
        "type": "variable",
        "brand": "Møller & Søn",
        "summary": "Stacks eight high.",
        "category_codes": ["DIN-CHA"],
        "options": [{"name": "Colour", "values": ["Red", "Ink"]}],
        "variants": [
            variant("CHA-RED", "389.0000", options={"Colour": "Red"}),
            variant("CHA-INK", "389.0000", options={"Colour": "Ink"}),
        ],
        "documents": [{"title": "Specification", "url": "https://cdn.example/cha.pdf"}],
        "videos": [{"title": "See it", "url": "https://video.example/cha"}],
        "custom_fields": {"material": "Ash", "warranty_yrs": 5},
        **changes,
    }


def variant(sku: str, amount: str, **more: Any) -> dict[str, Any]:
    return {"sku": sku, "price": amount, **more}


def group(code: str, currency: str, with_tax: bool) -> dict[str, Any]:
    return {"code": code, "name": code, "currency": currency, "prices_include_tax": with_tax}


def price(code: str, sku: str, amount: str, min_qty: str = "1") -> dict[str, Any]:
    return {"group_code": code, "sku": sku, "price": amount, "min_qty": min_qty}


def checkout(*lines: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {
        "name": "Zoë Smith",
        "email": "zoe@example.com",
        "shipping_address": HOME,
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        **more,
    }
