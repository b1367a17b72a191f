"""Sales orders."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from engine.records.address import Address
from engine.records.amounts import Currency, Quantity
from engine.records.entity import Document, Entity, Part, Problem, each_once
from engine.records.sale import (
    Charge,
    Discount,
    GiftCard,
    LoyaltyRedemption,
    PaymentOnOrder,
    SaleLine,
    TaxLine,
    Totals,
    sum_problems,
)
from engine.records.texts import Code, Date, Email, Line, Name, Phone, Text, Timestamp


class Buyer(Part):
    """Who ordered, as they were then; all there is of a guest."""

    name: Line | None = Field(default=None, description="Their name.")
    email: Email | None = Field(default=None, description="Their e-mail.")
    phone: Phone | None = Field(default=None, description="Their phone.")


class ShippingChoice(Part):
    """How the customer wants it sent."""

    code: Line | None = Field(default=None, description="Code of the shipping method.")
    label: Line | None = Field(default=None, description="What the customer chose.")


class SalesOrder(Entity):
    """An order of a customer or a guest, from wherever it was placed."""

    entity: ClassVar[str] = "sales_order"

    number: Code = Field(description="The number of the system where it was placed.")
    external_number: Line | None = Field(default=None, description="The number another system gave it.")
    po_number: Line | None = Field(default=None, description="The customer's purchase order number.")
    channel: Code = Field(description="Where it was sold, such as web-au.")
    origin: Literal["web", "pos", "phone", "api", "edi"] = Field(default="web", description="How it came in.")
    state: Literal["draft", "pending", "confirmed", "processing", "on_hold", "completed", "cancelled"] = Field(
        description="How far it is."
    )
    payment_state: Literal["unpaid", "authorised", "partial", "paid", "refunded", "partially_refunded", "void"] = Field(
        default="unpaid", description="Whether it is paid."
    )
    fulfilment_state: Literal["unfulfilled", "partial", "fulfilled", "returned"] = Field(
        default="unfulfilled", description="Whether it is sent."
    )
    placed_at: Timestamp = Field(description="When it was placed.")
    required_by: Date | None = Field(default=None, description="When the customer needs it.")
    customer_ref: Code | None = Field(default=None, description="Natural key of the customer; absent for a guest.")
    buyer: Buyer | None = Field(default=None, description="Who ordered, as they were then.")
    bill_to: Address | None = Field(default=None, description="Where the invoice goes.")
    ship_to: Address | None = Field(default=None, description="Where the goods go.")
    currency: Currency = Field(description="ISO 4217 code of all its amounts.")
    fx_rate: Quantity | None = Field(default=None, description="One unit of it in the workspace's currency.")
    prices_tax_inclusive: bool = Field(description="Whether unit prices include tax.")
    lines: list[SaleLine] = Field(description="What was ordered.")
    charges: list[Charge] = Field(default_factory=list, description="Freight and other charges.")
    discounts: list[Discount] = Field(default_factory=list, description="Coupons, promotions, discounts by hand.")
    tax_lines: list[TaxLine] = Field(default_factory=list, description="Sums per tax.")
    loyalty: list[LoyaltyRedemption] = Field(default_factory=list, description="Loyalty points spent.")
    gift_cards: list[GiftCard] = Field(default_factory=list, description="Gift cards used to pay.")
    payments: list[PaymentOnOrder] = Field(default_factory=list, description="Payments so far.")
    totals: Totals = Field(description="The sums.")
    salesperson: Line | None = Field(default=None, description="Who sold it.")
    location_code: Code | None = Field(default=None, description="Location that fulfils it.")
    shipping_method: ShippingChoice | None = Field(default=None, description="How the customer wants it sent.")
    customer_note: Text | None = Field(default=None, description="What the customer wrote.")
    internal_note: Text | None = Field(default=None, description="What staff wrote.")
    delivery_instructions: Text | None = Field(default=None, description="What the driver must know.")
    gift: bool = Field(default=False, description="Whether it is a present.")
    tags: list[Name] = Field(default_factory=list, description="Words to filter by.")
    invoice_refs: list[Code] = Field(default_factory=list, description="Numbers of its invoices.")
    shipment_refs: list[Code] = Field(default_factory=list, description="Numbers of its shipments.")
    parent_ref: Code | None = Field(default=None, description="Number of the order it replaces or splits.")
    cancelled_at: Timestamp | None = Field(default=None, description="When it was cancelled.")
    cancel_reason: Line | None = Field(default=None, description="Why it was cancelled.")
    modified_at: Timestamp | None = Field(default=None, description="When the source last changed it.")

    @classmethod
    def natural_key(cls, document: Document) -> str:
        return str(document["number"])

    @classmethod
    def references(cls, document: Document) -> dict[str, list[str]]:
        return {
            "customer": each_once([document.get("customer_ref")]),
            "variant": each_once([line.get("variant_ref") for line in document.get("lines") or ()]),
        }

    @classmethod
    def problems(cls, document: Document) -> list[Problem]:
        return sum_problems(document)

    example: ClassVar[Document] = {
        "number": "W-10017",
        "channel": "web-au",
        "origin": "web",
        "state": "confirmed",
        "payment_state": "paid",
        "placed_at": "2026-11-20T22:41:09Z",
        "customer_ref": "C-1042",
        "buyer": {"name": "Ngaio Rangi", "email": "ngaio@harbour.example"},
        "ship_to": {"line1": "1 Quay Street", "suburb": "Sydney", "postcode": "2000", "country": "AU"},
        "currency": "AUD",
        "prices_tax_inclusive": True,
        "lines": [
            {
                "id": "1",
                "variant_ref": "OAK-TABLE-180",
                "sku": "OAK-TABLE-180",
                "description": "Oak dining table 180 cm",
                "qty": "1",
                "unit_price": "1499.00",
                "net": "1362.73",
                "tax": "136.27",
                "gross": "1499.00",
                "tax_class": "GST",
                "tax_rate_pct": "10",
            }
        ],
        "charges": [{"kind": "freight", "label": "Sydney metro", "net": "45.45", "tax": "4.55", "gross": "50.00"}],
        "discounts": [{"kind": "coupon", "code": "SPRING", "value_type": "amount", "value": "50", "amount": "45.45"}],
        "tax_lines": [{"code": "GST", "rate_pct": "10", "taxable": "1362.73", "amount": "136.27"}],
        "loyalty": [{"programme": "Tall Timber Club", "points": 500, "amount": "5.00", "treated_as": "payment"}],
        "payments": [{"method": "card", "amount": "1494.00", "status": "captured", "card_last4": "4242"}],
        "totals": {
            "lines_net": "1362.73",
            "charges_net": "45.45",
            "discount": "45.45",
            "tax": "136.27",
            "rounding": "0.00",
            "total": "1499.00",
            "paid": "1499.00",
            "balance": "0.00",
        },
    }
