"""Telling other systems what happened: signed webhooks, tried again until they are taken."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import uuid
from collections import deque
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from connectors.sandbox_shop.database import Database, Row

DELAYS = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds before each attempt
TIMEOUT = 5.0  # seconds the receiver has
LOG_LENGTH = 1000


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One event on its way to one webhook."""

    id: str
    url: str
    topic: str
    record_id: int
    attempts: int = 0
    status: int | None = None  # the receiver's last answer; None: none came
    delivered: bool = False


def sign(secret: str, body: bytes) -> str:
    """The value of `X-Shop-Signature`: base64 of HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class Hooks:
    """Deliveries live in memory: one under way when the shop stops is lost, as with many real shops."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._under_way: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None
        self.deliveries: deque[Delivery] = deque(maxlen=LOG_LENGTH)

    def tell(self, topic: str, row: Row) -> None:
        """Start a delivery to every webhook that wants `topic`. Called after the transaction."""
        for each in self._database.page("webhooks"):
            hook = each.data()
            if hook["active"] and topic in hook["topics"]:
                delivery = Delivery(id=str(uuid.uuid4()), url=hook["url"], topic=topic, record_id=row.id)
                self.deliveries.append(delivery)
                task = asyncio.create_task(self._deliver(delivery, hook["secret"], row))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._client:
            await self._client.aclose()

    def forget(self) -> None:
        for task in self._under_way:
            task.cancel()
        self.deliveries.clear()

    async def _deliver(self, delivery: Delivery, secret: str, row: Row) -> None:
        event: dict[str, Any] = {
            "id": delivery.id,
            "topic": delivery.topic,
            "occurred_at": row.updated_at,
            "record": msgspec.Raw(row.json().encode()),
        }
        body = msgspec.json.encode(event)
        headers = {
            "Content-Type": "application/json",
            "X-Shop-Topic": delivery.topic,
            "X-Shop-Delivery": delivery.id,
            "X-Shop-Signature": sign(secret, body),
        }
        client = self._client = self._client or httpx.AsyncClient(timeout=TIMEOUT)
        for delay in DELAYS:
            await asyncio.sleep(delay)
            delivery.attempts += 1
            try:
                response = await client.post(delivery.url, content=body, headers=headers)
            except httpx.HTTPError:
                continue
            delivery.status = response.status_code
            if response.is_success:
                delivery.delivered = True
                return
