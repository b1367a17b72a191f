"""How fast the store takes pages in and answers questions about them, on SQLite and on Postgres.

CODI_BENCH_RECORDS (default 50,000) says how many product records; docs/performance.md has the figures for 1,000,000.
The peer is one `executemany` per page of the bare record row through the database's own driver: what a table without
history, contributions, crosswalk, payloads and search would cost.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import sqlite3
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from engine.encoding import canonical, digest
from engine.store import migrate
from engine.store.connections import Connections
from engine.store.database import open_database
from engine.store.records import Records
from engine.store.seal import Seal
from engine.store.sync_store import WorkspaceSyncStore
from engine.store.workspaces import Workspaces
from engine.sync.ports import Normalised, Pinned, SyncPlan
from tests.presence import require

COUNT = int(os.environ.get("CODI_BENCH_RECORDS", "50000"))
PAGE = 1000
ASKED = 200  # questions of each kind
POSTGRES = os.environ.get("CODI_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
PLAN = SyncPlan(workspace="bench", sync="products", entity="product", source="erp", source_stream="items")
READ = Pinned(mapping="erp/product.in", revision=1, hash="1")
WORDS = ["oak", "rimu", "table", "chair", "lamp", "shelf", "wool", "rug", "brass", "linen", "stool", "desk", "kauri"]


def _objects(first: int, count: int, version: int) -> list[Normalised]:
    return [_object(number, version) for number in range(first, first + count)]


def _object(number: int, version: int) -> Normalised:
    dice = random.Random(number)
    name = f"{dice.choice(WORDS).title()} {dice.choice(WORDS)} {dice.choice(WORDS)} number {number}"
    sku = f"SKU-{number:07d}"
    price = {"amount": f"{dice.randint(10, 900) + version}.00", "currency": "AUD", "tax_inclusive": True}
    document = {
        "sku": sku,
        "name": name,
        "description_short": "A sentence or two about the product, in plain text.",
        "brand": "Tall Timber",
        "category_refs": [{"code": "C1", "primary": True}],
        "variants": [{"sku": sku, "weight_kg": "1.5", "rrp": price, "stock": str(dice.randint(0, 99)), "active": True}],
        "tax_class": "GST",
    }
    columns = {f"COLUMN_{place}": f"value {place} of {number}" for place in range(16)}
    payload = canonical({"STOCKCODE": sku, "DESCRIPTION": name, "PRICE": price["amount"], **columns})
    return Normalised(external_id=str(number), key=sku, payload=payload, source_hash=digest(payload), document=document)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bench.db'}"
        return
    try:
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        require(False, "no Postgres answers at CODI_TEST_POSTGRES")
        raise
    name = f"codi_bench_{uuid.uuid4().hex[:8]}"
    server.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{POSTGRES.rpartition('/')[0]}/{name}"
    finally:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.close()


@pytest.mark.timeout(3600)
def test_import_and_queries(url: str, tmp_path: Path) -> None:
    asyncio.run(_measure(url, tmp_path))


async def _measure(url: str, tmp_path: Path) -> None:
    gc.freeze()  # as the worker does (engine/runtime/worker.py)
    database = open_database(url)
    await migrate.upgrade(database)
    workspace = (await Workspaces(database).ensure("bench", "Bench")).id
    await Connections(database, workspace, Seal(["key"])).save("erp", title="ERP", connector="x", settings={})
    store = WorkspaceSyncStore(database, workspace)
    print(f"\n{database.dialect}, {COUNT:,} records in pages of {PAGE:,}")
    spent, busy, bare = await _import(store, version=0, peer=_peer(url, tmp_path))
    print(f"  import, first         {COUNT / spent:>9,.0f} records/s   {spent / bare:.1f} × bare rows", end="")
    print(f"   {busy / COUNT * 1e6:.0f} µs of this process's time a record")
    spent, _, _ = await _import(store, version=1, peer=None, count=min(COUNT, 100_000))
    print(f"  import, all changed   {min(COUNT, 100_000) / spent:>9,.0f} records/s")
    spent = await _unchanged(store)
    print(f"  unchanged check       {COUNT / spent:>9,.0f} records/s")
    for name, ask in _questions(Records(database, workspace)).items():
        print(f"  {name:<22}{await _median(ask):>8.2f} ms median")
    await database.close()


async def _import(
    store: WorkspaceSyncStore, *, version: int, peer: Callable[[list[Normalised]], None] | None, count: int = COUNT
) -> tuple[float, float, float]:
    """Seconds spent in the store, processor time in them (which other work on the machine does not change much), and
    seconds of the peer on the same pages, turn by turn."""
    token = await store.take_fence("products", f"run-{version}")
    spent = busy = bare = 0.0
    for first in range(0, count, PAGE):
        objects = _objects(first, min(PAGE, count - first), version)
        start, worked = time.perf_counter(), time.process_time()
        await store.known("erp", "items", [each.external_id for each in objects])
        result = await store.store_page(
            plan=PLAN, token=token, run=f"run-{version}", pinned=READ, objects=objects, parked=[], cursor={"at": first}
        )
        spent += time.perf_counter() - start
        busy += time.process_time() - worked
        assert result.changed == len(objects)
        if peer is not None:
            start = time.perf_counter()
            peer(objects)
            bare += time.perf_counter() - start
    return spent, busy, bare


def _peer(url: str, tmp_path: Path) -> Callable[[list[Normalised]], None]:
    """Stores bare rows through the database's own driver, one transaction a page."""
    create = "CREATE TABLE bare (sku text PRIMARY KEY, hash {0}, document {0})"
    if url.startswith("sqlite"):
        lite = sqlite3.connect(tmp_path / "bare.db", isolation_level=None)
        lite.execute("PRAGMA journal_mode=WAL")
        lite.execute("PRAGMA synchronous=NORMAL")
        lite.execute(create.format("blob"))

        def keep_lite(objects: list[Normalised]) -> None:
            lite.execute("BEGIN IMMEDIATE")
            rows = [(each.key, each.source_hash, canonical(each.document)) for each in objects]
            lite.executemany("INSERT INTO bare VALUES (?, ?, ?)", rows)
            lite.execute("COMMIT")

        return keep_lite
    server = psycopg.connect(url)
    server.execute(create.format("bytea"))

    def keep(objects: list[Normalised]) -> None:
        rows = [(each.key, each.source_hash, canonical(each.document)) for each in objects]
        server.cursor().executemany("INSERT INTO bare VALUES (%s, %s, %s)", rows)
        server.commit()

    return keep


async def _unchanged(store: WorkspaceSyncStore) -> float:
    start = time.perf_counter()
    for first in range(0, COUNT, PAGE):
        ids = [str(number) for number in range(first, min(first + PAGE, COUNT))]
        assert len(await store.known("erp", "items", ids)) == len(ids)
    return time.perf_counter() - start


def _questions(records: Records) -> dict[str, Callable[[random.Random], Awaitable[object]]]:
    def some(dice: random.Random) -> int:
        return dice.randrange(COUNT)

    return {
        "page of 100 changes": lambda dice: records.changes("product", some(dice), 100),
        "by key": lambda dice: records.get("product", f"sku-{some(dice):07d}"),
        "by external id": lambda dice: records.by_external_id("erp", "items", str(some(dice))),
        "search by sku": lambda dice: records.search(f"SKU-{some(dice):07d}"),
        "search by name, rare": lambda dice: records.search(f"number {some(dice)}"),
        "search by name, common": lambda dice: records.search(f"{dice.choice(WORDS)} {dice.choice(WORDS)}"),
        "search by start of word": lambda dice: records.search(f"{dice.choice(WORDS)} {dice.choice(WORDS)[:3]}"),
        "three words, one begun": lambda dice: records.search(" ".join(dice.sample(WORDS, 3))[:-2]),
        "four, seldom together": lambda dice: records.search(" ".join(dice.sample(WORDS, 4))),
    }


async def _median(ask: Callable[[random.Random], Awaitable[object]]) -> float:
    dice = random.Random(7)
    times = []
    for _ in range(ASKED):
        start = time.perf_counter()
        await ask(dice)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000
