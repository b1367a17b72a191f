"""Reading records."""

from __future__ import annotations

import pytest

from engine.errors import NotFoundError, RecordError
from engine.records.merge import Authority
from engine.store import audit
from engine.store.authorities import get_authority, set_authority
from engine.store.enrichments import Enrichments
from engine.store.records import Records
from engine.store.sync_store import WorkspaceSyncStore
from tests.store.conftest import Cast
from tests.store.pages import BACK, gone, product, store


@pytest.fixture
async def records(cast: Cast) -> Records:
    kept = WorkspaceSyncStore(cast.database, cast.acme)
    await store(
        kept,
        [
            product("1", "OAK-TABLE-180", name="Oak dining table", variants=[{"sku": "OAK-TABLE-180-X"}]),
            product("2", "OAK-CHAIR", name="Oak chair"),
            product("3", "RIMU-1", name="Rimu café stool", barcode="9312345678907"),
        ],
    )
    return Records(cast.database, cast.acme)


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("oak", ["OAK-CHAIR", "OAK-TABLE-180"]),
        ("oak tab", ["OAK-TABLE-180"]),
        ("OAK-TABLE-180", ["OAK-TABLE-180"]),
        ("180-x", ["OAK-TABLE-180"]),
        ("Café", ["RIMU-1"]),
        ("cafe", ["RIMU-1"]),
        ("93123", ["RIMU-1"]),
        ("nothing like it", []),
        ("  ", []),
        ('" OR *', []),
        ("oak & chair | !:*", ["OAK-CHAIR"]),
    ],
)
async def test_search_by_words(records: Records, typed: str, keys: list[str]) -> None:
    assert sorted(row.key for row in await records.search(typed)) == keys
    assert await records.search(typed, entity="customer") == []


async def test_the_exact_key_comes_first(records: Records, cast: Cast) -> None:
    kept = WorkspaceSyncStore(cast.database, cast.acme)
    await store(kept, [product(f"t{number}", f"T-{number}", name="T 10") for number in (*range(30), 10)])
    found = await records.search("t-10")
    assert found[0].key == "T-10"


@pytest.mark.parametrize("entity", ["", "product"])
@pytest.mark.parametrize(("near", "few"), [(2, 0), (2, 30), (4000, 30)])
async def test_a_whole_word_comes_before_longer_ones_wherever_it_is(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, near: int, few: int, entity: str
) -> None:
    monkeypatch.setattr("engine.store.search._NEAR", near)
    monkeypatch.setattr("engine.store.search._FEW", few)
    names = [f"Table {number}" for number in range(30)]
    names[15] = "Tab 15"
    kept = WorkspaceSyncStore(cast.database, cast.acme)
    await store(kept, [product(f"t{number}", f"T-{number}", name=name) for number, name in enumerate(names)])
    found = [row.key for row in await Records(cast.database, cast.acme).search("tab", entity=entity)]
    assert found[0] == "T-15"
    assert len(found) == len(set(found)) == 20
    every = await Records(cast.database, cast.acme).search("tab", entity=entity, limit=50)
    assert {row.key for row in every} == {f"T-{number}" for number in range(30)}
    assert await Records(cast.database, cast.other).search("tab", entity=entity) == []


@pytest.mark.parametrize("few", [0, 30])
@pytest.mark.parametrize(
    ("typed", "keys"),
    [("oak chair no", ["OAK-CHAIR"]), ("oak chairs", []), ("oak cha", ["OAK-CHAIR"]), ("rimu caf", ["RIMU-1"])],
)
async def test_the_start_of_a_word_far_from_the_first_records(
    records: Records, cast: Cast, monkeypatch: pytest.MonkeyPatch, typed: str, keys: list[str], few: int
) -> None:
    monkeypatch.setattr("engine.store.search._NEAR", 0)
    monkeypatch.setattr("engine.store.search._FEW", few)
    kept = WorkspaceSyncStore(cast.database, cast.acme)
    await store(kept, [product("2", "OAK-CHAIR", name="Oak chair", brand="Nordic")])
    assert [row.key for row in await records.search(typed)] == keys


async def test_a_changed_name_is_found_and_the_old_one_is_not(records: Records, cast: Cast) -> None:
    await store(WorkspaceSyncStore(cast.database, cast.acme), [product("2", "OAK-CHAIR", name="Beech seat")])
    assert [row.key for row in await records.search("beech")] == ["OAK-CHAIR"]
    assert await records.search("oak seat chair") != []
    assert [row.key for row in await records.search("dining")] == ["OAK-TABLE-180"]


async def test_by_id_and_by_external_id(records: Records) -> None:
    row = await records.get("product", "oak-chair")
    assert (await records.by_id(row.id)).key == "OAK-CHAIR"
    assert (await records.by_external_id("erp", "items", "2")).id == row.id
    for asked in (
        records.by_id("77"),
        records.by_id("nonsense"),
        records.by_external_id("erp", "items", "99"),
        records.by_external_id("nobody", "items", "2"),
        records.get("customer", "OAK-CHAIR"),
    ):
        with pytest.raises(NotFoundError):
            await asked


async def test_pages_of_changes_meet_every_record_once(records: Records, cast: Cast) -> None:
    kept = WorkspaceSyncStore(cast.database, cast.acme)
    await store(kept, [product("1", "OAK-TABLE-180", name="Changed"), gone("2")])
    seen, after = [], 0
    while page := await records.changes("product", after, limit=1):
        seen.append((page[0].key, page[0].deleted))
        after = page[-1].sequence
    assert seen == [("RIMU-1", False), ("OAK-TABLE-180", False), ("OAK-CHAIR", True)]
    assert await records.counts() == {"product": 2}


async def test_enrichment_is_a_contribution(records: Records, cast: Cast) -> None:
    enrichments = Enrichments(cast.database, cast.acme)
    assert await enrichments.save("product", {"sku": "oak-chair", "brand": "By hand"}, who="ann@acme.example") == 1
    row = await records.get("product", "OAK-CHAIR")
    assert row.document["brand"] == "By hand" and row.owners["brand"] == "enrichment"
    assert row.document["name"] == "Oak chair" and row.owners["name"] == "erp"
    assert await enrichments.get("product", "OAK-CHAIR") == {"sku": "oak-chair", "brand": "By hand"}
    assert await enrichments.remove("product", "OAK-CHAIR", who="ann@acme.example") == 1
    assert "brand" not in (await records.get("product", "OAK-CHAIR")).document
    assert await enrichments.get("product", "OAK-CHAIR") == {}
    with pytest.raises(RecordError):
        await enrichments.save("product", {"brand": "no key"}, who="ann@acme.example")
    async with cast.database.read(cast.acme) as tx:
        said = [(entry.action, entry.subject) for entry in await audit.entries(tx)]
    assert said == [("enrichment.removed", "product OAK-CHAIR"), ("enrichment.saved", "product oak-chair")]


async def test_authority_decides_who_is_believed(records: Records, cast: Cast) -> None:
    authority = Authority(connections=("erp", "shop"), fields={"name": ("shop",)})
    async with cast.database.write(cast.acme) as tx:
        await set_authority(tx, "product", authority)
        assert await get_authority(tx, "product") == authority
    kept = WorkspaceSyncStore(cast.database, cast.acme)
    await store(kept, [product("77", "OAK-CHAIR", name="Shop name", brand="Shop brand")], plan=BACK)
    await store(kept, [product("2", "OAK-CHAIR", name="ERP name", brand="ERP brand")])
    row = await records.get("product", "OAK-CHAIR")
    assert (row.document["name"], row.document["brand"]) == ("Shop name", "ERP brand")
