"""What orders, invoices and credit notes are made of: lines, charges, discounts, taxes, totals; and how they add up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from engine.records.amounts import Amount, Percentage, Quantity, Whole
from engine.records.custom_fields import CustomField
from engine.records.entity import Document, Part, Problem
from engine.records.texts import Code, Line, Name, Text, Timestamp

CENT = Decimal("0.01")


class SaleLine(Part):
    """One line. Net, tax and gross are for the whole line, after its own discount."""

    id: Code = Field(description="What tells it apart from the other lines.")
    position: Whole | None = Field(default=None, description="Its place, from 1.")
    kind: Literal["product", "service", "comment", "gift_card", "bundle_parent", "bundle_child"] = Field(
        default="product", description="What it is."
    )
    variant_ref: Code | None = Field(default=None, description="Sku of the variant, where we know it.")
    sku: Code = Field(description="The code as the source wrote it.")
    description: Name = Field(description="What the customer reads.")
    qty: Quantity = Field(description="How many.")
    uom: Line | None = Field(default=None, description="UN/ECE unit, such as C62.")
    unit_price: Amount = Field(description="Price of one as shown: with tax when the document says so.")
    list_unit_price: Amount | None = Field(default=None, description="Price of one before any discount.")
    discount_amount: Amount | None = Field(default=None, description="The line's own discount, already in net.")
    discount_pct: Percentage | None = Field(default=None, description="The line's own discount in per cent.")
    net: Amount = Field(description="The line without tax.")
    tax: Amount = Field(description="Its tax.")
    gross: Amount = Field(description="The line with tax.")
    tax_class: Code | None = Field(default=None, description="Code of the tax it bears.")
    tax_rate_pct: Percentage | None = Field(default=None, description="Rate of the tax.")
    account_code: Line | None = Field(default=None, description="Account it is booked to.")
    location_code: Code | None = Field(default=None, description="Where it is taken from.")
    qty_fulfilled: Quantity | None = Field(default=None, description="How many were shipped.")
    qty_returned: Quantity | None = Field(default=None, description="How many came back.")
    custom_fields: list[CustomField] = Field(default_factory=list, description="Engraving and the like.")


class Charge(Part):
    """Freight and other charges."""

    kind: Literal["freight", "handling", "surcharge", "gift_wrap", "payment_fee"] = Field(description="What it is for.")
    code: Line | None = Field(default=None, description="Its code.")
    label: Line | None = Field(default=None, description="What the customer reads.")
    net: Amount = Field(description="Without tax.")
    tax: Amount = Field(default="0.00", description="Its tax.")
    gross: Amount = Field(description="With tax.")
    tax_class: Code | None = Field(default=None, description="Code of the tax it bears.")


class Discount(Part):
    """A coupon, a promotion or a discount given by hand. A gift card is a payment, not a discount."""

    kind: Literal["coupon", "promotion", "manual", "volume", "voucher"] = Field(description="What it comes from.")
    code: Line | None = Field(default=None, description="The coupon's code.")
    label: Line | None = Field(default=None, description="What the customer reads.")
    value_type: Literal["pct", "amount", "free_shipping"] | None = Field(default=None, description="What `value` is.")
    value: Quantity | None = Field(default=None, description="Per cent or amount, as promised.")
    amount: Amount = Field(description="What it took off, without tax.")
    target: Literal["order", "line", "freight"] = Field(default="order", description="What it was taken off.")
    line_id: Code | None = Field(default=None, description="The line, for target line.")


class TaxLine(Part):
    """The sum of one tax."""

    code: Code = Field(description="Code of the tax, such as GST.")
    name: Line | None = Field(default=None, description="What it is called.")
    rate_pct: Percentage | None = Field(default=None, description="Its rate.")
    taxable: Amount | None = Field(default=None, description="What it is charged on.")
    amount: Amount = Field(description="The tax.")
    jurisdiction: Line | None = Field(default=None, description="Who levies it.")


class LoyaltyRedemption(Part):
    """Loyalty points spent on the order."""

    programme: Line = Field(description="Name or code of the programme.")
    member_no: Line | None = Field(default=None, description="Membership number.")
    points: Whole = Field(description="Points spent.")
    amount: Amount = Field(description="What they were worth.")
    treated_as: Literal["discount", "payment"] = Field(description="Whether they lower the price or pay for it.")
    external_txn_id: Line | None = Field(default=None, description="The programme's own id.")


class GiftCard(Part):
    """A gift card used to pay."""

    code_last4: Line = Field(description="Last four characters of its code.")
    amount: Amount = Field(description="What it paid.")


class Totals(Part):
    """The sums. `lines_net + charges_net - discount + tax + rounding = total`."""

    lines_net: Amount = Field(description="Sum of the lines' net.")
    charges_net: Amount = Field(default="0.00", description="Sum of the charges' net.")
    discount: Amount = Field(
        default="0.00", description="Discounts of the whole order that are not in the lines' net, without tax."
    )
    tax: Amount = Field(description="All tax.")
    rounding: Amount = Field(default="0.00", description="Cash rounding, or the cent that rounding per line leaves.")
    total: Amount = Field(description="What is to be paid.")
    paid: Amount | None = Field(default=None, description="What has been paid.")
    balance: Amount | None = Field(default=None, description="What is still to be paid.")


class PaymentOnOrder(Part):
    """A payment as the order names it. The payment entity holds the full one."""

    id: Code | None = Field(default=None, description="What tells it apart from the order's other payments.")
    method: Code = Field(description="Code of the payment method.")
    gateway: Line | None = Field(default=None, description="Who took it.")
    amount: Amount = Field(description="How much.")
    status: Literal["pending", "authorised", "captured", "settled", "failed", "refunded"] = Field(
        default="captured", description="How far it is."
    )
    at: Timestamp | None = Field(default=None, description="When.")
    reference: Line | None = Field(default=None, description="The gateway's own reference.")
    card_last4: Line | None = Field(default=None, description="Last four digits of the card.")
    note: Text | None = Field(default=None, description="What staff should know.")


def sum_problems(document: Document) -> list[Problem]:
    """Whether lines, charges, discounts and taxes add up to the totals."""
    totals = document.get("totals")
    if totals is None:
        return []
    found: list[Problem] = []
    lines = document.get("lines") or []
    charges = document.get("charges") or []
    for name, parts in (("lines", lines), ("charges", charges)):
        for index, part in enumerate(parts):
            if abs(_of(part, "net") + _of(part, "tax") - _of(part, "gross")) > CENT:
                message = f"net {part['net']} + tax {part.get('tax', '0.00')} is not gross {part['gross']}"
                found.append((f"{name}[{index}].gross", message))
    found += _sum(lines, totals, "lines_net")
    if charges:
        found += _sum(charges, totals, "charges_net")
    return found + _total(totals)


def _of(part: dict[str, Any], name: str) -> Decimal:
    return Decimal(part.get(name) or 0)


def _sum(parts: list[dict[str, Any]], totals: dict[str, Any], name: str) -> list[Problem]:
    """Sources round per line: a cent for each part is let pass."""
    added = sum((_of(part, "net") for part in parts), Decimal(0))
    if abs(added - _of(totals, name)) <= CENT * max(1, len(parts)):
        return []
    what = name.removesuffix("_net")
    return [(f"totals.{name}", f"the {what} add up to {added}, but totals.{name} says {totals.get(name, '0.00')}")]


def _total(totals: dict[str, Any]) -> list[Problem]:
    found: list[Problem] = []
    signs = (("lines_net", "+"), ("charges_net", "+"), ("discount", "-"), ("tax", "+"), ("rounding", "+"))
    added = sum((_of(totals, name) * (1 if sign == "+" else -1) for name, sign in signs), Decimal(0))
    total = _of(totals, "total")
    if abs(added - total) >= CENT:
        shown = " ".join(f"{sign} {name} {_of(totals, name)}" for name, sign in signs).removeprefix("+ ")
        hint = f"put the difference {total - added} in rounding, or mend the mapping of the part that is wrong"
        found.append(("totals.total", f"{shown} = {added}, but the total says {total}: {hint}"))
    if totals.get("balance") is not None and totals.get("paid") is not None:
        left = total - _of(totals, "paid")
        if abs(left - _of(totals, "balance")) >= CENT:
            message = f"total {total} - paid {totals['paid']} = {left}, not balance {totals['balance']}"
            found.append(("totals.balance", message))
    return found
