"""Placing an order: who buys, at which price, what it comes to, and the stock that goes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from pydantic import Field

from connectors.sandbox_shop.database import Database, Row
from connectors.sandbox_shop.models import Address, Code, Count, Email, Name, Part, Text, plain_amount
from connectors.sandbox_shop.prices import Price, price_for
from connectors.sandbox_shop.problems import ShopError
from connectors.sandbox_shop.records import adjust_inventory
from connectors.sandbox_shop.settings import Settings
from connectors.sandbox_shop.totals import ZERO, Sum, cents, settle, taxed

PAYMENTS = {"card": "paid", "paypal": "paid", "afterpay": "paid", "account": "unpaid", "bank": "unpaid"}


class CheckoutLine(Part):
    sku: Code
    quantity: Count
    note: Text | None = None


class Checkout(Part):
    """What a buyer fills in. Prices, GST and freight are the shop's to say."""

    customer_code: Code | None = None  # None: a guest
    name: Name
    email: Email
    phone: Text | None = None
    company: Text | None = None
    po_number: Text | None = None
    shipping_address: Address
    billing_address: Address | None = None  # None: as shipping
    lines: Annotated[list[CheckoutLine], Field(min_length=1, max_length=100)]
    coupon_code: Code | None = None
    loyalty_points: Annotated[int, Field(ge=0)] = 0
    freight_code: Code | None = None
    gift_wrap: bool = False
    gift_message: Text | None = None
    payment_method: Literal["card", "paypal", "afterpay", "account", "bank"] = "card"
    payment_reference: Text | None = None
    location_code: Code | None = None
    delivery_instructions: Text | None = None
    note: str | None = None


class OrderChange(Part):
    """What a back office tells the shop about an order."""

    status: Literal["new", "processing", "completed", "cancelled"] | None = None
    erp_number: Text | None = None
    tracking_number: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line with what the shop knows about its product."""

    sku: str
    name: str
    quantity: Decimal
    price: Price
    tax_class: str
    rate: Decimal  # percent
    tracked: bool  # whether stock is counted and may run out
    note: str | None


def place_order(database: Database, settings: Settings, checkout: Checkout) -> Row:
    """Price the order, take its stock, store it. Raises ShopError 409 (out_of_stock) or 422."""
    customer = _customer(database, checkout)
    country = checkout.shipping_address.country
    if country not in settings.gst_pct:
        raise ShopError(422, "invalid", f"We do not deliver to {country}")
    group_code = (customer or {}).get("group_code") or settings.guest_groups.get(country)
    lines = [
        _line(database, settings, line, index, customer=customer, group_code=group_code, country=country)
        for index, line in enumerate(checkout.lines)
    ]
    location = checkout.location_code or settings.guest_locations.get(country)
    take_stock(database, [(line.sku, line.quantity) for line in lines if line.tracked], location)
    order = order_body(
        settings,
        checkout,
        lines,
        number=f"W{database.newest_number() + 1}",
        placed_at=database.clock(),
        customer=customer,
        group_code=group_code,
        location_code=location,
        coupon=_coupon(database, checkout.coupon_code),
    )
    return store_order(database, order)


def store_order(database: Database, order: Mapping[str, Any], at: str | None = None) -> Row:
    row = database.insert("orders", msgspec.json.encode(order).decode(), at)
    index_order(database, row.id, order)
    return row


def index_order(database: Database, record_id: int, order: Mapping[str, Any]) -> None:
    filters = {field: order[field] for field in ("number", "email", "customer_code", "status")}
    database.index(
        "orders",
        record_id,
        {"key": [order["number"]]},
        {field: [value] if value else [] for field, value in filters.items()},
    )


def change_order(database: Database, row: Row, change: OrderChange) -> Row:
    order = msgspec.json.decode(row.body)
    order |= change.model_dump(exclude_unset=True)
    fresh = database.update(row, msgspec.json.encode(order).decode())
    index_order(database, row.id, order)
    return fresh


def order_body(
    settings: Settings,
    checkout: Checkout,
    lines: Sequence[Line],
    *,
    number: str,
    placed_at: str,
    customer: Mapping[str, Any] | None,
    group_code: str | None,
    location_code: str | None,
    coupon: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The whole order as it is kept: a snapshot, true whatever happens to products and customers later."""
    country = checkout.shipping_address.country
    inclusive = lines[0].price.tax_inclusive
    settled = settle(
        [(cents(line.quantity * line.price.amount), line.rate) for line in lines],
        inclusive=inclusive,
        coupon_type=coupon["type"] if coupon else None,
        coupon_value=Decimal(coupon["value"]) if coupon else ZERO,
        loyalty=checkout.loyalty_points * Decimal(settings.loyalty_point_value),
    )
    rate = settings.rate(country, "GST")
    freight = _freight(settings, checkout, settled.subtotal, rate)
    wrap = taxed(Decimal(settings.gift_wrap_price), rate, inclusive=True) if checkout.gift_wrap else None
    sums = [*settled.lines, *([freight[1]] if freight else []), *([wrap] if wrap else [])]
    total = sum((each.gross for each in sums), ZERO)
    paid = total if PAYMENTS[checkout.payment_method] == "paid" else ZERO
    address = checkout.shipping_address.model_dump()
    return {
        "number": number,
        "status": "new",
        "placed_at": placed_at,
        "customer_code": checkout.customer_code,
        "group_code": group_code,
        "name": checkout.name,
        "email": checkout.email,
        "phone": checkout.phone,
        "company": checkout.company,
        "po_number": checkout.po_number,
        "currency": lines[0].price.currency,
        "prices_include_tax": inclusive,
        "billing_address": checkout.billing_address.model_dump() if checkout.billing_address else address,
        "shipping_address": address,
        "location_code": location_code,
        "lines": [
            _line_json(index, line, share, each)
            for index, (line, share, each) in enumerate(zip(lines, settled.shares, settled.lines, strict=True), 1)
        ],
        "coupon": {**coupon, "amount": str(settled.coupon)} if coupon else None,
        "loyalty": _loyalty_json(settings, checkout, customer, settled.loyalty),
        "freight": {"code": freight[0].code, "label": freight[0].label, **_sum_json(freight[1])} if freight else None,
        "fees": [{"code": "gift_wrap", "label": "Gift wrap", **_sum_json(wrap)}] if wrap else [],
        "gift_message": checkout.gift_message,
        "taxes": _taxes_json(sums),
        "totals": {
            "subtotal": str(settled.subtotal),
            "coupon": str(settled.coupon),
            "loyalty": str(settled.loyalty),
            "lines_net": str(sum((each.net for each in settled.lines), ZERO)),
            "freight_net": str(freight[1].net if freight else ZERO),
            "fees_net": str(wrap.net if wrap else ZERO),
            "tax": str(sum((each.tax for each in sums), ZERO)),
            "total": str(total),
            "paid": str(paid),
            "balance": str(total - paid),
        },
        "payment": {
            "method": checkout.payment_method,
            "status": PAYMENTS[checkout.payment_method],
            "reference": checkout.payment_reference,
            "amount": str(paid),
        },
        "delivery_instructions": checkout.delivery_instructions,
        "note": checkout.note,
        "erp_number": None,
        "tracking_number": None,
    }


def take_stock(database: Database, wanted: Sequence[tuple[str, Decimal]], location: str | None) -> None:
    """Promise stock at one location to an order. Raises ShopError 409 with every line that is short."""
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


def _customer(database: Database, checkout: Checkout) -> dict[str, Any] | None:
    if checkout.customer_code is None:
        if checkout.loyalty_points:
            raise ShopError(422, "invalid", "A guest has no loyalty points")
        return None
    row = database.find("customers", "key", checkout.customer_code)
    if row is None:
        problem = {"field": "customer_code", "message": f"there is no customer {checkout.customer_code}"}
        raise ShopError(422, "unknown_reference", "The customer is not known", [problem])
    customer = row.data()
    if customer["status"] != "active":
        raise ShopError(422, "invalid", f"The customer {checkout.customer_code} is {customer['status']}")
    if checkout.loyalty_points > (customer["loyalty"] or {"points": 0})["points"]:
        raise ShopError(422, "invalid", "The customer has not that many loyalty points")
    return customer


def _line(
    database: Database,
    settings: Settings,
    wanted: CheckoutLine,
    index: int,
    *,
    customer: Mapping[str, Any] | None,
    group_code: str | None,
    country: str,
) -> Line:
    row = database.find("products", "sku", wanted.sku)
    product = row.data() if row else None
    if product is None or product["status"] != "active":
        problem = {"field": f"lines[{index}].sku", "message": f"{wanted.sku} is not on sale"}
        raise ShopError(422, "unknown_reference", "A product is not on sale", [problem])
    variant = next(each for each in product["variants"] if each["sku"].casefold() == wanted.sku.casefold())
    quantity = Decimal(wanted.quantity)
    price = price_for(database, settings, variant, quantity, customer=customer, group_code=group_code)
    if price is None or quantity <= 0:
        problem = {"field": f"lines[{index}]", "message": f"{wanted.sku} cannot be bought by this customer"}
        raise ShopError(422, "invalid", "A line cannot be priced", [problem])
    named = ", ".join(variant["options"].values())
    return Line(
        sku=variant["sku"],
        name=f"{product['name']} ({named})" if named else product["name"],
        quantity=quantity,
        price=price,
        tax_class=product["tax_class"],
        rate=settings.rate(country, product["tax_class"]),
        tracked=variant["track_stock"] and not variant["backorder"],
        note=wanted.note,
    )


def _coupon(database: Database, code: str | None) -> dict[str, Any] | None:
    if code is None:
        return None
    row = database.find("coupons", "key", code)
    coupon = row.data() if row else {"active": False}
    if not coupon["active"]:
        problem = {"field": "coupon_code", "message": f"{code} is not a coupon of ours"}
        raise ShopError(422, "unknown_reference", "The coupon is not valid", [problem])
    return {field: coupon[field] for field in ("code", "label", "type", "value")}


def _freight(settings: Settings, checkout: Checkout, subtotal: Decimal, rate: Decimal) -> tuple[Any, Sum] | None:
    if checkout.freight_code is None:
        return None
    for freight in settings.freight:
        if freight.code == checkout.freight_code and freight.country == checkout.shipping_address.country:
            free = freight.free_from is not None and subtotal >= Decimal(freight.free_from)
            return freight, taxed(ZERO if free else Decimal(freight.price), rate, inclusive=True)
    problem = {"field": "freight_code", "message": f"{checkout.freight_code} does not go there"}
    raise ShopError(422, "unknown_reference", "There is no such freight", [problem])


def _line_json(index: int, line: Line, share: Decimal, each: Sum) -> dict[str, Any]:
    return {
        "id": index,
        "sku": line.sku,
        "name": line.name,
        "quantity": format(line.quantity.normalize() + 0, "f"),
        "unit_price": plain_amount(str(line.price.amount)),
        "discount": str(share),
        "tax_class": line.tax_class,
        **_sum_json(each),
        "note": line.note,
    }


def _sum_json(each: Sum) -> dict[str, str]:
    rate = format(each.rate.normalize() + 0, "f")
    return {"net": str(each.net), "tax": str(each.tax), "gross": str(each.gross), "tax_rate_pct": rate}


def _taxes_json(sums: Sequence[Sum]) -> list[dict[str, str]]:
    rates = sorted({each.rate for each in sums}, reverse=True)
    return [
        {
            "code": "GST" if rate else "GST_FREE",
            "rate_pct": format(rate.normalize() + 0, "f"),
            "taxable": str(sum((each.net for each in sums if each.rate == rate), ZERO)),
            "amount": str(sum((each.tax for each in sums if each.rate == rate), ZERO)),
        }
        for rate in rates
    ]


def _loyalty_json(
    settings: Settings, checkout: Checkout, customer: Mapping[str, Any] | None, amount: Decimal
) -> dict[str, Any] | None:
    if not checkout.loyalty_points or customer is None:
        return None
    return {
        "programme": settings.loyalty_programme,
        "member_no": customer["loyalty"]["member_no"],
        "points": checkout.loyalty_points,
        "amount": str(amount),
    }
