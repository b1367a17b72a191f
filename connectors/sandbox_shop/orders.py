"""Placing an order: who buys, at which price, and the stock that goes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from connectors.sandbox_shop.checkout import Checkout, CheckoutLine, OrderChange
from connectors.sandbox_shop.database import Database, Row
from connectors.sandbox_shop.order_document import Basket, Line, order_document
from connectors.sandbox_shop.prices import price_for
from connectors.sandbox_shop.problems import ShopError
from connectors.sandbox_shop.records import adjust_inventory
from connectors.sandbox_shop.settings import Freight, Settings


def place_order(database: Database, settings: Settings, checkout: Checkout) -> Row:
    """Price the order, take its stock, store it. Raises ShopError 409 (out_of_stock) or 422."""
    basket = fill_basket(database, settings, checkout)
    wanted = [(line.sku, line.quantity) for line in basket.lines if line.tracked]
    take_stock(database, wanted, basket.location_code)
    number = f"W{database.newest_number() + 1}"
    return store_order(database, order_document(settings, basket, number=number, placed_at=database.clock()))


def fill_basket(database: Database, settings: Settings, checkout: Checkout) -> Basket:
    """Look up all the checkout names. Raises ShopError 422."""
    country = checkout.shipping_address.country
    if country not in settings.gst_pct:
        raise _refused("shipping_address.country", f"We do not deliver to {country}")
    customer = _customer(database, checkout)
    group_code = (customer or {}).get("group_code") or settings.guest_groups.get(country)
    return Basket(
        checkout=checkout,
        lines=[
            _line(database, settings, checkout, index, customer=customer, group_code=group_code)
            for index in range(len(checkout.lines))
        ],
        customer=customer,
        group_code=group_code,
        location_code=checkout.location_code or settings.guest_locations.get(country),
        coupon=_coupon(database, checkout.coupon_code),
        freight=_freight(settings, checkout),
    )


def store_order(database: Database, order: Mapping[str, Any], at: str | None = None) -> Row:
    row = database.insert("orders", msgspec.json.encode(order).decode(), at)
    _index(database, row.id, order)
    return row


def change_order(database: Database, row: Row, change: OrderChange) -> Row:
    order = msgspec.json.decode(row.body) | change.model_dump(exclude_unset=True)
    fresh = database.update(row, msgspec.json.encode(order).decode())
    _index(database, row.id, order)
    return fresh


def take_stock(database: Database, wanted: Sequence[tuple[str, Decimal]], location: str | None) -> None:
    """Promise stock at one location to an order. Raises ShopError 409 with everything that is short."""
    together: dict[str, Decimal] = {}
    for sku, quantity in wanted:
        together[sku] = together.get(sku, Decimal(0)) + quantity
    problems = []
    for sku, quantity in together.items():
        row = database.find("inventory", "key", f"{sku}|{location}")
        free = Decimal(row.data()["available"]) if row else Decimal(0)
        if free < quantity:
            problems.append({"field": "lines", "message": f"{sku}: {quantity} wanted, {free} at {location}"})
    if problems:
        raise ShopError(409, "out_of_stock", "There is not enough in stock", problems)
    for sku, quantity in together.items():
        adjust_inventory(database, sku, str(location), committed=str(quantity))


def _index(database: Database, record_id: int, order: Mapping[str, Any]) -> None:
    filters = {field: order[field] for field in ("number", "email", "customer_code", "status")}
    found = {field: [value] if value else [] for field, value in filters.items()}
    database.index("orders", record_id, {"key": [order["number"]]}, found)


def _customer(database: Database, checkout: Checkout) -> dict[str, Any] | None:
    code = checkout.customer_code
    if code is None:
        if checkout.loyalty_points:
            raise _refused("loyalty_points", "A guest has no points")
        return None
    row = database.find("customers", "key", code)
    if row is None:
        raise _unknown("customer_code", f"There is no customer {code}")
    customer = row.data()
    if customer["status"] != "active":
        raise _refused("customer_code", f"The customer {code} is {customer['status']}")
    if checkout.loyalty_points > (customer["loyalty"] or {"points": 0})["points"]:
        raise _refused("loyalty_points", "The customer has not that many points")
    return customer


def _line(
    database: Database,
    settings: Settings,
    checkout: Checkout,
    index: int,
    *,
    customer: Mapping[str, Any] | None,
    group_code: str | None,
) -> Line:
    wanted: CheckoutLine = checkout.lines[index]
    row = database.find("products", "sku", wanted.sku)
    product = row.data() if row else None
    if product is None or product["status"] != "active":
        raise _unknown(f"lines[{index}].sku", f"{wanted.sku} is not on sale")
    variant = next(each for each in product["variants"] if each["sku"].casefold() == wanted.sku.casefold())
    quantity = Decimal(wanted.quantity)
    if quantity <= 0 or not variant["active"]:
        raise _refused(f"lines[{index}]", f"{quantity} of {wanted.sku} cannot be bought")
    price = price_for(database, settings, variant, quantity, customer=customer, group_code=group_code)
    if price is None:
        raise _refused(f"lines[{index}].sku", f"{wanted.sku} has no price for this customer")
    named = ", ".join(variant["options"].values())
    return Line(
        sku=variant["sku"],
        name=f"{product['name']} ({named})" if named else product["name"],
        quantity=quantity,
        price=price,
        tax_class=product["tax_class"],
        rate=settings.rate(checkout.shipping_address.country, product["tax_class"]),
        tracked=variant["track_stock"] and not variant["backorder"],
        note=wanted.note,
    )


def _coupon(database: Database, code: str | None) -> dict[str, Any] | None:
    if code is None:
        return None
    row = database.find("coupons", "key", code)
    coupon = row.data() if row else {"active": False}
    if not coupon["active"]:
        raise _unknown("coupon_code", f"{code} is not a coupon of ours")
    return {field: coupon[field] for field in ("code", "label", "type", "value")}


def _freight(settings: Settings, checkout: Checkout) -> Freight | None:
    if checkout.freight_code is None:
        return None
    for freight in settings.freight:
        if freight.code == checkout.freight_code and freight.country == checkout.shipping_address.country:
            return freight
    raise _unknown("freight_code", f"{checkout.freight_code} does not go there")


def _refused(field: str, message: str) -> ShopError:
    return ShopError(422, "invalid", message, [{"field": field, "message": message}])


def _unknown(field: str, message: str) -> ShopError:
    return ShopError(422, "unknown_reference", message, [{"field": field, "message": message}])
