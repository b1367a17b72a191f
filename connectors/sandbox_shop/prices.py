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
    """The quantity breaks a buyer sees, lowest quantity first."""
    row = database.find("customer-groups", "key", group_code) if group_code else None
    group = row.data() if row else None
    currency = group["currency"] if group else settings.currency
    inclusive = group["prices_include_tax"] if group else True
    breaks: dict[Decimal, Price] = {}

    def add(amount: str, min_qty: str, source: str) -> None:
        quantity = Decimal(min_qty)
        breaks[quantity] = Price(
            amount=Decimal(amount), currency=currency, tax_inclusive=inclusive, min_qty=quantity, source=source
        )

    if group:
        filters = {"group_code": group["code"], "sku": variant["sku"]}
        for each in database.page("group-prices", filters=filters):
            price = each.data()
            add(price["price"], price["min_qty"], group["code"])
    if Decimal(1) not in breaks and currency == settings.currency and inclusive:
        add(variant["price"], "1", "variant")
    if customer:
        agreed = database.page("customer-prices", filters={"customer_code": customer["code"], "sku": variant["sku"]})
        for each in agreed:
            price = each.data()
            add(price["price"], price["min_qty"], "customer")
    return [breaks[quantity] for quantity in sorted(breaks)]
