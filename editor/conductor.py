"""Opens what a run needs: the sync's plan, its pinned mappings, its connectors, its store (runtime.conduct.Opener).

A run uses the revisions published when it started, to its end, whatever is published meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from connectors.contract import Connector
from connectors.registry import open_connector
from editor.gateway import Gateway, open_gateway
from editor.programs import PublishedPrograms
from editor.settings import Settings
from engine.errors import ConfigError
from engine.expressions.compile import compile_expression
from engine.records.validate import natural_key, references, validate
from engine.runtime.conduct import OpenRun
from engine.runtime.request import RunRequest
from engine.store.connections import Connections
from engine.store.runs import Runs
from engine.store.sync_store import WorkspaceSyncStore
from engine.store.syncs import Sync, Syncs
from engine.sync.ports import SyncPlan
from engine.sync.read import EntityRules
from engine.sync.run import Delivering, Reading, SyncRun


class Conductor:
    """Opens runs for the worker. Runs execute on the worker's own event loop, so the database is opened there, once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self._opened: Gateway | None = None
        self._opening = asyncio.Lock()

    async def _gateway(self) -> Gateway:
        async with self._opening:
            if self._opened is None:
                self._opened = await self._stack.enter_async_context(open_gateway(self._settings, migrate=False))
            return self._opened

    @asynccontextmanager
    async def runs(self, workspace: int) -> AsyncIterator[Runs]:
        yield Runs((await self._gateway()).database, workspace)

    @asynccontextmanager
    async def open(self, request: RunRequest) -> AsyncIterator[OpenRun]:
        """Raises ConfigError, NotFoundError, MappingError: the run cannot be had as it is configured."""
        gateway = await self._gateway()
        sync = await Syncs(gateway.database, request.workspace).get(request.sync)
        async with AsyncExitStack() as stack:
            opened = await _Sides(gateway, request.workspace, stack).open(sync, request)
            yield opened


class _Sides:
    """Opens the two sides of one run; everything it opens is closed with `stack`."""

    def __init__(self, gateway: Gateway, workspace: int, stack: AsyncExitStack) -> None:
        self._gateway = gateway
        self._workspace = workspace
        self._stack = stack
        self._connections = Connections(gateway.database, workspace, gateway.seal)
        self._programs = PublishedPrograms(gateway.database, workspace)

    async def open(self, sync: Sync, request: RunRequest) -> OpenRun:
        reading = await self._reading(sync)
        delivering = await self._delivering(sync)
        if reading is None and delivering is None:
            raise ConfigError(f"sync {sync.name!r} has neither a source nor a destination")
        store = WorkspaceSyncStore(self._gateway.database, self._workspace)
        run = SyncRun(
            id=request.run,
            plan=_plan(sync, self._workspace),
            store=store,
            rules=entity_rules(sync.entity),
            token=await store.take_fence(sync.name, request.run),
            bindings={"settings": sync.settings, "now": datetime.now(UTC).isoformat().replace("+00:00", "Z")},
            reading=reading,
            delivering=delivering,
            only=request.only,
            full=request.full,
            dry_run=request.dry_run,
        )
        pinned = [side.pinned for side in (reading, delivering) if side is not None]
        return OpenRun(sync_run=run, pinned=pinned)

    async def _reading(self, sync: Sync) -> Reading | None:
        if sync.source is None or sync.source_stream is None:
            return None
        program, pinned = await self._programs.reading(
            sync.source, sync.environment, stream=sync.source_stream, entity=sync.entity
        )
        return Reading(
            source=await self._connector(sync.source),
            stream=sync.source_stream,
            connection=sync.source,
            program=program,
            pinned=pinned,
        )

    async def _delivering(self, sync: Sync) -> Delivering | None:
        if sync.destination is None or sync.destination_stream is None:
            return None
        program, pinned = await self._programs.delivering(
            sync.destination, sync.environment, entity=sync.entity, stream=sync.destination_stream
        )
        return Delivering(
            destination=await self._connector(sync.destination),
            stream=sync.destination_stream,
            connection=sync.destination,
            program=program,
            pinned=pinned,
            keep=compile_expression(sync.filter) if sync.filter else None,
        )

    async def _connector(self, name: str) -> Connector:
        connection = await self._connections.get(name)
        if connection.status == "paused":
            raise ConfigError(f"connection {name!r} is paused: {connection.problem or 'enable it to go on'}")
        secrets = await self._connections.secrets(name)
        return await self._stack.enter_async_context(open_connector(connection.connector, connection.settings, secrets))


def entity_rules(entity: str) -> EntityRules:
    """What the sync needs of an entity. Raises UsageError for an unknown one."""
    return EntityRules(
        validate=partial(validate, entity),
        natural_key=lambda document: natural_key(entity, dict(document)),
        references=lambda document: references(entity, dict(document)),
    )


def _plan(sync: Sync, workspace: int) -> SyncPlan:
    settings: Mapping[str, Any] = sync.settings
    return SyncPlan(
        workspace=str(workspace),
        sync=sync.name,
        entity=sync.entity,
        source=sync.source,
        source_stream=sync.source_stream,
        destination=sync.destination,
        destination_stream=sync.destination_stream,
        filter=sync.filter,
        deletions=sync.deletions,
        settings=settings,
    )
