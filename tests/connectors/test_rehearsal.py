"""What a write would send is shown without sending it, and is what is sent."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.contract import Message, Rehearsal, Statement
from connectors.registry import open_connector
from engine.errors import ConfigError, RejectedError
from engine.sync.ports import Write
from tests.connectors.fake import manifest, opened

STREAM = {
    "write": {
        "idempotency_header": "Idempotency-Key",
        "precondition_header": "If-Match",
        "create": {"path": "/things", "query": {"shop": "{{ settings.shop }}"}},
        "update": {"method": "PUT", "path": "/things/{{ external_id }}", "body": {"thing": "{{ record }}"}},
    }
}
BATCH = {
    "write": {
        "idempotency_header": "Idempotency-Key",
        "batch": {
            "path": "/things/batch",
            "size": 50,
            "item": "{{ record | merge({'id': external_id}) if external_id else record }}",
            "body": {"create": "{{ creates }}", "update": "{{ updates }}"},
            "results": {"create": "create", "update": "update"},
            "failed": "error",
        },
    }
}
AUTHS: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"type": "bearer", "token": "{{ settings.token }}"}, {"Authorization": "Bearer •••"}),
    (
        {"type": "basic", "username": "{{ settings.shop }}", "password": "{{ settings.token }}"},
        {"Authorization": "Basic •••"},
    ),
    ({"type": "api_key", "headers": {"X-Key": "{{ settings.token }}"}}, {"X-Key": "•••"}),
    ({"type": "none"}, {"X-Token": "Basic •••"}),
]


def thing(**more: Any) -> Write:
    payload = {"sku": "A", "price": Decimal("12.50")}
    return Write(key="A", **{"external_id": None, "payload": payload, "idempotency_key": "k", **more})


def system(stream: dict[str, Any], auth: dict[str, Any]) -> dict[str, Any]:
    headers = {"X-Token": "Basic {{ ('u:' ~ settings.token) | base64 }}"} if auth["type"] == "none" else {}
    asked = {"shop": {"title": "Shop"}, "token": {"secret": True}}
    return manifest({"things": stream}, settings=asked, http={"auth": auth, "headers": headers})


async def both(words: dict[str, Any], write: Write) -> tuple[Rehearsal, list[httpx.Request]]:
    """What is shown, then what is sent."""
    answer = {"id": 7, "create": [], "update": [], "create" if write.external_id is None else "update": [{"id": 7}]}
    async with opened(words, lambda _: httpx.Response(200, json=answer), {"shop": "rimu"}, "token: sesame") as (
        it,
        far,
    ):
        shown = (await it.rehearsal("things"))(write)
        assert not far.requests
        await it.write("things", [write])
    return shown, far.requests


@pytest.mark.parametrize("stream", [STREAM, BATCH], ids=["single", "batch"])
@pytest.mark.parametrize(("auth", "proof"), AUTHS, ids=[auth["type"] for auth, _ in AUTHS])
@pytest.mark.parametrize("external", [None, "a/7"])
async def test_what_is_shown_is_what_is_sent(
    stream: dict[str, Any], auth: dict[str, Any], proof: dict[str, str], external: str | None
) -> None:
    shown, (request,) = await both(system(stream, auth), thing(external_id=external, version=external and "v3"))
    (message,) = shown.sent
    assert isinstance(message, Message)
    assert (message.method, message.url, message.body) == (request.method, str(request.url), request.content)
    assert message.headers == {name: proof.get(name, request.headers[name]) for name in message.headers}
    assert proof.items() <= message.headers.items()
    assert "sesame" not in repr(shown)
    assert "Idempotency-Key" in message.headers
    assert shown.together == (50 if stream is BATCH else 1)


async def test_a_secret_in_the_address_is_hidden() -> None:
    create = {"path": "/things", "query": {"key": "{{ settings.token }}"}, "safe": True}
    shown, _ = await both(system({"write": {"create": create}}, AUTHS[3][0]), thing())
    (message,) = shown.sent
    assert isinstance(message, Message) and message.url == "https://far.example/api/things?key=•••"


async def test_what_cannot_be_sent_is_said() -> None:
    update = {"write": {"update": {"path": "/things/{{ external_id }}"}}}
    create = {"write": {"create": {"path": "/things", "safe": True}}, "read": {"request": {"path": "/things"}}}
    words = manifest({"things": update, "others": create, "seen": {"read": {"request": {"path": "/seen"}}}})
    async with opened(words, lambda _: httpx.Response(500)) as (connector, _):
        with pytest.raises(RejectedError, match="no way to create"):
            (await connector.rehearsal("things"))(thing())
        assert (await connector.rehearsal("others"))(thing(external_id="7")).sent == ()
        with pytest.raises(ConfigError, match="only read"):
            await connector.rehearsal("seen")


async def test_the_statements_of_a_database(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "erp.db")) as erp:
        erp.executescript(
            "CREATE TABLE head (id INTEGER PRIMARY KEY, web_no TEXT UNIQUE, total NUMERIC, ver INTEGER DEFAULT 1);"
            "CREATE TABLE line (head_id INTEGER, no INTEGER, sku TEXT, qty NUMERIC);"
            "CREATE TABLE move (sku TEXT, qty NUMERIC, ref TEXT)"
        )
    orders = {
        "table": "head",
        "key": ["web_no"],
        "id": "id",
        "version": "ver",
        "children": {"lines": {"table": "line", "link": {"head_id": "id"}, "line_number": "no"}},
        "after_create": [{"sql": "INSERT INTO move VALUES (:sku, -:qty, :external_id)", "each": "lines"}],
    }
    settings = {"url": f"sqlite:///{tmp_path / 'erp.db'}", "streams": {"orders": {"write": orders}}}
    payload = {"web_no": "o'1", "total": "12.50", "lines": [{"sku": "A", "qty": 2}]}
    async with open_connector("sql", settings) as connector:
        rehearse = await connector.rehearsal("orders")
    create = rehearse(thing(payload=payload))
    assert [" ".join(one.sql.split()) for one in create.sent if isinstance(one, Statement)] == [
        "INSERT INTO head (web_no, total) VALUES ('o''1', '12.50')",
        "INSERT INTO line (head_id, no, sku, qty) VALUES (<the id the database makes>, 1, 'A', 2)",
        "INSERT INTO move VALUES ('A', -2, <the id the database makes>)",
    ]
    update = rehearse(thing(payload=payload, external_id="7", version="3"))
    (statement,) = update.sent
    assert isinstance(statement, Statement)
    assert " ".join(statement.sql.split()) == "UPDATE head SET web_no='o''1', total='12.50' WHERE id = 7 AND ver = '3'"
    assert update.also == "Then its rows in line are added, changed or removed."
    with pytest.raises(RejectedError, match="the key 'web_no' is missing"):
        rehearse(thing(payload={"total": 1}))
    with closing(sqlite3.connect(tmp_path / "erp.db")) as erp:
        assert erp.execute("SELECT COUNT(*) FROM head").fetchone() == (0,)
