"""Resolving prices."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest

from engine.records.pricing import price
from engine.records.validate import validate
from tests.records.cases_of import cases_of

RRP = {"amount": "100.00", "currency": "AUD", "tax_inclusive": True}
SALE = {"amount": "80.00", "currency": "AUD", "starts_at": "2026-11-01T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z"}
PRODUCT = validate(
    "product",
    {
        "sku": "P",
        "name": "Chair",
        "category_refs": [{"code": "CHAIRS"}],
        "variants": [
            {"sku": "A", "rrp": RRP, "cost": {"amount": "40.825", "currency": "AUD"}},
            {"sku": "SALE", "rrp": RRP, "sale_price": SALE},
        ],
    },
)
LISTS = [
    validate("price_list", {"currency": "AUD", **each})
    for each in (
        {"code": "PUBLIC", "kind": "rrp", "tax_inclusive": True, "priority": 100},
        {"code": "TRADE", "kind": "trade", "customer_groups": ["TRADE"], "priority": 50},
        {"code": "VIP", "kind": "customer", "customers": ["C-2"], "priority": 200},
        {"code": "OVER", "kind": "promo", "ends_at": "2026-01-01T00:00:00Z", "priority": 1},
        {"code": "OFF", "kind": "promo", "active": False, "priority": 1},
        {"code": "POS", "kind": "promo", "channels": ["pos"], "priority": 1},
    )
]
CUSTOMERS: dict[str, Any] = {
    "member": {"code": "C-1", "group_codes": ["TRADE"]},
    "own list": {"code": "C-2", "price_list": "VIP"},
    "other": {"code": "C-3"},
}


@pytest.mark.parametrize("case", cases_of("prices"), ids=lambda case: case["name"])
def test_price(case: dict[str, Any]) -> None:
    entries = [validate("price", entry) for entry in case["entries"]]
    for order in itertools.permutations(entries):
        found = price(
            PRODUCT,
            case.get("sku", "A"),
            lists=LISTS,
            entries=order,
            customer=CUSTOMERS.get(case.get("customer", "")),
            quantity=case.get("quantity", 1),
            at=dt.datetime.fromisoformat(case.get("at", "2026-11-10T00:00:00Z")),
            channel=case.get("channel"),
        )
        expected = case["gives"]
        assert (found is None) == (expected is None)
        if found is not None:
            assert {name: getattr(found, name) for name in expected} == expected
