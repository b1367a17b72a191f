"""Creating, replacing and removing records. Each call is one part of a transaction that the caller opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel, ValidationError

from connectors.sandbox_shop.database import Database, Row
from connectors.sandbox_shop.models import COLLECTIONS, Body, Inventory, Product
from connectors.sandbox_shop.problems import ShopError, invalid

M = TypeVar("M", bound=BaseModel)

BATCH_LIMIT = 100
BY_SKU = ("group-prices", "customer-prices", "inventory")  # what goes when its product goes
OWN_PRICES = {  # collection → the prices that go with its records, and the field that names them
    "customer-groups": ("group-prices", "group_code"),
    "customers": ("customer-prices", "customer_code"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A record after it was written."""

    row: Row
    key: str
    created: bool


def decode(raw: bytes) -> Any:
    """JSON as Python values. Raises ShopError 400."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ShopError(400, "malformed", f"The body is not JSON: {error}") from error


def parse(model: type[M], value: Any) -> M:
    """Raises ShopError 422 with every problem."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid(error) from error


def create(database: Database, collection: str, body: Body) -> Saved:
    """Raises ShopError 409 with `existing_id` when a name is taken."""
    _check_references(database, body)
    _check_names(database, collection, body, None)
    row = database.insert(collection, _stored(database, body))
    _index(database, collection, row.id, body)
    return Saved(row=row, key=body.key(), created=True)


def replace(database: Database, collection: str, record_id: int, body: Body, expected: int | None = None) -> Saved:
    """`expected` is the version the sender has seen (If-Match). Raises ShopError 404, 409, 412 or 422."""
    row = expect(existing(database, collection, record_id), expected)
    if body.version is not None and body.version != row.version:
        raise ShopError(409, "version_conflict", f"The record is at version {row.version}, not {body.version}")
    _check_references(database, body)
    _check_names(database, collection, body, record_id)
    if isinstance(body, Product):
        _drop_skus(database, _skus(row) - {variant.sku.casefold() for variant in body.variants})
    fresh = database.update(row, _stored(database, body))
    _index(database, collection, record_id, body)
    return Saved(row=fresh, key=body.key(), created=False)


def remove(database: Database, collection: str, record_id: int, expected: int | None = None) -> Row:
    """Raises ShopError 404 or 412."""
    row = expect(existing(database, collection, record_id), expected)
    if collection == "products":
        _drop_skus(database, _skus(row))
    if collection in OWN_PRICES:
        prices, field = OWN_PRICES[collection]
        database.delete_filtered(prices, field, row.data()["code"])
    database.delete(record_id)
    return row


def existing(database: Database, collection: str, record_id: int) -> Row:
    row = database.get(collection, record_id)
    if row is None:
        raise ShopError(404, "not_found", f"There is no {record_id} in {collection}")
    return row


def expect(row: Row, version: int | None) -> Row:
    """`row`, when it is at the version the sender has seen (If-Match) or none was said. Raises ShopError 412."""
    if version is not None and version != row.version:
        raise ShopError(412, "precondition_failed", f"The record is at version {row.version}, not {version}")
    return row


def write_batch(
    database: Database, collection: str, values: Sequence[Any], *, update_duplicates: bool
) -> list[Saved | ShopError]:
    """One outcome for each value, in order; a refused one leaves nothing behind and the others go on."""
    if len(values) > BATCH_LIMIT:
        raise ShopError(422, "too_many_records", f"A batch has at most {BATCH_LIMIT} records, not {len(values)}")
    outcomes: list[Saved | ShopError] = []
    for value in values:
        try:
            with database.savepoint():
                outcomes.append(_write_one(database, collection, value, update_duplicates=update_duplicates))
        except ShopError as error:
            outcomes.append(error)
    return outcomes


def _write_one(database: Database, collection: str, value: Any, *, update_duplicates: bool) -> Saved:
    body = parse(COLLECTIONS[collection], value)
    record_id = body.id
    if record_id is None and update_duplicates:
        record_id = database.name_holder(collection, "key", body.key())
    if record_id is None:
        return create(database, collection, body)
    return replace(database, collection, record_id, body)


def adjust_inventory(
    database: Database, sku: str, location_code: str, *, on_hand: str = "0", committed: str = "0"
) -> Row:
    """Change stock by what is given. Raises ShopError 422 when the shop keeps no stock of `sku` there."""
    row = database.find("inventory", "key", f"{sku}|{location_code}")
    if row is None:
        raise ShopError(422, "unknown_reference", f"There is no stock of {sku} at {location_code}")
    stock = Inventory.model_validate(row.data())
    stock.on_hand = _plus(stock.on_hand, on_hand)
    stock.committed = _plus(stock.committed, committed)
    fresh = parse(Inventory, stock.model_dump())
    return database.update(row, fresh.model_dump_json())


def _plus(left: str, right: str) -> str:
    return format(Decimal(left) + Decimal(right), "f")


def _stored(database: Database, body: Body) -> str:
    if isinstance(body, Product):
        for variant in body.variants:
            variant.id = database.variant_id(variant.sku)
    return body.model_dump_json()


def _index(database: Database, collection: str, record_id: int, body: Body) -> None:
    database.index(collection, record_id, {"key": [body.key()], **body.names()}, body.filters())


def _check_names(database: Database, collection: str, body: Body, own_id: int | None) -> None:
    for field, values in {"key": [body.key()], **body.names()}.items():
        for value in values:
            holder = database.name_holder(collection, field, value)
            if holder is not None and holder != own_id:
                said = "natural key" if field == "key" else field
                problem = {"field": "" if field == "key" else field, "message": f"{value} is taken by {holder}"}
                raise ShopError(409, "duplicate", f"The {said} {value} is taken", [problem], existing_id=holder)


def _check_references(database: Database, body: Body) -> None:
    problems = [
        {"field": reference.field, "message": f"there is no {reference.value} in {reference.collection}"}
        for reference in body.references()
        if database.name_holder(reference.collection, reference.name, reference.value) is None
    ]
    if problems:
        raise ShopError(422, "unknown_reference", "The record refers to something that is not here yet", problems)


def _skus(row: Row) -> set[str]:
    return {variant["sku"].casefold() for variant in row.data()["variants"]}


def _drop_skus(database: Database, skus: set[str]) -> None:
    for sku in skus:
        for collection in BY_SKU:
            database.delete_filtered(collection, "sku", sku)


def outcome_json(index: int, outcome: Saved | ShopError) -> Mapping[str, Any]:
    """One entry of a batch's `results`."""
    if isinstance(outcome, ShopError):
        return {"index": index, **outcome.body()}
    result: dict[str, Any] = {
        "index": index,
        "status": 201 if outcome.created else 200,
        "id": outcome.row.id,
        "key": outcome.key,
        "version": outcome.row.version,
        "updated_at": outcome.row.updated_at,
    }
    if variants := outcome.row.data().get("variants"):
        result["variants"] = [{"sku": variant["sku"], "id": variant["id"]} for variant in variants]
    return result
