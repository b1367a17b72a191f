"""Samples: pasted, uploaded, kept from traffic, masked; golden tests made of them, run, mended and taken out."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from litestar import Litestar

from editor.gateway import Gateway
from engine.store.drafts import Drafts
from engine.store.samples import list_samples
from tests.editor.conftest import HERE, SignedIn
from tests.editor.sets import draft, edit, seed_sets

SignIn = Callable[[str], SignedIn]
SAMPLES = f"{HERE}/mappings/shop/samples"
OF = {"mapping": "product.out"}


@pytest.fixture
async def gateway(app: Litestar) -> Gateway:
    found: Gateway = app.state.services.gateway
    await seed_sets(found)
    return found


async def kept(gateway: Gateway, mapping: str = "shop/product.out") -> dict[str, object]:
    async with gateway.database.read(1) as transaction:
        return {sample.name: sample.payload for sample in await list_samples(transaction, mapping)}


async def test_who_may_look_and_who_may_keep(gateway: Gateway, sign_in: SignIn) -> None:
    for who, may in (("viewer", False), ("operator", False), ("consultant", True)):
        async with sign_in(who) as client:
            page = await client.get(SAMPLES, params=OF)
            assert page.status_code == 200
            assert ("Keep as a sample" in page.text) is may
            for action in ("add", "keep", "remove", "golden", "tests", "capture"):
                data = {**OF, "name": "OAK-1", "text": "{}"}
                reply = await client.post(f"{SAMPLES}/{action}", data=data, follow_redirects=False)
                assert (reply.status_code != 403) is may, (who, action)
    async with sign_in("stranger") as client:
        assert (await client.get(SAMPLES)).status_code == 404


async def test_pasted_people_are_masked_unless_one_says_no(gateway: Gateway, sign_in: SignIn) -> None:
    text = json.dumps({"sku": "A", "name": "Desk", "email": "ana@example.com"})
    async with sign_in("consultant") as client:
        await client.post(f"{SAMPLES}/add", data={**OF, "name": "one", "text": text, "mask": "1"})
        await client.post(f"{SAMPLES}/add", data={**OF, "name": "two", "text": text})
        page = (await client.get(SAMPLES, params=OF)).text
    found = await kept(gateway)
    assert "ana@example.com" not in str(found["one"])
    assert "ana@example.com" in str(found["two"])
    assert "not masked" in page


async def test_several_at_once_and_what_is_no_sample(gateway: Gateway, sign_in: SignIn) -> None:
    async with sign_in("consultant") as client:
        await client.post(f"{SAMPLES}/add", data={**OF, "name": "a", "text": '[{"sku": "1"}, {"sku": "2"}]'})
        await client.post(f"{SAMPLES}/add", data={**OF, "name": "b", "text": '{"sku": "1"}\n{"sku": "2"}'})
        for text, words in (("{nope", "not JSON"), ("7", "A sample is an object"), ("[" * 5000, "")):
            reply = await client.post(f"{SAMPLES}/add", data={**OF, "name": "bad", "text": text})
            assert reply.status_code == 422
            assert words in reply.text
        assert "{nope" in (await client.post(f"{SAMPLES}/add", data={**OF, "text": "{nope"})).text
    assert sorted(await kept(gateway)) == ["a-1", "a-2", "b-1", "b-2"]


async def test_five_megabytes_stay_usable_and_nothing_executes(gateway: Gateway, sign_in: SignIn) -> None:
    script = "<script>document.title='owned'</script>"
    large = json.dumps({"sku": "BIG", "name": script, "notes": ["x" * 1000] * 4900}).encode()
    async with sign_in("consultant") as client:
        files = {"file": ("big.json", large, "application/json")}
        reply = await client.post(f"{SAMPLES}/add", data=OF, files=files, follow_redirects=False)
        assert reply.status_code == 303
        page = (await client.get(SAMPLES, params={**OF, "sample": "big"})).text
        assert len(page) < 400_000
        assert script not in page
        more = {"file": ("more.json", large + b" " * 400_000, "application/json")}
        refused = await client.post(f"{SAMPLES}/add", data=OF, files=more)
        assert refused.status_code == 422
        assert "more than 5 MB" in refused.text


async def test_a_record_becomes_a_golden_test_that_guards_it(gateway: Gateway, sign_in: SignIn) -> None:
    async with sign_in("consultant") as client:
        await client.post(f"{SAMPLES}/keep", data={**OF, "name": "OAK-38"})
        assert list(await kept(gateway)) == ["OAK-38"]
        await client.post(f"{SAMPLES}/golden", data={**OF, "name": "OAK-38", "title": "The third desk"})
        text = await draft(gateway, "shop", "product.out.golden/the-third-desk.yaml")
        assert "title: Oak desk 38" in text
        assert "2 of 2 pass" in (await client.get(SAMPLES, params=OF)).text
        await edit(gateway, "shop", "product.out.yaml", "title: name ", "title: $uppercase(name) ")
        page = (await client.get(SAMPLES, params=OF)).text
        assert "0 of 2 pass" in page
        assert "<del>Oak desk 38</del>" in page
        assert "<b>OAK DESK 38</b>" in page
        test = {**OF, "name": "the-third-desk"}
        await client.post(f"{SAMPLES}/tests", data={**test, "do": "expect"})
        assert "1 of 2 pass" in (await client.get(SAMPLES, params=OF)).text
        await client.post(f"{SAMPLES}/tests", data={**test, "do": "remove"})
        await client.post(f"{SAMPLES}/remove", data={**OF, "name": "OAK-38"})
        await client.post(f"{SAMPLES}/golden", data={**OF, "name": "OAK-38", "title": "The third desk"})
    assert await kept(gateway) == {}
    assert "product.out.golden/the-third-desk.yaml" in await Drafts(gateway.database, 1).files("shop")


async def test_a_golden_test_binds_what_the_rules_ask_for(gateway: Gateway, sign_in: SignIn) -> None:
    await edit(gateway, "shop", "product.out.yaml", "title: name ", "title: $id & name ")
    async with sign_in("consultant") as client:
        assert "1Oak desk 38" in (await client.get(SAMPLES, params={**OF, "sample": "OAK-38"})).text
        await client.post(f"{SAMPLES}/golden", data={**OF, "name": "OAK-38"})
    text = await draft(gateway, "shop", "product.out.golden/oak-38.yaml")
    assert "with:\n  id: '1'\nexpect:\n  sku: OAK-38\n  title: '1Oak desk 38'\n" in text


async def test_a_system_that_cannot_be_read_is_said(gateway: Gateway, sign_in: SignIn) -> None:
    async with sign_in("consultant") as client:
        reply = await client.post(f"{HERE}/mappings/erp/samples/capture", data={"mapping": "product.in", "mask": "1"})
    assert reply.status_code in (422, 502)
    assert 'role="alert"' in reply.text


async def test_the_fragment_is_a_part_of_its_page(gateway: Gateway, sign_in: SignIn) -> None:
    async with sign_in("viewer") as client:
        part = (await client.get(SAMPLES, params=OF, headers={"hx-request": "true"})).text.strip()
        assert part.startswith('<div class="three" id="samples_body"')
        assert 'id="samples_body"' in (await client.get(SAMPLES, params=OF)).text
