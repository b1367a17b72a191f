"""A seeded CODI served in a thread, and Debian's Chromium signed in to it."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from editor.app import create_app
from editor.gateway import Gateway, open_gateway
from editor.passwords import hash_password
from editor.ports import OpenRunner
from editor.settings import Settings
from engine.store.connections import Connections
from engine.store.people import People
from engine.store.revisions import Revisions
from engine.store.samples import save_sample
from engine.store.workspaces import Workspaces
from tests.presence import ROOT

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "correct horse battery"
PEOPLE = {"hana": ("Hana Marsh", "owner"), "mia": ("Mia Kerr", "consultant"), "vic": ("Vic Lee", "viewer")}

ITEM = {
    "STOCKCODE": "OAK-160 ",
    "DESCRIPTION": "Ōmana oak desk 1600 ",
    "BRAND": "Ōmana",
    "BARCODE": "9421031600161",
    "PRICE": 1135.45,
    "TAXCODE": "GST",
    "QTY": 14,
    "NOTE": "<script>document.title='owned'</script>",
    "images": [{"src": "https://media.example/oak-1.jpg", "text": "front"}, {"src": "https://media.example/oak-2.jpg"}],
}

MAPPING = """\
format: 1
mapping: erp/product.in
title: Stock item to product
from: {stream: items}
to: {entity: product}
lookups:
  tax: {GST: GST, FRE: GST_FREE}
fields:
  sku: {expr: $trim(STOCKCODE), required: true}   # kept with the rule
  name: {expr: $trim(DESCRIPTION), required: true}
  tax_class: {expr: TAXCODE, lookup: tax}
notes:
  sku: The code people use.
"""


async def seed(home: Path, name: str = "rimu-co") -> None:
    async with open_gateway(Settings(home=home)) as gateway:
        workspace = await Workspaces(gateway.database).ensure(name, "Rimu & Co")
        await seed_people(gateway, workspace.id)
        store = Connections(gateway.database, workspace.id, gateway.seal)
        await store.save("erp", title="MYOB", connector="sql", settings={"url": "sqlite:///nowhere.db", "streams": {}})
        revisions = Revisions(gateway.database, workspace.id)
        await revisions.import_files("erp", {"product.in.yaml": MAPPING}, who="hana@rimu.example")
        await revisions.publish("erp", "live", reason="first", who="hana@rimu.example")
        async with gateway.database.write(workspace.id) as transaction:
            for name, item in {
                "OAK-160": ITEM,
                "RIMU-5": {**ITEM, "STOCKCODE": "RIMU-5", "DESCRIPTION": "Rimu bookshelf", "QTY": "12 ctn"},
            }.items():
                await save_sample(
                    transaction,
                    "erp/product.in",
                    name,
                    json.dumps(item).encode(),
                    origin="pasted",
                    masked=True,
                    who="hana@rimu.example",
                )


async def seed_people(gateway: Gateway, workspace: int) -> None:
    people = People(gateway.database)
    kept = await hash_password(PASSWORD)
    for mail, (name, role) in PEOPLE.items():
        member = await people.add_member(workspace, f"{mail}@rimu.example", name, role)
        assert member is not None
        await people.set_password(member.id, kept)


@contextmanager
def served(
    home: Path,
    seeds: Callable[[Path], Coroutine[Any, Any, None]] = seed,
    open_runner: OpenRunner | None = None,
) -> Iterator[str]:
    """The address of a running server over `home`, with what `seeds` puts there; it runs syncs with `open_runner`."""
    seeding = threading.Thread(target=asyncio.run, args=(seeds(home),))  # Playwright has a loop in this thread
    seeding.start()
    seeding.join()
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    config = uvicorn.Config(
        create_app(Settings(home=home), open_runner), port=port, log_level="warning", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        threading.Event().wait(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def signed_in(browser: Browser, base: str, who: str) -> Page:
    context = browser.new_context(base_url=base, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=email]", f"{who}@rimu.example")
    page.fill("[name=password]", PASSWORD)
    page.click("button.main")
    page.wait_for_url("**/w/*/")
    return page


@dataclass
class Office:
    """One server and one browser for all tests of a file, and for each of them a workspace of its own."""

    browser: Browser
    base: str
    signed_in: Any  # the cookies of somebody who is in all of them
    rooms: Iterator[str]  # the workspaces nobody was in yet

    @contextmanager
    def page(self) -> Iterator[Page]:
        """In the next workspace: paths without a slash in front begin there. In the end nothing may have gone wrong."""
        context = self.browser.new_context(
            base_url=f"{self.base}/w/{next(self.rooms)}/",
            storage_state=self.signed_in,
            viewport={"width": 1440, "height": 900},
        )
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if "Content Security" in said.text else None)
        yield page
        assert problems == [], "no script error, and nothing the content policy had to stop"
        context.close()


@contextmanager
def office(home: Path, who: str, rooms: int) -> Iterator[Office]:
    names = [f"room-{number}" for number in range(rooms)]

    async def seeds(home: Path) -> None:
        for name in names:
            await seed(home, name)

    with chromium() as browser, served(home, seeds) as base:
        first = signed_in(browser, base, who)
        yield Office(browser, base, first.context.storage_state(), iter(names))


def go(page: Page, path: str) -> None:
    """Opens the page and waits until htmx has seen it."""
    page.goto(path)
    seen = "document.querySelector('[data-htmx-powered]')"
    page.wait_for_function(f"!document.querySelector('[hx-get],[hx-post]') || {seen}")


def axe(page: Page, only: str = "") -> list[str]:
    """What axe-core finds, WCAG 2.2 AA, one line each; `only` names a single rule of it."""
    page.evaluate(
        "if (!window.axe) {" + (ROOT / "tests/vendor/axe.min.js").read_text() + "}"
    )  # past the content policy
    rules = [only] if only else ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", rules)
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary'][:200]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
