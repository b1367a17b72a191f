"""Pages to store, as a sync would hand them over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.encoding import canonical, digest
from engine.store.sync_store import WorkspaceSyncStore
from engine.sync.ports import Normalised, PageResult, Parked, Pinned, Sending, StoredRecord, SyncPlan, Written

PLAN = SyncPlan(
    workspace="acme",
    sync="products",
    entity="product",
    source="erp",
    source_stream="items",
    destination="shop",
    destination_stream="products",
)
BACK = SyncPlan(
    workspace="acme",
    sync="products-back",
    entity="product",
    source="shop",
    source_stream="products",
    destination="erp",
    destination_stream="items",
)
READ = Pinned(mapping="erp/product.in", revision=1, hash="read-1")
WRITE = Pinned(mapping="shop/product.out", revision=1, hash="write-1")


def product(external_id: str, sku: str, *, version: str | None = None, **fields: Any) -> Normalised:
    document = {"sku": sku, "name": f"Product {sku}", **fields}
    payload = canonical({"id": external_id, "version": version, **document})
    return Normalised(
        external_id=external_id,
        key=sku,
        payload=payload,
        source_hash=digest(payload),
        document=document,
        version=version,
    )


def gone(external_id: str) -> Normalised:
    return Normalised(external_id=external_id, key=None, payload=None, source_hash=b"", document=None)


async def store(
    store: WorkspaceSyncStore,
    objects: Sequence[Normalised],
    *,
    plan: SyncPlan = PLAN,
    pinned: Pinned = READ,
    parked: Sequence[Parked] = (),
    cursor: Any = None,
    run: str = "run-1",
) -> PageResult:
    token = await store.take_fence(plan.sync, run)
    return await store.store_page(
        plan=plan, token=token, run=run, pinned=pinned, objects=objects, parked=parked, cursor=cursor
    )


def sending(record: StoredRecord, payload: dict[str, Any] | None = None) -> Sending:
    encoded = canonical(payload or {"sku": record.key})
    return Sending(
        record_id=record.id,
        key=record.key,
        sequence=record.sequence,
        payload=encoded,
        payload_hash=digest(encoded),
        idempotency_key=f"{record.id}-{record.sequence}",
    )


async def deliver(
    store: WorkspaceSyncStore, records: Sequence[StoredRecord], *, plan: SyncPlan = PLAN, run: str = "run-1"
) -> None:
    """Delivers all of them: external id `x<key>`, version `v1`."""
    token = await store.take_fence(plan.sync, run)
    sendings = [sending(record) for record in records]
    await store.begin_deliveries(plan=plan, token=token, run=run, pinned=WRITE, deliveries=sendings)
    await store.end_deliveries(
        plan=plan,
        token=token,
        run=run,
        pinned=WRITE,
        outcomes=[(each, Written(external_id=f"x{each.key}", version="v1")) for each in sendings],
        parked=[],
        position=records[-1].sequence,
    )
