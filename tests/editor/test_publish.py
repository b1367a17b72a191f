"""Publishing and rolling back: who may, what is shown first, what has to be confirmed, what is sent afterwards."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from litestar import Litestar

from editor.gateway import Gateway
from engine.store.revisions import Revisions
from tests.editor.conftest import HERE, SignedIn
from tests.editor.sets import COUNT, Started, edit, seed_sets

SignIn = Callable[[str], SignedIn]
PUBLISH = f"{HERE}/mappings/shop/publish"
HISTORY = f"{HERE}/mappings/shop/history"


@pytest.fixture
async def gateway(app: Litestar) -> Gateway:
    found: Gateway = app.state.services.gateway
    await seed_sets(found)
    return found


@pytest.fixture
def started(app: Litestar) -> Started:
    runner = Started()
    app.state.services = replace(app.state.services, runner=runner)
    return runner


async def ready(client: httpx.AsyncClient, path: str) -> str:
    """The page when the comparison has ended, and nothing else than it."""
    for _ in range(200):
        page = (await client.get(path)).text
        if "hx-trigger" not in page:
            return page
        await asyncio.sleep(0.05)
    raise AssertionError("the comparison never ended")


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


async def test_who_may_look_and_who_may_publish(gateway: Gateway, sign_in: SignIn) -> None:
    form = {"environment": "live", "reason": "because", "seen": "x"}
    for who, may in (("viewer", False), ("operator", False), ("consultant", True), ("owner", True)):
        async with sign_in(who) as client:
            page = await ready(client, PUBLISH)
            assert (await client.get(HISTORY)).status_code == 200
            assert ("Publishing needs the role consultant" in page) is False, "nothing to publish yet"
            status = (await client.post(PUBLISH, data=form)).status_code
            assert status == (422 if may else 403)
            assert (await client.post(f"{HISTORY}/1/rollback", data=form)).status_code == (422 if may else 403)
    async with sign_in("stranger") as client:
        assert (await client.get(PUBLISH)).status_code == 404
        assert (await client.get(HISTORY)).status_code == 404


async def test_the_difference_and_its_impact_on_stored_records(gateway: Gateway, sign_in: SignIn) -> None:
    await edit(gateway, "shop", "product.out.yaml", "title: name ", "title: $uppercase(name) ")
    async with sign_in("consultant") as client:
        page = await ready(client, PUBLISH)
    assert "$uppercase(name)" in page
    assert f"{COUNT} of {COUNT} fail" not in page
    assert "1 of 1 fail" in page
    assert "OAK DESK 1" in page
    assert f"<b>{COUNT} records come out differently.</b>" in page
    assert "100.0 % of 40; this workspace set the limit at 5 %" in page


async def test_more_than_the_limit_is_typed(gateway: Gateway, sign_in: SignIn, started: Started) -> None:
    await edit(gateway, "shop", "product.out.yaml", "title: name ", "title: $uppercase(name) ")
    revisions = Revisions(gateway.database, 1)
    async with sign_in("consultant") as client:
        form = {"environment": "live", "reason": "capitals", "seen": seen(await ready(client, PUBLISH))}
        refused = await client.post(PUBLISH, data=form)
        assert refused.status_code == 422
        assert "Type 40 to say that you know." in refused.text
        assert "capitals" in refused.text, "what was typed stays"
        assert (running := await revisions.published("shop", "live")) and running.number == 1
        done = await client.post(PUBLISH, data={**form, "typed": "40", "then": "now"}, follow_redirects=False)
    assert done.status_code == 303
    assert done.headers["location"] == f"{HERE}/runs/run-1"
    assert (running := await revisions.published("shop", "live")) and running.number == 2
    [(sync, only)] = started.runs
    assert sync == "products"
    assert len(only) == COUNT
    assert (await revisions.history("shop", "live"))[0].reason == "capitals"


async def test_test_needs_no_number_and_leaves_live_alone(gateway: Gateway, sign_in: SignIn) -> None:
    await edit(gateway, "shop", "product.out.yaml", "title: name ", "title: $uppercase(name) ")
    async with sign_in("consultant") as client:
        page = await ready(client, f"{PUBLISH}?environment=test")
        form = {"environment": "test", "reason": "to try", "seen": seen(page)}
        assert (await client.post(PUBLISH, data=form, follow_redirects=False)).status_code == 303
    revisions = Revisions(gateway.database, 1)
    assert (running := await revisions.published("shop", "test")) and running.number == 2
    assert (running := await revisions.published("shop", "live")) and running.number == 1


async def test_a_problem_stops_publishing_and_says_where(gateway: Gateway, sign_in: SignIn) -> None:
    await edit(gateway, "shop", "product.out.yaml", "title: name ", "title: $nosuch(name) ")
    async with sign_in("consultant") as client:
        page = await ready(client, PUBLISH)
        assert "1 problem to mend first" in page
        assert f"{HERE}/mappings/shop/product.out?open=title" in page
        form = {"environment": "live", "reason": "never mind", "typed": "40", "seen": seen(page)}
        assert (await client.post(PUBLISH, data=form)).status_code == 422
    assert (running := await Revisions(gateway.database, 1).published("shop", "live")) and running.number == 1


async def test_what_changed_since_it_was_looked_at_is_not_published(gateway: Gateway, sign_in: SignIn) -> None:
    await edit(gateway, "shop", "product.out.yaml", "title: name ", "title: $trim(name) ")
    async with sign_in("consultant") as client:
        page = await ready(client, PUBLISH)
        await edit(gateway, "shop", "product.out.yaml", "$trim(name)", "$trim(sku)")
        await ready(client, PUBLISH)
        reply = await client.post(PUBLISH, data={"environment": "live", "reason": "trim", "seen": seen(page)})
    assert reply.status_code == 422
    assert "changed since you looked" in reply.text
    assert (running := await Revisions(gateway.database, 1).published("shop", "live")) and running.number == 1


async def test_a_draft_that_cannot_be_read_is_said_and_stays_out(gateway: Gateway, sign_in: SignIn) -> None:
    await edit(gateway, "erp", "product.in.yaml", "$trim(NAME)", "$split(NAME, ' ')")
    async with sign_in("consultant") as client:
        page = await ready(client, f"{HERE}/mappings/erp/publish")
        assert (await client.get(f"{HERE}/lookups")).status_code == 200
    assert "inside { } put an expression that has brackets, braces or commas in quotes" in page
    assert "taken out" not in page


async def test_incoming_mappings_are_tried_on_what_the_source_said(gateway: Gateway, sign_in: SignIn) -> None:
    await edit(gateway, "erp", "product.in.yaml", "$trim(NAME)", "\"$split($trim(NAME), ' ')[0]\"")
    async with sign_in("consultant") as client:
        page = await ready(client, f"{HERE}/mappings/erp/publish")
    assert "Impact on the last 40 records" in page
    assert "<del>Oak desk 40</del>" in page


async def test_rolling_back_shows_the_impact_and_sends_what_differs(
    gateway: Gateway, sign_in: SignIn, started: Started
) -> None:
    await edit(gateway, "shop", "product.out.yaml", "title: name ", "title: \"sku = 'OAK-7' ? 'Seven' : name\" ")
    revisions = Revisions(gateway.database, 1)
    await revisions.publish("shop", "live", reason="seven", who="x@rimu.example")
    async with sign_in("consultant") as client:
        listed = (await client.get(HISTORY)).text
        assert f"{HISTORY}/1/rollback?environment=live" in listed
        assert f"{HISTORY}/2/rollback" not in listed, "it runs already"
        looked = (await client.get(f"{HISTORY}/2")).text
        assert "name → sku = &#39;OAK-7&#39;" in looked
        page = await ready(client, f"{HISTORY}/1/rollback?environment=live")
        assert "1 record of 40 comes out differently" in page
        form = {"environment": "live", "reason": "seven was wrong", "seen": seen(page), "then": "now"}
        reply = await client.post(f"{HISTORY}/1/rollback", data=form, follow_redirects=False)
    assert reply.status_code == 303
    assert started.runs == [("products", ("OAK-7",))]
    assert (running := await revisions.published("shop", "live")) and running.number == 1
    assert [each.action for each in await revisions.history("shop", "live")] == ["rollback", "publish", "publish"]


async def test_the_limit_is_for_admins(gateway: Gateway, sign_in: SignIn) -> None:
    async with sign_in("consultant") as client:
        assert (await client.post(f"{PUBLISH}/limit", data={"percent": "50"})).status_code == 403
    async with sign_in("owner") as client:
        assert (await client.post(f"{PUBLISH}/limit", data={"percent": "much"})).status_code == 422
        done = await client.post(f"{PUBLISH}/limit", data={"percent": "50"}, follow_redirects=False)
        assert done.status_code == 303
        await edit(gateway, "shop", "product.out.yaml", "title: name ", "title: $trim(name) ")
        assert 'value="50.0"' in await ready(client, f"{PUBLISH}?again=true")


async def test_the_fragment_is_a_part_of_its_page(gateway: Gateway, sign_in: SignIn) -> None:
    await edit(gateway, "shop", "product.out.yaml", "title: name ", "title: $trim(name) ")
    async with sign_in("consultant") as client:
        for path in (PUBLISH, f"{HISTORY}/1/rollback"):
            whole = await ready(client, path)
            part = (await client.get(path, headers={"hx-request": "true"})).text.strip()
            assert part.startswith('<div class="split" id="set_check"')
            assert "<html" not in part
            assert len(part) > 500
            assert 'id="set_check"' in whole


async def test_values_never_become_markup(gateway: Gateway, sign_in: SignIn) -> None:
    await edit(gateway, "shop", "product.out.yaml", "title: name ", "title: {value: \"<script>alert('x')</script>\"} ")
    async with sign_in("consultant") as client:
        page = await ready(client, PUBLISH)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


async def test_nothing_is_published_on_a_check_that_broke(
    gateway: Gateway, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("editor.check_desk.check_mapping", broken)
    await edit(gateway, "shop", "product.out.yaml", "title: name ", "title: $trim(name) ")
    async with sign_in("consultant") as client:
        page = await ready(client, PUBLISH)
        assert "It could not be checked." in page
        reply = await client.post(PUBLISH, data={"environment": "live", "reason": "trim", "seen": seen(page)})
    assert reply.status_code == 422
    assert (running := await Revisions(gateway.database, 1).published("shop", "live")) and running.number == 1
