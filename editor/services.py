"""What handlers work with: opened once when the application starts, narrowed to the workspace of each request."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from litestar.connection import ASGIConnection

from editor.attempts import Attempts
from editor.check_desk import CheckDesk
from editor.gateway import Gateway
from editor.mapping_desk import MappingDesk
from editor.ports import Runner
from editor.presence import Presence
from engine.store.connections import Connections
from engine.store.database import Transaction
from engine.store.people import People
from engine.store.runs import Runs
from engine.store.syncs import Syncs

Connection = ASGIConnection[Any, Any, Any, Any]


@dataclass(frozen=True, kw_only=True)
class Services:
    gateway: Gateway
    people: People
    attempts: Attempts  # failed sign-ins
    runner: Runner
    desk: MappingDesk  # where mappings are edited
    checks: CheckDesk = field(default_factory=CheckDesk)  # what publishing would do
    presence: Presence = field(default_factory=Presence)  # who has which mapping open


def services(connection: Connection) -> Services:
    return connection.app.state.services  # type: ignore[no-any-return]


def reading(request: Connection) -> AbstractAsyncContextManager[Transaction]:
    """A transaction that reads, in the workspace of the URL."""
    return services(request).gateway.database.read(request.auth.workspace)


def writing(request: Connection) -> AbstractAsyncContextManager[Transaction]:
    """A transaction that writes, in the workspace of the URL."""
    return services(request).gateway.database.write(request.auth.workspace)


def connections(request: Connection) -> Connections:
    gateway = services(request).gateway
    return Connections(gateway.database, request.auth.workspace, gateway.seal)


def syncs(request: Connection) -> Syncs:
    return Syncs(services(request).gateway.database, request.auth.workspace)


def runs(request: Connection) -> Runs:
    return Runs(services(request).gateway.database, request.auth.workspace)
