"""What was typed a moment ago is kept, whichever way one goes elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.editor.browser import CHROMIUM, chromium, served, signed_in
from tests.presence import require

MAPPING = "/w/rimu-co/mappings/erp/product.in"


@pytest.fixture(scope="module")
def hana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    require(CHROMIUM.exists(), "Chromium is not installed")
    with served(tmp_path_factory.mktemp("leaving") / "home") as base, chromium() as browser:
        page = signed_in(browser, base, "hana")
        yield page
        page.context.close()


@pytest.mark.parametrize(
    ("leave", "field", "value"), [("escape", "BRAND", "ŌMANA"), ("row", "TAXCODE", "GST"), ("link", "BARCODE", "942")]
)
def test_typed_and_left_at_once(hana: Page, leave: str, field: str, value: str) -> None:
    hana.goto(f"{MAPPING}?open=name")
    hana.wait_for_function("document.querySelector('[data-htmx-powered]')")
    name = hana.locator('.row-head[data-place="name"]')
    hana.locator('[id^="t-code-"]').click()
    box = hana.locator(".code.edit textarea")
    box.fill("")
    box.press_sequentially(f"$uppercase({field})")
    if leave == "escape":
        box.evaluate("box => { box.parentElement.querySelector('.complete').hidden = true; }")
        hana.keyboard.press("Escape")
        expect(name).to_have_attribute("aria-expanded", "false")
    elif leave == "row":
        hana.locator('.row-head[data-place="brand"]').click()
        expect(hana.locator('.row-head[data-place="brand"]')).to_have_attribute("aria-expanded", "true")
    else:
        hana.get_by_role("link", name="Publish…").click()
        hana.wait_for_url("**/publish")
        hana.goto(MAPPING)
    expect(name.locator(".value")).to_contain_text(value)
    hana.reload()
    expect(name.locator(".value")).to_contain_text(value)
