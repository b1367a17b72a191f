"""What stands before the API: the rate limit, the faults asked for, and the log of what went through."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from pydantic import Field, model_validator

from connectors.sandbox_shop.models import Part
from connectors.sandbox_shop.problems import ShopError

WRITTEN = "sandbox_shop.written"  # in the ASGI state: how many records the request wrote
LOG_LENGTH = 20_000


class Fault(Part):
    """Misbehaviour, for the requests it fits."""

    latency_ms: Annotated[int, Field(ge=0, le=60_000)] = 0  # wait before anything else
    status: Annotated[int, Field(ge=400, le=599)] | None = None  # answer this, do nothing
    retry_after: Annotated[int, Field(ge=0)] = 1  # seconds, sent with 429 and 503
    timeout_after_commit: bool = False  # do the work, then never answer
    hang_seconds: Annotated[float, Field(gt=0, le=600)] = 60.0  # how long "never" is; then 504
    truncate_body: bool = False  # do the work, then send the first half of the answer
    next: Annotated[int, Field(ge=1)] | None = None  # only so many requests; None: until taken back
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0  # of each request
    seed: int = 0  # of the dice
    method: str | None = None  # only requests with this method
    path: str | None = None  # only paths that begin so

    @model_validator(mode="after")
    def check_does_something(self) -> Fault:
        if not (self.latency_ms or self.status or self.timeout_after_commit or self.truncate_body):
            raise ValueError("say what to do: latency_ms, status, timeout_after_commit or truncate_body")
        return self


class RateLimit(Part):
    per_second: Annotated[float, Field(gt=0)] = 1000.0
    burst: Annotated[int, Field(ge=1)] = 2000


@dataclass(slots=True)
class Armed:
    """A fault with what is left of it and its dice."""

    fault: Fault
    left: int | None
    dice: random.Random

    def strikes(self, method: str, path: str) -> bool:
        fault = self.fault
        if self.left == 0 or (fault.method and fault.method != method):
            return False
        if fault.path and not path.startswith(fault.path):
            return False
        if fault.probability < 1 and self.dice.random() >= fault.probability:
            return False
        if self.left is not None:
            self.left -= 1
        return True


@dataclass(slots=True)
class Entry:
    """One request, as it went."""

    at: str
    method: str
    path: str
    query: str
    status: int = 0  # 0: never answered
    written: int = 0  # records
    milliseconds: float = 0.0
    faults: list[str] = field(default_factory=list)


class Traffic:
    def __init__(self) -> None:
        self.log: deque[Entry] = deque(maxlen=LOG_LENGTH)
        self.armed: list[Armed] = []
        self.limit_rate(RateLimit())

    def arm(self, fault: Fault) -> None:
        self.armed.append(Armed(fault, fault.next, random.Random(fault.seed)))

    def limit_rate(self, limit: RateLimit) -> None:
        self.limit = limit
        self._tokens = float(limit.burst)
        self._filled = time.monotonic()

    def reset(self) -> None:
        self.log.clear()
        self.armed.clear()
        self.limit_rate(RateLimit())

    def striking(self, method: str, path: str) -> list[Fault]:
        found = [armed.fault for armed in self.armed if armed.strikes(method, path)]
        self.armed = [armed for armed in self.armed if armed.left != 0]
        return found

    def seconds_to_wait(self) -> float:
        """0.0 takes one token of the budget."""
        now = time.monotonic()
        self._tokens = min(float(self.limit.burst), self._tokens + (now - self._filled) * self.limit.per_second)
        self._filled = now
        if self._tokens < 1:
            return (1 - self._tokens) / self.limit.per_second
        self._tokens -= 1
        return 0.0


def with_traffic(app: ASGIApp, traffic: Traffic) -> ASGIApp:
    """`app` behind the log, the rate limit and the faults. Pages and control routes are let through untouched."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not scope["path"].startswith("/api/"):
            await app(scope, receive, send)
            return
        started = time.perf_counter()
        entry = Entry(
            at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
        )
        traffic.log.append(entry)
        faults = traffic.striking(entry.method, entry.path)
        entry.faults = [name for fault in faults for name in _names(fault)]

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            await send(message)

        try:
            await _answer(app, traffic, faults, scope, receive, noting)
        finally:
            entry.written = scope["state"].get(WRITTEN, 0)
            entry.milliseconds = round((time.perf_counter() - started) * 1000, 2)

    return guarded


async def _answer(
    app: ASGIApp, traffic: Traffic, faults: list[Fault], scope: Scope, receive: Receive, send: Send
) -> None:
    for fault in faults:
        if fault.latency_ms:
            await asyncio.sleep(fault.latency_ms / 1000)
    wait = traffic.seconds_to_wait()
    if wait:
        seconds = max(1, round(wait + 0.5))
        await _send_error(ShopError(429, "rate_limited", "Slow down", headers={"Retry-After": str(seconds)}), send)
        return
    for fault in faults:
        if fault.status:
            waits = {"Retry-After": str(fault.retry_after)} if fault.status in (429, 503) else {}
            code = "rate_limited" if fault.status == 429 else "fault"
            await _send_error(ShopError(fault.status, code, "A fault that was asked for", headers=waits), send)
            return
    silent = next((fault for fault in faults if fault.timeout_after_commit), None)
    if silent or any(fault.truncate_body for fault in faults):
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await app(scope, receive, keep)
        if silent:
            await _hang(silent.hang_seconds, receive, send)
        else:
            await _send_half(messages, send)
        return
    await app(scope, receive, send)


async def _hang(seconds: float, receive: Receive, send: Send) -> None:
    """Say nothing until the caller goes away; after `seconds` answer as a proxy would."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        await _send_error(ShopError(504, "fault", "The shop did not answer in time"), send)


async def _send_half(messages: list[Message], send: Send) -> None:
    """The first half of the body, under its own length, so that only who decodes it notices."""
    body = b"".join(message.get("body", b"") for message in messages if message["type"] == "http.response.body")
    half = body[: len(body) // 2]
    for message in messages:
        if message["type"] == "http.response.start":
            headers = [(name, value) for name, value in message["headers"] if name.lower() != b"content-length"]
            message["headers"] = [*headers, (b"content-length", str(len(half)).encode())]
            await send(message)
    await send({"type": "http.response.body", "body": half, "more_body": False})


async def _send_error(error: ShopError, send: Send) -> None:
    body = msgspec.json.encode(error.body())
    headers = {"content-type": "application/problem+json", "content-length": str(len(body)), **error.headers}
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": error.status, "headers": encoded})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _names(fault: Fault) -> list[str]:
    flags: dict[str, Any] = {
        "latency": fault.latency_ms,
        f"status {fault.status}": fault.status,
        "timeout": fault.timeout_after_commit,
        "truncated": fault.truncate_body,
    }
    return [name for name, on in flags.items() if on]
