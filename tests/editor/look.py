"""Going to pages and saying what is wrong with how they look: light and dark, 1280 and 1024 wide.

With SHOTS=folder each page is also kept as a picture there, for people to look at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from connectors.sandbox_shop.server import SandboxShop
from editor.demo.seed import demo_folder
from editor.runs import run_desk
from tests.editor.browser import CHROMIUM, axe, chromium, served, signed_in
from tests.editor.lived_in import lived_in
from tests.presence import require

WIDTHS = (1280, 1024)

# What is wider than the place it stands in, without an ellipsis or a scroll bar of its own to say so.
TOO_WIDE = """() => {
  const found = [];
  if (document.scrollingElement.scrollWidth > innerWidth) found.push("the window scrolls sideways");
  for (const e of document.querySelectorAll("body *")) {
    if (e.scrollWidth <= e.clientWidth + 1 || !e.clientWidth || !e.checkVisibility()) continue;
    const style = getComputedStyle(e), where = `${e.tagName}#${e.id}.${e.className}`;
    if (style.textOverflow === "ellipsis" || style.display.startsWith("inline")) continue;
    if (e.matches("input, select, textarea, .vh, pre, svg *") || e.closest(".vh, .scroll-x")) continue;
    if (/auto|scroll/.test(style.overflowX)) found.push(`${where} scrolls sideways`);
    else if (style.overflowX === "hidden") found.push(`${where} is cut off: ${e.textContent.trim().slice(0, 60)}`);
  }
  return found;
}"""


class Look:
    """A window that goes to pages; `wrong` grows."""

    def __init__(self, page: Page, found: dict[str, str]) -> None:
        self.page = page
        self.found = found  # addresses that only seeding tells
        self.wrong: list[str] = []
        self._shots = Path(os.environ["SHOTS"]) if "SHOTS" in os.environ else None

    def at(self, name: str, path: str) -> None:
        self.page.goto(path)
        if self.page.locator("#set_check").count():
            expect(self.page.locator("#set_check progress:not(.short)")).to_have_count(0, timeout=20_000)
        self.now(name)

    def now(self, name: str) -> None:
        """The page as it stands: axe in both themes, then the widths."""
        for theme, rules in (("light", ""), ("dark", "color-contrast")):
            self._theme(theme)
            self.wrong += [f"{name} {theme}: {found}" for found in axe(self.page, rules)]
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 800})
            self.wrong += [f"{name} {width}: {found}" for found in self.page.evaluate(TOO_WIDE)]
            self._keep(name, width)

    def _theme(self, theme: str) -> None:
        self.page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)

    def _keep(self, name: str, width: int) -> None:
        if self._shots is None:
            return
        tall = self.page.evaluate("48 + (document.querySelector('.page')?.scrollHeight ?? 0)")
        self.page.set_viewport_size({"width": width, "height": max(800, min(tall, 2000))})
        for theme in ("light", "dark"):
            self._theme(theme)
            self.page.screenshot(path=self._shots / f"{name}-{width}-{theme}.png")


@contextmanager
def looking(home: Path) -> Iterator[Look]:
    """A signed-in owner's window on a workspace that was lived in."""
    require(CHROMIUM.exists(), "Chromium is not installed")
    (home / "demo").mkdir(parents=True)
    found: dict[str, str] = {}
    with (
        SandboxShop(data=home / "demo" / "shop.sqlite", seed=demo_folder() / "shop", port=0) as shop,
        served(home, lived_in(shop, found), run_desk) as base,
        chromium() as browser,
    ):
        page = signed_in(browser, base, "hana")
        yield Look(page, found)
        page.context.close()
