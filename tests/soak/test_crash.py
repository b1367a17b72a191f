"""Killed two hundred times at random moments while orders and products move (DESIGN: nothing lost, nothing twice)."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

from tests.runtime.installation import BEFORE_ORDERS, installed

KILLS = int(os.environ.get("CODI_SOAK_KILLS", "200"))


async def test_killed_at_random(tmp_path: Path) -> None:
    dice = random.Random(7)
    async with installed(tmp_path) as installation:
        for sync in BEFORE_ORDERS[:2]:
            installation.run(sync)
        for _ in range(KILLS):
            process = installation.start(dice.choice(("products", "customers", "orders")))
            time.sleep(dice.uniform(1.0, 5.0))
            installation.kill(process)
        for sync in (*BEFORE_ORDERS, "orders"):
            installation.run(sync)

        installation.orders_once()
        codes = [product["code"] for product in installation.shop_api("products")]
        assert len(codes) == len(set(codes)) > 90
        before = len(installation.sent("/api/"))
        for sync in (*BEFORE_ORDERS, "orders"):
            installation.run(sync)
        assert len(installation.sent("/api/")) == before, "everything had arrived"
