"""One run of a sync: read, normalise, store; then translate, push, store (DESIGN §7).

The steps are small and safe to repeat: a page is stored with its cursor in one transaction, and a delivery is written
down before it leaves. Whoever calls `read_page` and `deliver_batch` until they are done may die anywhere between.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.mapping.program import Program
from engine.sync.attempts import Patience, Sleep, write_patiently
from engine.sync.counts import Counts
from engine.sync.deliver import RecordFilter, Translated, settle, translate, wanted_links
from engine.sync.ports import (
    Destination,
    Json,
    Page,
    Parked,
    Pinned,
    Sending,
    Source,
    StoredRecord,
    SyncPlan,
    SyncStore,
    Write,
    Written,
)
from engine.sync.read import EntityRules, NormalisedPage, normalise

_START = 0  # a delivery position before every change
_LOOK_AHEAD = 500  # records translated at once; they are pushed in batches of the destination's size


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The reading half of a sync, ready to go."""

    source: Source
    stream: str
    connection: str
    program: Program
    pinned: Pinned


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """The delivering half of a sync, ready to go."""

    destination: Destination
    stream: str
    connection: str
    program: Program
    pinned: Pinned
    keep: RecordFilter | None = None  # the sync's filter; None keeps all


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one page or batch did."""

    counts: Counts
    done: bool  # nothing is left in this phase
    total: int | None = None  # records of the phase, where known


@dataclass(kw_only=True)
class SyncRun:
    """A run in progress. Holds no business state: all of that is in the store."""

    id: str
    plan: SyncPlan
    store: SyncStore
    rules: EntityRules
    token: int  # fencing token taken for this run
    bindings: Mapping[str, Json]  # $settings and $now, pinned at the start
    reading: Reading | None = None
    delivering: Delivering | None = None
    only: Sequence[str] | None = None  # just these natural keys or external ids
    full: bool = False  # read everything, whatever the cursor says
    dry_run: bool = False  # look, write nothing
    patience: Patience = field(default_factory=Patience)
    sleep: Sleep = asyncio.sleep
    _pages: AsyncIterator[Page] | None = None
    _position: int | None = None

    # ------------------------------------------------------------ reading

    async def read_page(self) -> Step:
        """Reads and stores the next page. Raises ConnectorError, StoreError, FencedError."""
        reading = self.reading
        if reading is None:
            return Step(counts=Counts(), done=True)
        if self._pages is None:
            fresh = self.full or self.only is not None
            cursor = None if fresh else await self.store.cursor(self.plan.sync, reading.pinned)
            self._pages = aiter(reading.source.read(reading.stream, cursor, self.only))
        page = await anext(self._pages, None)
        if page is None:
            return Step(counts=Counts(), done=True)
        known = await self.store.known(reading.connection, reading.stream, [o.external_id for o in page.objects])
        normalised = normalise(
            page.objects,
            known=known,
            program=reading.program,
            pinned=reading.pinned,
            rules=self.rules,
            bindings=self.bindings,
        )
        if self.dry_run:
            counts = normalised.counts + Counts(changed=len(normalised.objects)) + await self._try_out(normalised)
        else:
            counts = await self._store(reading, page, normalised)
        return Step(counts=counts, done=False, total=page.total)

    async def _store(self, reading: Reading, page: Page, normalised: NormalisedPage) -> Counts:
        result = await self.store.store_page(
            plan=self.plan,
            token=self.token,
            run=self.id,
            pinned=reading.pinned,
            objects=normalised.objects,
            parked=normalised.parked,
            cursor=None if self.only is not None else page.cursor,
        )
        return normalised.counts + Counts(changed=result.changed, unchanged=result.unchanged)

    async def _try_out(self, normalised: NormalisedPage) -> Counts:
        """A dry run translates what the page would change, without storing or pushing it."""
        documents = {o.key: o.document for o in normalised.objects if o.key is not None and o.document is not None}
        if self.delivering is None or not documents:
            return Counts()
        stored = await self.store.to_deliver(self.plan, _START, len(documents), list(documents))
        known = {record.key: record for record in stored}
        records = [
            replace(known[key], document=document, deleted=False) if key in known else _not_yet_stored(key, document)
            for key, document in documents.items()
        ]
        translated = await self._translate(self.delivering, records)
        return translated.counts + Counts(delivered=len(translated.writes))

    # ------------------------------------------------------------ delivering

    async def deliver_batch(self) -> Step:
        """Translates and pushes the next batch. Raises ConnectorError, StoreError, FencedError."""
        delivering = self.delivering
        if delivering is None or self.dry_run:
            return Step(counts=Counts(), done=True)
        if self._position is None:
            self._position = (
                _START
                if self.only is not None
                else await self.store.delivery_position(self.plan.sync, delivering.pinned)
            )
        size = delivering.destination.batch_size(delivering.stream)
        records = await self.store.to_deliver(self.plan, self._position, max(size, _LOOK_AHEAD), self.only)
        if not records:
            return Step(counts=Counts(), done=True)
        translated = await self._translate(delivering, records)
        counts = translated.counts
        parked = translated.parked
        for start in range(0, len(translated.writes), size):
            batch = slice(start, start + size)
            counts += await self._push(delivering, translated.sendings[batch], translated.writes[batch], parked)
            parked = ()
        self._position = records[-1].sequence
        await self._end(delivering, [], [], parked, self._position)
        return Step(counts=counts, done=False)

    async def _push(
        self, delivering: Delivering, sendings: Sequence[Sending], writes: Sequence[Write], parked: Sequence[Parked]
    ) -> Counts:
        """One batch: written down, pushed, written down again."""
        await self.store.begin_deliveries(
            plan=self.plan, token=self.token, run=self.id, pinned=delivering.pinned, deliveries=sendings
        )
        results = await write_patiently(
            delivering.destination, delivering.stream, writes, patience=self.patience, sleep=self.sleep
        )
        refused, counts = settle(sendings, results)
        await self._end(delivering, sendings, results, [*parked, *refused], sendings[-1].sequence)
        return counts

    async def _end(
        self,
        delivering: Delivering,
        sendings: Sequence[Sending],
        results: Sequence[Written],
        parked: Sequence[Parked],
        position: int,
    ) -> None:
        await self.store.end_deliveries(
            plan=self.plan,
            token=self.token,
            run=self.id,
            pinned=delivering.pinned,
            outcomes=list(zip(sendings, results, strict=True)),
            parked=parked,
            position=_START if self.only is not None else position,
        )

    async def _translate(self, delivering: Delivering, records: Sequence[StoredRecord]) -> Translated:
        links = await self.store.links(delivering.connection, wanted_links(records, self.rules))
        return translate(
            records,
            plan=self.plan,
            program=delivering.program,
            keep=delivering.keep,
            links=links,
            bindings=self.bindings,
        )


def _not_yet_stored(key: str, document: dict[str, Json]) -> StoredRecord:
    return StoredRecord(
        id="",
        key=key,
        sequence=0,
        document=document,
        deleted=False,
        external_id=None,
        external_version=None,
        delivered_hash=None,
        in_doubt=False,
    )
