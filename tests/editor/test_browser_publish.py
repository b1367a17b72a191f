"""Journeys around the editor in a real browser: break, see it in words, mend, publish, roll back; paste a lookup."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from editor.gateway import Gateway, open_gateway
from editor.settings import Settings
from engine.store.workspaces import Workspaces
from tests.editor.browser import CHROMIUM, axe, chromium, seed_people, served, signed_in
from tests.editor.sets import draft, edit, seed_sets
from tests.presence import require

HERE = "/w/rimu-co"
SHOP, ERP = f"{HERE}/mappings/shop", f"{HERE}/mappings/erp"
PAGES = (
    f"{SHOP}/publish",
    f"{SHOP}/publish?environment=test",
    f"{SHOP}/history",
    f"{SHOP}/history/1",
    f"{SHOP}/history/1/rollback",
    f"{HERE}/lookups",
    f"{ERP}/lookups",
    f"{SHOP}/lookups",
    f"{SHOP}/samples",
    f"{ERP}/samples",
)


async def seed(home: Path) -> None:
    async with open_gateway(Settings(home=home)) as gateway:
        workspace = await Workspaces(gateway.database).ensure("rimu-co", "Rimu & Co")
        await seed_people(gateway, workspace.id)
        await seed_sets(gateway, workspace.id)


def beside(work: Coroutine[Any, Any, Any]) -> Any:
    """Runs it in a loop of its own: Playwright has one in this thread."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(work)))
    thread.start()
    thread.join()
    return found[0]


class Store:
    """The store behind the pages, as somebody else would change it."""

    def __init__(self, home: Path) -> None:
        self._home = home

    async def _with(self, work: Any) -> Any:
        async with open_gateway(Settings(home=self._home), migrate=False) as gateway:
            workspace = await Workspaces(gateway.database).get("rimu-co")
            return await work(gateway, workspace.id)

    def edit(self, connection: str, path: str, old: str, new: str) -> None:
        async def work(gateway: Gateway, workspace: int) -> None:
            await edit(gateway, connection, path, old, new, workspace)

        beside(self._with(work))

    def draft(self, connection: str, path: str) -> str:
        async def work(gateway: Gateway, workspace: int) -> str:
            return await draft(gateway, connection, path, workspace)

        found: str = beside(self._with(work))
        return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require(CHROMIUM.exists(), "Chromium is not installed")
    with chromium() as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


@pytest.fixture
def mia(browser: Browser, store: Store, tmp_path: Path) -> Iterator[Page]:
    with served(tmp_path / "home", seed) as base:
        page = signed_in(browser, base, "mia")
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console", lambda message: problems.append(message.text) if "Content Security" in message.text else None
        )
        yield page
        assert problems == [], "no script error, and nothing the content policy had to stop"
        page.context.close()


def test_break_see_it_in_words_mend_publish_and_roll_back(mia: Page, store: Store) -> None:
    store.edit("shop", "product.out.yaml", "title: name ", "title: $nosuch(name) ")
    mia.goto(f"{SHOP}/publish")
    expect(mia.get_by_text("1 problem to mend first.")).to_be_visible()
    expect(mia.get_by_role("button", name="Publish to live")).to_be_disabled()
    mia.get_by_role("link", name="Mend").click()
    expect(mia).to_have_url(f"{mia.url.split('/w/')[0]}{SHOP}/product.out?open=title")

    store.edit("shop", "product.out.yaml", "$nosuch(name)", "$uppercase(name)")
    mia.goto(f"{SHOP}/publish")
    expect(mia.get_by_text("40 records come out differently.")).to_be_visible()
    mia.get_by_label("Reason").fill("The shop wants capitals")
    mia.get_by_label("Type the number of records that change").fill("12")
    mia.get_by_role("button", name="Publish to live").click()
    expect(mia.get_by_text("Type 40 to say that you know.")).to_be_visible()
    expect(mia.get_by_label("Reason")).to_have_value("The shop wants capitals")
    mia.get_by_label("Type the number of records that change").fill("40")
    mia.get_by_role("button", name="Publish to live").click()
    expect(mia.get_by_text("live, runs now")).to_be_visible()
    expect(mia.locator("tbody tr").first).to_contain_text("The shop wants capitals")

    mia.get_by_role("link", name="Back to this… revision 1 in live").click()
    expect(mia.get_by_role("heading", name="Roll back to 1", exact=True)).to_be_visible()
    expect(mia.get_by_text("40 records come out differently.")).to_be_visible()
    mia.get_by_label("Reason").fill("Too loud")
    mia.get_by_label("Type the number of records that change").fill("40")
    mia.get_by_role("button", name="Roll back to 1 in live").click()
    expect(mia.locator("tbody tr").first).to_contain_text("Too loud")
    expect(mia.locator("tbody tr").first).to_contain_text("rolled back")


def test_paste_a_lookup_and_map_the_value_that_is_missing(mia: Page, store: Store) -> None:
    mia.goto(f"{HERE}/lookups")
    expect(mia.get_by_text("1 value")).to_be_visible()
    mia.get_by_role("link", name="tax").click()
    mia.get_by_label("Pasted cells").fill("Code\tClass\nGST\tGST\nFRE\tZERO\nEXP\tZERO")
    mia.get_by_role("button", name="Show what it would do").click()
    expect(mia.get_by_role("button", name="Take 2 rows")).to_be_visible()
    mia.get_by_role("button", name="Take 2 rows").click()
    expect(mia.get_by_label("Value for EXP")).to_have_value("ZERO")
    mia.get_by_label("Value for WET").fill("GST")
    mia.get_by_role("button", name="Add", exact=True).click()
    expect(mia.get_by_text("row added in this draft")).to_be_visible()
    mia.get_by_label("Code, new row 1").fill("Z")
    mia.get_by_label("Value, new row 1").fill("ZERO")
    mia.keyboard.press("Enter")
    expect(mia.get_by_label("Value for Z", exact=True)).to_have_value("ZERO")
    mia.get_by_role("button", name="Take FRE out").click()
    expect(mia.get_by_label("Value for FRE")).to_have_count(0)
    assert "{GST: GST, EXP: ZERO, WET: GST, Z: ZERO}" in store.draft("erp", "product.in.yaml")


def test_a_sample_becomes_a_golden_test(mia: Page, store: Store) -> None:
    mia.goto(f"{SHOP}/samples")
    mia.get_by_label("JSON").fill('{"sku": "A-1", "name": "<script>document.title=1</script>"}')
    mia.get_by_label("Name", exact=True).fill("odd name")
    mia.get_by_role("button", name="Keep as a sample").click()
    expect(mia.get_by_role("link", name="odd name")).to_be_visible()
    mia.get_by_label("What the test shows").fill("Odd names stay as they are")
    mia.get_by_role("button", name="Make a golden test").click()
    expect(mia.get_by_text("2 of 2 pass")).to_be_visible()
    store.edit("shop", "product.out.yaml", "title: name ", "title: $uppercase(name) ")
    mia.get_by_role("link", name="Run all").click()
    expect(mia.get_by_text("0 of 2 pass")).to_be_visible()
    mia.get_by_role("button", name="Expect what it gives now").first.click()
    expect(mia.get_by_text("1 of 2 pass")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(mia: Page, store: Store, theme: Any) -> None:
    store.edit("shop", "product.out.yaml", "title: name ", "title: $uppercase(name) ")
    mia.emulate_media(color_scheme=theme)
    for path in PAGES:
        mia.goto(path)
        if "set_check" in mia.content():
            expect(mia.locator("#set_check progress:not(.short)")).to_have_count(0)
        assert axe(mia) == [], path
