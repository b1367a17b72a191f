"""A workspace full of somebody else's things: a row in every table that belongs to workspaces.

What may be asked for (names, ids) has `zephyr` in it; what only an answer could tell (titles, values, people) has
`quillfish`. A test asks for the first and looks for the second.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, insert, select

from engine.encoding import encode
from engine.records.merge import Authority
from engine.store.authorities import set_authority
from engine.store.connections import Connections
from engine.store.database import Database
from engine.store.enrichments import Enrichments
from engine.store.environments import set_impact_limit
from engine.store.people import People
from engine.store.records import Records
from engine.store.revisions import Revisions
from engine.store.runs import Runs
from engine.store.samples import save_sample
from engine.store.schema import metadata, now
from engine.store.scope import mine
from engine.store.seal import Seal
from engine.store.sync_store import WorkspaceSyncStore
from engine.store.syncs import Sync, Syncs
from engine.sync.ports import Normalised, Parked, Pinned, Sending, SyncPlan, Written
from tests.presence import ROOT

for _tables in (ROOT / "engine" / "store").glob("tables_*.py"):
    importlib.import_module(f"engine.store.{_tables.stem}")

SECRET = "quillfish"
WHO = "quillfish@zephyr.example"
ERP, SHOP, SYNC, RUN, STEM = "zephyr-erp", "zephyr-shop", "zephyr-products", "zephyrrun", "zephyr.out"
SAMPLE, TABLE, KEY = "zephyr-sample", "zephyr_tax", "ZEPHYR-1"
REVISIONS = 5  # more than anybody else's set has here, so that the last number names nothing there

INCOMING = """\
format: 1
mapping: zephyr-erp/zephyr.in
title: Quillfish item to product
from: {stream: zephyr_items}
to: {entity: product}
fields: {sku: CODE, name: NAME}
"""
OUTGOING = """\
format: 1
mapping: zephyr-shop/zephyr.out
title: Product to quillfish
from: {entity: product}
to: {stream: zephyr_products}
lookups:
  zephyr_tax: {GST: quillfish}
fields:
  sku: sku
  title: name
  tax: {expr: tax_class, lookup: zephyr_tax}
"""
GOLDEN = "title: quillfish\ngiven: {sku: A}\nexpect: {sku: A}\n"
PLAN = SyncPlan(
    workspace="0",
    sync=SYNC,
    entity="product",
    source=ERP,
    source_stream="zephyr_items",
    destination=SHOP,
    destination_stream="zephyr_products",
)
READ = Pinned(mapping="zephyr-erp/zephyr.in", revision=1, hash="read")
WRITE = Pinned(mapping="zephyr-shop/zephyr.out", revision=1, hash="write")


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """Numbers that only they have."""

    workspace: int
    record: str
    letter: int
    member: int
    key: int


async def fill(database: Database, seal: Seal, workspace: int) -> Theirs:
    """Fills the workspace; it has had nothing but people."""
    connections = Connections(database, workspace, seal)
    for name in (ERP, SHOP):
        settings = {"url": f"sqlite:///{SECRET}.db", "streams": {}}
        await connections.save(name, title="Quillfish", connector="sql", settings=settings, secrets={"password": "q"})
    revisions = Revisions(database, workspace)
    await revisions.import_files(ERP, {"zephyr.in.yaml": INCOMING}, who=WHO)
    for number in range(REVISIONS):
        files = {f"{STEM}.yaml": f"{OUTGOING}# {number}\n", f"{STEM}.golden/zephyr-test.yaml": GOLDEN}
        await revisions.import_files(SHOP, files, who=WHO)
        for environment in ("test", "live"):
            await revisions.publish(SHOP, environment, reason="quillfish", who=WHO)
    sync = Sync(
        name=SYNC,
        title="Quillfish products",
        entity="product",
        source=ERP,
        source_stream="zephyr_items",
        destination=SHOP,
        destination_stream="zephyr_products",
    )
    await Syncs(database, workspace).save(sync)
    await _run(database, workspace)
    people = People(database)
    member = await people.add_member(workspace, "quillfish-viewer@zephyr.example", "Quillfish Viewer", "viewer")
    assert member is not None
    await people.add_key(
        workspace, name="quillfish", start="codi_quil", key_hash=b"q" * 32, scopes=("records:read",), by=WHO
    )
    await _rest(database, workspace)
    (key,) = await people.keys(workspace)
    record = await Records(database, workspace).get("product", KEY)
    async with database.read(workspace) as tx:
        letters = metadata.tables["dead_letters"]
        letter = await tx.value(select(letters.c.id).where(mine(letters)))
    return Theirs(workspace=workspace, record=record.id, letter=letter, member=member.id, key=key.id)


async def _run(database: Database, workspace: int) -> None:
    """A run with everything it leaves: two versions of a record, a delivery with its links, a dead letter."""
    runs, store = Runs(database, workspace), WorkspaceSyncStore(database, workspace)
    await runs.queue_run(RUN, SYNC, trigger="hand", dry_run=False)
    await runs.log(RUN, "error", "quillfish")
    token = await store.take_fence(SYNC, RUN)
    parked = Parked(
        phase="read",
        key="ZEPHYR-9",
        kind="rejected",
        reason="quillfish",
        errors={"name": "quillfish"},
        payload=encode({"NAME": "quillfish"}),
    )
    for name in ("Quillfish", "Quillfish again"):
        document = {"sku": KEY, "name": name}
        item = Normalised(
            external_id=KEY,
            key=KEY,
            payload=encode({"CODE": KEY, "NAME": name}),
            source_hash=name.encode(),
            document=document,
        )
        await store.store_page(
            plan=PLAN, token=token, run=RUN, pinned=READ, objects=[item], parked=[parked], cursor={"at": "quillfish"}
        )
    (record,) = await store.to_deliver(PLAN, 0, 10)
    sent = Sending(
        record_id=record.id,
        key=KEY,
        sequence=record.sequence,
        payload=encode({"title": "quillfish"}),
        payload_hash=b"q" * 32,
        idempotency_key="quillfish",
    )
    at: dict[str, Any] = {"plan": PLAN, "token": token, "run": RUN, "pinned": WRITE}
    await store.begin_deliveries(**at, deliveries=[sent])
    arrived = Written(external_id="zephyr-77", response={"said": SECRET}, links=[("product", KEY, "zephyr-78")])
    await store.end_deliveries(**at, outcomes=[(sent, arrived)], parked=[], position=record.sequence)


async def _rest(database: Database, workspace: int) -> None:
    await Enrichments(database, workspace).save("product", {"sku": KEY, "brand": "Quillfish"}, who=WHO)
    at = now()
    async with database.write(workspace) as tx:
        body = encode({"NAME": "quillfish"})
        await save_sample(tx, f"{SHOP}/{STEM}", SAMPLE, body, origin="quillfish", masked=True, who=WHO)
        await set_authority(tx, "product", Authority(connections=(ERP,)))
        await set_impact_limit(tx, "live", 0.5)
        schedule = {"sync": SYNC, "kind": "cron", "expression": "0 0 1 1 *", "timezone": "UTC", "enabled": False}
        await tx.execute(insert(_table("schedules")), {**schedule, "options": {}, "created_at": at})
        names = _table("connections")
        connection = await tx.value(select(names.c.id).where(mine(names)).limit(1))
        budget = {"connection_id": connection, "bucket": "quillfish", "tokens": 1.0, "updated_at": at}
        await tx.execute(insert(_table("request_budgets")), budget)
        answer = {"key": "1 zephyr", "request_hash": b"q", "status": 200, "body": b"quillfish", "at": at}
        await tx.execute(insert(_table("api_answers")), answer)


async def everything(database: Database, workspace: int) -> dict[str, list[tuple[Any, ...]]]:
    """Table → its rows of the workspace, and the people in it: to see that nothing changed."""
    found = {}
    async with database.read(workspace) as tx:
        for table in metadata.sorted_tables:
            if "workspace_id" in table.c:
                found[table.name] = sorted(
                    (tuple(row) for row in await tx.rows(select(table).where(mine(table)))), key=repr
                )
    people = [row[1] for row in found["memberships"]]
    async with database.read_everywhere() as tx:
        of_people = {"users": "id", "sessions": "user_id", "sign_in_links": "user_id"}
        for name, column in of_people.items():
            table = _table(name)
            found[name] = [tuple(row) for row in await tx.rows(select(table).where(table.c[column].in_(people)))]
        places = _table("workspaces")
        found["workspaces"] = [tuple(row) for row in await tx.rows(select(places).where(places.c.id == workspace))]
    return found


def _table(name: str) -> Table:
    return metadata.tables[name]
