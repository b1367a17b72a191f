"""Conditions built of rows in a real browser, by mouse and by keyboard: nothing typed gets lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.editor.browser import CHROMIUM, Office, axe, go, office
from tests.presence import require

MAPPING = "mappings/erp/product.in"


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    require(CHROMIUM.exists(), "Chromium is not installed")
    with office(tmp_path_factory.mktemp("home"), "hana", rooms=5) as opened:
        yield opened


@pytest.fixture
def hana(rooms: Office) -> Iterator[Page]:
    with rooms.page() as page:
        yield page


def head(page: Page, place: str) -> Locator:
    return page.locator(f'.row-head[data-place="{place}"]')


def test_conditions_are_built_without_code(hana: Page) -> None:
    go(hana, f"{MAPPING}?open=brand")
    hana.locator('[data-show="cases"]').first.click()
    hana.get_by_role("button", name="Case", exact=True).click()
    expect(box(hana, "case.0.when.0.left")).to_be_focused()
    hana.locator(".complete li", has_text="QTY").click()
    box(hana, "case.0.when.0.operator").select_option(label="is more than")
    box(hana, "case.0.when.0.right").fill("10")
    box(hana, "case.0.then").fill("plenty")
    box(hana, "case.1.then").fill("few")
    expect(standing(hana, "case-0-when-0")).to_contain_text("14")
    expect(standing(hana, "case-0-when-0")).to_contain_text("true for this sample")
    expect(head(hana, "brand").locator(".value")).to_have_text("plenty")
    expect(case(hana, "case.0.then")).to_contain_text("this sample gets it")
    box(hana, "case.0.when.0.right").fill("20")
    expect(standing(hana, "case-0-when-0")).to_contain_text("false for this sample")
    expect(head(hana, "brand").locator(".value")).to_have_text("few")
    expect(case(hana, "case.1.then")).to_contain_text("this sample gets it")
    expect(hana.locator("#saved")).to_have_text("saved")
    expect(hana.get_by_role("button", name="Move case 1 down")).to_be_disabled()
    hana.locator('[id^="t-code-"]').click()
    expect(hana.locator('textarea[name="yaml"]')).to_have_value(re.compile(r"when: QTY > 20\b"))


def test_conditions_by_keyboard_alone(hana: Page) -> None:
    go(hana, f"{MAPPING}?open=brand")
    hana.locator('[data-show="cases"]').first.focus()
    hana.keyboard.press("Enter")
    tab_to(hana, "add_case")
    hana.keyboard.press("Enter")
    expect(box(hana, "case.0.when.0.left")).to_be_focused()
    hana.keyboard.type("TAXC")
    expect(hana.locator(".complete li")).to_have_count(1)
    hana.keyboard.press("Enter")
    hana.keyboard.press("Tab")
    hana.keyboard.type("is one")
    hana.keyboard.press("Tab")
    hana.keyboard.press("Tab")
    hana.keyboard.type("GST, FRE")
    hana.keyboard.press("Enter")  # presses no button
    expect(standing(hana, "case-0-when-0")).to_contain_text("true for this sample")
    tab_to(hana, "add_check.case.0.when")
    hana.keyboard.press("Enter")
    expect(box(hana, "case.0.when.1.left")).to_be_focused()
    hana.keyboard.type("BRAND")
    hana.keyboard.press("Tab")
    hana.keyboard.type("does not contain")
    hana.keyboard.press("Tab")
    hana.keyboard.press("Tab")
    hana.keyboard.type("oak")
    tab_to(hana, "", "case.0.then")
    hana.keyboard.type("taxed")
    expect(head(hana, "brand").locator(".value")).to_have_text("taxed")
    expect(hana.locator("#saved")).to_have_text("saved")
    hana.reload()
    expect(box(hana, "case.0.when.0.right")).to_have_value("GST, FRE")
    expect(box(hana, "case.0.when.every")).to_have_value("all")
    expect(head(hana, "brand")).to_contain_text("is one of")


def test_a_condition_as_code_and_back_loses_nothing(hana: Page) -> None:
    go(hana, f"{MAPPING}?open=brand")
    hana.locator('[data-show="cases"]').first.click()
    hana.get_by_role("button", name="Case", exact=True).click()
    expect(hana.locator(".complete li").first).to_be_visible()
    hana.keyboard.press("Escape")
    expect(hana.locator(".complete li").first).to_be_hidden()
    hana.locator('[value="as_code.case.0.when"]').click()
    code = box(hana, "case.0.when.code")
    expect(code).to_be_focused()
    code.fill("QTY>10   and $isGtin( BARCODE )")
    expect(standing(hana, "case-0-when")).to_contain_text("for this sample")
    expect(hana.locator("#saved")).to_have_text("saved")
    hana.reload()
    expect(box(hana, "case.0.when.0.left")).to_have_value("QTY")
    expect(hana.locator(".condition .chip.raw")).to_have_text("$isGtin( BARCODE )")
    box(hana, "case.0.when.0.right").fill("12")
    expect(hana.locator("#saved")).to_have_text("typing…")
    expect(hana.locator("#saved")).to_have_text("saved")
    hana.locator('[value="as_code.case.0.when.1"]').click()
    expect(box(hana, "case.0.when.1.code")).to_be_focused()
    expect(box(hana, "case.0.when.1.code")).to_have_value("$isGtin( BARCODE )")
    hana.locator('[value="as_code.case.0.when"]').click()
    expect(code).to_have_value("QTY > 12 and $isGtin( BARCODE )")
    hana.locator('[id^="t-code-"]').click()
    hana.locator('[id^="t-build-"]').click()
    expect(code).to_have_value("QTY > 12 and $isGtin( BARCODE )")


def test_records_are_left_out_without_code(hana: Page) -> None:
    go(hana, MAPPING)
    field = box(hana, "skip_when.0.left")
    field.focus()
    hana.keyboard.type("TAXCO")
    expect(hana.locator(".complete li")).to_have_count(1)
    hana.keyboard.press("Enter")
    box(hana, "skip_when.0.right").fill("GST")
    hana.keyboard.press("Tab")
    expect(standing(hana, "skip-skip_when-0")).to_contain_text("true for this sample")
    expect(hana.locator("#output_pane footer")).to_contain_text("Left out")
    hana.locator('[value="add_check.skip_when"]').click()
    expect(box(hana, "skip_when.1.left")).to_be_focused()
    hana.keyboard.press("Escape")
    hana.locator('[value="remove.skip_when.0"]').click()
    expect(hana.locator("#output_pane footer")).to_contain_text("Would be sent")
    hana.reload()
    expect(field).to_have_value("")


def test_axe_finds_nothing_in_the_condition_builder(hana: Page) -> None:
    go(hana, f"{MAPPING}?open=brand")
    hana.locator('[data-show="cases"]').first.click()
    hana.get_by_role("button", name="Case", exact=True).click()
    hana.locator(".complete li", has_text="QTY").click()
    hana.locator('[value="add_group.case.0.when"]').click()
    box(hana, "case.0.when.1.0.left").fill("BR")
    expect(hana.locator(".complete li")).to_have_count(1)
    in_both_themes(hana)
    hana.keyboard.press("Escape")
    hana.locator('[value="as_code.case.0.when"]').click()
    expect(box(hana, "case.0.when.code")).to_be_focused()
    in_both_themes(hana)


def in_both_themes(page: Page) -> None:
    for theme in ("light", "dark"):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        assert axe(page) == []


def box(page: Page, name: str) -> Locator:
    return page.locator(f'.rule-form [name="{name}"]')


def case(page: Page, name: str) -> Locator:
    return page.locator(f'li.case:has([name="{name}"])')


def standing(page: Page, part: str) -> Locator:
    """What stands beside a part of a condition."""
    return page.locator(f'.now[id$="{part}"]')


def tab_to(page: Page, value: str, name: str = "do") -> None:
    """Tab until the box with the name, or the button with the value, is in focus."""
    for _ in range(40):
        now = page.evaluate("[document.activeElement.name, document.activeElement.value]")
        if now[0] == name and value in ("", now[1]):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not come to {value or name}")
