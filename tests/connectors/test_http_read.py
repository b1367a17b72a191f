"""Reading REST systems: every way of paging, positions, single objects."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.http.jmes import search
from engine.errors import ConfigError, RateLimitError, RetryError
from tests.connectors.conformance import objects_of, pages_of
from tests.connectors.fake import manifest, opened

SIZE = 3


def number(request: httpx.Request, name: str, default: int) -> int:
    return int(request.url.params.get(name, default))


def by_page(request: httpx.Request, ids: list[int]) -> httpx.Response:
    page = number(request, "page", 1)
    return httpx.Response(200, json=[{"id": i} for i in ids[(page - 1) * SIZE : page * SIZE]])


def by_page_repeating_the_last(request: httpx.Request, ids: list[int]) -> httpx.Response:
    page = min(number(request, "page", 1), max(1, -(-len(ids) // SIZE)))
    return httpx.Response(200, json=[{"id": i} for i in ids[(page - 1) * SIZE : page * SIZE]])


def by_offset(request: httpx.Request, ids: list[int]) -> httpx.Response:
    start = number(request, "offset", 0)
    return httpx.Response(200, json={"total": len(ids), "rows": [{"id": i} for i in ids[start : start + SIZE]]})


def by_token(request: httpx.Request, ids: list[int]) -> httpx.Response:
    start = number(request, "after", 0)
    more = start + SIZE < len(ids)
    return httpx.Response(
        200, json={"rows": [{"id": i} for i in ids[start : start + SIZE]], "next": str(start + SIZE) if more else None}
    )


def by_body_token(request: httpx.Request, ids: list[int]) -> httpx.Response:
    start = int(json.loads(request.content).get("after", 0))
    rows = [{"id": i} for i in ids[start : start + SIZE]]
    return httpx.Response(200, json={"rows": rows, "more": start + SIZE < len(ids), "next": start + SIZE})


def by_link(request: httpx.Request, ids: list[int]) -> httpx.Response:
    start = number(request, "from", 0)
    link = f'<https://far.example/api/things?from={start + SIZE}>; rel="next"' if start + SIZE < len(ids) else ""
    headers = {"Link": '<https://far.example/api/things>; rel="first", ' + link}
    return httpx.Response(200, headers=headers, json=[{"id": i} for i in ids[start : start + SIZE]])


def by_url(request: httpx.Request, ids: list[int]) -> httpx.Response:
    start = number(request, "from", 0)
    following = f"things?from={start + SIZE}" if start + SIZE < len(ids) else None
    return httpx.Response(200, json={"rows": [{"id": i} for i in ids[start : start + SIZE]], "NextPageLink": following})


def by_keyset(request: httpx.Request, ids: list[int]) -> httpx.Response:
    rest = [i for i in sorted(ids) if i > number(request, "since_id", -1)]
    return httpx.Response(200, json=[{"id": i} for i in rest[:SIZE]])


PAGINGS: dict[str, tuple[Callable[[httpx.Request, list[int]], httpx.Response], dict[str, Any], str]] = {
    "page": (by_page, {"type": "page"}, "@"),
    "page with size": (by_page, {"type": "page", "size": SIZE}, "@"),
    "page repeated": (by_page_repeating_the_last, {"type": "page"}, "@"),
    "offset": (by_offset, {"type": "offset", "total": "total"}, "rows"),
    "offset without total": (by_offset, {"type": "offset"}, "rows"),
    "token": (by_token, {"type": "token", "next": "next", "param": "after"}, "rows"),
    "token in body": (
        by_body_token,
        {"type": "token", "next": "next", "more": "more", "param": "after", "place": "body"},
        "rows",
    ),
    "link_header": (by_link, {"type": "link_header"}, "@"),
    "next_url": (by_url, {"type": "next_url", "next": "NextPageLink"}, "rows"),
    "keyset": (by_keyset, {"type": "keyset", "param": "since_id", "field": "id", "size": SIZE}, "@"),
}


@pytest.mark.parametrize("name", PAGINGS)
@settings(max_examples=12, deadline=None)
@given(count=st.integers(0, 14))
def test_every_way_of_paging_gives_every_object_once(name: str, count: int) -> None:
    answer, paging, records = PAGINGS[name]
    ids = list(range(count))

    async def story() -> None:
        request = (
            {"path": "/things"} if paging.get("place") != "body" else {"path": "/find", "method": "POST", "body": {}}
        )
        words = manifest({"things": {"read": {"request": request, "records": records, "paging": paging}}})
        async with opened(words, lambda asked: answer(asked, ids)) as (connector, far):
            found = objects_of(await pages_of(connector, "things"))
            assert [int(one.external_id) for one in found] == ids
            assert len(far.requests) <= count // SIZE + 2

    asyncio.run(story())


async def test_a_system_that_names_the_same_page_for_ever(tmp_path: Any) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"rows": [{"id": 1}], "next": "again"})

    paging = {"type": "token", "next": "next", "param": "after"}
    words = manifest({"things": {"read": {"request": {"path": "/things"}, "records": "rows", "paging": paging}}})
    async with opened(words, answer) as (connector, far):
        with pytest.raises(ConfigError, match="same next page again"):
            await pages_of(connector, "things")
    assert len(far.requests) < 5


async def test_keys_do_not_travel_to_another_address() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"rows": [{"id": 1}], "next": "https://evil.example/things"})

    read = {"request": {"path": "/things"}, "records": "rows", "paging": {"type": "next_url", "next": "next"}}
    words = manifest({"things": {"read": read}}, http={"auth": {"type": "bearer", "token": "secret"}})
    async with opened(words, answer) as (connector, far):
        with pytest.raises(ConfigError, match=r"evil\.example"):
            await pages_of(connector, "things")
    assert {request.url.host for request in far.requests} == {"far.example"}


# ------------------------------------------------------------------ positions

ROWS = [
    {"id": 1, "at": "2026-11-01T00:00:00Z"},
    {"id": 2, "at": "2026-11-02T00:00:00Z"},
    {"id": 3, "at": "2026-11-02T00:00:00Z"},
    {"id": 4, "at": "2999-01-01T00:00:00Z"},
]


def cursor_words(**cursor: Any) -> dict[str, Any]:
    read = {"request": {"path": "/things"}, "cursor": {"field": "at", "param": "since", **cursor}}
    return manifest({"things": {"read": read}})


@pytest.mark.parametrize(
    ("cursor", "sent"),
    [
        ({}, "2026-11-02T00:00:00Z"),
        ({"lookback": 300}, "2026-11-01T23:55:00Z"),
        ({"exclusive": True}, "2026-11-01T23:59:59Z"),
        ({"format": "seconds"}, "1793577600"),
        ({"format": "milliseconds"}, "1793577600000"),
        ({"format": "%Y-%m-%d %H:%M:%S", "timezone": "Pacific/Auckland"}, "2026-11-02 13:00:00"),
    ],
)
async def test_the_position_goes_back_as_the_system_wants_it(cursor: dict[str, Any], sent: str) -> None:
    async with opened(cursor_words(**cursor), lambda _: httpx.Response(200, json=ROWS)) as (connector, far):
        kept = (await pages_of(connector, "things"))[-1].cursor
        assert kept == {"at": "2026-11-02T00:00:00Z"}  # not the one ahead of the clock
        assert "since" not in far.requests[0].url.params
        await pages_of(connector, "things", kept)
        assert far.requests[1].url.params["since"] == sent


async def test_numbers_as_positions() -> None:
    rows = [{"id": 1, "at": 41}, {"id": 2, "at": 42}]
    async with opened(cursor_words(format="number"), lambda _: httpx.Response(200, json=rows)) as (connector, far):
        kept = (await pages_of(connector, "things"))[-1].cursor
        await pages_of(connector, "things", kept)
    assert (kept, far.requests[1].url.params["since"]) == ({"at": 42}, "42")


async def test_a_system_that_cannot_filter_is_filtered_here() -> None:
    async with opened(cursor_words(mode="client"), lambda _: httpx.Response(200, json=ROWS)) as (connector, far):
        found = objects_of(await pages_of(connector, "things", {"at": "2026-11-02T00:00:00Z"}))
    assert [one.external_id for one in found] == ["2", "3", "4"]
    assert "since" not in far.requests[0].url.params


@pytest.mark.parametrize(("in_order", "given"), [(True, 3), (False, 1)])
async def test_a_position_is_safe_mid_way_only_when_pages_come_in_its_order(in_order: bool, given: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page = number(request, "page", 1)
        return httpx.Response(200, json=ROWS[page - 1 : page] if page < 4 else [])

    words = cursor_words(sorted=in_order)
    words["streams"]["things"]["read"]["paging"] = {"type": "page"}
    async with opened(words, answer) as (connector, _):
        pages = await pages_of(connector, "things")
    assert len([page for page in pages if page.cursor is not None and page.objects]) == (given if in_order else 0)
    assert pages[-1].cursor == {"at": "2026-11-02T00:00:00Z"}


# ------------------------------------------------------------------ the rest


async def test_numbers_stay_exact_and_deleted_objects_are_tombstones() -> None:
    body = b'[{"id": 1, "price": 12.10, "big": 123456789012345678901234567890, "gone": false}, {"id": 2, "gone": true}]'
    read = {"request": {"path": "/things"}, "deleted": "gone"}
    async with opened(manifest({"things": {"read": read}}), lambda _: httpx.Response(200, content=body)) as (
        connector,
        _,
    ):
        first, second = objects_of(await pages_of(connector, "things"))
    assert first.payload["price"] == Decimal("12.10") and str(first.payload["price"]) == "12.10"  # type: ignore[index]
    assert first.payload["big"] == 123456789012345678901234567890  # type: ignore[index]
    assert second.payload is None


async def test_several_objects_at_once() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[{"id": int(i)} for i in request.url.params["ids"].split(",") if int(i) < 90])

    only = {"path": "/things", "query": {"ids": "{{ keys | join(',') }}"}, "size": 2}
    words = manifest({"things": {"read": {"request": {"path": "/things"}, "only": [only]}}})
    async with opened(words, answer) as (connector, far):
        found = objects_of(await pages_of(connector, "things", only=["1", "2", "3", "99"]))
    assert [one.external_id for one in found] == ["1", "2", "3"]
    assert len(far.requests) == 2


async def test_lists_of_single_objects_are_nested() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/things":
            return httpx.Response(
                200, json=[{"id": 1, "many": True}, {"id": 2, "many": False}, {"id": 3, "many": True}]
            )
        page = number(request, "page", 1)
        parent = int(request.url.path.split("/")[3])
        return httpx.Response(200, json=[{"sku": f"{parent}-{page}"}] if page < parent + 1 else [])

    child = {"request": {"path": "/things/{{ parent.id }}/parts"}, "paging": {"type": "page"}, "when": "many"}
    words = manifest({"things": {"read": {"request": {"path": "/things"}, "children": {"parts": child}}}})
    async with opened(words, answer) as (connector, far):
        found = objects_of(await pages_of(connector, "things"))
    parts = [[part["sku"] for part in one.payload["parts"]] for one in found if one.payload]
    assert parts == [["1-1"], [], ["3-1", "3-2", "3-3"]]
    assert len(far.requests) == 1 + 2 + 4


async def test_a_list_that_cannot_be_read_stops_the_page() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return (
            httpx.Response(200, json=[{"id": 1}, {"id": 2}])
            if request.url.path == "/api/things"
            else httpx.Response(403)
        )

    child = {"request": {"path": "/things/{{ parent.id }}/parts"}}
    words = manifest({"things": {"read": {"request": {"path": "/things"}, "children": {"parts": child}}}})
    async with opened(words, answer) as (connector, _):
        with pytest.raises(ConfigError, match="403"):
            await pages_of(connector, "things")


@pytest.mark.parametrize("expression", ["a", "a.b", "a.b.c", "x", "a.x.y", "@", "a[0]"])
@pytest.mark.parametrize("value", [{"a": {"b": {"c": 1}}}, {"a": [1]}, {"a": None}, [], None, "text", 5])
def test_plain_paths_find_what_jmespath_finds(expression: str, value: Any) -> None:
    assert search(expression, value) == jmespath.search(expression, value)


async def test_values_in_paths_are_escaped() -> None:
    only = {"path": "/things/{{ key }}"}
    words = manifest({"things": {"read": {"request": {"path": "/things"}, "only": [only]}}})
    async with opened(words, lambda _: httpx.Response(404)) as (connector, far):
        await pages_of(connector, "things", only=["../admin?x=1#y"])
    assert far.requests[0].url.raw_path == b"/api/things/..%2Fadmin%3Fx%3D1%23y"


async def test_reads_are_tried_again_with_longer_waits() -> None:
    answers = iter([httpx.Response(500), httpx.Response(502), httpx.Response(200, json=[{"id": 1}])])
    words = manifest({"things": {"read": {"request": {"path": "/things"}}}})
    async with opened(words, lambda _: next(answers)) as (connector, far):
        assert len(objects_of(await pages_of(connector, "things"))) == 1
    assert far.clock.slept == [0.5, 1.0]


async def test_a_system_that_stays_away_is_given_up() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    words = manifest({"things": {"read": {"request": {"path": "/things"}}}})
    async with opened(words, answer) as (connector, far):
        with pytest.raises(RetryError, match=r"far\.example cannot be reached"):
            await pages_of(connector, "things")
        assert len(far.requests) == 5
        assert (await connector.check()).kind == "retry"


async def test_it_waits_as_told_and_not_longer_than_it_may() -> None:
    answers = iter([httpx.Response(429, headers={"Retry-After": "4"}), httpx.Response(200, json=[])])
    words = manifest({"things": {"read": {"request": {"path": "/things"}}}})
    async with opened(words, lambda _: next(answers)) as (connector, far):
        await pages_of(connector, "things")
    assert sum(far.clock.slept) == 4
    async with opened(words, lambda _: httpx.Response(429, headers={"Retry-After": "4000"})) as (connector, far):
        for _ in range(2):  # nor does the next caller wait: it is told at once, without another request
            with pytest.raises(RateLimitError) as caught:
                await pages_of(connector, "things")
            assert caught.value.after == 4000
    assert not far.clock.slept and len(far.requests) == 1


async def test_not_more_requests_than_the_system_allows() -> None:
    words = manifest(
        {"things": {"read": {"request": {"path": "/things"}, "paging": {"type": "page"}}}},
        rate={"limit": 2, "per": 1, "concurrency": 1},
    )

    def answer(request: httpx.Request) -> httpx.Response:
        page = number(request, "page", 1)
        return httpx.Response(200, json=[{"id": page}] if page < 10 else [])

    async with opened(words, answer) as (connector, far):
        await pages_of(connector, "things")
    assert len(far.requests) == 10
    assert 4.0 - 0.1 <= sum(far.clock.slept) <= 4.5


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"<html>", "no JSON"), (b'{"rows": 5}', "no list of objects"), (b'[{"name": "x"}]', "a record has no 'id'")],
)
async def test_answers_of_another_shape(body: bytes, said: str) -> None:
    records = "rows" if b"rows" in body else "@"
    words = manifest({"things": {"read": {"request": {"path": "/things"}, "records": records}}})
    async with opened(words, lambda _: httpx.Response(200, content=body)) as (connector, _):
        with pytest.raises((ConfigError, RetryError), match=said):
            await pages_of(connector, "things")
