"""Every fragment a handler may answer with stands in its page, in one element that carries its name."""

from __future__ import annotations

import html.parser
import json
import re
from collections.abc import Callable

import pytest
from litestar import Litestar

from editor.gateway import Gateway
from editor.render import ENVIRONMENT
from engine.store.connections import Connections
from engine.store.revisions import Revisions
from engine.store.samples import save_sample
from tests.editor.browser import ITEM, MAPPING
from tests.editor.conftest import HERE, SignedIn

SignIn = Callable[[str], SignedIn]
EDITOR = f"{HERE}/mappings/erp/product.in"
FRAGMENTS = [
    (f"{HERE}/", "dashboard_body"),
    (f"{HERE}/settings/audit", "audit_entries"),
    (f"{HERE}/connections?add=sql", "connection_form"),
]


class Elements(html.parser.HTMLParser):
    """The ids of the outermost elements, and every id."""

    VOID = frozenset({"input", "br", "hr", "img", "meta", "link", "use", "rect", "circle", "path"})

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.outer: list[str | None] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        identity = dict(attrs).get("id")
        if self.depth == 0:
            self.outer.append(identity)
        if identity:
            self.ids.append(identity)
        if tag not in self.VOID:
            self.depth += 1

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            self.depth -= 1


def elements(text: str) -> Elements:
    read = Elements()
    read.feed(text)
    return read


@pytest.mark.parametrize(("path", "name"), FRAGMENTS)
async def test_a_fragment_is_one_element_of_its_page(app: Litestar, sign_in: SignIn, path: str, name: str) -> None:
    async with sign_in("owner") as client:
        whole = elements((await client.get(path)).text)
        assert whole.ids.count(name) == 1
        for headers in (
            {"HX-Request": "true", "HX-Boosted": "true"},
            {"HX-Request": "true", "HX-Request-Type": "full"},
        ):
            assert (await client.get(path, headers=headers)).text.startswith("<!doctype html>")
        reply = await client.get(path, headers={"HX-Request": "true"})
        assert elements(reply.text).outer == [name]
        assert reply.headers["vary"].startswith("HX-Request")


async def seeded(gateway: Gateway) -> None:
    await Connections(gateway.database, 1, gateway.seal).save("erp", title="ERP", connector="sql", settings={})
    await Revisions(gateway.database, 1).import_files("erp", {"product.in.yaml": MAPPING}, who="owner@rimu.example")
    async with gateway.database.write(1) as transaction:
        payload = json.dumps(ITEM).encode()
        await save_sample(transaction, "erp/product.in", "one", payload, origin="x", masked=True, who="x")


async def test_parts_of_the_editor_replace_what_the_page_has(app: Litestar, sign_in: SignIn) -> None:
    """Each part of a reply says what it replaces: that element is in the page, and the part is that element."""
    await seeded(app.state.services.gateway)
    async with sign_in("consultant") as client:
        page = elements((await client.get(f"{EDITOR}?open=name")).text)
        assert len(page.ids) == len(set(page.ids)), "no id stands twice"
        edit = {"place": "name", "what": "expr", "expr": "BRAND"}
        replies = [
            await client.post(f"{EDITOR}/rule", data={**edit, "typing": "1"}, headers={"HX-Request": "true"}),
            await client.post(f"{EDITOR}/rule", data=edit, headers={"HX-Request": "true"}),
            await client.post(f"{EDITOR}/rule", data={"place": "brand", "what": "pick", "path": "BRAND"}),
            await client.post(f"{EDITOR}/undo", data={}),
            await client.get(f"{EDITOR}/view?open=name"),
            await client.get(f"{EDITOR}/row?place=brand"),
            await client.post(f"{EDITOR}/rule", data={"place": "name", "what": "constant", "constant_as": "number"}),
        ]
        for reply in replies:
            assert reply.status_code in (200, 422), reply.text[:300]
            parts = re.findall(r'<hx-partial hx-target="#([\w-]+)"[^>]*>(.*?)</hx-partial>', reply.text, re.DOTALL)
            assert parts
            for target, part in parts:
                assert target in page.ids, target
                assert elements(part).outer == [target]


@pytest.mark.parametrize("name", ENVIRONMENT.list_templates(extensions=["html"]))
def test_templates_keep_to_the_content_policy(name: str) -> None:
    text = (ENVIRONMENT.loader.get_source(ENVIRONMENT, name))[0]  # type: ignore[union-attr]
    assert not re.search(r"\sstyle=|<script(?! src)|\son\w+=|hx-on|javascript:", text), name
    assert "|safe" not in text.replace("""' tabindex="-1"'|safe""", ""), "values are escaped"
