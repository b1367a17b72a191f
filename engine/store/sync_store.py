"""The kept state a sync works on (engine/sync/ports.py SyncStore), on SQLite and Postgres. One transaction a method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from engine.errors import NotFoundError, UsageError
from engine.store import positions
from engine.store.authorities import get_authority
from engine.store.connections import connection_names
from engine.store.database import Database, Transaction
from engine.store.dead_letters import close_letters, park
from engine.store.deliveries import begin_sending, end_sending, links_of, waiting
from engine.store.page import store_objects
from engine.store.page_match import IN_STREAM
from engine.store.page_state import Origin
from engine.store.tables_records import contributions
from engine.sync.ports import Known, Normalised, PageResult, Parked, Pinned, Sending, StoredRecord, SyncPlan, Written

_KNOWN = select(contributions.c.external_id, contributions.c.source_hash, contributions.c.mapping_hash).where(
    *IN_STREAM
)


class WorkspaceSyncStore:
    """SyncStore of one workspace."""

    def __init__(self, database: Database, workspace: int) -> None:
        """`workspace`: its number (engine/store/workspaces.py)."""
        self._database = database
        self._workspace = workspace
        self._ids: dict[str, int] = {}  # connection name → id; ids never change, new names are looked up

    # ---------------------------------------------------------------- fencing

    async def take_fence(self, sync: str, run: str) -> int:
        async with self._database.write(self._workspace) as tx:
            return await positions.take_fence(tx, sync, run)

    async def check_fence(self, sync: str, token: int) -> None:
        async with self._database.read(self._workspace) as tx:
            await positions.look_at_fence(tx, sync, token)

    # ---------------------------------------------------------------- reading

    async def cursor(self, sync: str, pinned: Pinned) -> Any:
        async with self._database.read(self._workspace) as tx:
            return await positions.read_cursor(tx, sync, pinned.hash)

    async def known(self, connection: str, stream: str, external_ids: Sequence[str]) -> dict[str, Known]:
        async with self._database.read(self._workspace) as tx:
            here = {"of_connection": await self._id(tx, connection), "of_stream": stream, "ids": list(external_ids)}
            return {
                row.external_id: Known(source_hash=row.source_hash, mapping_hash=row.mapping_hash)
                for row in await tx.rows(_KNOWN, here)
            }

    async def store_page(
        self,
        *,
        plan: SyncPlan,
        token: int,
        run: str,
        pinned: Pinned,
        objects: Sequence[Normalised],
        parked: Sequence[Parked],
        cursor: Any,
    ) -> PageResult:
        if plan.source is None or plan.source_stream is None:
            raise UsageError(f"the sync {plan.sync!r} reads from nowhere")
        async with self._database.write(self._workspace) as tx:
            await positions.hold_fence(tx, plan.sync, token)
            connection_id = await self._id(tx, plan.source)
            result = PageResult(changed=0, unchanged=0)
            if objects:
                origin = Origin(
                    connection_id=connection_id,
                    connection=plan.source,
                    stream=plan.source_stream,
                    entity=plan.entity,
                    run=run,
                    pinned=pinned,
                    authority=await get_authority(tx, plan.entity),
                    names=await connection_names(tx),
                )
                result = await store_objects(tx, origin, objects)
            await close_letters(tx, plan.sync, "read", [each.external_id for each in objects])
            await park(tx, plan, run, pinned, parked, connection_id)
            if cursor is not None:
                await positions.move_cursor(tx, plan.sync, pinned.hash, cursor)
            return result

    # ---------------------------------------------------------------- delivering

    async def delivery_position(self, sync: str, pinned: Pinned) -> int:
        async with self._database.read(self._workspace) as tx:
            return await positions.read_delivery(tx, sync, pinned.hash)

    async def to_deliver(
        self, plan: SyncPlan, after: int, limit: int, only: Sequence[str] | None = None
    ) -> list[StoredRecord]:
        async with self._database.read(self._workspace) as tx:
            return await waiting(
                tx,
                plan,
                connection_id=await self._destination(tx, plan),
                source_id=None if plan.source is None else await self._id(tx, plan.source),
                after=after,
                limit=limit,
                only=only,
            )

    async def links(self, connection: str, wanted: Mapping[str, Sequence[str]]) -> dict[str, dict[str, str]]:
        if not any(wanted.values()):
            return {}
        async with self._database.read(self._workspace) as tx:
            return await links_of(tx, await self._id(tx, connection), wanted)

    async def begin_deliveries(
        self, *, plan: SyncPlan, token: int, run: str, pinned: Pinned, deliveries: Sequence[Sending]
    ) -> None:
        async with self._database.write(self._workspace) as tx:
            await positions.hold_fence(tx, plan.sync, token)
            await begin_sending(tx, plan, run, pinned, deliveries, await self._destination(tx, plan))

    async def end_deliveries(
        self,
        *,
        plan: SyncPlan,
        token: int,
        run: str,
        pinned: Pinned,
        outcomes: Sequence[tuple[Sending, Written]],
        parked: Sequence[Parked],
        position: int,
    ) -> None:
        async with self._database.write(self._workspace) as tx:
            await positions.hold_fence(tx, plan.sync, token)
            connection_id = await self._destination(tx, plan)
            arrived = await end_sending(tx, plan, outcomes, connection_id)
            await close_letters(tx, plan.sync, "deliver", arrived)
            await park(tx, plan, run, pinned, parked, connection_id)
            await positions.move_delivery(tx, plan.sync, pinned.hash, position)

    # ---------------------------------------------------------------- names

    async def _destination(self, tx: Transaction, plan: SyncPlan) -> int:
        if plan.destination is None or plan.destination_stream is None:
            raise UsageError(f"the sync {plan.sync!r} delivers to nowhere")
        return await self._id(tx, plan.destination)

    async def _id(self, tx: Transaction, connection: str) -> int:
        if connection not in self._ids:
            self._ids = {name: number for number, name in (await connection_names(tx)).items()}
        try:
            return self._ids[connection]
        except KeyError:
            raise NotFoundError(f"there is no connection {connection!r}") from None
