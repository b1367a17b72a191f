"""The filter of a sync as boxes: what it does to stored records, what is saved of it, and without JavaScript."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from decimal import Decimal
from html import unescape

import pytest
from litestar import Litestar

from editor.sync_filter import FilterForm, example_of, fields_at, stored_filter, typed_filter
from engine.records.entities import ENTITIES
from engine.store.samples import Sample
from engine.store.syncs import Syncs
from tests.editor.conftest import HERE, SignedIn
from tests.editor.sets import seed_sets

SignIn = Callable[[str], SignedIn]
SYNC = {
    "title": "Desks",
    "entity": "product",
    "destination": "shop",
    "destination_stream": "products",
    "deletions": "ignore",
    "environment": "live",
}
GROUP = {"filter.is": "group", "filter.was": '"false"'}
ROW = {"filter.0.is": "check", "filter.0.was": '"false"', "filter.0.left": "status", "filter.0.operator": "is"}


def record(name: str, **fields: object) -> Sample:
    return Sample(name=name, origin="", masked=False, payload={"code": name, **fields})


RECORDS = (record("NEW", status="draft", stock=2), record("OAK", status="active", stock=9), record("OLD"))


def as_is(sample: Sample) -> Sample:
    return sample


def stored(text: str) -> FilterForm:
    return stored_filter("product", text, RECORDS, as_is)


def typed(**boxes: str) -> FilterForm:
    sent = {name.replace("__", "."): value for name, value in boxes.items()}
    return typed_filter("product", {**GROUP, **ROW, **sent}, RECORDS, as_is)


def test_what_it_does_to_stored_records() -> None:
    form = stored("status = 'active'")
    assert (form.looked.tried, form.looked.through) == (3, 1)
    assert form.looked.left_out is not None and form.looked.left_out.name == "NEW"
    assert form.seen == (("status", "draft"),)
    form = stored("stock + 1 > 5 and status = 'active'")
    assert [stands.now and stands.now.text for stands in form.standing.values()] == [
        None,
        "true for 1 of 3",
        "true for 1 of 3",
    ]
    form = stored("status + 1 = 2")
    assert form.looked.failing == 2 and form.looked.failure


def test_rows_become_a_filter_of_the_kind_the_field_has() -> None:
    assert typed(**{"filter.0.right.as": "auto", "filter.0.right": "active"}).text == 'status = "active"'
    stock = {"filter.0.left": "stock", "filter.0.operator": "more", "filter.0.right.as": "auto", "filter.0.right": "5"}
    assert typed(**stock).text == "stock > 5"
    unseen = {**stock, "filter.0.left": "variants.weight_kg", "filter.0.operator": "is"}
    assert typed(**unseen).text == "$number(variants.weight_kg) = 5", "no record has it: the entity says what it is"


def test_decimals_which_records_hold_as_texts_are_compared_as_numbers() -> None:
    priced = [
        record("A", variants=[{"rrp": {"amount": "1190.00"}}]),
        record("B", variants=[{"rrp": {"amount": "90.50"}}]),
    ]
    row = {"filter.0.left": "variants[0].rrp.amount", "filter.0.operator": "more", "filter.0.right": "500"}
    form = typed_filter("product", {**GROUP, **ROW, **row, "filter.0.right.as": "auto"}, priced, as_is)
    assert (form.text, form.looked.through) == ("$number(variants[0].rrp.amount) > 500", 1)
    assert form.looked.left_out is priced[1] and form.seen == (("$number(variants[0].rrp.amount)", Decimal("90.50")),)
    assert typed(**row, **{"filter.0.right.as": "text"}).text == 'variants[0].rrp.amount > "500"', "what is said counts"


def test_nothing_chosen_is_no_filter_and_false_is_one() -> None:
    assert stored("").text == typed(**{"filter.0.left": ""}).text == ""
    assert typed(**{"filter.0.left": "", "do": "add_check.filter"}).text == ""
    never = stored("false")
    assert (never.boxes.kind, never.looked.through) == ("code", 0), "it is not shown as an empty row"
    assert sent_back(never).text == "false"
    assert sent_back(stored(""), do="as_code.filter", **{**ROW, "filter.0.left": ""}).boxes.code == ""
    as_code = {"filter.is": "code", "filter.was": '""', "filter.code": "false"}
    assert typed(**as_code).text == "false"
    assert typed(**{**as_code, "filter.code": " "}).text == ""


def sent_back(form: FilterForm, **more: str) -> FilterForm:
    sent = {"filter.is": form.boxes.kind, "filter.was": form.boxes.was, "filter.code": form.boxes.code, **more}
    return typed_filter("product", sent, RECORDS, as_is)


def test_what_boxes_cannot_show_stays_as_it_is_written() -> None:
    text = "$count(variants[stock > 0]) > 1 /* two that sell */"
    form = stored(text)
    (part,) = form.boxes.members
    assert (form.boxes.kind, part.kind) == ("group", "check")
    odd = stored("$lookup({'a': true}, code)")
    assert odd.boxes.members[0].kind == "code"
    again = sent_back(
        odd, **{"filter.0.is": "code", "filter.0.was": odd.boxes.members[0].was, "filter.0.code": odd.text}
    )
    assert again.text == odd.text


def test_what_is_wrong_is_said_and_nothing_typed_is_lost() -> None:
    form = typed(**{"filter.0.left": "sta tus", "filter.0.right": "x"})
    assert "not an expression" in form.problem
    assert (form.boxes.members[0].left, form.boxes.members[0].right) == ("sta tus", "x")
    assert "A condition reads like" in stored("status = (").problem


@pytest.mark.parametrize("entity", ENTITIES)
def test_fields_of_every_entity_are_offered(entity: str) -> None:
    latest = example_of(entity)
    items = fields_at(entity, "", 0, latest, only_fields=True)
    assert items and all(item.kind == "field" and item.doc for item in items)
    assert all(item.text.strip("`") in latest for item in items)


def test_fields_inside_fields_with_what_they_may_be() -> None:
    assert [item.text for item in fields_at("product", "variants.dims_cm.", 17, None, only_fields=True)] == [
        f"variants.dims_cm.{side}" for side in "lwh"
    ]
    (status,) = fields_at("product", "stat", 4, {"status": "active"}, only_fields=True)
    assert "One of draft, active, archived." in status.doc and '"active"' in status.doc
    assert {item.kind for item in fields_at("product", "co", 2, None, only_fields=False)} == {"field", "function"}


async def test_without_javascript(app: Litestar, sign_in: SignIn) -> None:
    await seed_sets(app.state.services.gateway)
    async with sign_in("consultant") as client:
        page = await client.post(f"{HERE}/syncs/add", data={**SYNC, **GROUP, **ROW, "do": "add_check.filter"})
        assert page.status_code == 200
        form = boxes_on(page.text)
        assert form["title"] == "Desks" and form["filter.1.left"] == "", "a row more, and what was typed stays"
        second = {"filter.1.left": "code", "filter.1.operator": "ends", "filter.1.right": "-1"}
        form |= {"filter.0.right": "active", **second}
        made = await client.post(f"{HERE}/syncs/add", data=form, follow_redirects=False)
        assert made.headers["location"] == f"{HERE}/syncs/desks?done=added"
        kept = await Syncs(app.state.services.gateway.database, 1).get("desks")
        assert kept.filter == 'status = "active" and $substring(code, -2) = "-1"'
        page = await client.get(f"{HERE}/syncs/desks")
        assert "1 of the 40 stored records" in page.text and "OAK-40" in page.text
        form = {**boxes_on(page.text), "title": "", "filter.1.left": "co de"}
        wrong = await client.post(f"{HERE}/syncs/desks", data=form)
        assert wrong.status_code == 422
        assert "Fill this in" in wrong.text and "not an expression" in wrong.text and 'value="co de"' in wrong.text
        for step in ("remove.filter.1", "remove.filter.0"):
            form = boxes_on(
                (await client.post(f"{HERE}/syncs/desks", data={**form, "filter.1.left": "code", "do": step})).text
            )
        await client.post(f"{HERE}/syncs/desks", data={**form, "title": "Desks"})
        assert (await Syncs(app.state.services.gateway.database, 1).get("desks")).filter is None


async def test_only_who_may_change_syncs_may_try_filters(app: Litestar, sign_in: SignIn) -> None:
    async with sign_in("viewer") as client:
        for path in ("filter", "complete"):
            assert (await client.post(f"{HERE}/syncs/add/{path}", data=SYNC)).status_code == 403


def boxes_on(html: str) -> dict[str, str]:
    """What a browser would send of the form of a sync, without a button."""
    form = html[html.index('id="sync_form"') : html.index("</form>", html.index('id="sync_form"'))]
    found = dict.fromkeys(re.findall(r'<(?:input|select)[^>]* name="([^"]+)"', form), "")
    found |= dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', form))
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)"[^>]* selected', options)
        found[name] = chosen[1] if chosen else re.findall(r'<option value="([^"]*)"', options)[0]
    return {name: unescape(value) for name, value in found.items() if name != "_csrf_token"}


@pytest.mark.parametrize(
    "sent",
    [
        {"entity": "nothing", **GROUP, **ROW},
        {**GROUP, **ROW, "filter.was": "{", "filter.0.was": "[1]"},
        {**GROUP, **ROW, "filter.0.operator": "like"},
        {**GROUP, **ROW, "filter.0.is": "odd"},
        {"filter.is": "odd"},
        {**GROUP, **ROW, "filter.0.right.as": "number", "filter.0.right": "<script>"},
        {**GROUP, **{f"filter{'.0' * depth}.is": "group" for depth in range(1, 2000)}},
        {"filter.is": "code", "filter.was": '""', "filter.code": "($f := function($n) { $f($n + 1) }; $f(0))"},
        {"filter.is": "code", "filter.was": '""', "filter.code": "$map([1..200000], function($n) { [1..$n] })"},
    ],
)
async def test_odd_forms_and_endless_filters_break_nothing(
    app: Litestar, sign_in: SignIn, sent: dict[str, str]
) -> None:
    await seed_sets(app.state.services.gateway)
    async with sign_in("consultant") as client:
        for headers in ({}, {"HX-Request": "true"}):
            began = time.monotonic()
            reply = await client.post(
                f"{HERE}/syncs/add/filter", data={"filter.of": "product", **SYNC, **sent}, headers=headers
            )
            assert reply.status_code in (200, 422), reply.text[:300]
            assert "<script>" not in reply.text
            assert time.monotonic() - began < 5
