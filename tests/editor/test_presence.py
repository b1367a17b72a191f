"""People who have the same mapping open see each other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from playwright.sync_api import expect

from editor.presence import GONE, MOST, Presence
from tests.editor.browser import CHROMIUM, axe, chromium, served, signed_in
from tests.editor.conftest import SignedIn
from tests.editor.sets import seed_sets
from tests.editor.test_browser import MAPPING, go
from tests.presence import require

KEY = (1, "erp", "product.in")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_others_are_told_until_they_are_gone() -> None:
    clock = Clock()
    presence = Presence(clock)
    assert presence.note(KEY, 1, "Hana", "") == ()
    (hana,) = presence.note(KEY, 2, "Mia", "name")
    assert hana.words == "Hana is also here"
    assert presence.note((1, "erp", "price.in"), 3, "Vic", "") == (), "another mapping"
    assert presence.note((2, "erp", "product.in"), 3, "Vic", "") == (), "another workspace"
    clock.now = GONE - 1
    (mia,) = presence.note(KEY, 1, "Hana", "sku")
    assert mia.words == "Mia is also here, in rule name"
    clock.now = GONE + 1
    assert presence.note(KEY, 1, "Hana", "sku") == ()


def test_it_stays_small() -> None:
    presence = Presence(Clock())
    for person in range(MOST * 2):
        presence.note(KEY, person, "x", "y" * 10_000)
    assert len(presence.note(KEY, 0, "x", "")) == MOST - 1


async def test_the_page_asks_and_a_stranger_learns_nothing(app: Litestar, sign_in: Callable[[str], SignedIn]) -> None:
    await seed_sets(app.state.services.gateway)
    here = "/w/rimu-co/mappings/erp/product.in"
    async with sign_in("consultant") as consultant, sign_in("viewer") as viewer, sign_in("stranger") as stranger:
        await consultant.post(f"{here}/presence", data={"open": "<b>name"})
        seen = await viewer.post(f"{here}/presence", headers={"hx-request": "true"})
        assert "Consultant Person is also here, in rule &lt;b&gt;name" in seen.text
        assert "also here" not in (await stranger.post(f"{here}/presence")).text
        page = await consultant.get(f"{here}?open=sku")
        assert "Viewer Person is also here" in page.text
        again: httpx.Response = await viewer.post(f"{here}/presence", headers={"hx-request": "true"})
        assert "in rule sku" in again.text


def test_two_people_see_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require(CHROMIUM.exists(), "Chromium is not installed")
    monkeypatch.setattr("editor.presence.GONE", 10.0)
    with served(tmp_path / "home") as base, chromium() as browser:
        hana, mia = signed_in(browser, base, "hana"), signed_in(browser, base, "mia")
        go(hana, MAPPING)
        expect(hana.locator("#presence")).to_be_empty()
        go(mia, MAPPING)
        expect(mia.locator("#presence")).to_have_text("Hana Marsh is also here")
        expect(hana.locator("#presence")).to_have_text("Mia Kerr is also here", timeout=12_000)
        mia.locator('.row-head[data-place="name"]').click()
        expect(hana.locator("#presence")).to_have_text("Mia Kerr is also here, in rule name", timeout=12_000)
        for theme in ("light", "dark"):
            hana.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
            assert axe(hana) == []
        mia.goto("/w/rimu-co/mappings")
        expect(hana.locator("#presence")).to_be_empty(timeout=20_000)
