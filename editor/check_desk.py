"""Checks of what publishing or rolling back would do. They run beside the pages, are kept for a few minutes, and a page
that asks for one finds out how far it is.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import structlog

from editor.bases import bases_in, whole
from editor.conductor import entity_rules
from editor.gateway import Gateway
from editor.mapping.set_check import MappingCheck, SetCheck, check_mapping
from editor.mapping_desk import MappingDesk
from editor.mapping_set import MappingSet, stems_of
from editor.mapping_syncs import sync_of
from engine.errors import CodiError
from engine.expressions.compile import compile_expression
from engine.mapping.compile import MappingContext, compile_draft
from engine.mapping.impact import ImpactCounter, ImpactRecord
from engine.store.environments import impact_limit
from engine.store.impact_records import count_payloads, newest_payloads, start_of_newest
from engine.store.revisions import content_hash
from engine.store.sync_store import WorkspaceSyncStore
from engine.store.syncs import Sync, Syncs
from engine.sync.deliver import keeps, wanted_links
from engine.sync.ports import StoredRecord, SyncPlan

log = structlog.get_logger()

SIZES = (500, 5_000, 50_000)  # newest records tried for each mapping
PAGE = 250  # records mapped between two looks at the progress
KEPT_FOR = 300.0  # seconds a check is shown again
MOST = 40  # checks kept

Key = tuple[int, str, str, int | None, str, int]


@dataclass
class CheckDesk:
    """One per process."""

    _checks: OrderedDict[Key, SetCheck] = field(default_factory=OrderedDict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def check(
        self,
        gateway: Gateway,
        desk: MappingDesk,
        workspace: int,
        opened: MappingSet,
        files: Mapping[str, str],
        environment: str,
        *,
        size: int = SIZES[1],
        again: bool = False,
    ) -> SetCheck:
        """What it would do if `files` ran in the environment; begun now where nobody asked lately."""
        running = opened.running[environment]
        number = running.number if running else None
        key = (workspace, opened.connection, environment, number, content_hash(files), size)
        kept = self._checks.get(key)
        if kept is not None and not again and (not kept.ended or time.monotonic() - kept.began < KEPT_FOR):
            return kept
        async with gateway.database.read(workspace) as transaction:
            limit = await impact_limit(transaction, environment)
        check = SetCheck(environment=environment, before=number, hash=key[4], size=size, limit=limit)
        self._checks[key] = check
        while len(self._checks) > MOST:
            self._checks.popitem(last=False)
        work = _Work(gateway, desk, workspace, opened.connection)
        task = asyncio.create_task(work.run(check, running.files if running else {}, files))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait({task}, timeout=0.4)  # short ones are shown at once
        return check


class _Work:
    """One check, from the files to the records."""

    def __init__(self, gateway: Gateway, desk: MappingDesk, workspace: int, connection: str) -> None:
        self._gateway = gateway
        self._desk = desk
        self._workspace = workspace
        self._connection = connection
        self._store = WorkspaceSyncStore(gateway.database, workspace)

    async def run(self, check: SetCheck, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        problem = "It was stopped before it ended."
        try:
            await self._compare(check, before, after)
            problem = ""
        except CodiError as error:
            problem = str(error)
        except Exception:  # a defect: nothing is published on a check that did not end well
            log.exception("a check met a defect", connection=self._connection)
            problem = "Something broke in CODI; its log says what."
        finally:
            check.problem = problem
            check.ended = True
            check.seconds = time.monotonic() - check.began

    async def _compare(self, check: SetCheck, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        old, new = MappingContext(bases=bases_in(before)), MappingContext(bases=bases_in(after))
        for stem in sorted({*stems_of(before), *stems_of(after)}):
            full = await self._with_schemas(stem, after, new)
            check.mappings.append(await asyncio.to_thread(check_mapping, stem, before, after, old, full))
        syncs = await Syncs(self._gateway.database, self._workspace).all()
        moving = [each for each in check.mappings if each.moves and each.after is not None]
        plans = [(each, sync_of(each.data, self._connection, syncs, check.environment)) for each in moving]
        for each, sync in plans:
            check.total += await self._count(each, sync, check.size)
        for each, sync in plans:
            await self._try(check, each, sync)

    async def _with_schemas(self, stem: str, files: Mapping[str, str], context: MappingContext) -> MappingContext:
        text = files.get(f"{stem}.yaml")
        if not text:
            return context
        try:
            document = whole(self._desk.read(text), bases_in(files))
        except CodiError:
            return context
        args = (self._gateway, self._workspace, self._connection)
        schemas = await self._desk.schemas(*args, document)
        samples = await self._desk.samples(*args, stem, document)
        payloads = [sample.payload for sample in samples]
        return replace(context, target_schema=schemas.target, source_schema=schemas.source, samples=payloads)

    async def _count(self, each: MappingCheck, sync: Sync | None, size: int) -> int:
        async with self._gateway.database.read(self._workspace) as transaction:
            source = each.data.get("from") or {}
            if each.outgoing:
                return (await start_of_newest(transaction, str(source["entity"]), size))[1]
            return min(await count_payloads(transaction, self._connection, str(source.get("stream"))), size)

    async def _try(self, check: SetCheck, each: MappingCheck, sync: Sync | None) -> None:
        assert each.after is not None
        before = each.before or compile_draft({**each.data, "fields": {}, "let": {}, "extend": None})
        settings = dict(sync.settings) if sync else {}
        each.counter = ImpactCounter(
            before, each.after, settings=settings, now=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        )
        pages = self._records(each, sync, check.size) if each.outgoing else self._payloads(each, check.size)
        async for seen, page in pages:
            await asyncio.to_thread(each.add, page)
            check.done += seen
        if not each.counter.records:
            each.note = "No stored record reads this mapping yet." if each.outgoing else "No payload is kept yet."

    async def _payloads(self, each: MappingCheck, size: int) -> AsyncIterator[tuple[int, list[ImpactRecord]]]:
        stream, last = str((each.data.get("from") or {}).get("stream")), None
        while size > 0:
            async with self._gateway.database.read(self._workspace) as transaction:
                limit = min(PAGE, size)
                page = await newest_payloads(transaction, self._connection, stream, before=last, limit=limit)
            if not page:
                return
            size, last = size - len(page), page[-1].id
            known = [row for row in page if row.payload is not None]
            yield (
                len(page),
                [ImpactRecord(key=row.external_id, payload=row.payload, id=row.external_id, links={}) for row in known],
            )

    async def _records(
        self, each: MappingCheck, sync: Sync | None, size: int
    ) -> AsyncIterator[tuple[int, list[ImpactRecord]]]:
        """Stored records as the sync would hand them to the mapping: filtered, with the links of the destination."""
        entity, stream = str(each.data["from"]["entity"]), str(each.data["to"].get("stream"))
        plan = SyncPlan(
            workspace=str(self._workspace),
            sync=sync.name if sync else "",
            entity=entity,
            destination=self._connection,
            destination_stream=stream,
        )
        keep = compile_expression(sync.filter) if sync and sync.filter else None
        rules = entity_rules(entity)
        async with self._gateway.database.read(self._workspace) as transaction:
            after, _ = await start_of_newest(transaction, entity, size)
        while page := await self._store.to_deliver(plan, after, PAGE):
            after = page[-1].sequence
            kept = [record for record in page if not record.deleted and _kept(keep, record)]
            links = await self._store.links(self._connection, wanted_links(kept, rules))
            yield (
                len(page),
                [
                    ImpactRecord(key=record.key, payload=record.document, id=record.external_id, links=links)
                    for record in kept
                ],
            )


def _kept(keep: Any, record: StoredRecord) -> bool:
    try:
        return keeps(keep, record.document)
    except CodiError:
        return False
