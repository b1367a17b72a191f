"""How the shop trades: its currency, GST rates, freight and loyalty. Read from `shop.json` of the seed folder."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from pydantic import Field

from connectors.sandbox_shop.models import Amount, Code, Count, Country, Currency, Name, Part


class Freight(Part):
    code: Code
    label: Name
    country: Country
    price: Amount  # with GST
    free_from: Amount | None = None  # no charge when the lines come to this


# New Zealand taxes food as well.
GST_PCT = {"AU": {"GST": "10", "GST_FREE": "0"}, "NZ": {"GST": "15", "GST_FREE": "15"}}


class Settings(Part):
    name: Name = "Sandbox shop"
    currency: Currency = "AUD"  # of the prices on the variants, which hold GST
    country: Country = "AU"
    gst_pct: dict[Country, dict[str, Count]] = Field(default_factory=GST_PCT.copy)  # by country, then tax class
    guest_groups: dict[Country, Code] = Field(default_factory=dict)  # whose prices a guest sees, by country of delivery
    guest_locations: dict[Country, Code] = Field(default_factory=dict)  # where an order is packed, likewise
    freight: list[Freight] = Field(default_factory=list)
    gift_wrap_price: Amount = "6.95"  # per order, with GST
    loyalty_programme: Name = "Rewards"
    loyalty_point_value: Amount = "0.05"

    def rate(self, country: str, tax_class: str) -> Decimal:
        """Percent."""
        return Decimal(self.gst_pct[country][tax_class])


def read_seed(folder: Path | None) -> tuple[Settings, dict[str, list[Any]]]:
    """The settings, and the records to start with by collection (`orders` ready-made)."""
    if folder is None:
        return Settings(), {}
    shop = msgspec.json.decode((folder / "shop.json").read_bytes())
    records = shop.pop("records", {})
    orders = folder / "orders.json"
    if orders.exists():
        records["orders"] = msgspec.json.decode(orders.read_bytes())
    return Settings.model_validate(shop), records
