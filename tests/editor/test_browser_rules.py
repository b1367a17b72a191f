"""Rules typed in a real browser: what is typed quickly stays, and what is mended is no problem any more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.editor.browser import CHROMIUM, Office, go, office
from tests.presence import require

MAPPING = "mappings/erp/product.in"


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    require(CHROMIUM.exists(), "Chromium is not installed")
    with office(tmp_path_factory.mktemp("home"), "hana", rooms=4) as opened:
        yield opened


@pytest.fixture
def hana(rooms: Office) -> Iterator[Page]:
    with rooms.page() as page:
        yield page


def head(page: Page, place: str) -> Locator:
    return page.locator(f'.row-head[data-place="{place}"]')


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
    with hana.expect_response("**/rule"):  # the reply comes between the two digits
        hana.keyboard.type("1")
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
    hana.goto("mappings?add=1")
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


def box(page: Page, name: str) -> Locator:
    return page.locator(f'.rule-form [name="{name}"]')


def standing(page: Page, part: str) -> Locator:
    """What stands beside a part of a condition."""
    return page.locator(f'.now[id$="{part}"]')


def hold_replies(page: Page) -> None:
    """A slow line: every reply to a changed rule takes its time."""

    def slowly(route: Route) -> None:
        reply = route.fetch()
        page.wait_for_timeout(250)
        route.fulfill(response=reply)

    page.route("**/rule", slowly)
