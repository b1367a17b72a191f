"""What every connector can do, and what it is given by whoever opens it.

A connector is a Source and a Destination (engine.sync.ports) that can also be tried out (`check`), can tell what it
holds (`streams`) and can read what a system pushes to us (`webhook`). Errors are ConnectorError and its kinds.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal, Protocol

import httpx
from pydantic import BaseModel

from engine.redaction import HIDDEN, Secrets
from engine.sync.ports import Json, Page, Write, Written

Direction = Literal["read", "write", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What trying a connection out found. A failure is a result here, not an exception."""

    ok: bool
    message: str  # one sentence for the person who set the connection up
    kind: str | None = None  # ConnectorError.kind when not ok
    details: Mapping[str, Json] = field(default_factory=dict)  # server version, shop name, …


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One collection of a system."""

    name: str
    title: str
    entity: str | None  # the entity it usually maps to; a hint
    direction: Direction
    key: Sequence[str]  # payload fields that make the external id
    cursor: str | None = None  # payload field that grows with every change; None: always read whole
    schema: Mapping[str, Json] = field(default_factory=dict)  # JSON Schema of what is read; {}: not known
    write_schema: Mapping[str, Json] = field(default_factory=dict)  # JSON Schema of what is written; {}: not known


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """An HTTP request that a system sent us, as it came."""

    url: str  # the whole address it was sent to; some systems sign it
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """One thing a webhook told us. Only a hint to read: `payload` is used when the system sends whole objects."""

    stream: str
    mode: Literal["upsert", "refetch", "delete"]
    external_id: str
    id: str | None = None  # the delivery's id, for telling repeats apart
    topic: str | None = None
    payload: Json | None = None  # with mode upsert


SECRET: Final = HIDDEN  # stands for every secret in what is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An HTTP request as it leaves."""

    method: str
    url: str  # whole, with its query
    headers: Mapping[str, str]
    body: bytes | None = None  # None: there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An SQL statement for people to read: its values stand in it, though they travel beside it."""

    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What writing one record would send. Made by the code that sends; no secret is in it."""

    sent: Sequence[Message | Statement]  # nothing: the record is not sent at all
    together: int = 1  # how many records one of these may carry
    also: str = ""  # what else is done, in words


Rehearse = Callable[[Write], Rehearsal]  # raises ConnectorError where the record cannot be sent


class Connector(Protocol):
    """An open connection to one system. Made by `open_connector`; safe to use from many tasks at once."""

    async def check(self) -> CheckResult: ...

    async def streams(self) -> list[Stream]:
        """Raises ConnectorError where the system must be asked and does not answer."""
        ...

    def read(self, stream: str, cursor: Json | None = None, only: Sequence[str] | None = None) -> AsyncIterator[Page]:
        """As Source.read."""
        ...

    async def write(self, stream: str, batch: Sequence[Write]) -> Sequence[Written]:
        """As Destination.write."""
        ...

    def batch_size(self, stream: str) -> int: ...

    async def rehearsal(self, stream: str) -> Rehearse:
        """Shows what writes to the stream would send, without sending; works on when the connector is closed. Raises
        ConnectorError, ConfigError for a stream that is not written."""
        ...

    def webhook(self, request: WebhookRequest) -> Sequence[WebhookEvent]:
        """Checks the signature and reads the events. Raises AuthError when the signature is wrong, ConfigError when
        this connector takes no webhooks."""
        ...


class TokenStore(Protocol):
    """Where rotating OAuth tokens are kept between processes; one per connection."""

    def lock(self) -> AbstractAsyncContextManager[None]:
        """Held while a token is renewed, so that only one process spends a rotating refresh token."""
        ...

    async def load(self) -> dict[str, Json] | None: ...

    async def save(self, token: dict[str, Json]) -> None: ...


class RateBudget(Protocol):
    """Leave to send, shared by everything that talks to one connection."""

    async def acquire(self) -> None:
        """Returns when one more request may be sent. Raises RateLimitError when that is too long to wait here."""
        ...

    def release(self) -> None: ...

    def pause(self, seconds: float) -> None:
        """The system asked everybody to wait."""
        ...


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What a connector uses of the world. Tests put their own in."""

    now: Callable[[], datetime] = _now  # UTC
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random  # for jitter, 0 ≤ x < 1
    transport: httpx.AsyncBaseTransport | None = None  # None: the network
    tokens: TokenStore | None = None  # None: kept in memory while the connector is open
    rates: RateBudget | None = None  # None: counted in this process
    secrets: Secrets = field(default_factory=Secrets)  # what may not be told; tokens got on the way are added


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorKind:
    """An entry of the registry."""

    name: str
    title: str
    settings: type[BaseModel]  # strict; titles, descriptions and examples make the form; SecretStr fields are sealed
    open: Callable[[Any, Outside], AbstractAsyncContextManager[Connector]]  # settings as parsed by `settings`
    webhooks: bool = False
