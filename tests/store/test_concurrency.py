"""Writers at the same time lose nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from engine.errors import FencedError, StaleError
from engine.store import audit
from engine.store.drafts import Drafts
from engine.store.records import Records
from engine.store.revisions import Revisions
from engine.store.sync_store import WorkspaceSyncStore
from engine.store.tables_people import workspaces
from engine.sync.ports import SyncPlan
from tests.store.conftest import Cast
from tests.store.pages import READ, product, store


async def test_read_then_write_loses_no_update(cast: Cast) -> None:
    """The update that SQLite's driver loses by default: read a value, write it back changed."""

    async def add_one() -> None:
        async with cast.database.write(cast.acme) as tx:
            place = workspaces.c.id == cast.acme
            settings = await tx.value(select(workspaces.c.settings).where(place).with_for_update())
            changed = {"count": settings.get("count", 0) + 1}
            await tx.connection.execute(update(workspaces).where(place).values(settings=changed))

    await asyncio.gather(*(add_one() for _ in range(40)))
    async with cast.database.read_everywhere() as tx:
        settings = await tx.value(select(workspaces.c.settings).where(workspaces.c.id == cast.acme))
    assert settings == {"count": 40}


async def test_syncs_storing_at_once_keep_every_record_and_every_sequence(cast: Cast) -> None:
    kept = WorkspaceSyncStore(cast.database, cast.acme)

    async def one_sync(number: int) -> None:
        plan = SyncPlan(
            workspace="acme", sync=f"sync-{number}", entity="product", source="erp", source_stream=f"items-{number}"
        )
        for page in range(3):
            objects = [product(f"{page}-{each}", f"S{number}-{page}-{each}") for each in range(20)]
            await store(kept, objects, plan=plan)

    await asyncio.gather(*(one_sync(number) for number in range(5)))
    rows = await Records(cast.database, cast.acme).changes("product", limit=1000)
    assert len({row.key for row in rows}) == len({row.sequence for row in rows}) == len({row.id for row in rows}) == 300


async def test_syncs_that_meet_at_the_same_keys_make_one_record_each(cast: Cast) -> None:
    kept = WorkspaceSyncStore(cast.database, cast.acme)

    async def one_sync(connection: str, stream: str) -> None:
        plan = SyncPlan(
            workspace="acme", sync=f"{connection}-{stream}", entity="product", source=connection, source_stream=stream
        )
        await store(kept, [product(str(each), f"SAME-{each}") for each in range(30)], plan=plan)

    await asyncio.gather(*(one_sync(*place) for place in (("erp", "a"), ("erp", "b"), ("shop", "a"), ("shop", "b"))))
    assert len(await Records(cast.database, cast.acme).changes("product", limit=1000)) == 30


async def test_only_the_last_of_many_runs_may_write(cast: Cast) -> None:
    kept = WorkspaceSyncStore(cast.database, cast.acme)
    tokens = await asyncio.gather(*(kept.take_fence("products", f"run-{number}") for number in range(8)))
    assert len(set(tokens)) == 8
    plan = SyncPlan(workspace="acme", sync="products", entity="product", source="erp", source_stream="items")

    async def write(token: int) -> bool:
        try:
            await kept.store_page(
                plan=plan, token=token, run="r", pinned=READ, objects=[product("1", "A")], parked=[], cursor=None
            )
        except FencedError:
            return False
        return True

    assert sum(await asyncio.gather(*(write(token) for token in tokens))) == 1


async def test_two_editors_of_one_draft(cast: Cast) -> None:
    drafts = Drafts(cast.database, cast.acme)
    await Revisions(cast.database, cast.acme).import_files("erp", {"product.in.yaml": "start"}, who="ann")

    async def save(who: str) -> str:
        try:
            await drafts.save("erp", "product.in.yaml", f"by {who}", version=1, who=who)
        except StaleError as error:
            return f"{who} is told of {error.current.saved_by}"
        return f"{who} saved"

    said = await asyncio.gather(save("ann"), save("bob"))
    winner = "ann" if "ann saved" in said else "bob"
    loser = "bob" if winner == "ann" else "ann"
    assert sorted(said) == sorted([f"{winner} saved", f"{loser} is told of {winner}"])
    kept = {(each.body, each.refused) for each in await drafts.saves("erp", "product.in.yaml")}
    assert {(f"by {winner}", False), (f"by {loser}", True)} <= kept, "both versions are kept"
    assert (await drafts.files("erp"))["product.in.yaml"].body == f"by {winner}"


async def test_publishing_and_noting_at_once(cast: Cast) -> None:
    revisions = Revisions(cast.database, cast.acme)
    await revisions.import_files("erp", {"product.in.yaml": "one"}, who="ann")
    await revisions.import_files("shop", {"product.out.yaml": "one"}, who="ann")
    publish = [
        revisions.publish(connection, environment, reason="together", who="ann")
        for connection in ("erp", "shop")
        for environment in ("test", "live", "test", "live")
    ]
    done = await asyncio.gather(*publish)
    assert {revision.number for revision in done} == {1}
    async with cast.database.read(cast.acme) as tx:
        assert await audit.first_broken(tx) is None
        published = [each for each in await audit.entries(tx) if each.action == "mapping.published"]
    assert len(published) == 4, "publishing what already runs is no event"


async def test_a_failed_page_leaves_nothing(cast: Cast) -> None:
    kept = WorkspaceSyncStore(cast.database, cast.acme)
    bad = replace(product("1", "A"), document={"sku": "A", "name": "\ud800"})  # no JSON text can hold it
    with pytest.raises(Exception, match="surrogate"):
        await store(kept, [product("2", "B"), bad])
    assert await Records(cast.database, cast.acme).changes("product") == []
