"""Syncs of a workspace, as people configured them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, insert, select, update

from engine.errors import NotFoundError
from engine.store.database import Database, Transaction
from engine.store.schema import now
from engine.store.scope import mine
from engine.store.tables_connections import connections, syncs

DELETIONS = ("ignore", "unpublish", "delete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """A configured flow source → entity → destination. At least one side is there."""

    name: str
    title: str
    entity: str
    source: str | None = None  # connection name
    source_stream: str | None = None
    destination: str | None = None  # connection name
    destination_stream: str | None = None
    filter: str | None = None  # JSONata over the record; false keeps it from the destination
    deletions: str = "ignore"  # what a deletion does at the destination
    settings: Mapping[str, Any] = field(default_factory=dict)  # $settings in the mappings
    environment: str = "live"  # whose published mappings it runs with
    enabled: bool = True
    position: int = 100  # its place among the syncs: lower runs first
    problem: str | None = None  # why it is paused, in words


class Syncs:
    """Syncs of one workspace."""

    def __init__(self, database: Database, workspace: int) -> None:
        self._database = database
        self._workspace = workspace

    async def all(self) -> list[Sync]:
        """In the order they run."""
        async with self._database.read(self._workspace) as transaction:
            return [_sync(row) for row in await transaction.rows(_ALL)]

    async def get(self, name: str) -> Sync:
        """Raises NotFoundError that names those there are."""
        known = await self.all()
        for sync in known:
            if sync.name == name:
                return sync
        names = ", ".join(sync.name for sync in known) or "none"
        raise NotFoundError(f"there is no sync {name!r}; there is {names}")

    async def save(self, sync: Sync) -> None:
        """Makes the sync or changes it. Raises NotFoundError for a connection that is not there."""
        async with self._database.write(self._workspace) as transaction:
            values = {
                "title": sync.title,
                "entity": sync.entity,
                "source_id": await _connection_id(transaction, sync.source),
                "source_stream": sync.source_stream,
                "destination_id": await _connection_id(transaction, sync.destination),
                "destination_stream": sync.destination_stream,
                "filter": sync.filter,
                "deletions": sync.deletions,
                "settings": dict(sync.settings),
                "environment": sync.environment,
                "enabled": sync.enabled,
                "position": sync.position,
                "problem": sync.problem,
            }
            same = (mine(syncs), syncs.c.name == sync.name)
            if await transaction.first(select(syncs.c.id).where(*same)):
                await transaction.execute(update(syncs).where(*same).values(**values))
            else:
                await transaction.execute(insert(syncs).values(name=sync.name, created_at=now(), **values))

    async def pause(self, name: str, problem: str | None) -> None:
        """Runs no more by itself until a person enables it; `problem` says why in words."""
        await self._set(name, enabled=False, problem=problem)

    async def enable(self, name: str) -> None:
        await self._set(name, enabled=True, problem=None)

    async def _set(self, name: str, **values: Any) -> None:
        async with self._database.write(self._workspace) as transaction:
            await transaction.execute(update(syncs).where(mine(syncs), syncs.c.name == name).values(**values))


async def _connection_id(transaction: Transaction, name: str | None) -> int | None:
    if name is None:
        return None
    found = select(connections.c.id).where(mine(connections), connections.c.name == name)
    return int((await transaction.one(found, f"connection {name!r}")).id)


_source = connections.alias("source")
_destination = connections.alias("destination")
_ALL: Select[Any] = (
    select(syncs, _source.c.name.label("source"), _destination.c.name.label("destination"))
    .select_from(
        syncs.outerjoin(
            _source, (_source.c.id == syncs.c.source_id) & (_source.c.workspace_id == syncs.c.workspace_id)
        ).outerjoin(
            _destination,
            (_destination.c.id == syncs.c.destination_id) & (_destination.c.workspace_id == syncs.c.workspace_id),
        )
    )
    .where(mine(syncs))
    .order_by(syncs.c.position, syncs.c.name)
)


def _sync(row: Any) -> Sync:
    return Sync(
        name=row.name,
        title=row.title,
        entity=row.entity,
        source=row.source,
        source_stream=row.source_stream,
        destination=row.destination,
        destination_stream=row.destination_stream,
        filter=row.filter,
        deletions=row.deletions,
        settings=row.settings,
        environment=row.environment,
        enabled=row.enabled,
        position=row.position,
        problem=row.problem,
    )
