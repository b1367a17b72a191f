"""Pruning, erasing one customer, renewing seals."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import LargeBinary, String, Text, select, update

from engine.encoding import canonical, digest
from engine.errors import NotFoundError, UsageError
from engine.store import audit
from engine.store.connections import Connections
from engine.store.dead_letters import DeadLetters
from engine.store.erasure import erase_customer
from engine.store.payloads import read_payload, unpack
from engine.store.record_history import deliveries_of, said_about, versions_of
from engine.store.records import Records
from engine.store.reseal import reseal
from engine.store.retention import prune, read_retention
from engine.store.runs import Runs
from engine.store.schema import metadata, now
from engine.store.seal import Seal
from engine.store.sync_store import WorkspaceSyncStore
from engine.store.tables_people import workspaces
from engine.store.tables_records import payload_blocks
from engine.sync.ports import Normalised, PageResult, Parked, Pinned, SyncPlan
from tests.store.conftest import Cast
from tests.store.pages import PLAN, deliver, product, store

LATER = now() + dt.timedelta(days=100)  # past the retention of payloads, before that of everything else


async def test_bodies_go_and_hashes_stay(cast: Cast) -> None:
    kept = WorkspaceSyncStore(cast.database, cast.acme)
    records = Records(cast.database, cast.acme)
    await store(kept, [product("1", "A", brand="Old")])
    await deliver(kept, await kept.to_deliver(PLAN, 0, 10))
    await store(kept, [product("1", "A", brand="New")])
    pruned = await prune(cast.database, cast.acme, LATER)
    assert pruned.payload_blocks == 3 and pruned.deliveries == 0 and pruned.versions == 0
    row = await records.get("product", "A")
    async with cast.database.read(cast.acme) as tx:
        assert await read_payload(tx, row.payload_id) is None
        assert len(await deliveries_of(tx, row.id)) == 1
    assert "1" in await kept.known("erp", "items", ["1"]), "an unchanged object is still passed over"
    assert (await prune(cast.database, cast.acme, LATER)).payload_blocks == 0


async def test_payloads_of_open_dead_letters_stay(cast: Cast) -> None:
    kept = WorkspaceSyncStore(cast.database, cast.acme)
    parked = Parked(phase="read", key="9", kind="rejected", reason="no", errors={}, payload=b"{}")
    await store(kept, [product("1", "A")], parked=[parked])
    assert (await prune(cast.database, cast.acme, LATER)).payload_blocks == 1
    letters = DeadLetters(cast.database, cast.acme)
    (letter,) = await letters.open()
    assert (await letters.get(letter.id))[1] == b"{}"
    await letters.dismiss(letter.id)
    assert (await prune(cast.database, cast.acme, LATER)).payload_blocks == 1


async def test_each_workspace_says_how_long(cast: Cast) -> None:
    kept = WorkspaceSyncStore(cast.database, cast.acme)
    runs = Runs(cast.database, cast.acme)
    await runs.queue_run("r1", "products", trigger="manual", dry_run=False)
    await runs.finish_run("r1", status="done")
    await runs.queue_run("r2", "products", trigger="manual", dry_run=False)
    await store(kept, [product("1", "A", brand="Old")])
    await store(kept, [product("1", "A", brand="New")])
    async with cast.database.write_everywhere() as tx:
        change = update(workspaces).where(workspaces.c.id == cast.acme)
        await tx.execute(change.values(settings={"retention": {"versions": 1, "runs": 1}}))
    assert set((await prune(cast.database, cast.other, LATER)).as_dict().values()) == {0}
    pruned = await prune(cast.database, cast.acme, now() + dt.timedelta(days=2))
    assert (pruned.versions, pruned.runs, pruned.payload_blocks) == (1, 1, 0)
    row = await Records(cast.database, cast.acme).get("product", "A")
    async with cast.database.read(cast.acme) as tx:
        (version,) = await versions_of(tx, row.id)
    assert version.document is None
    assert [run.id for run in await runs.list_runs()] == ["r2"], "a run that has not ended stays"


@pytest.mark.parametrize("given", [{"payload": 3}, {"payloads": 0}, {"payloads": "3"}, {"runs": True}])
def test_a_retention_that_is_none_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="retention"):
        read_retention({"retention": given})


CUSTOMERS = SyncPlan(workspace="acme", sync="customers", entity="customer", source="shop", source_stream="customers")
ORDERS = SyncPlan(
    workspace="acme",
    sync="orders",
    entity="sales_order",
    source="shop",
    source_stream="orders",
    destination="erp",
    destination_stream="sales_orders",
)


def customer(external_id: str, code: str, email: str) -> Normalised:
    document = {"code": code, "name": f"Ngaio {code}", "email": email, "phone": "+61290001234"}
    payload = canonical({"id": external_id, "first_name": "Ngaio", "email": email})
    return Normalised(
        external_id=external_id, key=code, payload=payload, source_hash=digest(payload), document=document
    )


def order(number: str, code: str, email: str) -> Normalised:
    line = {"id": "1", "sku": "A", "description": "A", "qty": "1", "unit_price": "10.00"}
    document = {
        "number": number,
        "channel": "web",
        "state": "confirmed",
        "placed_at": "2026-11-20T00:00:00Z",
        "customer_ref": code,
        "buyer": {"name": f"Ngaio {code}", "email": email},
        "ship_to": {"line1": "1 Secret Street", "country": "AU"},
        "currency": "AUD",
        "prices_tax_inclusive": True,
        "lines": [{**line, "net": "9.09", "tax": "0.91", "gross": "10.00"}],
        "totals": {"lines_net": "9.09", "tax": "0.91", "total": "10.00"},
    }
    payload = canonical({"number": number, "billing": {"email": email, "address_1": "1 Secret Street"}})
    return Normalised(external_id=number, key=number, payload=payload, source_hash=digest(payload), document=document)


async def test_one_customer_is_erased_everywhere(cast: Cast) -> None:
    kept = WorkspaceSyncStore(cast.database, cast.acme)
    records = Records(cast.database, cast.acme)
    ngaio, other = customer("1", "C-1042", "ngaio@harbour.example"), customer("2", "C-7", "rua@harbour.example")
    await store(kept, [ngaio, other], plan=CUSTOMERS)
    parked = Parked(
        phase="deliver",
        key="W-1",
        kind="record",
        reason="ngaio@harbour.example is unknown",
        errors={"email": "ngaio@harbour.example"},
        payload=b'{"email":"ngaio@harbour.example"}',
    )
    mine = order("W-1", "C-1042", "ngaio@harbour.example")
    await store(kept, [mine, order("W-2", "C-7", "rua@harbour.example")], plan=ORDERS, parked=[parked])
    await deliver(kept, await kept.to_deliver(ORDERS, 0, 10), plan=ORDERS)
    await store(kept, [customer("1", "C-1042", "Ngaio@harbour.example".lower())], plan=CUSTOMERS)
    runs = Runs(cast.database, cast.acme)
    await runs.log("run-1", "warning", "no such customer: ngaio@harbour.example")

    erased = await erase_customer(cast.database, cast.acme, "c-1042", who="ann@acme.example")
    assert erased.records == 2
    for word in (b"ngaio@harbour", b"Ngaio C-1042"):
        assert await _found_anywhere(cast, word) == []
    row = await records.get("sales_order", "W-1")
    assert row.document["totals"]["total"] == "10.00", "amounts stay"
    assert (row.document["buyer"]["name"], row.document["ship_to"]["line1"]) == ("erased", "erased")
    assert (await records.get("sales_order", "W-2")).document["buyer"]["email"] == "rua@harbour.example"
    assert (await records.get("customer", "C-7")).document["email"] == "rua@harbour.example"
    with pytest.raises(NotFoundError):
        await records.get("customer", "C-1042")
    assert await records.search("ngaio c-1042") == []
    again = Pinned(mapping="shop/customer.in", revision=2, hash="a new mapping reads everything again")
    assert await store(kept, [ngaio], plan=CUSTOMERS, pinned=again) == PageResult(changed=0, unchanged=1)
    assert await store(kept, [mine], plan=ORDERS, pinned=again) == PageResult(changed=0, unchanged=1)
    assert await _found_anywhere(cast, b"ngaio@harbour") == [], "the source may say the same again without an effect"
    async with cast.database.read(cast.acme) as tx:
        assert [said.document for said in await said_about(tx, (await records.by_id(row.id)).id)] != [None]
        last = (await audit.entries(tx))[0]
    assert last.action == "customer.erased" and "ngaio" not in f"{last.subject}{last.detail}".lower()
    with pytest.raises(NotFoundError):
        await erase_customer(cast.database, cast.acme, "C-1042", who="ann@acme.example")
    with pytest.raises(NotFoundError):
        await erase_customer(cast.database, cast.other, "C-7", who="eve@other.example")


async def _found_anywhere(cast: Cast, word: bytes) -> list[str]:
    """Tables and columns in which the word stands, in any letter case, compressed payloads unpacked."""
    found = []
    async with cast.database.read_everywhere() as tx:
        for table in metadata.sorted_tables:
            for column in table.c:
                text = isinstance(column.type, String | Text)
                wanted = column if text or isinstance(column.type, LargeBinary) else sa.cast(column, String)
                for row in await tx.rows(select(wanted.label("value"))):
                    value = row.value
                    if value is None:
                        continue
                    raw = value.encode() if isinstance(value, str) else bytes(value)
                    if column is payload_blocks.c.body:
                        raw = b"\n".join(payload or b"" for payload in unpack(raw))
                    if word.lower() in raw.lower():
                        found.append(f"{table.name}.{column.name}")
    return found


async def test_secrets_move_to_the_newest_key(cast: Cast) -> None:
    connections = Connections(cast.database, cast.acme, cast.seal)
    await connections.save("shop", title="Shop", connector="test", settings={}, secrets={"token": "s3cret"})
    both = Seal(["second key", "first key"])
    assert await reseal(cast.database, both) == 1
    only_new = Connections(cast.database, cast.acme, Seal(["second key"]))
    assert await only_new.secrets("shop") == {"token": "s3cret"}
    with pytest.raises(UsageError, match="CODI_SECRET_KEY"):
        await connections.secrets("shop")
    assert await _found_anywhere(cast, b"s3cret") == []
    with pytest.raises(UsageError):
        await reseal(cast.database, Seal(["a third key"]))
