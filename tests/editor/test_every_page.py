"""Every page, full and empty: axe finds nothing and nothing runs out of its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine.store.people import People
from tests.editor.browser import served, signed_in
from tests.editor.lived_in import EMPTY, HERE
from tests.editor.look import Look, looking
from tests.editor.story import nothing

SHOP, ERP = f"{HERE}/mappings/shop", f"{HERE}/mappings/erp"
PAGES = {
    "dashboard": f"{HERE}/",
    "connections": f"{HERE}/connections",
    "connection-new": f"{HERE}/connections?add=sql",
    "connection-shop": f"{HERE}/connections/shop",
    "connection-failing": f"{HERE}/connections/accounts",
    "mappings": f"{HERE}/mappings",
    "mapping-new": f"{HERE}/mappings?add=1",
    "lookups": f"{HERE}/lookups",
    "lookups-of-one": f"{ERP}/lookups",
    "samples": f"{SHOP}/samples",
    "sample": f"{ERP}/samples?mapping=demo_erp/product.in&sample=LMP-090",
    "publish": f"{SHOP}/publish",
    "publish-impact": f"{ERP}/publish",
    "history": f"{SHOP}/history",
    "revision": f"{SHOP}/history/2",
    "rollback": f"{SHOP}/history/2/rollback",
    "syncs": f"{HERE}/syncs",
    "sync": f"{HERE}/syncs/products",
    "sync-new": f"{HERE}/syncs/add",
    "runs": f"{HERE}/runs",
    "account": f"{HERE}/settings/account",
    "people": f"{HERE}/settings/people",
    "keys": f"{HERE}/settings/keys",
    "audit": f"{HERE}/settings/audit",
    "error-404": f"{HERE}/runs/none",
    "error-404-outside": "/nothing/here",
}
NOTHING_YET = {
    f"empty-{name}": f"{EMPTY}/{path}"
    for name, path in {
        "dashboard": "",
        "connections": "connections",
        "mappings": "mappings",
        "lookups": "lookups",
        "syncs": "syncs",
        "runs": "runs",
        "keys": "settings/keys",
        "audit": "settings/audit",
    }.items()
}


@pytest.fixture(scope="module")
def look(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Look]:
    with looking(tmp_path_factory.mktemp("lived-in") / "home") as opened:
        yield opened


@pytest.fixture(autouse=True)
def nothing_wrong(look: Look) -> Iterator[None]:
    look.wrong.clear()
    yield
    assert not look.wrong, "\n".join(look.wrong)


@pytest.mark.parametrize("name", PAGES)
def test_full(look: Look, name: str) -> None:
    look.at(name, PAGES[name])


@pytest.mark.parametrize("name", ["run", "letter"])
def test_what_a_run_left(look: Look, name: str) -> None:
    look.at(name, look.found[name])


@pytest.mark.parametrize("name", NOTHING_YET)
def test_empty(look: Look, name: str) -> None:
    look.at(name, NOTHING_YET[name])


def test_dialogs(look: Look) -> None:
    for name, key in (("commands", "Control+k"), ("keys", "?")):
        look.page.goto(f"{HERE}/syncs")
        look.page.wait_for_load_state("networkidle")
        look.page.keyboard.press(key)
        expect(look.page.locator(f"#{name}")).to_be_visible()
        look.now(f"dialog-{name}")


def test_a_form_that_was_refused(look: Look) -> None:
    look.page.goto(f"{HERE}/syncs/add")
    look.page.get_by_label("Name", exact=True).fill("Nowhere to nowhere")
    look.page.get_by_role("button", name="Make the sync").click()
    look.page.locator('[aria-invalid="true"], .alert.bad').first.wait_for()
    look.now("sync-refused")


def test_forbidden(look: Look) -> None:
    browser = look.page.context.browser
    assert browser is not None
    vic = signed_in(browser, origin(look), "vic")
    other = Look(vic, {})
    other.at("error-403", f"{HERE}/settings/audit")
    other.at("viewer-connection", f"{HERE}/connections/shop")
    vic.context.close()
    look.wrong += other.wrong


def test_broken(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(People, "audit_entries", broken)
    look.at("error-500", f"{HERE}/settings/audit")


def test_before_signing_in(look: Look) -> None:
    page = stranger(look)
    other = Look(page, {})
    other.at("sign-in", "/sign-in")
    page.get_by_label("E-mail").fill("hana@rimu.example")
    page.get_by_label("Password").fill("not it")
    page.keyboard.press("Enter")
    page.locator(".alert.bad").wait_for()
    other.now("sign-in-refused")
    other.at("link", look.found["link"])
    other.at("link-used", "/link/none")
    page.context.close()
    look.wrong += other.wrong


def test_set_up(look: Look, tmp_path: Path) -> None:
    with served(tmp_path / "home", nothing) as base:
        page = stranger(look)
        other = Look(page, {})
        other.at("set-up", f"{base}/")
        page.context.close()
        look.wrong += other.wrong


def origin(look: Look) -> str:
    return look.page.url.split("/w/")[0]


def stranger(look: Look) -> Page:
    """A window that nobody is signed in to."""
    browser = look.page.context.browser
    assert browser is not None
    return browser.new_context(base_url=origin(look), viewport={"width": 1280, "height": 800}).new_page()
