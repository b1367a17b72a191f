"""Rules made of conditions and functions in a real browser, by mouse and by keyboard: nothing typed gets lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.editor.browser import CHROMIUM, axe, chromium, served, signed_in
from tests.presence import require

MAPPING = "/w/rimu-co/mappings/erp/product.in"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require(CHROMIUM.exists(), "Chromium is not installed")
    with chromium() as opened:
        yield opened


@pytest.fixture
def hana(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with served(tmp_path / "home") as base:
        page = signed_in(browser, base, "hana")
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if "Content Security" in said.text else None)
        yield page
        assert problems == [], "no script error, and nothing the content policy had to stop"
        page.context.close()


def go(page: Page, path: str) -> None:
    """Opens the page and waits until htmx has seen it."""
    page.goto(path)
    expect(page.locator("[data-htmx-powered]").first).to_be_attached()


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


def test_a_pressed_field_is_the_whole_box_and_written_as_entries_see_it(hana: Page) -> None:
    go(hana, MAPPING)
    box(hana, "skip_when.0.left").focus()
    hana.locator('.leaf[data-path="QTY"]').click()
    hana.locator('.leaf[data-path="PRICE"]').click()
    expect(box(hana, "skip_when.0.left")).to_have_value("PRICE")
    box(hana, "skip_when.0.right").focus()
    hana.locator('.leaf[data-path="QTY"]').click()
    expect(box(hana, "skip_when.0.right")).to_have_value("QTY")
    expect(box(hana, "skip_when.0.right.as")).to_have_value("field")
    expect(standing(hana, "skip-skip_when-0")).to_contain_text("false for this sample")


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


def test_what_is_typed_quickly_after_a_change_in_the_build_form_stays(hana: Page) -> None:
    go(hana, f"{MAPPING}?open=name")
    hana.locator('[id^="t-build-"]').click()
    hana.locator("select.palette").select_option("substring")
    expect(box(hana, "fn.1.arg.1")).to_be_visible()
    hold_replies(hana)
    box(hana, "fn.1.arg.0").fill("0")
    hana.keyboard.press("Tab")  # the change is saved while one types on
    hana.keyboard.press("Tab")
    expect(box(hana, "fn.1.arg.1")).to_be_focused()
    hana.keyboard.type("1")
    hana.wait_for_timeout(500)  # the reply comes between the two digits
    hana.keyboard.type("2")
    expect(box(hana, "fn.1.arg.1")).to_have_value("12")
    expect(head(hana, "name").locator(".value")).to_have_text("Ōmana oak de")
    hana.keyboard.press("Enter")  # presses no button
    expect(hana.locator("#saved")).to_have_text("saved")
    expect(box(hana, "fn.1.arg.1")).to_have_value("12")
    hana.locator('[id^="t-code-"]').click()
    expect(hana.locator(".code.edit textarea")).to_have_value("$substring($trim(DESCRIPTION), 0, 12)")
    hana.unroute_all(behavior="ignoreErrors")


def test_blanks_in_texts_stay(hana: Page) -> None:
    go(hana, f"{MAPPING}?open=name")
    hana.locator('[id^="t-build-"]').click()
    hana.locator('[value="make_joined"]').click()
    box(hana, "part.1").fill(" by ")
    hana.keyboard.press("Tab")
    hana.locator('[id^="t-code-"]').click()
    expect(hana.locator(".code.edit textarea")).to_have_value('$trim(DESCRIPTION & " by ")')


def test_a_mended_rule_is_no_problem_any_more(hana: Page) -> None:
    """In a mapping whose target has an object that nothing makes: what is required in it is not missing."""
    hana.goto("/w/rimu-co/mappings?add=1")
    hana.get_by_label("Connection").select_option(label="MYOB")
    hana.get_by_label("Direction").select_option("in")
    hana.get_by_label("Record").select_option("category")
    hana.get_by_label("Their stream").fill("groups")
    hana.get_by_role("button", name="Start the draft").click()
    hana.wait_for_url("**category.in")
    address = hana.url
    problems = hana.locator('[data-filter="is-error"] .n')
    for place in ("code", "name", "name"):
        go(hana, f"{address}?open={place}")
        before = int(problems.inner_text())
        hana.locator('[id^="t-code-"]').click()
        hana.locator(".code.edit textarea").fill("$capitals(NAME)")
        expect(hana.locator("#saved")).to_have_text("saved")
        expect(problems).to_have_text(str(max(before, 1)))
        hana.locator(".code.edit textarea").fill("$uppercase(NAME)")
        expect(hana.locator("#saved")).to_have_text("typing…")
        expect(hana.locator("#saved")).to_have_text("saved")
        expect(problems).to_have_text(str(max(before, 1) - 1))
    expect(problems).to_have_text("0")
    expect(hana.locator(".section .badge:is(.bad, .warn)")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_the_condition_builder(hana: Page, theme: str) -> None:
    go(hana, f"{MAPPING}?open=brand")
    hana.locator('[data-show="cases"]').first.click()
    hana.get_by_role("button", name="Case", exact=True).click()
    hana.locator(".complete li", has_text="QTY").click()
    hana.locator('[value="add_group.case.0.when"]').click()
    box(hana, "case.0.when.1.0.left").fill("BR")
    expect(hana.locator(".complete li")).to_have_count(1)
    hana.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    assert axe(hana) == []
    hana.keyboard.press("Escape")
    hana.locator('[value="as_code.case.0.when"]').click()
    expect(box(hana, "case.0.when.code")).to_be_focused()
    assert axe(hana) == []


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


def hold_replies(page: Page) -> None:
    """A slow line: every reply to a changed rule takes its time."""

    def slowly(route: Route) -> None:
        reply = route.fetch()
        page.wait_for_timeout(250)
        route.fulfill(response=reply)

    page.route("**/rule", slowly)
