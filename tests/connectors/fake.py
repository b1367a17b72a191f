"""A made-up system behind httpx's transport, and a clock that moves only when somebody sleeps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from connectors.contract import Connector, Outside
from connectors.registry import open_connector

NOW = datetime(2026, 11, 24, tzinfo=UTC)
Answering = Callable[[httpx.Request], httpx.Response]


class Clock:
    def __init__(self) -> None:
        self.now = NOW
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


class Far:
    """Answers requests with `answer`, and remembers them."""

    def __init__(self, answer: Answering) -> None:
        self.requests: list[httpx.Request] = []
        self.clock = Clock()
        self._answer = answer

    def outside(self) -> Outside:
        def handle(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            return self._answer(request)

        transport = httpx.MockTransport(handle)
        return Outside(now=lambda: self.clock.now, sleep=self.clock.sleep, random=lambda: 0.5, transport=transport)


def manifest(streams: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "connector": {"name": "fake", "title": "Fake"},
        "http": {"base_url": "https://far.example/api", **more.pop("http", {})},
        "check": {"path": "/ping"},
        "streams": streams,
        **more,
    }


@asynccontextmanager
async def opened(
    words: dict[str, Any], answer: Answering, values: dict[str, Any] | None = None, secrets: str | None = None
) -> AsyncIterator[tuple[Connector, Far]]:
    far = Far(answer)
    settings = {"manifest": words, "values": values or {}}
    async with open_connector("http", settings, {"secrets": secrets} if secrets else None, far.outside()) as connector:
        yield connector, far
