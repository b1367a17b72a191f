"""The story of an empty workspace by keyboard alone: nothing is clicked, nothing is put in focus but by keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from connectors.sandbox_shop.server import SandboxShop
from editor.demo.erp import build_demo_erp
from tests.editor.story import DEMO, HERE, first_page, in_the_shop, number_to_confirm, streams

FARTHEST = 16  # presses of Tab from where one is to what one wants

# What is in focus: its name as it is read out, and whether one sees that it is in focus.
FOCUS = """() => {
  const e = document.activeElement, ring = x => x && getComputedStyle(x).outlineStyle !== "none";
  const label = e.labels?.[0] || document.getElementById(e.getAttribute("aria-labelledby"));
  const box = e.getBoundingClientRect();
  return {
    tag: e.tagName, type: e.type || "",
    name: (e.getAttribute("aria-label") || label?.textContent || e.textContent || e.title).replace(/\\s+/g, " ").trim(),
    seen: ring(e) || ring(e.closest(".code")) || e.matches("main, .scroll"),
    inside: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
  };
}"""


class Keys:
    """A person without a mouse. Counts what they press."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.pressed += len(text)

    def to(self, name: str, *, back: bool = False) -> None:
        """Tab until what begins with the name is in focus; every stop on the way shows that it is."""
        passed = [self.focus()]
        while not passed[-1].startswith(name):
            assert len(passed) <= FARTHEST, f"{name!r} is too far: {passed}"
            self.press("Shift+Tab" if back else "Tab")
            passed.append(self.focus())

    def focus(self) -> str:
        found = self.page.evaluate(FOCUS)
        if found["tag"] == "BODY":
            return ""
        assert found["seen"], f"the focus on {found['name']!r} is not seen"
        assert found["inside"], f"{found['name']!r} has the focus outside of the window"
        return str(found["name"])

    def fill(self, name: str, text: str) -> None:
        """Into the box of that name, in place of what is in it; in a list of choices the letters choose."""
        self.to(name)
        if self.page.evaluate("document.activeElement.tagName") != "SELECT":
            self.press("Control+a")
        self.type(text)

    def go(self, title: str) -> None:
        """To another page by Ctrl K."""
        self.press("Control+k")
        self.type(title)
        with self.page.expect_navigation():
            self.press("Enter")
        self.ready()

    def enter(self) -> None:
        """Enter, on what leads to another page."""
        with self.page.expect_navigation():
            self.press("Enter")
        self.ready()

    def skip(self) -> None:
        """Past the side bar."""
        self.to("Skip to content")
        self.press("Enter")

    def ready(self) -> None:
        seen = "document.querySelector('[data-htmx-powered]')"
        self.page.wait_for_function(f"!document.querySelector('[hx-get],[hx-post]') || {seen}")


@pytest.fixture
def shop() -> Iterator[SandboxShop]:
    with SandboxShop() as running:
        yield running


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keys]:
    with first_page(tmp_path / "home") as page:
        yield Keys(page)


def test_the_whole_story(keys: Keys, shop: SandboxShop, tmp_path: Path) -> None:
    build_demo_erp(tmp_path / "erp.sqlite", DEMO / "erp")
    keys.page.goto("/")
    set_up(keys)
    connect_the_erp(keys, tmp_path / "erp.sqlite")
    connect_the_shop(keys, shop)
    map_by_hand(keys)
    write_a_rule_and_take_it_back(keys)
    publish(keys, "The first rules")
    start_from_a_shipped_mapping(keys)
    publish(keys, "As shipped")
    make_the_sync(keys)
    watch_it_run(keys)
    assert len(in_the_shop(shop)) == 50
    print(f"\nfrom the empty workspace to a sync that ran: {keys.pressed:,} keys, with what was typed")


def set_up(keys: Keys) -> None:
    for name, text in (
        ("Workspace", "Rimu & Co"),
        ("Your name", "Ana Reti"),
        ("E-mail", "ana@rimu.example"),
        ("Password", "correct horse battery"),
    ):
        keys.fill(name, text)
    keys.enter()
    expect(keys.page).to_have_url(f"{keys.page.url.split('/w/')[0]}{HERE}/")


def connect_the_erp(keys: Keys, file: Path) -> None:
    keys.go("conn")
    keys.skip()
    keys.to("SQL database")
    keys.enter()
    assert keys.focus() == "Name", "the form that was asked for has the focus"
    keys.type("ERP")
    keys.fill("Database address", "sqlite:////nowhere/erp.sqlite")
    keys.to("Fill it from YAML")
    keys.press("Enter")
    keys.fill("Streams as YAML", streams())
    keys.to("Read it in")
    keys.press("Enter")
    expect(keys.page.locator("#set-streams summary b").first).to_have_text("stock_groups")
    keys.to("Test")
    keys.press("Enter")
    expect(keys.page.locator("#connection_form .checks b.is-bad")).to_be_visible()
    assert keys.focus() == "Test", "the focus stays where it was when a part of the page is replaced"
    keys.to("Database address", back=True)
    keys.fill("Database address", f"sqlite:///{file}")
    keys.to("Test")
    keys.press("Enter")
    expect(keys.page.locator("#connection_form .checks")).to_contain_text("1 stream")
    keys.to("Save", back=True)
    keys.press("Enter")
    expect(keys.page.locator("#connections")).to_contain_text("healthy")


def connect_the_shop(keys: Keys, shop: SandboxShop) -> None:
    keys.ready()
    keys.skip()
    keys.to("Connect a system")
    keys.press("Enter")
    keys.to("Sandbox shop")
    keys.enter()
    keys.type("Shop")
    keys.fill("Address of the API", shop.api_url)
    keys.fill("Token", shop.token)
    keys.to("Save")
    keys.press("Enter")
    expect(keys.page.locator("#connections .state.ok")).to_have_count(2)


def map_by_hand(keys: Keys) -> None:
    page = keys.page
    keys.go("mapp")
    keys.skip()
    keys.to("New mapping")
    keys.enter()
    keys.fill("Connection", "ERP")
    keys.fill("Direction", "in")
    keys.fill("Record", "category")
    keys.fill("Their stream", "stock_groups")
    keys.enter()
    keys.skip()
    keys.to("Add a sample")
    keys.enter()
    keys.skip()
    keys.to("Take 5 now")
    keys.enter()
    keys.skip()
    keys.to("Open the mapping")
    keys.enter()
    for source, target in (("GROUPCODE", "code"), ("GROUPNAME", "name"), ("SORTORDER", "position")):
        keys.press("/")
        keys.press("Control+a")
        keys.type(source)
        keys.press("ArrowDown", "Enter", "Alt+r")
        keys.type(target)
        assert page.evaluate("document.activeElement.dataset.place") == target
        keys.press("Alt+m")
        expect(page.locator(f'.row-head[data-place="{target}"] .value')).not_to_have_text("not mapped")
        expect(page.locator(f'.row-head[data-place="{target}"]')).to_be_focused()
        expect(page.locator('.row-head[aria-expanded="true"]')).to_have_count(1)  # the one before is closed
    expect(page.locator("#output_pane footer .is-ok")).to_be_visible()


def write_a_rule_and_take_it_back(keys: Keys) -> None:
    """Opened by Enter, written with completion, closed by Escape: the focus is back on its row. Then undone."""
    page = keys.page
    head = page.locator('.row-head[data-place="name"]')
    keys.press("Alt+r")
    keys.type("name")
    keys.press("Enter")
    expect(head).to_have_attribute("aria-expanded", "true")
    keys.to("Build")
    keys.press("ArrowRight")
    keys.to("Expression for name")
    keys.press("Control+a")
    keys.type("$upp")
    expect(page.locator(".complete li").first).to_contain_text("$uppercase")
    keys.press("Enter")
    keys.type("GROUPNAME")
    expect(page.locator(".complete li").first).to_contain_text("GROUPNAME")
    keys.press("Escape")
    expect(page.locator(".complete:not([hidden])")).to_have_count(0)
    expect(head.locator(".value")).to_have_text(page.locator('.leaf[data-path="GROUPNAME"] .v').inner_text().upper())
    expect(page.locator("#saved")).to_have_text("saved")
    keys.press("Escape")
    expect(head).to_have_attribute("aria-expanded", "false")
    expect(head).to_be_focused()
    keys.press("Control+z")
    expect(page.locator("#redo")).to_be_enabled()
    expect(head).to_be_focused()


def publish(keys: Keys, reason: str) -> None:
    with keys.page.expect_navigation():
        keys.press("Alt+p")
    keys.ready()
    number = number_to_confirm(keys.page)
    keys.skip()
    keys.fill("Reason", reason)
    if number:
        keys.fill("Type the number", number)
    keys.to("Publish to live")
    keys.enter()
    expect(keys.page.locator("tbody tr").first).to_contain_text(reason)


def start_from_a_shipped_mapping(keys: Keys) -> None:
    keys.go("mapp")
    keys.skip()
    keys.to("New mapping")
    keys.enter()
    keys.fill("Connection", "Shop")
    keys.fill("Start from", "sandbox_shop/category.out")
    keys.press("Tab")
    keys.to("Their stream")
    keys.enter()
    expect(keys.page.get_by_role("heading", name="Category to shop category")).to_be_visible()


def make_the_sync(keys: Keys) -> None:
    keys.go("sync")
    keys.skip()
    keys.to("New sync")
    keys.enter()
    keys.type("Categories to the shop")
    keys.fill("What", "category")
    keys.fill("From", "ERP")
    expect(keys.page.locator("#streams-source option")).to_have_count(1)
    keys.fill("Stream to read", "stock_groups")
    keys.fill("To", "Shop")
    expect(keys.page.locator('#streams-destination option[value="categories"]')).to_have_count(1)
    keys.fill("Stream to write", "categories")
    keys.to("Make the sync")
    keys.enter()
    expect(keys.page.get_by_role("heading", name="Categories to the shop")).to_be_visible()


def watch_it_run(keys: Keys) -> None:
    keys.skip()
    keys.to("Run now")
    keys.enter()
    expect(keys.page.locator("main")).to_contain_text("done", timeout=20_000)
