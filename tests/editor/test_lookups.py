"""Lookups: rows changed in the grid, pasted, taken in and out as CSV; values that have no row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from litestar import Litestar

from editor.gateway import Gateway
from engine.store.revisions import Revisions
from tests.editor.conftest import HERE, SignedIn
from tests.editor.sets import WHO, Started, draft, edit, seed_sets

SignIn = Callable[[str], SignedIn]
LOOKUPS = f"{HERE}/mappings/erp/lookups"
TAX = {"mapping": "product.in", "table": "tax"}
GRID = {"was-0": "GST", "old-0": "GST", "key-0": "GST", "value-0": "GST"}


@pytest.fixture
async def gateway(app: Litestar) -> Gateway:
    found: Gateway = app.state.services.gateway
    await seed_sets(found)
    return found


async def test_who_may_look_and_who_may_change(gateway: Gateway, sign_in: SignIn) -> None:
    for who, may in (("viewer", False), ("operator", False), ("consultant", True)):
        async with sign_in(who) as client:
            assert (await client.get(f"{HERE}/lookups")).status_code == 200
            page = (await client.get(LOOKUPS, params=TAX)).text
            assert ("Save the rows" in page) is may
            for action, more in (("rows", GRID), ("paste", {"cells": "A\tB"}), ("add", {"name": "unit"})):
                reply = await client.post(f"{LOOKUPS}/{action}", data={**TAX, **more}, follow_redirects=False)
                assert (reply.status_code != 403) is may, (who, action)
    async with sign_in("stranger") as client:
        assert (await client.get(LOOKUPS)).status_code == 404


async def test_rows_are_changed_added_and_taken_out_with_comments_kept(gateway: Gateway, sign_in: SignIn) -> None:
    async with sign_in("consultant") as client:
        grid = {
            **TAX,
            **GRID,
            "value-0": "STANDARD",
            "was-1": "FRE",
            "old-1": "GST_FREE",
            "key-1": "FRE",
            "value-1": "GST_FREE",
            "key-2": "WET",
            "value-2": "GST",
            "key-3": "",
            "value-3": "",
        }
        assert (await client.post(f"{LOOKUPS}/rows", data=grid, follow_redirects=False)).status_code == 303
        text = await draft(gateway, "erp", "product.in.yaml")
        assert "{GST: STANDARD, FRE: GST_FREE, WET: GST}" in text
        assert "# agreed with the accountant" in text
        out = {**TAX, "was-0": "FRE", "old-0": "GST_FREE", "key-0": "FRE", "value-0": "GST_FREE", "remove": "0"}
        await client.post(f"{LOOKUPS}/rows", data=out)
    assert "{GST: STANDARD, WET: GST}" in await draft(gateway, "erp", "product.in.yaml")


async def test_a_row_somebody_else_changed_is_told_and_the_others_are_saved(gateway: Gateway, sign_in: SignIn) -> None:
    async with sign_in("consultant") as client:
        await edit(gateway, "erp", "product.in.yaml", "GST: GST,", "GST: OTHER,")
        grid = {**TAX, **GRID, "value-0": "MINE", "key-1": "WET", "value-1": "GST"}
        reply = await client.post(f"{LOOKUPS}/rows", data=grid)
    assert reply.status_code == 422
    assert "Somebody else changed it meanwhile: it is OTHER now." in reply.text
    assert 'value="MINE"' in reply.text, "what was typed stays"
    assert "{GST: OTHER, FRE: GST_FREE, WET: GST}" in await draft(gateway, "erp", "product.in.yaml")


async def test_paste_shows_what_it_would_do_before_it_does(gateway: Gateway, sign_in: SignIn) -> None:
    cells = "Code\tClass\nGST\tGST\nFRE\tZERO\nWET\tGST\nalone\n"
    async with sign_in("consultant") as client:
        shown = (await client.post(f"{LOOKUPS}/paste", data={**TAX, "cells": cells})).text
        assert "3 rows read, tab separated, first row is a heading" in shown
        assert "Take 2 rows" in shown
        assert "fills held records" in shown
        assert "<del>GST_FREE</del>" in shown
        assert "Line 5 has one cell only" in shown
        assert "{GST: GST, FRE: GST_FREE}" in await draft(gateway, "erp", "product.in.yaml"), "nothing is done yet"
        taken = {**TAX, "cells": cells, "known": "1", "heading": "1", "do": "take"}
        assert (await client.post(f"{LOOKUPS}/paste", data=taken, follow_redirects=False)).status_code == 303
    assert "{GST: GST, FRE: ZERO, WET: GST}" in await draft(gateway, "erp", "product.in.yaml")


async def test_csv_out_and_in_again_changes_nothing(gateway: Gateway, sign_in: SignIn) -> None:
    async with sign_in("consultant") as client:
        out = await client.get(f"{LOOKUPS}/csv", params=TAX)
        assert out.headers["content-disposition"] == 'attachment; filename="erp-tax.csv"'
        assert out.content.decode("utf-8-sig") == "code,value\r\nGST,GST\r\nFRE,GST_FREE\r\n"
        files = {"file": ("tax.csv", out.content, "text/csv")}
        shown = (await client.post(f"{LOOKUPS}/paste", data=TAX, files=files)).text
        assert "2 rows read, comma separated, first row is a heading" in shown
        assert "2 rows the same" in shown
        large = {"file": ("big.csv", b"x,y\n" * 600_000, "text/csv")}
        assert (await client.post(f"{LOOKUPS}/paste", data=TAX, files=large)).status_code == 422


async def test_values_without_a_row_are_shown_mapped_and_replayed(
    app: Litestar, gateway: Gateway, sign_in: SignIn
) -> None:
    runner = Started()
    app.state.services = replace(app.state.services, runner=runner)
    async with sign_in("consultant") as client:
        assert "1 value" in (await client.get(f"{HERE}/lookups")).text
        page = (await client.get(LOOKUPS, params=TAX)).text
        assert "<code>WET</code>" in page
        assert "1 record held" in page
        await client.post(f"{LOOKUPS}/rows", data={**TAX, "key-0": "WET", "value-0": "GST"})
        page = (await client.get(LOOKUPS, params=TAX)).text
        assert "row added in this draft" in page
        await Revisions(gateway.database, 1).publish("erp", "live", reason="wine", who=WHO)
        await client.post(f"{LOOKUPS}/replay", data={**TAX, "key": "WET"}, follow_redirects=False)
    assert runner.runs == [("products", ("WINE-1",))]


async def test_a_new_table_and_out_again_while_nobody_uses_it(gateway: Gateway, sign_in: SignIn) -> None:
    async with sign_in("consultant") as client:
        bad = await client.post(f"{LOOKUPS}/add", data={"mapping": "product.in", "name": "tax class"})
        assert bad.status_code == 422
        assert "letters, digits and _" in bad.text
        assert (await client.post(f"{LOOKUPS}/add", data={"mapping": "product.in", "name": "tax"})).status_code == 422
        await client.post(f"{LOOKUPS}/add", data={"mapping": "product.in", "name": "unit"})
        unit = {"mapping": "product.in", "table": "unit"}
        assert "No rule looks anything up here" in (await client.get(LOOKUPS, params=unit)).text
        assert (await client.post(f"{LOOKUPS}/drop", data=TAX)).status_code == 422
        assert (await client.post(f"{LOOKUPS}/drop", data=unit, follow_redirects=False)).status_code == 303
    assert "unit" not in await draft(gateway, "erp", "product.in.yaml")


async def test_the_fragment_and_hostile_cells(gateway: Gateway, sign_in: SignIn) -> None:
    async with sign_in("consultant") as client:
        row = {**TAX, "key-0": '"><script>alert(1)</script>', "value-0": "{{ 7 * 7 }}"}
        await client.post(f"{LOOKUPS}/rows", data=row)
        page = (await client.get(LOOKUPS, params=TAX)).text
        assert "<script>alert" not in page
        assert "{{ 7 * 7 }}" in page
        part = (await client.get(LOOKUPS, params=TAX, headers={"hx-request": "true"})).text.strip()
    assert part.startswith('<div class="three" id="lookup_body"')
    assert part in page.replace("\r", "") or 'id="lookup_body"' in page
