"""Journeys through the editor in a real browser, by mouse and by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.editor.browser import CHROMIUM, axe, chromium, go, served, signed_in
from tests.presence import require

MAPPING = "/w/rimu-co/mappings/erp/product.in"
PAGES = (
    "/w/rimu-co/",
    "/w/rimu-co/connections?add=sql",
    "/w/rimu-co/mappings?add=1",
    MAPPING,
    f"{MAPPING}?open=name",
    f"{MAPPING}?open=tax_class",
    "/w/rimu-co/syncs",
    "/w/rimu-co/syncs/add",
    "/w/rimu-co/runs",
    "/w/rimu-co/settings/account",
    "/w/rimu-co/settings/people",
    "/w/rimu-co/settings/keys",
    "/w/rimu-co/settings/audit",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require(CHROMIUM.exists(), "Chromium is not installed")
    with chromium() as opened:
        yield opened


@pytest.fixture
def base(tmp_path: Path) -> Iterator[str]:
    with served(tmp_path / "home") as address:
        yield address


@pytest.fixture
def hana(browser: Browser, base: str) -> Iterator[Page]:
    page = signed_in(browser, base, "hana")
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if "Content Security" in message.text else None)
    yield page
    assert problems == [], "no script error, and nothing the content policy had to stop"
    page.context.close()


def head(page: Page, place: str) -> Locator:
    return page.locator(f'.row-head[data-place="{place}"]')


def test_map_by_mouse_see_the_value_undo_and_redo(hana: Page) -> None:
    go(hana, MAPPING)
    expect(head(hana, "name").locator(".value")).to_have_text("Ōmana oak desk 1600")
    head(hana, "brand").click()
    expect(head(hana, "brand")).to_have_attribute("aria-expanded", "true")
    hana.locator('.leaf[data-path="BRAND"]').click()
    expect(head(hana, "brand").locator(".value")).to_have_text("Ōmana")
    expect(hana.locator('.leaf[data-path="BRAND"] .use')).to_have_class("use on")
    expect(hana.locator("#output_pane .changed", has_text="brand")).to_be_visible()
    expect(hana.locator("#draft_bar")).to_contain_text("1 change since live 1")
    hana.locator("#undo").click()
    expect(head(hana, "brand").locator(".value")).to_have_text("not mapped")
    hana.locator("#redo").click()
    expect(head(hana, "brand").locator(".value")).to_have_text("Ōmana")
    hana.reload()
    expect(head(hana, "brand").locator(".value")).to_have_text("Ōmana")


def test_one_rule_after_the_other_by_clicks(hana: Page) -> None:
    go(hana, MAPPING)
    for place, field, value in (("brand", "BRAND", "Ōmana"), ("barcode", "BARCODE", "9421031600161")):
        head(hana, place).click()
        expect(head(hana, place)).to_have_attribute("aria-expanded", "true")
        expect(hana.locator('.row-head[aria-expanded="true"]')).to_have_count(1)
        hana.locator(f'.leaf[data-path="{field}"]').click()
        expect(head(hana, place).locator(".value")).to_have_text(value)


def test_drag_a_field_onto_a_row(hana: Page) -> None:
    go(hana, MAPPING)
    hana.drag_and_drop('.leaf[data-path="BARCODE"]', '.row-head[data-place="barcode"]')
    expect(head(hana, "barcode").locator(".value")).to_have_text("9421031600161")


def test_keyboard_alone(hana: Page) -> None:
    go(hana, MAPPING)
    hana.keyboard.press("Alt+s")
    while hana.evaluate("document.activeElement.dataset.path") != "BRAND":
        hana.keyboard.press("ArrowDown")
    hana.keyboard.press("Enter")
    hana.keyboard.press("Alt+r")
    while hana.evaluate("document.activeElement.dataset.place") != "brand":
        hana.keyboard.press("ArrowDown")
    hana.keyboard.press("Alt+m")
    expect(head(hana, "brand").locator(".value")).to_have_text("Ōmana")
    hana.keyboard.press("Control+z")
    expect(head(hana, "brand").locator(".value")).to_have_text("not mapped")


def test_type_an_expression_break_it_and_mend_it(hana: Page) -> None:
    go(hana, f"{MAPPING}?open=name")
    hana.locator('[id^="t-code-"]').click()
    box = hana.locator(".code.edit textarea")
    box.fill("$uppercase(DESCRIPTION")
    expect(hana.locator('.row[data-place="name"] .row-sub')).to_be_visible()
    expect(hana.locator("#output_pane footer")).to_contain_text("rejected")
    box.fill("$uppercase(BRAND)")
    expect(head(hana, "name").locator(".value")).to_have_text("ŌMANA")
    expect(hana.locator("#saved")).to_have_text("saved", timeout=5000)
    expect(hana.locator('[id^="p-build-"]')).to_be_hidden()
    expect(box).to_be_focused()
    hana.reload()
    expect(head(hana, "name").locator(".value")).to_have_text("ŌMANA")


def test_type_into_an_unmapped_rule_without_losing_the_caret(hana: Page) -> None:
    go(hana, f"{MAPPING}?open=brand")
    hana.locator('[id^="t-code-"]').click()
    box = hana.locator(".code.edit textarea")
    box.press_sequentially("BRA")
    expect(hana.locator("#saved")).to_have_text("saved", timeout=5000)
    expect(box).to_be_focused()
    hana.keyboard.type("ND & 'x'")
    expect(box).to_have_value("BRAND & 'x'")
    expect(head(hana, "brand").locator(".value")).to_have_text("Ōmanax")


def test_accept_suggestions_and_take_them_back_at_once(hana: Page) -> None:
    go(hana, MAPPING)
    hana.locator('#suggestions [data-do="suggestions"]').click()
    ticks = hana.locator('#suggested input[name="target"]')
    for at in range(ticks.count()):
        ticks.nth(at).check()
    count = ticks.count()
    hana.get_by_role("button", name="Accept those ticked").click()
    expect(hana.locator("#draft_bar")).not_to_contain_text("0 changes")
    expect(hana.locator("#suggested")).to_be_hidden()
    assert count > 0
    hana.keyboard.press("Control+z")
    expect(hana.locator("#draft_bar")).to_contain_text("0 changes since live 1")


def test_completion_offers_fields_and_functions(hana: Page) -> None:
    go(hana, f"{MAPPING}?open=name")
    hana.locator('[id^="t-code-"]').click()
    box = hana.locator(".code.edit textarea")
    box.fill("")
    box.press_sequentially("$upp")
    expect(hana.locator(".complete li").first).to_contain_text("$uppercase")
    hana.keyboard.press("Enter")
    hana.keyboard.type("BRA")
    expect(hana.locator(".complete li").first).to_contain_text("BRAND")
    hana.keyboard.press("Enter")
    expect(box).to_have_value("$uppercase(BRAND)")
    expect(head(hana, "name").locator(".value")).to_have_text("ŌMANA")


def test_build_a_rule_without_code(hana: Page) -> None:
    go(hana, f"{MAPPING}?open=name")
    hana.locator('[id^="t-build-"]').click()
    hana.locator("select.palette").select_option("uppercase")
    expect(head(hana, "name").locator(".value")).to_have_text("ŌMANA OAK DESK 1600")
    hana.locator('[id^="t-code-"]').click()
    expect(hana.locator(".code.edit textarea")).to_have_value("$uppercase($trim(DESCRIPTION))")
    hana.locator('[id^="t-build-"]').click()
    hana.locator('[data-do="show"][data-show="constant"]').click()
    hana.locator('[name="constant"]').fill("Always this")
    expect(head(hana, "name").locator(".value")).to_have_text("Always this")


def test_flip_samples_and_keep_the_open_rule(hana: Page) -> None:
    go(hana, f"{MAPPING}?open=name")
    hana.keyboard.press("Alt+ArrowRight")
    expect(head(hana, "name").locator(".value")).to_have_text("Rimu bookshelf")
    expect(head(hana, "name")).to_have_attribute("aria-expanded", "true")


def test_two_people_on_one_draft(browser: Browser, base: str, hana: Page) -> None:
    mia = signed_in(browser, base, "mia")
    for page in (hana, mia):
        go(page, f"{MAPPING}?open=name")
        page.locator('[id^="t-code-"]').click()
    mia.locator(".code.edit textarea").fill("BRAND")
    expect(mia.locator("#saved")).to_have_text("saved", timeout=5000)
    hana.locator(".code.edit textarea").fill("STOCKCODE")
    expect(hana.locator(".alert.warn")).to_contain_text("mia@rimu.example changed name", timeout=5000)
    hana.get_by_role("button", name="Keep mine").click()
    expect(head(hana, "name").locator(".value")).to_contain_text("OAK-160")
    mia.context.close()


def test_somebody_else_changes_another_rule(browser: Browser, base: str, hana: Page) -> None:
    go(hana, f"{MAPPING}?open=name")
    mia = signed_in(browser, base, "mia")
    go(mia, MAPPING)
    mia.drag_and_drop('.leaf[data-path="BRAND"]', '.row-head[data-place="brand"]')
    expect(head(mia, "brand").locator(".value")).to_have_text("Ōmana")
    hana.locator('[id^="t-code-"]').click()
    hana.locator(".code.edit textarea").fill("STOCKCODE")
    expect(hana.locator("#toast")).to_contain_text("both changes are kept", timeout=5000)
    hana.reload()
    expect(head(hana, "brand").locator(".value")).to_have_text("Ōmana")
    expect(head(hana, "name").locator(".value")).to_contain_text("OAK-160")
    mia.context.close()


def test_a_viewer_changes_nothing(browser: Browser, base: str) -> None:
    vic = signed_in(browser, base, "vic")
    go(vic, f"{MAPPING}?open=name")
    assert vic.locator(".builder fieldset").evaluate("e => e.disabled")
    vic.drag_and_drop('.leaf[data-path="BRAND"]', '.row-head[data-place="brand"]')
    expect(vic.locator("#toast")).to_contain_text("consultant")
    vic.context.close()


def test_values_never_become_markup(hana: Page) -> None:
    go(hana, MAPPING)
    hana.drag_and_drop('.leaf[data-path="NOTE"]', '.row-head[data-place="brand"]')
    expect(head(hana, "brand").locator(".value")).to_contain_text("<script>")
    assert "owned" not in hana.title()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(hana: Page, theme: str) -> None:
    found = []
    for path in PAGES:
        go(hana, path)
        hana.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        found += [f"{path} {problem}" for problem in axe(hana)]
    assert found == []
