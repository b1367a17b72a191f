"""Which price a buyer sees: agreed with the customer, else the group's, else the variant's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.sandbox_shop.database import Database
from connectors.sandbox_shop.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    amount: Decimal  # per piece
    currency: str
    tax_inclusive: bool
    min_qty: Decimal  # the quantity it starts at
    source: str  # "customer", the group's code, or "variant"


def price_for(
    database: Database,
    settings: Settings,
    variant: Mapping[str, Any],
    quantity: Decimal,
    *,
    customer: Mapping[str, Any] | None,
    group_code: str | None,
) -> Price | None:
    """None when the buyer's group has no price for it and the shop's own is in another currency."""
    found = prices_of(database, settings, variant, customer=customer, group_code=group_code)
    fitting = [price for price in found if price.min_qty <= quantity]
    return fitting[-1] if fitting else None


def prices_of(
    database: Database,
    settings: Settings,
    variant: Mapping[str, Any],
    *,
    customer: Mapping[str, Any] | None,
    group_code: str | None,
) -> list[Price]:
    """The quantity breaks a buyer sees, lowest quantity first. Below a group's first break the variant's own price
    counts, where the group pays in the same currency with GST.

    From the smallest quantity agreed with the customer on, only what was agreed counts.
    """
    row = database.find("customer-groups", "key", group_code) if group_code else None
    outsider = {"code": "", "currency": settings.currency, "prices_include_tax": True}
    group: Mapping[str, Any] = row.data() if row else outsider

    def breaks(collection: str, field: str, code: str, source: str) -> list[Price]:
        rows = database.page(collection, filters={"sku": variant["sku"], field: code})
        found = [_price(each.data(), group, source) for each in rows]
        return sorted(found, key=lambda price: price.min_qty)

    listed = breaks("group-prices", "group_code", group["code"], group["code"]) if row else []
    from_one = listed and listed[0].min_qty <= 1
    if not from_one and group["currency"] == settings.currency and group["prices_include_tax"]:
        listed.insert(0, _price({"price": variant["price"], "min_qty": "1"}, group, "variant"))
    agreed = breaks("customer-prices", "customer_code", customer["code"], "customer") if customer else []
    return [price for price in listed if not agreed or price.min_qty < agreed[0].min_qty] + agreed


def _price(found: Mapping[str, Any], group: Mapping[str, Any], source: str) -> Price:
    return Price(
        amount=Decimal(found["price"]),
        currency=group["currency"],
        tax_inclusive=group["prices_include_tax"],
        min_qty=Decimal(found["min_qty"]),
        source=source,
    )
