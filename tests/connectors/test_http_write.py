"""Writing REST systems: what an answer means, who is asked before something is made twice, batches of other shapes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from ruamel.yaml import YAML

from connectors.http.answers import Answer, failure
from connectors.http.manifest import Errors
from connectors.settings import parse
from engine.errors import (
    AuthError,
    ConfigError,
    ConnectorError,
    DuplicateError,
    RejectedError,
    RetryError,
)
from engine.sync.ports import Write
from tests.connectors.fake import manifest, opened

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("case", YAML(typ="safe").load(CASES / "answers.yaml"), ids=str)
def test_what_an_answer_means(case: dict[str, Any]) -> None:
    words = parse(Errors, {"message": "error.text", "field": "error.at", "rules": case.get("rules", [])}, "errors")
    answer = Answer(status=case["status"], headers=case.get("headers", {}), body=case.get("body"))
    error = failure(answer, case["operation"], words, datetime(2026, 11, 24, tzinfo=UTC))
    assert (error.kind if error else None) == case["gives"]
    for name in ("in_doubt", "after", "external_id", "field", "after_others"):
        if name in case:
            assert getattr(error, name) == case[name]
    if "says" in case:
        assert isinstance(error, ConnectorError) and case["says"] in error.message


# ------------------------------------------------------------------ one by one

WRITE = {
    "lookup": {"path": "/things", "query": {"sku": "{{ record.sku }}"}, "first": "[0]"},
    "create": {"path": "/things"},
    "update": {"method": "PUT", "path": "/things/{{ external_id }}"},
    "delete": {"method": "DELETE", "path": "/things/{{ external_id }}"},
}


def thing(sku: str = "A", **more: Any) -> Write:
    payload = {"sku": sku, "price": Decimal("12.50")}
    return Write(key=sku, **{"external_id": None, "payload": payload, "idempotency_key": f"k-{sku}", **more})


class Shelf:
    """A system that keeps things by id, with faults on demand."""

    def __init__(self, *, faults: list[str] | None = None) -> None:
        self.things: dict[int, Any] = {}
        self.faults = faults or []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            sku = request.url.params.get("sku")
            return httpx.Response(200, json=[{"id": i, **t} for i, t in self.things.items() if t["sku"] == sku])
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "before":
            return httpx.Response(500)
        answer = self._write(request)
        if fault == "after":
            raise httpx.ReadTimeout("no answer")
        return httpx.Response(200, content=b'{"id": 1, "sk') if fault == "cut" else answer

    def _write(self, request: httpx.Request) -> httpx.Response:
        _, _, tail = request.url.path.rpartition("/")
        if request.method == "POST":
            thing = json.loads(request.content)
            if any(other["sku"] == thing["sku"] for other in self.things.values()):
                return httpx.Response(409, json={"code": "taken"})
            self.things[len(self.things) + 1] = thing
            return httpx.Response(201, json={"id": len(self.things), **thing})
        if int(tail) not in self.things:
            return httpx.Response(404, json={})
        if request.method == "DELETE":
            del self.things[int(tail)]
            return httpx.Response(204)
        self.things[int(tail)] = json.loads(request.content)
        return httpx.Response(200, json={"id": int(tail), **self.things[int(tail)]})


TAKEN = {"rules": [{"when": {"json": "code == 'taken'"}, "class": "duplicate"}]}


@pytest.mark.parametrize(("fault", "made"), [("before", 0), ("after", 1), ("cut", 1)])
async def test_nothing_is_made_twice(fault: str, made: int) -> None:
    shelf = Shelf(faults=[fault])
    async with opened(manifest({"things": {"write": WRITE}}), shelf) as (connector, far):
        first = (await connector.write("things", [thing()]))[0]
        assert isinstance(first.error, RetryError) and first.error.in_doubt
        assert len(shelf.things) == made
        again = (await connector.write("things", [thing(in_doubt=True)]))[0]
        assert (again.error, again.external_id) == (None, "1")
    assert len(shelf.things) == 1
    sent = [request.method for request in far.requests]
    assert sent == (["POST", "GET", "POST"] if made == 0 else ["POST", "GET", "PUT"])


async def test_a_duplicate_is_looked_up_for_its_id() -> None:
    shelf = Shelf()
    shelf.things[1] = {"sku": "A"}
    async with opened(manifest({"things": {"write": WRITE}}, errors=TAKEN), shelf) as (connector, _):
        error = (await connector.write("things", [thing()]))[0].error
    assert isinstance(error, DuplicateError) and error.external_id == "1"


async def test_removing_what_is_gone_is_done() -> None:
    async with opened(manifest({"things": {"write": WRITE}}), Shelf()) as (connector, _):
        gone = (await connector.write("things", [thing(external_id="9", payload=None)]))[0]
    assert (gone.error, gone.response) == (None, {"outcome": "was gone"})


@pytest.mark.parametrize(("decimals", "body"), [("string", b'"price":"12.50"'), ("number", b'"price":12.50')])
async def test_decimals_leave_as_the_system_wants_them(decimals: str, body: bytes) -> None:
    async with opened(manifest({"things": {"write": WRITE}}, http={"decimals": decimals}), Shelf()) as (connector, far):
        await connector.write("things", [thing()])
    assert body in far.requests[0].content


async def test_keys_and_versions_go_in_headers() -> None:
    words = {**WRITE, "idempotency_header": "Idempotency-Key", "precondition_header": "If-Match"}
    shelf = Shelf()
    async with opened(manifest({"things": {"write": words}}), shelf) as (connector, far):
        await connector.write("things", [thing()])
        await connector.write("things", [thing()])
        await connector.write("things", [thing(external_id="1", version="7")])
    keys = [request.headers["Idempotency-Key"] for request in far.requests]
    assert keys[0] == keys[1] != keys[2]
    assert "If-Match" not in far.requests[0].headers and far.requests[2].headers["If-Match"] == "7"


async def test_a_record_that_does_not_fill_a_template_is_refused_alone() -> None:
    words = {**WRITE, "create": {"path": "/things", "body": {"name": "{{ record.name }}"}}}
    async with opened(manifest({"things": {"write": words}}), Shelf()) as (connector, far):
        error = (await connector.write("things", [thing()]))[0].error
    assert isinstance(error, RejectedError) and "name" in error.message
    assert not far.requests


async def test_a_refused_token_stops_everything_after_one_request() -> None:
    async with opened(manifest({"things": {"write": WRITE}}), lambda _: httpx.Response(401)) as (connector, far):
        with pytest.raises(AuthError):
            await connector.write("things", [thing(str(i)) for i in range(9)])
    assert len(far.requests) == 1


# ------------------------------------------------------------------ batches

WOO = {
    "lookup": WRITE["lookup"],
    "batch": {
        "path": "/things/batch",
        "size": 50,
        "item": "{{ record | merge({'id': external_id | int}) if external_id else record }}",
        "body": {"create": "{{ creates }}", "update": "{{ updates }}"},
        "results": {"create": "create", "update": "update"},
        "failed": "error",
        "error": "error",
    },
}


async def test_creates_and_updates_in_lists_of_their_own() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content)
        created = [
            {"id": 0, "error": {"code": "bad", "text": "no", "at": "sku"}} if one["sku"] == "bad" else {"id": 70 + i}
            for i, one in enumerate(sent["create"])
        ]
        return httpx.Response(200, json={"create": created, "update": [{"id": one["id"]} for one in sent["update"]]})

    words = manifest({"things": {"write": WOO}}, errors={"message": "text", "field": "at"})
    batch = [thing("a"), thing("b", external_id="5"), thing("bad"), thing("c", external_id="6"), thing("d")]
    async with opened(words, answer) as (connector, far):
        written = await connector.write("things", batch)
    assert [one.external_id for one in written] == ["70", "5", None, "6", "72"]
    error = written[2].error
    assert isinstance(error, RejectedError) and (error.field, "no" in error.message) == ("sku", True)
    assert len(far.requests) == 1


async def test_a_batch_refused_as_a_whole_finds_the_one_at_fault() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content)["create"]
        if any(one["sku"] == "bad" for one in sent):
            return httpx.Response(400, json={"text": "one of them is bad"})
        return httpx.Response(200, json={"create": [{"id": one["sku"]} for one in sent]})

    batch = [thing(sku) for sku in ("a", "b", "bad", "c", "d", "e")]
    async with opened(manifest({"things": {"write": WOO}}), answer) as (connector, _):
        written = await connector.write("things", batch)
    assert [one.external_id for one in written] == ["a", "b", None, "c", "d", "e"]


async def test_a_batch_with_too_few_results_is_in_doubt() -> None:
    async with opened(manifest({"things": {"write": WOO}}), lambda _: httpx.Response(200, json={})) as (connector, _):
        with pytest.raises(RetryError, match=r"\d+ records sent, (no|0) results came back") as caught:
            await connector.write("things", [thing()])
    assert caught.value.in_doubt


async def test_a_create_in_doubt_leaves_the_batch_and_is_looked_up() -> None:
    words = {**WOO, "create": WRITE["create"], "update": WRITE["update"]}
    shelf = Shelf()
    shelf.things[1] = {"sku": "A"}
    async with opened(manifest({"things": {"write": words}}), shelf) as (connector, far):
        written = await connector.write("things", [thing(in_doubt=True)])
    assert (written[0].error, written[0].external_id) == (None, "1")
    assert [request.method for request in far.requests] == ["GET", "PUT"]


async def test_what_arrived_is_kept_when_the_connection_goes() -> None:
    answers = iter([httpx.Response(200, json={"create": [{"id": 1}, {"id": 2}]}), httpx.Response(503)])
    words = {**WOO, "batch": {**WOO["batch"], "size": 2}}  # type: ignore[dict-item]
    async with opened(manifest({"things": {"write": words}}), lambda _: next(answers)) as (connector, _):
        written = await connector.write("things", [thing(sku) for sku in "abc"])
    assert [one.external_id for one in written] == ["1", "2", None]
    assert isinstance(written[2].error, RetryError) and written[2].error.in_doubt


async def test_links_to_parts() -> None:
    words = {**WRITE, "links": [{"entity": "variant", "records": "variants", "key": "sku", "id": "id"}]}
    body = {"id": 1, "variants": [{"sku": "A-1", "id": 11}, {"sku": "A-2", "id": 12}]}
    async with opened(manifest({"things": {"write": words}}), lambda _: httpx.Response(201, json=body)) as (
        connector,
        _,
    ):
        written = await connector.write("things", [thing()])
    assert list(written[0].links) == [("variant", "A-1", "11"), ("variant", "A-2", "12")]


async def test_a_manifest_must_say_how_to_tell_whether_a_create_arrived() -> None:
    words = manifest({"things": {"write": {"create": {"path": "/things"}}}})
    with pytest.raises(ConfigError, match="add `lookup` or `idempotency_header`"):
        async with opened(words, Shelf()):
            pass


async def test_the_same_record_twice_in_doubt_is_written_once() -> None:
    shelf = Shelf(faults=["after", "after"])
    async with opened(manifest({"things": {"write": WRITE}}), shelf) as (connector, _):
        write = thing()
        for _ in range(3):
            written = (await connector.write("things", [write]))[0]
            write = replace(write, in_doubt=True)
    assert written.error is None and len(shelf.things) == 1
