"""What the shop's routes share: its database, its settings, its hooks and the key to its API."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.sandbox_shop.database import Database
from connectors.sandbox_shop.hooks import Hooks
from connectors.sandbox_shop.models import COLLECTIONS
from connectors.sandbox_shop.orders import store_order
from connectors.sandbox_shop.records import create, parse
from connectors.sandbox_shop.settings import Settings, read_seed
from connectors.sandbox_shop.traffic import Traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    database: Database
    settings: Settings
    hooks: Hooks
    traffic: Traffic
    token: str  # the API's bearer token
    seed: dict[str, list[Any]]  # records to start with, by collection


def open_shop(data: Path | None, seed: Path | None, token: str) -> Shop:
    """`data` is the SQLite file (None: in memory); an empty one gets the records of the folder `seed`."""
    settings, records = read_seed(seed)
    database = Database(data)
    shop = Shop(
        database=database, settings=settings, hooks=Hooks(database), traffic=Traffic(), token=token, seed=records
    )
    if database.is_empty():
        plant(shop)
    return shop


def plant(shop: Shop) -> None:
    """Put the seed into an empty database. Orders are snapshots: they need neither their products nor customers."""
    with shop.database.transaction():
        for collection, model in COLLECTIONS.items():
            for value in shop.seed.get(collection, []):
                create(shop.database, collection, parse(model, value))
        for order in shop.seed.get("orders", []):
            store_order(shop.database, order, at=order["placed_at"])


def reset(shop: Shop) -> None:
    """As on the first day: no records but the seed, no faults, an empty log."""
    with shop.database.transaction():
        shop.database.clear()
    plant(shop)
    shop.traffic.reset()
    shop.hooks.forget()
