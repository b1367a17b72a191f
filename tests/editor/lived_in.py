"""A workspace as it is after some weeks of work: the demo's data, and what people did since. And one that is empty."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

from connectors.sandbox_shop.server import SandboxShop
from editor.demo.seed import DemoPaths, seed
from editor.gateway import Gateway, open_gateway
from editor.passwords import new_token, token_hash
from editor.runs import RunDesk, run_desk
from editor.settings import Settings
from engine.store.connections import Connections
from engine.store.dead_letters import DeadLetters
from engine.store.drafts import Drafts
from engine.store.people import People
from engine.store.revisions import Revisions
from engine.store.schema import now
from engine.store.syncs import Syncs
from engine.store.workspaces import Workspaces
from tests.editor.browser import seed_people

HERE, EMPTY = "/w/demo", "/w/rimu-co"
WHO = "mia@rimu.example"
PRODUCT_IN = "demo_erp/product.in.yaml"
PRODUCT_OUT = "sandbox_shop/product.out.yaml"


def lived_in(shop: SandboxShop, found: dict[str, str]) -> Callable[[Path], Coroutine[Any, Any, None]]:
    """Seeds a home with both workspaces; `found` gets the addresses that only seeding tells."""

    async def seeds(home: Path) -> None:
        async with open_gateway(Settings(home=home)) as gateway:
            demo = await seed(gateway, DemoPaths.under(home), shop_url=shop.api_url, shop_token=shop.token)
            empty = await Workspaces(gateway.database).ensure("rimu-co", "Rimu & Co")
            for workspace in (demo.id, empty.id):
                await seed_people(gateway, workspace)
            async with run_desk(gateway) as desk:
                for sync in await Syncs(gateway.database, demo.id).all():
                    await ended(desk, demo.id, sync.name, full=True)
                await ended(desk, demo.id, "stock", dry_run=True)
            await work_done(gateway, demo.id)
            letter = (await DeadLetters(gateway.database, demo.id).open(limit=1))[0]
            found["letter"] = f"{HERE}/runs/{letter.run}?show=rejected&letter={letter.id}"
            found["run"] = f"{HERE}/runs/{letter.run}"
            token = new_token()
            owner = await People(gateway.database).by_email("hana@rimu.example")
            assert owner is not None
            await People(gateway.database).make_link(token_hash(token), owner.id, now() + timedelta(days=1))
            found["link"] = f"/link/{token}"

    return seeds


async def ended(desk: RunDesk, workspace: int, sync: str, **options: Any) -> None:
    run = await desk.start(workspace, sync, by=WHO, **options)
    async for _ in desk.follow(workspace, run):
        pass


async def work_done(gateway: Gateway, workspace: int) -> None:
    """A publication, a way back, a draft ahead of live with a problem, a lookup that lost a row, a dead connection."""
    revisions = Revisions(gateway.database, workspace)
    await change(gateway, workspace, "shop", PRODUCT_OUT, "name: {expr: name,", "name: {expr: $uppercase(name),")
    await revisions.publish("shop", "live", reason="The shop wants capitals", who=WHO)
    await revisions.roll_back("shop", "live", 1, reason="Too loud, said the shop’s owner", who="hana@rimu.example")
    await change(gateway, workspace, "shop", PRODUCT_OUT, "brand: brand", 'brand: {template: "{{brand}}"}')
    await change(gateway, workspace, "shop", PRODUCT_OUT, "  slug: slug", "  slug: $lowercase(slug")
    await change(gateway, workspace, "shop", PRODUCT_OUT, "  tags: {expr: tags, type: list, default: []}\n", "")
    await change(gateway, workspace, "erp", PRODUCT_IN, "GST: GST, GSTFREE: GST_FREE", "GST: GST")
    await change(gateway, workspace, "erp", PRODUCT_IN, "name: {expr: $trim(DESC", "name: {expr: $uppercase(DESC")
    store = Connections(gateway.database, workspace, gateway.seal)
    await store.save(
        "accounts", title="Accounts of the Melbourne office", connector="sql", settings={"url": "sqlite:///no.db"}
    )
    await store.set_status("accounts", "failing", "the database sqlite:////srv/accounts/melbourne.db cannot be opened")
    people = People(gateway.database)
    await people.add_key(workspace, name="Website", start="codi_7Qm2", key_hash=b"x" * 32, scopes=("read",), by=WHO)
    await people.note(workspace, "hana@rimu.example", "person.added", WHO, {"role": "consultant"})
    await people.note(workspace, WHO, "mappings.published", "shop", {"environment": "live", "revision": 2})


async def change(gateway: Gateway, workspace: int, connection: str, path: str, old: str, new: str) -> None:
    drafts = Drafts(gateway.database, workspace)
    file = (await drafts.files(connection))[path]
    assert file.body is not None
    assert old in file.body
    await drafts.save(connection, path, file.body.replace(old, new), version=file.version, who=WHO)
