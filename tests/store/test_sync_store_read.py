"""Storing what a sync reads."""

from __future__ import annotations

import pytest

from engine.encoding import decode
from engine.errors import FencedError, NotFoundError
from engine.store.dead_letters import DeadLetters
from engine.store.payloads import read_payload
from engine.store.record_history import said_about, versions_of
from engine.store.records import Records
from engine.store.sync_store import WorkspaceSyncStore
from engine.sync.ports import PageResult, Parked, Pinned
from tests.store.conftest import Cast
from tests.store.pages import BACK, PLAN, READ, gone, product, store


@pytest.fixture
def kept(cast: Cast) -> WorkspaceSyncStore:
    return WorkspaceSyncStore(cast.database, cast.acme)


@pytest.fixture
def records(cast: Cast) -> Records:
    return Records(cast.database, cast.acme)


async def test_a_page_becomes_records(kept: WorkspaceSyncStore, records: Records) -> None:
    result = await store(kept, [product("1", "A"), product("2", "B")], cursor={"after": 2})
    assert result == PageResult(changed=2, unchanged=0)
    assert [row.key for row in await records.changes("product")] == ["A", "B"]
    assert (await records.get("product", "a")).document["status"] == "active", "defaults are filled in, case is folded"
    assert await kept.cursor("products", READ) == {"after": 2}
    assert await kept.cursor("products", Pinned(mapping="m", revision=2, hash="other")) is None


async def test_the_same_page_again_changes_nothing(kept: WorkspaceSyncStore, records: Records) -> None:
    await store(kept, [product("1", "A")])
    before = await records.get("product", "A")
    assert await store(kept, [product("1", "A")]) == PageResult(changed=0, unchanged=1)
    assert await records.get("product", "A") == before


async def test_known_gives_hashes_of_this_stream_only(kept: WorkspaceSyncStore) -> None:
    one = product("1", "A")
    await store(kept, [one])
    known = await kept.known("erp", "items", ["1", "2"])
    assert set(known) == {"1"}
    assert (known["1"].source_hash, known["1"].mapping_hash) == (one.source_hash, "read-1")
    assert await kept.known("erp", "elsewhere", ["1"]) == {}


async def test_a_change_keeps_the_version_before_it(kept: WorkspaceSyncStore, records: Records, cast: Cast) -> None:
    await store(kept, [product("1", "A", brand="Old")])
    first = await records.get("product", "A")
    await store(kept, [product("1", "A", brand="New")], run="run-2")
    now = await records.get("product", "A")
    assert (now.document["brand"], now.run) == ("New", "run-2")
    assert now.sequence > first.sequence
    async with cast.database.read(cast.acme) as tx:
        (version,) = await versions_of(tx, now.id)
        payload = decode(await read_payload(tx, version.payload_id) or b"")
    assert version.document is not None and version.document["brand"] == "Old"
    assert payload["brand"] == "Old", "the source payload behind each version is kept"


async def test_two_connections_make_one_record(kept: WorkspaceSyncStore, records: Records, cast: Cast) -> None:
    await store(kept, [product("1", "A", brand="ERP brand")])
    await store(kept, [product("77", "a", description_html="<p>Shop</p>")], plan=BACK)
    row = await records.get("product", "A")
    assert row.document["brand"] == "ERP brand" and row.document["description_html"] == "<p>Shop</p>"
    assert row.owners["brand"] == "erp" and row.owners["description_html"] == "shop"
    async with cast.database.read(cast.acme) as tx:
        assert [(said.connection, said.external_id) for said in await said_about(tx, row.id)] == [
            ("erp", "1"),
            ("shop", "77"),
        ]


async def test_a_deleted_object_withdraws_its_contribution(kept: WorkspaceSyncStore, records: Records) -> None:
    await store(kept, [product("1", "A", brand="ERP")])
    await store(kept, [product("77", "A", description_html="<p>Shop</p>")], plan=BACK)
    await store(kept, [gone("1")])
    row = await records.get("product", "A")
    assert not row.deleted and "brand" not in row.document
    assert await store(kept, [gone("77")], plan=BACK) == PageResult(changed=1, unchanged=0)
    assert (await records.get("product", "A")).deleted
    assert await store(kept, [gone("77")], plan=BACK) == PageResult(changed=0, unchanged=1)
    await store(kept, [product("1", "A")])
    assert not (await records.get("product", "A")).deleted, "it may come back"


async def test_a_record_follows_its_object_to_a_new_key(kept: WorkspaceSyncStore, records: Records) -> None:
    await store(kept, [product("1", "OLD")])
    before = await records.get("product", "OLD")
    await store(kept, [product("1", "NEW")])
    assert (await records.get("product", "NEW")).id == before.id
    with pytest.raises(NotFoundError):
        await records.get("product", "OLD")


async def test_two_records_may_swap_their_keys(kept: WorkspaceSyncStore, records: Records) -> None:
    await store(kept, [product("1", "A", brand="one"), product("2", "B", brand="two")])
    await store(kept, [product("1", "B", brand="one"), product("2", "A", brand="two")])
    assert (await records.get("product", "B")).document["brand"] == "one"
    assert (await records.get("product", "A")).document["brand"] == "two"


async def test_an_object_that_takes_another_records_key_joins_it(kept: WorkspaceSyncStore, records: Records) -> None:
    await store(kept, [product("1", "A"), product("2", "B")])
    await store(kept, [product("2", "A", brand="joined")])
    assert (await records.get("product", "B")).deleted
    assert not (await records.get("product", "A")).deleted


async def test_one_page_may_name_an_object_and_a_key_twice(kept: WorkspaceSyncStore, records: Records) -> None:
    result = await store(kept, [product("1", "A", brand="x"), product("1", "A", brand="y"), product("2", "a")])
    assert result.changed + result.unchanged == 3
    assert [row.key.casefold() for row in await records.changes("product")] == ["a"]
    assert (await records.get("product", "A")).document["brand"] == "y"


async def test_a_dead_letter_is_counted_on_and_closed(kept: WorkspaceSyncStore, cast: Cast) -> None:
    letters = DeadLetters(cast.database, cast.acme)
    parked = Parked(phase="read", key="9", kind="rejected", reason="no price", errors={"rrp": "no"}, payload=b'{"a":1}')
    await store(kept, [], parked=[parked])
    await store(kept, [product("1", "A")], parked=[parked], run="run-2")
    (letter,) = await letters.open()
    assert (letter.attempts, letter.run, letter.errors) == (2, "run-2", {"rrp": "no"})
    assert (await letters.get(letter.id))[1] == b'{"a":1}'
    await store(kept, [product("9", "Z")])
    assert await letters.open() == []
    assert [each.id for each in await letters.with_status("resolved")] == [letter.id]


async def test_an_older_run_is_fenced_off(kept: WorkspaceSyncStore, records: Records) -> None:
    old = await kept.take_fence("products", "run-1")
    new = await kept.take_fence("products", "run-2")
    assert new > old
    await kept.check_fence("products", new)
    with pytest.raises(FencedError):
        await kept.check_fence("products", old)
    with pytest.raises(FencedError):
        await kept.store_page(
            plan=PLAN, token=old, run="run-1", pinned=READ, objects=[product("1", "A")], parked=[], cursor=None
        )
    assert await records.changes("product") == [], "nothing is half written"


async def test_another_workspace_sees_nothing(kept: WorkspaceSyncStore, records: Records, cast: Cast) -> None:
    await store(kept, [product("1", "A")])
    theirs = Records(cast.database, cast.other)
    mine = await records.get("product", "A")
    assert await theirs.changes("product") == []
    assert await theirs.search("product") == []
    for asked in (theirs.by_id(mine.id), theirs.get("product", "A"), theirs.by_external_id("erp", "items", "1")):
        with pytest.raises(NotFoundError):
            await asked
    assert await WorkspaceSyncStore(cast.database, cast.other).known("erp", "items", ["1"]) == {}
