"""The story of a new installation: what a person has at hand before the first page, for those who use a mouse and those
who do not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect
from ruamel.yaml import YAML

from connectors.sandbox_shop.server import SandboxShop
from editor.gateway import open_gateway
from editor.runs import run_desk
from editor.settings import Settings
from engine.mapping.rewrite import write_text
from tests.editor.browser import CHROMIUM, chromium, served
from tests.presence import ROOT, require

DEMO = ROOT / "mappings" / "demo"
HERE = "/w/rimu-co"
ERP = f"{HERE}/mappings/erp"
CATEGORY = f"{ERP}/sql~category.in"


async def nothing(home: Path) -> None:
    """Nobody has an account, nothing is connected: only the tables are there."""
    async with open_gateway(Settings(home=home)):
        pass


def streams() -> str:
    """What a person writes into the box: the demo ERP's stock groups, and nothing else."""
    demo = YAML(typ="safe", pure=True).load((DEMO / "connections" / "erp.yaml").read_text("utf-8"))
    return write_text({"stock_groups": demo["settings"]["streams"]["stock_groups"]})


@contextmanager
def first_page(home: Path) -> Iterator[Page]:
    """A browser before the first page of a new installation that runs syncs."""
    require(CHROMIUM.exists(), "Chromium is not installed")
    with served(home, nothing, run_desk) as base, chromium() as browser:
        page = browser.new_context(base_url=base, viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(10_000)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if "Content Security" in said.text else None)
        yield page
        assert problems == [], "no script error, and nothing the content policy had to stop"
        page.context.close()


def in_the_shop(shop: SandboxShop) -> set[str]:
    """The names of its categories."""
    headers = {"Authorization": f"Bearer {shop.token}"}
    answer = httpx.get(f"{shop.api_url}/categories", params={"limit": 250}, headers=headers)
    return {category["name"] for category in answer.json()["records"]}


def number_to_confirm(page: Page) -> str:
    """Where many records change, the page wants their number typed; "" where it does not."""
    expect(page.get_by_role("button", name=re.compile("Publish to live|Roll back to"))).to_be_enabled(timeout=20_000)
    asked = page.get_by_label("Type the number of records that change")
    if not asked.count():
        return ""
    words = page.locator(".field", has=asked).locator(".hint").inner_text()
    return "".join(re.findall(r"\d", words))
