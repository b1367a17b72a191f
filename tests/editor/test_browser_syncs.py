"""The filter of a sync in a real browser: built of rows, with what it does to stored records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from editor.gateway import open_gateway
from editor.settings import Settings
from engine.store.workspaces import Workspaces
from tests.editor.browser import CHROMIUM, axe, chromium, go, seed_people, served, signed_in
from tests.editor.sets import seed_sets
from tests.presence import require

SYNC = "/w/rimu-co/syncs/products"


async def seed(home: Path) -> None:
    """Two mapping sets, a sync between them, and forty products."""
    async with open_gateway(Settings(home=home)) as gateway:
        workspace = await Workspaces(gateway.database).ensure("rimu-co", "Rimu & Co")
        await seed_people(gateway, workspace.id)
        await seed_sets(gateway, workspace.id)


@pytest.fixture
def mia(tmp_path: Path) -> Iterator[Page]:
    require(CHROMIUM.exists(), "Chromium is not installed")
    with chromium() as browser, served(tmp_path / "home", seed) as base:
        page = signed_in(browser, base, "mia")
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        yield page
        assert problems == []
        page.context.close()


def test_a_filter_is_built_of_rows(mia: Page) -> None:
    go(mia, SYNC)
    expect(said(mia)).to_contain_text("every record goes there")
    box(mia, "0.left").focus()
    expect(mia.locator(".complete li").first).to_contain_text("sku")
    mia.keyboard.type("nam")
    expect(mia.locator(".complete li")).to_have_count(1)
    expect(mia.locator(".complete .doc")).to_contain_text("In the latest record")
    mia.keyboard.press("Enter")
    expect(box(mia, "0.left")).to_have_value("name")
    mia.keyboard.press("Tab")
    mia.keyboard.type("contains")
    mia.keyboard.press("Tab")
    mia.keyboard.press("Tab")
    mia.keyboard.type("desk 1")
    mia.keyboard.press("Tab")
    expect(said(mia)).to_contain_text("Lets 11 of the 40 stored records through")
    expect(said(mia)).to_contain_text("Oak desk 40")
    mia.locator('[value="add_check.filter"]').click()
    expect(box(mia, "1.left")).to_be_focused()
    mia.keyboard.type("co")
    expect(mia.locator(".complete li").first).to_be_visible()
    mia.keyboard.press("Escape")
    expect(mia.locator(".complete:not([hidden])")).to_have_count(0)
    box(mia, "1.left").fill("code")
    box(mia, "1.right").fill("OAK-12")
    mia.keyboard.press("Tab")
    expect(said(mia)).to_contain_text("Lets 1 of the 40")
    expect(mia.locator("#now-filter-filter-0")).to_have_text("true for 11 of 40")
    assert axe(mia) == []
    mia.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert axe(mia) == []
    box(mia, "every").select_option("any")
    expect(said(mia)).to_contain_text("Lets 11 of the 40")
    mia.locator('[value="as_code.filter"]').click()
    expect(box(mia, "code")).to_be_focused()
    expect(box(mia, "code")).to_have_value('$contains(name, "desk 1") or code = "OAK-12"')
    assert axe(mia) == []
    box(mia, "code").fill("$contains(name, ")
    mia.keyboard.press("Tab")
    expect(said(mia).locator(".wrong")).to_contain_text("A condition reads like")
    mia.evaluate("document.querySelector('#sync_form').dataset.old = 1")
    mia.get_by_role("button", name="Save").click()
    expect(mia.locator("#sync_form:not([data-old])")).to_be_attached()
    expect(box(mia, "code")).to_have_value("$contains(name, ")
    box(mia, "code").fill("$contains(name, 'desk 2')")
    mia.locator('[value="as_boxes.filter"]').click()
    expect(box(mia, "0.right")).to_have_value("desk 2")
    with mia.expect_navigation():
        mia.get_by_role("button", name="Save").click()
    expect(box(mia, "0.right")).to_have_value("desk 2")
    expect(said(mia)).to_contain_text("Lets 11 of the 40")


def test_enter_saves_and_another_entity_has_other_fields(mia: Page) -> None:
    go(mia, "/w/rimu-co/syncs/add")
    mia.locator("#f-entity").select_option("customer")
    expect(mia.locator('[name="filter.of"]')).to_have_value("customer")
    expect(said(mia)).to_contain_text("No record of this kind is stored yet")
    box(mia, "0.left").focus()
    mia.keyboard.type("emai")
    expect(mia.locator(".complete li").first).to_contain_text("email")
    mia.keyboard.press("Escape")
    mia.locator('[value="add_check.filter"]').click()
    expect(box(mia, "1.left")).to_be_focused()
    mia.keyboard.press("Escape")
    mia.locator("#f-title").fill("Customers")
    mia.locator("#f-destination").select_option(label="Web shop")
    mia.locator("#f-destination_stream").fill("customers")
    box(mia, "0.left").fill("email")
    box(mia, "0.operator").select_option("there")
    mia.locator('[value="remove.filter.1"]').click()
    expect(box(mia, "1.left")).to_have_count(0)
    mia.locator("#f-title").focus()
    with mia.expect_navigation():
        mia.keyboard.press("Enter")
    expect(mia.get_by_role("heading", name="Customers")).to_be_visible()
    expect(box(mia, "0.left")).to_have_value("email")


def box(page: Page, name: str) -> Locator:
    return page.locator(f'[name="filter.{name}"]')


def said(page: Page) -> Locator:
    return page.locator("#filter_said")
