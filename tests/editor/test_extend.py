"""A mapping built on a shipped one: made, overridden by field, published with its base, kept when CODI moves on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from litestar import Litestar

from editor.bases import base_path, shipped_bases
from editor.gateway import Gateway
from editor.programs import program
from engine.store.connections import Connections
from engine.store.drafts import Drafts
from engine.store.revisions import Revisions
from tests.editor.conftest import HERE, SignedIn
from tests.editor.sets import draft

SignIn = Callable[[str], SignedIn]
BASE = "sandbox_shop/category.out"
STEM = "shop/category.out"
EDITOR = f"{HERE}/mappings/shop/{STEM.replace('/', '~')}"
PUBLISH = f"{HERE}/mappings/shop/publish"
CATEGORY = {"code": "CHAIRS", "name": "Chairs", "active": True}
NEW = {"connection": "shop", "start": BASE, "how": "extend"}


@pytest.fixture
async def gateway(app: Litestar) -> Gateway:
    found: Gateway = app.state.services.gateway
    settings = {"url": "sqlite:///no.db", "streams": {}}
    await Connections(found.database, 1, found.seal).save("shop", title="Shop", connector="sql", settings=settings)
    return found


@pytest.fixture
def next_codi(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Another version of CODI, whose shipped mapping says something else."""
    shipped: Any = shipped_bases()

    def changed(old: str, new: str) -> None:
        assert old in shipped[BASE]
        monkeypatch.setitem(shipped, BASE, shipped[BASE].replace(old, new))

    return changed


async def start(client: httpx.AsyncClient) -> None:
    reply = await client.post(f"{HERE}/mappings", data=NEW, follow_redirects=False)
    assert reply.headers["location"] == EDITOR


async def change(client: httpx.AsyncClient, place: str, **form: str) -> httpx.Response:
    return await client.post(f"{EDITOR}/rule", data={"place": place, **form}, headers={"hx-request": "true"})


async def publish(client: httpx.AsyncClient) -> None:
    for _ in range(100):
        page = (await client.get(PUBLISH)).text
        if "hx-trigger" not in page:
            break
        await asyncio.sleep(0.05)
    found = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    assert found
    typed = re.search(r"Type ([0-9,]+)", page)
    form = {"environment": "live", "reason": "because", "seen": found[1], "typed": typed[1] if typed else ""}
    reply = await client.post(PUBLISH, data=form, follow_redirects=False)
    assert reply.status_code == 303, reply.text


def origin(page: str, place: str) -> str:
    """What the row says about its rule."""
    row = re.search(rf'data-place="{re.escape(place)}" hx-get.*?</button>', page, re.DOTALL)
    assert row, place
    found = re.search(r'class="origin (\w+)"', row[0])
    return found[1] if found else ""


async def test_a_new_one_says_only_where_it_stands(gateway: Gateway, sign_in: SignIn) -> None:
    async with sign_in("consultant") as client:
        await start(client)
        text = await draft(gateway, "shop", f"{STEM}.yaml")
        assert text == (
            "format: 1\nmapping: shop/category.out\ntitle: Category to shop category\n"
            "extend: sandbox_shop/category.out\nfrom:\n  entity: category\nto:\n  stream: categories\nfields: {}\n"
        )
        assert await draft(gateway, "shop", base_path(BASE)) == shipped_bases()[BASE], "byte for byte"
        page = (await client.get(EDITOR)).text
        assert {origin(page, place) for place in ("code", "slug", "position")} == {"base"}
        assert "from the shipped mapping" in page
        listed = (await client.get(f"{HERE}/mappings")).text
        assert f'on <span class="mono">{BASE}</span>, 0 rules of its own' in listed
        assert base_path(BASE).removesuffix(".yaml") not in listed, "a base is no mapping of the set"


async def test_a_copy_is_all_of_it_and_one_mapping_does_one_thing(gateway: Gateway, sign_in: SignIn) -> None:
    async with sign_in("consultant") as client:
        await client.post(f"{HERE}/mappings", data={**NEW, "how": "copy"})
        assert await draft(gateway, "shop", f"{BASE}.yaml") == shipped_bases()[BASE]
        again = await client.post(f"{HERE}/mappings", data=NEW)
        assert again.status_code == 422 and "has a mapping for that already: sandbox_shop/category.out" in again.text
        unknown = await client.post(f"{HERE}/mappings", data={**NEW, "start": "sandbox_shop/nothing.out"})
        assert unknown.status_code == 422 and "There is no shipped mapping" in unknown.text


async def test_a_change_makes_the_override_and_undo_takes_it_back(gateway: Gateway, sign_in: SignIn) -> None:
    async with sign_in("consultant") as client:
        await start(client)
        before = await draft(gateway, "shop", f"{STEM}.yaml")
        reply = await change(client, "name", what="expr", expr="$uppercase(name)")
        assert origin(reply.text, "name") == "own"
        text = await draft(gateway, "shop", f"{STEM}.yaml")
        assert text == before.replace("fields: {}\n", "fields:\n  name: {expr: $uppercase(name), required: true}\n"), (
            "one rule, and no other"
        )
        await client.post(f"{EDITOR}/undo")
        assert await draft(gateway, "shop", f"{STEM}.yaml") == before
        await client.post(f"{EDITOR}/redo")
        assert await draft(gateway, "shop", f"{STEM}.yaml") == text
        opened = (await client.get(f"{EDITOR}/row?place=name")).text
        assert "Go back to the shipped rule" in opened and "yours, instead of the shipped rule" in opened
        reply = await change(client, "name", what="shipped")
        assert origin(reply.text, "name") == "base"
        assert await draft(gateway, "shop", f"{STEM}.yaml") == before


async def test_a_rule_taken_away_and_brought_back(gateway: Gateway, sign_in: SignIn) -> None:
    async with sign_in("consultant") as client:
        await start(client)
        reply = await change(client, "slug", what="clear")
        assert origin(reply.text, "slug") == "gone"
        assert "fields:\n  slug:\n" in await draft(gateway, "shop", f"{STEM}.yaml")
        reply = await change(client, "slug", what="shipped")
        assert origin(reply.text, "slug") == "base"


async def test_names_notes_and_filters_of_the_base(gateway: Gateway, sign_in: SignIn) -> None:
    async with sign_in("consultant") as client:
        await start(client)
        await change(client, "slug", what="note", note="Ours says more.")
        await client.post(f"{EDITOR}/skip", data={"skip_when.is": "code", "skip_when.code": "active = false"})
        await client.post(f"{EDITOR}/names", data={"name": "short", "expression": "$trim(name)"})
        text = await draft(gateway, "shop", f"{STEM}.yaml")
        assert 'let: {short: "$trim(name)"}' in text or "short: $trim(name)" in text
        assert "skip_when: active = false" in text and "slug: Ours says more." in text
        assert "fields: {}" in text, "no rule became ours with them"


async def test_a_revision_runs_the_base_it_was_made_with(
    gateway: Gateway, sign_in: SignIn, next_codi: Callable[[str, str], None]
) -> None:
    async with sign_in("consultant") as client:
        await start(client)
        await change(client, "name", what="expr", expr="$uppercase(name)")
        await publish(client)
        revisions = Revisions(gateway.database, 1)
        first = await revisions.published("shop", "live")
        assert first and program(first, STEM).run(CATEGORY).output == {  # type: ignore[union-attr]
            "code": "CHAIRS",
            "name": "CHAIRS",
            "position": 0,
            "active": True,
        }
        hashed = program(first, STEM).hash
        next_codi("position, type: integer, default: 0", "position, type: integer, default: 7")
        again = await revisions.get("shop", first.number)
        assert program(again, STEM).hash == hashed and again.hash == first.hash
        assert again.files[base_path(BASE)] == first.files[base_path(BASE)]


async def test_a_moved_base_is_shown_three_ways_and_goes_live_by_publishing(
    gateway: Gateway, sign_in: SignIn, next_codi: Callable[[str, str], None]
) -> None:
    async with sign_in("consultant") as client:
        await start(client)
        await change(client, "name", what="expr", expr="$uppercase(name)")
        await publish(client)
        next_codi("position, type: integer, default: 0", "position, type: integer, default: 7")
        next_codi("name: {expr: name, required: true}", "name: {expr: $trim(name), required: true}")
        revisions = Revisions(gateway.database, 1)
        for address in (f"{HERE}/mappings", PUBLISH):
            page = (await client.get(address)).text
            assert "1 taken from the base, 1 to decide" in page
            assert "position, default 0, type integer" in page and "position, default 7, type integer" in page
            assert "$uppercase(name), required" in page and "$trim(name), required" in page
            assert "the new rule applies" in page and "yours stays; decide" in page
        await publish_nothing(client)
        version = (await Drafts(gateway.database, 1).files("shop"))[base_path(BASE)].version
        form = {"base": BASE, "take": "new", "version": str(version)}
        stale = await client.post(f"{HERE}/mappings/shop/shipped", data={**form, "version": "99"})
        assert stale.status_code == 409
        page = (await client.post(f"{HERE}/mappings/shop/shipped", data=form, follow_redirects=True)).text
        assert "Taken into the draft" in page and "The draft has another sandbox_shop/category.out than live" in page
        live = await revisions.published("shop", "live")
        assert live and live.number == 1 and program(live, STEM).run(CATEGORY).output["position"] == 0  # type: ignore[union-attr]
        rows = (await client.get(EDITOR)).text
        assert origin(rows, "name") == "own" and origin(rows, "position") == "base"
        await publish(client)
        live = await revisions.published("shop", "live")
        assert live and live.number == 2
        assert program(live, STEM).run(CATEGORY).output == {  # type: ignore[union-attr]
            "code": "CHAIRS",
            "name": "CHAIRS",
            "position": 7,
            "active": True,
        }
        await revisions.roll_back("shop", "live", 1, reason="back", who="owner@rimu.example")
        live = await revisions.published("shop", "live")
        assert live and program(live, STEM).run(CATEGORY).output["position"] == 0  # type: ignore[union-attr]
        form = {"base": BASE, "take": "live", "version": str(version + 1)}
        await client.post(f"{HERE}/mappings/shop/shipped", data=form)
        assert (await draft(gateway, "shop", base_path(BASE))) == live.files[base_path(BASE)]


async def publish_nothing(client: httpx.AsyncClient) -> None:
    """A newer base alone changes neither the draft nor what runs."""
    assert "Nothing to publish" in (await client.get(PUBLISH)).text


async def test_who_may_take_a_base(gateway: Gateway, sign_in: SignIn) -> None:
    async with sign_in("consultant") as client:
        await start(client)
        wrong = {"base": "sandbox_shop/nothing.out", "take": "new", "version": "1"}
        assert (await client.post(f"{HERE}/mappings/shop/shipped", data=wrong)).status_code == 404
    async with sign_in("viewer") as client:
        assert (await client.post(f"{HERE}/mappings/shop/shipped", data={"base": BASE})).status_code == 403
