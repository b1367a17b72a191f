"""What a customer pays: price lists and their entries resolved for one variant. Pure.

Which entry wins, in this order:
1. an entry for this very customer,
2. the customer's own list, then lists by priority (lower first), then by code,
3. the narrower selector: variant, product, category, everything,
4. the larger minimum quantity.
Where no entry fits, the variant's sale price counts while it lasts, else its retail price.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from engine.records.amounts import decimal_text
from engine.records.entity import Document

ROUNDINGS = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "up": ROUND_CEILING, "down": ROUND_FLOOR}
_WIDTH = {"variant_ref": 0, "product_ref": 1, "category_ref": 2, "all": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The price of one unit, and where it came from."""

    amount: str  # decimal text
    currency: str | None  # None: neither the entry, its list nor the variant says one
    tax_inclusive: bool
    price_list: str | None  # code; None: the variant's own price
    entry: Document | None  # the entry that won


def price(
    product: Document,
    sku: str,
    *,
    lists: Iterable[Document],
    entries: Iterable[Document],
    customer: Document | None = None,
    quantity: str | int | Decimal = 1,
    at: dt.datetime,
    channel: str | None = None,
) -> Resolved | None:
    """What one unit of the product's variant `sku` costs the customer (None: anybody) in this quantity at this time.

    `lists` are price_list documents, `entries` price documents, in any order; `at` has a zone. None where nothing says
    a price. An entry that computes from a cost or retail price the variant lacks does not count.
    """
    amount, moment = Decimal(quantity), at.astimezone(dt.UTC)
    variant = _variant(product, sku)
    heads = {head["code"]: head for head in lists if _applies(head, customer, channel, moment)}
    ranked = sorted(
        (
            (_rank(entry, heads[entry["price_list"]], customer), entry)
            for entry in entries
            if entry["price_list"] in heads and _fits(entry, product, sku, customer, amount, moment)
        ),
        key=lambda pair: pair[0],
    )
    for _, entry in ranked:
        head = heads[entry["price_list"]]
        unit = _compute(entry, variant)
        if unit is not None:
            return Resolved(
                amount=unit,
                currency=entry.get("currency") or head.get("currency"),
                tax_inclusive=_inclusive(entry, head, variant),
                price_list=head["code"],
                entry=entry,
            )
    return _own(variant, moment)


def _variant(product: Document, sku: str) -> Document:
    folded = sku.casefold()
    return next((each for each in product.get("variants") or () if each["sku"].casefold() == folded), {})


def _same(one: str | None, other: str) -> bool:
    return one is not None and one.casefold() == other.casefold()


def _applies(head: Document, customer: Document | None, channel: str | None, at: dt.datetime) -> bool:
    if not head.get("active", True) or not _lasts(head, at):
        return False
    if head.get("channels") and channel not in head["channels"]:
        return False
    if customer is not None and _same(customer.get("price_list"), head["code"]):
        return True
    groups, customers = head.get("customer_groups") or (), head.get("customers") or ()
    if groups or customers:
        if customer is None:
            return False
        known = {customer.get("code"), customer.get("email")}
        return bool(known & set(customers)) or bool(set(customer.get("group_codes") or ()) & set(groups))
    return True


def _lasts(document: Document, at: dt.datetime) -> bool:
    start, end = document.get("starts_at"), document.get("ends_at")
    return (start is None or dt.datetime.fromisoformat(start) <= at) and (
        end is None or at < dt.datetime.fromisoformat(end)
    )


def _fits(
    entry: Document, product: Document, sku: str, customer: Document | None, quantity: Decimal, at: dt.datetime
) -> bool:
    if not _lasts(entry, at) or quantity < Decimal(entry.get("min_qty", "1")):
        return False
    if entry.get("max_qty") is not None and quantity > Decimal(entry["max_qty"]):
        return False
    wanted = entry.get("customer_ref")
    if wanted is not None and not (customer and wanted in (customer.get("code"), customer.get("email"))):
        return False
    if entry.get("variant_ref"):
        return _same(sku, entry["variant_ref"])
    if entry.get("product_ref"):
        return any(_same(product.get(name), entry["product_ref"]) for name in ("sku", "code"))
    if entry.get("category_ref"):
        return any(_same(ref["code"], entry["category_ref"]) for ref in product.get("category_refs") or ())
    return bool(entry.get("all"))


def _rank(entry: Document, head: Document, customer: Document | None) -> tuple[object, ...]:
    own = customer is not None and _same(customer.get("price_list"), head["code"])
    width = min(place for name, place in _WIDTH.items() if entry.get(name))
    return (
        entry.get("customer_ref") is None,
        not own,
        head.get("priority", 100),
        head["code"],
        width,
        -Decimal(entry.get("min_qty", "1")),
        _texts(entry),
    )


def _texts(entry: Document) -> Sequence[str]:
    """Something to order equal entries by, so that the order they come in never matters."""
    return [f"{name}={entry[name]}" for name in sorted(entry)]


def _compute(entry: Document, variant: Document) -> str | None:
    if entry.get("fixed") is not None:
        return str(entry["fixed"])
    retail, cost = variant.get("rrp"), variant.get("cost")
    if entry.get("discount_pct") is not None and retail:
        return _rounded(entry, Decimal(retail["amount"]) * (100 - Decimal(entry["discount_pct"])) / 100)
    if entry.get("discount_amt") is not None and retail:
        return _rounded(entry, max(Decimal(retail["amount"]) - Decimal(entry["discount_amt"]), Decimal(0)))
    if entry.get("cost_plus_pct") is not None and cost:
        return _rounded(entry, Decimal(cost["amount"]) * (100 + Decimal(entry["cost_plus_pct"])) / 100)
    return None


def _rounded(entry: Document, amount: Decimal) -> str:
    rounding = entry.get("rounding") or {}
    step = Decimal(rounding.get("increment", "0.01"))
    method = ROUNDINGS[rounding.get("method", "half_up")]
    return decimal_text((amount / step).quantize(Decimal(1), rounding=method) * step, 2)


def _inclusive(entry: Document, head: Document, variant: Document) -> bool:
    """A discount off the retail price has tax in it when the retail price has."""
    if entry.get("discount_pct") is not None or entry.get("discount_amt") is not None:
        return bool(variant["rrp"].get("tax_inclusive", True))
    return bool(head.get("tax_inclusive", False))


def _own(variant: Document, at: dt.datetime) -> Resolved | None:
    sale = variant.get("sale_price")
    own = sale if sale and _lasts(sale, at) else variant.get("rrp")
    if not own:
        return None
    return Resolved(
        amount=own["amount"],
        currency=own.get("currency"),
        tax_inclusive=own.get("tax_inclusive", True),
        price_list=None,
        entry=None,
    )
