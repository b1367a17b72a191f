"""An order as the shop keeps and shows it: a snapshot, true whatever happens to products and customers later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.sandbox_shop.checkout import Checkout
from connectors.sandbox_shop.models import plain_amount
from connectors.sandbox_shop.prices import Price
from connectors.sandbox_shop.settings import Freight, Settings
from connectors.sandbox_shop.totals import ZERO, Settled, Sum, cents, settle, taxed

Json = dict[str, Any]

PAYMENT_STATUS = {"card": "paid", "paypal": "paid", "afterpay": "paid", "account": "unpaid", "bank": "unpaid"}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """Everything an order is made of, looked up but not yet added together."""

    checkout: Checkout
    lines: Sequence[Line]
    customer: Mapping[str, Any] | None  # None: a guest
    group_code: str | None
    location_code: str | None
    coupon: Mapping[str, Any] | None  # code, label, type, value
    freight: Freight | None


def order_document(settings: Settings, basket: Basket, *, number: str, placed_at: str) -> Json:
    checkout = basket.checkout
    inclusive = basket.lines[0].price.tax_inclusive
    settled = settle(
        [(cents(line.quantity * line.price.amount), line.rate) for line in basket.lines],
        inclusive=inclusive,
        coupon_type=basket.coupon["type"] if basket.coupon else None,
        coupon_value=Decimal(basket.coupon["value"]) if basket.coupon else ZERO,
        loyalty=checkout.loyalty_points * Decimal(settings.loyalty_point_value),
    )
    rate = settings.rate(checkout.shipping_address.country, "GST")
    freight = _freight(basket.freight, settled.subtotal, rate) if basket.freight else None
    fees = [taxed(Decimal(settings.gift_wrap_price), rate, inclusive=True)] if checkout.gift_wrap else []
    sums = [*settled.lines, *([freight] if freight else []), *fees]
    total = sum((each.gross for each in sums), ZERO)
    paid = total if PAYMENT_STATUS[checkout.payment_method] == "paid" else ZERO
    return {
        "number": number,
        "status": "new",
        "placed_at": placed_at,
        **_who_and_where(basket),
        "currency": basket.lines[0].price.currency,
        "prices_include_tax": inclusive,
        "lines": [
            {"id": index, **_line(*each)}
            for index, each in enumerate(zip(basket.lines, settled.shares, settled.lines, strict=True), 1)
        ],
        "coupon": {**basket.coupon, "amount": str(settled.coupon)} if basket.coupon else None,
        "loyalty": _loyalty(settings, basket, settled.loyalty),
        "freight": _charge(basket.freight.code, basket.freight.label, freight) if basket.freight and freight else None,
        "fees": [_charge("gift_wrap", "Gift wrap", fee) for fee in fees],
        "gift_message": checkout.gift_message,
        "taxes": _taxes(sums),
        "totals": _totals(settled, freight, fees, total=total, paid=paid),
        "payment": _payment(checkout, paid),
        "delivery_instructions": checkout.delivery_instructions,
        "note": checkout.note,
        "erp_number": None,
        "tracking_number": None,
    }


def _who_and_where(basket: Basket) -> Json:
    checkout = basket.checkout
    billing = checkout.billing_address or checkout.shipping_address
    return {
        "customer_code": checkout.customer_code,
        "group_code": basket.group_code,
        "name": checkout.name,
        "email": checkout.email,
        "phone": checkout.phone,
        "company": checkout.company,
        "po_number": checkout.po_number,
        "billing_address": billing.model_dump(),
        "shipping_address": checkout.shipping_address.model_dump(),
        "location_code": basket.location_code,
    }


def _line(line: Line, share: Decimal, each: Sum) -> Json:
    return {
        "sku": line.sku,
        "name": line.name,
        "quantity": _plain(line.quantity),
        "unit_price": plain_amount(str(line.price.amount)),
        "discount": str(share),
        "tax_class": line.tax_class,
        **_sum(each),
        "note": line.note,
    }


def _freight(freight: Freight, subtotal: Decimal, rate: Decimal) -> Sum:
    free = freight.free_from is not None and subtotal >= Decimal(freight.free_from)
    return taxed(ZERO if free else Decimal(freight.price), rate, inclusive=True)


def _charge(code: str, label: str, each: Sum) -> Json:
    return {"code": code, "label": label, **_sum(each)}


def _sum(each: Sum) -> Json:
    return {"tax_rate_pct": _plain(each.rate), "net": str(each.net), "tax": str(each.tax), "gross": str(each.gross)}


def _loyalty(settings: Settings, basket: Basket, amount: Decimal) -> Json | None:
    if not basket.checkout.loyalty_points or basket.customer is None:
        return None
    return {
        "programme": settings.loyalty_programme,
        "member_no": basket.customer["loyalty"]["member_no"],
        "points": basket.checkout.loyalty_points,
        "amount": str(amount),
    }


def _payment(checkout: Checkout, paid: Decimal) -> Json:
    return {
        "method": checkout.payment_method,
        "status": PAYMENT_STATUS[checkout.payment_method],
        "reference": checkout.payment_reference,
        "amount": str(paid),
    }


def _taxes(sums: Sequence[Sum]) -> list[Json]:
    """What was taxed at each rate, highest first."""
    rates = sorted({each.rate for each in sums}, reverse=True)
    return [
        {
            "code": "GST" if rate else "GST_FREE",
            "rate_pct": _plain(rate),
            "taxable": str(sum((each.net for each in sums if each.rate == rate), ZERO)),
            "amount": str(sum((each.tax for each in sums if each.rate == rate), ZERO)),
        }
        for rate in rates
    ]


def _totals(settled: Settled, freight: Sum | None, fees: Sequence[Sum], *, total: Decimal, paid: Decimal) -> Json:
    taxes = [*settled.lines, *([freight] if freight else []), *fees]
    totals = {
        "subtotal": settled.subtotal,
        "coupon": settled.coupon,
        "loyalty": settled.loyalty,
        "lines_net": sum((each.net for each in settled.lines), ZERO),
        "freight_net": freight.net if freight else ZERO,
        "fees_net": sum((each.net for each in fees), ZERO),
        "tax": sum((each.tax for each in taxes), ZERO),
        "total": total,
        "paid": paid,
        "balance": total - paid,
    }
    return {name: str(amount) for name, amount in totals.items()}


def _plain(number: Decimal) -> str:
    """2.000 → "2"."""
    return format(number.normalize() + 0, "f")
