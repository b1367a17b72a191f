"""The request a mapping would send, in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from editor.gateway import open_gateway
from editor.settings import Settings
from engine.store.connections import Connections
from engine.store.revisions import Revisions
from engine.store.samples import save_sample
from engine.store.workspaces import Workspaces
from tests.editor.browser import CHROMIUM, axe, chromium, seed_people, served, signed_in
from tests.editor.test_browser import go, head
from tests.presence import require

OUT = "/w/rimu-co/mappings/shop/product.out"
IN = "/w/rimu-co/mappings/shop/product.in"
MAPPING = """\
format: 1
mapping: shop/product.out
from: {entity: product}
to: {stream: products}
fields:
  code: {expr: sku, required: true}
  name: name
"""

INWARD = """\
format: 1
mapping: shop/product.in
from: {stream: products}
to: {entity: product}
fields: {sku: code}
"""


async def seed(home: Path) -> None:
    """A shop that is never reached, with a token nobody may see."""
    async with open_gateway(Settings(home=home)) as gateway:
        workspace = await Workspaces(gateway.database).ensure("rimu-co", "Rimu & Co")
        await seed_people(gateway, workspace.id)
        store = Connections(gateway.database, workspace.id, gateway.seal)
        settings = {"url": "http://127.0.0.1:9/api"}
        await store.save("shop", title="Shop", connector="sandbox_shop", settings=settings, secrets={"token": "sesame"})
        files = {"product.out.yaml": MAPPING, "product.in.yaml": INWARD}
        await Revisions(gateway.database, workspace.id).import_files("shop", files, who="hana@rimu.example")
        said: dict[str, Any] = {"origin": "pasted", "masked": True, "who": "hana@rimu.example"}
        async with gateway.database.write(workspace.id) as transaction:
            await save_sample(transaction, "shop/product.out", "OAK-1", b'{"sku": "OAK-1", "name": "Desk"}', **said)
            await save_sample(transaction, "shop/product.in", "OAK-1", b'{"code": "OAK-1"}', **said)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require(CHROMIUM.exists(), "Chromium is not installed")
    with chromium() as opened:
        yield opened


@pytest.fixture
def hana(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with served(tmp_path / "home", seed) as base:
        page = signed_in(browser, base, "hana")
        yield page
        page.context.close()


def test_the_request_follows_what_is_typed_and_is_copied(hana: Page) -> None:
    hana.context.grant_permissions(["clipboard-read", "clipboard-write"])
    go(hana, f"{OUT}?open=name")
    hana.get_by_role("tab", name="Request").click()
    new, known = hana.locator(".sent").all()
    expect(new).to_contain_text("POST http://127.0.0.1:9/api/products/batch?on_duplicate=update")
    expect(new).to_contain_text("Bearer •••")
    expect(new).to_contain_text('"code": "OAK-1"')
    expect(known).to_contain_text('"id": 1')
    assert "sesame" not in hana.content()
    hana.locator('[id^="t-code-"]').click()
    hana.locator(".code.edit textarea").fill("name & '!'")
    expect(head(hana, "name").locator(".value")).to_have_text("Desk!")
    expect(hana.locator("#po-req")).to_be_visible()
    expect(hana.locator(".sent").first).to_contain_text('"name": "Desk!"')
    hana.locator(".sent").first.get_by_role("button", name="Copy as curl").click()
    expect(hana.locator("#toast")).to_contain_text("Copied")
    copied = hana.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("curl -X POST") and '"$SECRET"' in copied and "Desk!" in copied


def test_what_codi_keeps_itself_is_said(hana: Page) -> None:
    go(hana, IN)
    hana.get_by_role("tab", name="Request").click()
    expect(hana.locator("#po-req")).to_contain_text("CODI keeps this product itself: no request is sent.")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(hana: Page, theme: str) -> None:
    go(hana, OUT)
    hana.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    hana.get_by_role("tab", name="Request").click()
    assert axe(hana) == []
