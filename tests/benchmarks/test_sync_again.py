"""A sync that reads everything again and finds nothing changed, against its first run: SQL table to stored products.

CODI_BENCH_ROWS (default 20,000) says how many rows; docs/performance.md has the figures for 100,000.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from connectors.contract import Connector
from connectors.registry import open_connector
from editor.conductor import entity_rules
from engine.mapping.compile import compile_mapping
from engine.store import migrate
from engine.store.connections import Connections
from engine.store.database import open_database
from engine.store.seal import Seal
from engine.store.sync_store import WorkspaceSyncStore
from engine.store.workspaces import Workspaces
from engine.sync.counts import Counts
from engine.sync.ports import Pinned, SyncPlan
from engine.sync.run import Reading, SyncRun

ROWS = int(os.environ.get("CODI_BENCH_ROWS", "20000"))
AGAIN = 3  # runs that find nothing changed
PLAN = SyncPlan(workspace="bench", sync="products", entity="product", source="erp", source_stream="items")
PROGRAM = compile_mapping(
    {
        "format": 1,
        "mapping": "erp/product.in",
        "from": {"stream": "items"},
        "to": {"entity": "product"},
        "fields": {
            "sku": {"expr": "$trim(code)", "required": True},
            "name": {"expr": "text0 & ' ' & text1", "required": True},
            "type": {"value": "simple"},
            "status": "qty > 0 ? 'active' : 'draft'",
            "brand": "text2",
            "description_short": "text3",
            "tax_class": {"value": "GST"},
            "track_stock": {"value": True},
            "variants": {
                "each": "$",
                "fields": {
                    "sku": {"expr": "$trim(code)", "required": True},
                    "weight_kg": {"expr": "width / 10", "type": "decimal"},
                    "rrp": {
                        "fields": {
                            "amount": {"expr": "price", "type": "decimal"},
                            "currency": {"value": "AUD"},
                            "tax_inclusive": {"value": True},
                        }
                    },
                },
            },
        },
    }
)
READ = Pinned(mapping="erp/product.in", revision=1, hash=PROGRAM.hash)


def _table(path: Path) -> None:
    texts = ", ".join(f"text{i} TEXT" for i in range(11))
    with closing(sqlite3.connect(path)) as database:
        database.execute(
            f"CREATE TABLE items (code TEXT PRIMARY KEY, {texts}, price NUMERIC(10,4), cost NUMERIC(10,4),"
            " qty INTEGER, width INTEGER, height INTEGER, depth INTEGER, changed TEXT)"
        )
        rows = (
            (f"S{i:07}", *(f"text {i} {n}" for n in range(11)), i / 100, i / 37, i + 1, 1, 2, 3, f"2026-01-01 {i:08}")
            for i in range(ROWS)
        )
        database.executemany(f"INSERT INTO items VALUES ({', '.join('?' * 19)})", rows)
        database.commit()


async def test_a_run_that_finds_nothing_changed(tmp_path: Path) -> None:
    _table(tmp_path / "items.sqlite")
    database = open_database(f"sqlite:///{tmp_path / 'bench.db'}")
    await migrate.upgrade(database)
    workspace = (await Workspaces(database).ensure("bench", "Bench")).id
    await Connections(database, workspace, Seal(["key"])).save("erp", title="ERP", connector="x", settings={})
    store = WorkspaceSyncStore(database, workspace)
    streams = {"items": {"read": {"table": "items", "key": ["code"]}}}
    settings = {"url": f"sqlite:///{tmp_path / 'items.sqlite'}", "streams": streams}
    async with open_connector("sql", settings) as erp:
        first, counts = await _run(store, erp, "run-1")
        assert counts.changed == ROWS, counts
        again = []
        for number in range(AGAIN):
            spent, counts = await _run(store, erp, f"again-{number}")
            assert (counts.unchanged, counts.changed) == (ROWS, 0), counts
            again.append(spent)
    await database.close()
    best = min(again)
    print(f"\n{ROWS:,} rows: first {ROWS / first:,.0f}/s, unchanged {ROWS / best:,.0f}/s: {first / best:.1f} × as fast")


async def _run(store: WorkspaceSyncStore, erp: Connector, run: str) -> tuple[float, Counts]:
    """Seconds and counts of one run that reads everything."""
    start = time.perf_counter()
    reading = Reading(source=erp, stream="items", connection="erp", program=PROGRAM, pinned=READ)
    sync = SyncRun(
        id=run,
        plan=PLAN,
        store=store,
        rules=entity_rules("product"),
        token=await store.take_fence("products", run),
        bindings={"settings": {}},
        reading=reading,
        full=True,
    )
    counts = Counts()
    while not (step := await sync.read_page()).done:
        counts += step.counts
    return time.perf_counter() - start, counts
