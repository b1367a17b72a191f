"""The API: the same routes for every collection, and what orders and stock have besides."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, Router, delete, get, patch, post, put
from litestar.params import FromPath

from connectors.sandbox_shop.auth import token_guard
from connectors.sandbox_shop.checkout import Checkout, OrderChange
from connectors.sandbox_shop.database import Row
from connectors.sandbox_shop.models import COLLECTIONS, FILTERS, Code, Part, Quantity, Text
from connectors.sandbox_shop.orders import change_order, place_order
from connectors.sandbox_shop.problems import ShopError
from connectors.sandbox_shop.records import (
    Saved,
    adjust_inventory,
    create,
    decode,
    existing,
    expect,
    outcome_json,
    parse,
    remove,
    replace,
    write_batch,
)
from connectors.sandbox_shop.shop import Shop
from connectors.sandbox_shop.traffic import WRITTEN

Req = Request[Any, Any, Any]
TOPICS = {"products": "product", "orders": "order"}  # collections whose changes webhooks tell
LIMIT = 250


class Adjustment(Part):
    """A change of stock: sold over the counter, broken, found again."""

    sku: Code
    location_code: Code
    delta: Quantity
    reason: Text | None = None
    reference: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a write answers, and what it did."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    written: int  # records
    events: tuple[tuple[str, Row], ...] = ()  # (topic, record) for the webhooks


def api_router(shop: Shop) -> Router:
    routers = [_collection_router(shop, collection) for collection in COLLECTIONS]
    return Router("/api", route_handlers=[*routers, _orders_router(shop)], guards=[token_guard(shop.token)])


def _collection_router(shop: Shop, collection: str) -> Router:
    handlers = [*_reading_routes(shop, collection), *_writing_routes(shop, collection), _batch_route(shop, collection)]
    if collection == "inventory":
        handlers.append(_adjust_route(shop))
    return Router(f"/{collection}", route_handlers=handlers)


def _writing_routes(shop: Shop, collection: str) -> list[Any]:
    """Create, replace and remove one record."""
    database = shop.database
    model = COLLECTIONS[collection]

    @post("/", status_code=201)
    async def create_record(request: Req) -> Response[bytes]:
        def work(raw: bytes) -> Reply:
            return _saved(collection, create(database, collection, parse(model, decode(raw))))

        return await _write(shop, request, work)

    @put("/{record_id:int}")
    async def replace_record(request: Req, record_id: FromPath[int]) -> Response[bytes]:
        expected = _if_match(request)

        def work(raw: bytes) -> Reply:
            return _saved(collection, replace(database, collection, record_id, parse(model, decode(raw)), expected))

        return await _write(shop, request, work)

    @delete("/{record_id:int}", status_code=200)
    async def remove_record(request: Req, record_id: FromPath[int]) -> Response[bytes]:
        expected = _if_match(request)

        def work(_raw: bytes) -> Reply:
            row = remove(database, collection, record_id, expected)
            return Reply(status=204, body=b"", headers={}, written=1, events=_events(collection, "deleted", row))

        return await _write(shop, request, work)

    return [create_record, replace_record, remove_record]


def _batch_route(shop: Shop, collection: str) -> Any:
    @post("/batch", status_code=200)
    async def write_records(request: Req) -> Response[bytes]:
        choice = request.query_params.get("on_duplicate", "error")
        if choice not in ("error", "update"):
            raise ShopError(400, "unknown_parameter", "on_duplicate is error or update")

        def work(raw: bytes) -> Reply:
            return _batch(shop, collection, decode(raw), update_duplicates=choice == "update")

        return await _write(shop, request, work)

    return write_records


def _adjust_route(shop: Shop) -> Any:
    @post("/adjust", status_code=201)
    async def adjust(request: Req) -> Response[bytes]:
        def work(raw: bytes) -> Reply:
            change = parse(Adjustment, decode(raw))
            row = adjust_inventory(shop.database, change.sku, change.location_code, on_hand=change.delta)
            if row.data()["available"].startswith("-"):
                raise ShopError(409, "out_of_stock", f"That would leave less than nothing of {change.sku}")
            return _saved("inventory", Saved(row=row, key="", created=True))

        return await _write(shop, request, work)

    return adjust


def _orders_router(shop: Shop) -> Router:
    database = shop.database

    @post("/", status_code=201)
    async def place(request: Req) -> Response[bytes]:
        def work(raw: bytes) -> Reply:
            row = place_order(database, shop.settings, parse(Checkout, decode(raw)))
            return _saved("orders", Saved(row=row, key="", created=True))

        return await _write(shop, request, work)

    @patch("/{record_id:int}")
    async def change(request: Req, record_id: FromPath[int]) -> Response[bytes]:
        expected = _if_match(request)

        def work(raw: bytes) -> Reply:
            row = expect(existing(database, "orders", record_id), expected)
            row = change_order(database, row, parse(OrderChange, decode(raw)))
            return _saved("orders", Saved(row=row, key="", created=False))

        return await _write(shop, request, work)

    return Router("/orders", route_handlers=[*_reading_routes(shop, "orders"), place, change])


def _reading_routes(shop: Shop, collection: str) -> list[Any]:
    @get("/")
    async def list_records(request: Req) -> Response[bytes]:
        return _page(shop, collection, request)

    @get("/{record_id:int}")
    async def read_record(record_id: FromPath[int]) -> Response[bytes]:
        row = existing(shop.database, collection, record_id)
        return _json(200, row.json().encode(), {"ETag": f'"{row.version}"'})

    return [list_records, read_record]


def _page(shop: Shop, collection: str, request: Req) -> Response[bytes]:
    asked = dict(request.query_params.items())
    known = {"limit", "page_token", "updated_since", "id", *FILTERS[collection]}
    if unknown := sorted(set(asked) - known):
        said = f"Unknown: {', '.join(unknown)}. This list knows {', '.join(sorted(known))}"
        raise ShopError(400, "unknown_parameter", said, [{"field": name, "message": "unknown"} for name in unknown])
    limit = asked.pop("limit", "50")
    if not limit.isdecimal() or not 1 <= int(limit) <= LIMIT:
        raise ShopError(400, "unknown_parameter", f"limit is a number from 1 to {LIMIT}")
    token = asked.pop("page_token", None)
    since = asked.pop("updated_since", None)
    rows = shop.database.page(
        collection,
        limit=int(limit) + 1,
        after=_from_token(token) if token else None,
        since=_utc(since) if since else None,
        filters={field: asked[field] for field in ("id", *FILTERS[collection]) if field in asked},
    )
    more = len(rows) > int(limit)
    rows = rows[: int(limit)]
    next_token = _to_token(rows[-1]) if more else None
    said_token = f'"{next_token}"' if next_token else "null"
    body = f'{{"records":[{",".join(row.json() for row in rows)}],"next_page_token":{said_token}}}'
    headers = {}
    if next_token:
        query = urlencode({**request.query_params.dict(), "page_token": next_token}, doseq=True)
        headers["Link"] = f'<{request.url.with_replacements(query=query)}>; rel="next"'
    return _json(200, body.encode(), headers)


async def _write(shop: Shop, request: Req, work: Callable[[bytes], Reply]) -> Response[bytes]:
    """Do `work` in one transaction, once for each Idempotency-Key, and tell the webhooks afterwards."""
    raw = await request.body()
    key = request.headers.get("idempotency-key")
    said = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + raw
    fingerprint = hashlib.sha256(said).hexdigest()
    if key and (kept := shop.database.reply(key)):
        if kept[0] != fingerprint:
            raise ShopError(422, "idempotency_key_reused", "This Idempotency-Key came with another request before")
        return _json(kept[1], kept[3], {**msgspec.json.decode(kept[2]), "Idempotent-Replayed": "true"})
    with shop.database.transaction():
        reply = work(raw)
        if key:
            headers = msgspec.json.encode(reply.headers).decode()
            shop.database.keep_reply(key, fingerprint, reply.status, headers, reply.body)
    request.scope["state"][WRITTEN] = reply.written
    for topic, row in reply.events:
        shop.hooks.tell(topic, row)
    return _json(reply.status, reply.body, reply.headers)


def _batch(shop: Shop, collection: str, body: Any, *, update_duplicates: bool) -> Reply:
    if not isinstance(body, dict) or set(body) != {"records"} or not isinstance(body["records"], list):
        raise ShopError(400, "malformed", 'A batch is {"records": [...]}')
    outcomes = write_batch(shop.database, collection, body["records"], update_duplicates=update_duplicates)
    saved = [outcome for outcome in outcomes if isinstance(outcome, Saved)]
    events = [
        event for each in saved for event in _events(collection, "created" if each.created else "updated", each.row)
    ]
    return Reply(
        status=200 if len(saved) == len(outcomes) else 207,
        body=msgspec.json.encode({"results": [outcome_json(*pair) for pair in enumerate(outcomes)]}),
        headers={},
        written=len(saved),
        events=tuple(events),
    )


def _saved(collection: str, saved: Saved) -> Reply:
    row = saved.row
    headers = {"ETag": f'"{row.version}"'}
    if saved.created:
        headers["Location"] = f"/api/{collection}/{row.id}"
    return Reply(
        status=201 if saved.created else 200,
        body=row.json().encode(),
        headers=headers,
        written=1,
        events=_events(collection, "created" if saved.created else "updated", row),
    )


def _events(collection: str, what: str, row: Row) -> tuple[tuple[str, Row], ...]:
    return ((f"{TOPICS[collection]}.{what}", row),) if collection in TOPICS else ()


def _json(status: int, body: bytes, headers: Mapping[str, str]) -> Response[bytes]:
    return Response(body, status_code=status, media_type="application/json", headers=dict(headers))


def _if_match(request: Req) -> int | None:
    """The version in If-Match; None when there is no such header or it is *."""
    given = request.headers.get("if-match")
    if given in (None, "*"):
        return None
    version = given.strip().removeprefix("W/").strip('"')
    if not version.isdecimal():
        raise ShopError(412, "precondition_failed", "If-Match holds no version of this record")
    return int(version)


def _to_token(row: Row) -> str:
    return base64.urlsafe_b64encode(f"{row.updated_at} {row.id}".encode()).decode()


def _from_token(token: str) -> tuple[str, int]:
    try:
        at, _, record_id = base64.urlsafe_b64decode(token.encode()).decode().partition(" ")
        return at, int(record_id)
    except (binascii.Error, ValueError) as error:
        raise ShopError(400, "unknown_parameter", "page_token is not one of ours") from error


def _utc(moment: str) -> str:
    """A time with any offset as the shop writes times."""
    try:
        found = datetime.fromisoformat(moment.replace(" ", "+"))
        if found.tzinfo is None:
            raise ValueError("no offset")
    except ValueError as error:
        raise ShopError(400, "unknown_parameter", "updated_since is a time such as 2026-01-31T00:00:00Z") from error
    return found.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
