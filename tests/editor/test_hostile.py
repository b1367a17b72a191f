"""Hostile input: huge samples, thousands of fields, markup in values, expressions that never end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from litestar import Litestar

from engine.store.connections import Connections
from engine.store.revisions import Revisions
from engine.store.samples import save_sample
from tests.editor.browser import MAPPING
from tests.editor.conftest import HERE, SignedIn

SignIn = Callable[[str], SignedIn]
EDITOR = f"{HERE}/mappings/erp/product.in"
BASE: dict[str, Any] = {"STOCKCODE": "A", "DESCRIPTION": "x", "TAXCODE": "GST"}
SAMPLES = {
    "5 MB": {**BASE, "lines": [{"text": "y" * 1000, "number": n} for n in range(5000)]},
    "2,000 fields": {**BASE, **{f"field_{n}": {"inner": n} for n in range(2000)}},
    "a value of 1 MB": {**BASE, "DESCRIPTION": "<b>" + "z" * 1_000_000},
    "markup": {**BASE, "DESCRIPTION": "<script>alert(1)</script><hx-partial hx-target='#toast'>x</hx-partial>"},
    "markup in names": {**BASE, "<img src=x onerror=alert(1)>": "\"'><script>alert(1)</script>"},
    "depth": json.loads('{"a":' * 200 + "1" + "}" * 200),
}
EXPRESSIONS = (
    "($f := function($n) { $f($n + 1) }; $f(0))",
    "$sum([1..9999999].($ * 2))",
    "$pad('x', 100000000)",
    "'x' ~> /(a+)+$/",
    "((((((((((",
    "$eval('$eval(\"1\")')",
    "\u0000\u202e𝒳",
)


async def seeded(app: Litestar, payload: Any) -> None:
    gateway = app.state.services.gateway
    await Connections(gateway.database, 1, gateway.seal).save("erp", title="ERP", connector="sql", settings={})
    await Revisions(gateway.database, 1).import_files("erp", {"product.in.yaml": MAPPING}, who="owner@rimu.example")
    async with gateway.database.write(1) as transaction:
        body = json.dumps(payload).encode()
        await save_sample(transaction, "erp/product.in", "one", body, origin="x", masked=True, who="x")


@pytest.mark.parametrize("name", SAMPLES)
async def test_the_page_stays_usable(app: Litestar, sign_in: SignIn, name: str) -> None:
    await seeded(app, SAMPLES[name])
    async with sign_in("consultant") as client:
        page = await client.get(EDITOR)
        assert page.status_code == 200
        assert len(page.content) < 3_000_000, "values are cut before they reach the page"
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        edit = {"place": "name", "what": "expr", "expr": "DESCRIPTION", "typing": "1"}
        reply = await client.post(f"{EDITOR}/rule", data=edit)
        assert reply.status_code == 200
        assert reply.text.count("<hx-partial") < 10, "values open no partial of their own"


@pytest.mark.parametrize("expression", EXPRESSIONS)
async def test_an_expression_ends_or_is_ended(app: Litestar, sign_in: SignIn, expression: str) -> None:
    await seeded(app, BASE)
    async with sign_in("consultant") as client:
        began = time.monotonic()
        reply = await client.post(f"{EDITOR}/rule", data={"place": "name", "what": "expr", "expr": expression})
        assert reply.status_code == 200, reply.text[:300]
        assert time.monotonic() - began < 20
        assert (await client.get(EDITOR)).status_code == 200, "the draft keeps it and still opens"


@pytest.mark.parametrize(
    "form",
    [
        {"place": "name", "what": "nonsense"},
        {"place": "name", "what": "rule", "rule": "{"},
        {"place": "no.such.target", "what": "build"},
        {"place": "name", "what": "build", "source": "a b c", "source.as": "field"},
        {"place": "name", "what": "yaml", "yaml": "{a: [}"},
        {"place": "name", "what": "yaml", "yaml": "&a [*a]"},
        {"place": "name", "what": "constant", "constant": "abc", "constant_as": "number"},
        {"place": "name", "what": "copy", "to": "nowhere"},
        {},
    ],
)
async def test_a_wrong_form_changes_nothing_and_says_why(app: Litestar, sign_in: SignIn, form: dict[str, str]) -> None:
    await seeded(app, BASE)
    async with sign_in("consultant") as client:
        before = (await client.get(EDITOR)).text.split('id="draft_version"')[1][:30]
        reply = await client.post(f"{EDITOR}/rule", data=form, headers={"HX-Request": "true"})
        assert reply.status_code == 422, reply.text[:300]
        assert (await client.get(EDITOR)).text.split('id="draft_version"')[1][:30] == before
