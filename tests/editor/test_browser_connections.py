"""The form of a connection in a browser: rows, groups and kinds come and go; nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.editor.browser import CHROMIUM, axe, chromium, served, signed_in
from tests.presence import require

HERE = "/w/rimu-co"


@pytest.fixture(scope="module")
def hana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    require(CHROMIUM.exists(), "Chromium is not installed")
    home: Path = tmp_path_factory.mktemp("connections")
    with served(home) as base, chromium() as browser:
        page = signed_in(browser, base, "hana")
        page.set_viewport_size({"width": 1280, "height": 800})
        yield page
        page.context.close()


def test_rows_and_groups_keep_what_is_typed(hana: Page) -> None:
    hana.goto(f"{HERE}/connections?add=sql")
    hana.get_by_label("Name", exact=True).fill("ERP two")
    hana.get_by_label("Password").fill("rimu-rimu")
    for at, name in enumerate(("items", "orders")):
        hana.get_by_role("button", name="Add to Streams").click()
        expect(hana.get_by_label("Streams: name")).to_have_count(at + 1)
        hana.get_by_label("Streams: name").last.fill(name)
    hana.locator("#set-streams summary", has_text="items").first.click()
    hana.get_by_role("button", name="Remove items").click()
    expect(hana.get_by_label("Streams: name")).to_have_count(1)
    hana.locator("#set-streams summary", has_text="orders").first.click()
    hana.get_by_role("button", name="Add Read").click()
    hana.get_by_label("Page size").fill("many")
    hana.get_by_role("button", name="Save").click()
    expect(hana.get_by_role("alert").last).to_contain_text("boxes need mending")
    expect(hana.locator("#set-streams .wrong").filter(has_text="A whole number")).to_be_visible()
    expect(hana.get_by_label("Page size")).to_have_value("many")
    expect(hana.get_by_label("Streams: name")).to_have_value("orders")
    expect(hana.get_by_label("Password")).to_have_value("rimu-rimu")


def test_a_kind_shows_its_boxes(hana: Page) -> None:
    hana.goto(f"{HERE}/connections?add=http")
    hana.locator("summary", has_text="Manifest").first.click()
    hana.locator("summary", has_text="Http").first.click()
    hana.get_by_label("Base url").fill("https://shop.example")
    hana.get_by_label("Auth", exact=True).select_option("basic")
    expect(hana.get_by_label("Username")).to_be_visible()
    expect(hana.get_by_label("Base url")).to_have_value("https://shop.example")
    hana.get_by_label("Auth", exact=True).select_option("bearer")
    expect(hana.get_by_label("Token", exact=False).first).to_be_visible()
    expect(hana.get_by_label("Username")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["sql", "http", "sandbox_shop"])
def test_axe_finds_nothing(hana: Page, kind: str, theme: str) -> None:
    hana.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    hana.goto(f"{HERE}/connections?add={kind}")
    hana.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")
    assert axe(hana) == []
