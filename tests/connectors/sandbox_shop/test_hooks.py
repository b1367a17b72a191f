"""Webhooks: signed, told after the fact, tried again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.connectors.sandbox_shop.conftest import chair, checkout, variant

SECRET = "kōwhai-secret"


@dataclass
class Receiver:
    """A web server that keeps what it is sent, and answers `answers` in turn, then 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def wait(self, count: int) -> list[tuple[dict[str, str], dict[str, Any]]]:
        deadline = time.monotonic() + 10
        while len(self.got) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return [(headers, json.loads(body)) for headers, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(found.answers.pop(0) if found.answers else 200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def subscribe(api: httpx.Client, receiver: Receiver, *topics: str, **more: Any) -> None:
    hook = {"url": receiver.url, "secret": SECRET, "topics": list(topics), **more}
    assert api.post("/webhooks", json=hook).status_code == 201


def test_an_order_is_told_with_a_signature_over_the_raw_body(stocked: httpx.Client, receiver: Receiver) -> None:
    subscribe(stocked, receiver, "order.created", "order.updated")
    order = stocked.post("/orders", json=checkout(("OIL", "1"), note="für Zoë 🐕")).json()
    stocked.patch(f"/orders/{order['id']}", json={"erp_number": "7"})
    events = receiver.wait(2)
    assert [headers["x-shop-topic"] for headers, _ in events] == ["order.created", "order.updated"]
    headers, event = events[0]
    assert event["record"] == order and event["topic"] == "order.created"
    assert event["id"] == headers["x-shop-delivery"] and event["occurred_at"] == order["updated_at"]
    digest = hmac.new(SECRET.encode(), receiver.got[0][1], hashlib.sha256).digest()
    assert headers["x-shop-signature"] == base64.b64encode(digest).decode()


def test_products_are_told_one_by_one(stocked: httpx.Client, receiver: Receiver) -> None:
    subscribe(stocked, receiver, "product.created", "product.updated", "product.deleted")
    product = stocked.get("/products", params={"code": "CHA"}).json()["records"][0]
    records = [{"code": "NEW", "name": "New", "variants": [variant("NEW", "1")]}, {"id": product["id"], **chair()}, {}]
    stocked.post("/products/batch", json={"records": records})
    stocked.delete(f"/products/{product['id']}")
    events = receiver.wait(3)
    assert sorted((event["topic"], event["record"]["code"]) for _, event in events) == [
        ("product.created", "NEW"),
        ("product.deleted", "CHA"),
        ("product.updated", "CHA"),
    ]


def test_only_what_was_asked_for_and_only_when_active(
    stocked: httpx.Client, control: httpx.Client, receiver: Receiver
) -> None:
    subscribe(stocked, receiver, "order.created", active=False)
    stocked.post("/webhooks", json={"url": receiver.url + "2", "secret": SECRET, "topics": ["product.created"]})
    stocked.post("/orders", json=checkout(("OIL", "1")))
    refused = stocked.post("/products", json={"code": "A"})
    assert refused.status_code == 422
    assert control.get("/deliveries").json() == []
    assert receiver.got == []


def test_a_receiver_that_stumbles_is_tried_again(
    stocked: httpx.Client, control: httpx.Client, receiver: Receiver
) -> None:
    subscribe(stocked, receiver, "order.created")
    receiver.answers = [500, 503]
    stocked.post("/orders", json=checkout(("OIL", "1")))
    events = receiver.wait(3)
    assert len({headers["x-shop-delivery"] for headers, _ in events}) == 1
    deadline = time.monotonic() + 5
    while not (delivery := control.get("/deliveries").json()[0])["delivered"] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (delivery["attempts"], delivery["status"], delivery["delivered"]) == (3, 200, True)


def test_a_replayed_answer_is_not_told_again(stocked: httpx.Client, control: httpx.Client, receiver: Receiver) -> None:
    subscribe(stocked, receiver, "order.created")
    for _ in range(3):
        stocked.post("/orders", json=checkout(("OIL", "1")), headers={"Idempotency-Key": "k"})
    receiver.wait(1)
    assert len(control.get("/deliveries").json()) == 1
