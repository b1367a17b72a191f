"""Payments, in and out."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from engine.records.amounts import Amount, Currency
from engine.records.entity import Document, Entity, each_once
from engine.records.invoice import Allocation
from engine.records.texts import Code, Line, Timestamp


class Payment(Entity):
    """Money received or given."""

    entity: ClassVar[str] = "payment"

    number: Code = Field(description="Its number, or the id the gateway gave it.")
    direction: Literal["in", "out"] = Field(default="in", description="To us or from us.")
    method: Code = Field(description="Code of the payment method: card, bank, account, gift_card and so on.")
    gateway: Line | None = Field(default=None, description="Who took it.")
    amount: Amount = Field(description="How much.")
    currency: Currency = Field(description="ISO 4217 code.")
    fee: Amount | None = Field(default=None, description="What the gateway kept.")
    status: Literal["pending", "authorised", "captured", "settled", "failed", "refunded"] = Field(
        default="captured", description="How far it is."
    )
    at: Timestamp = Field(description="When.")
    reference: Line | None = Field(default=None, description="The gateway's or the bank's own reference.")
    card_last4: Line | None = Field(default=None, description="Last four digits of the card.")
    customer_ref: Code | None = Field(default=None, description="Natural key of the customer.")
    order_ref: Code | None = Field(default=None, description="Number of the sales order.")
    invoice_ref: Code | None = Field(default=None, description="Number of the invoice.")
    allocations: list[Allocation] = Field(default_factory=list, description="What it settles, when more than one.")
    deposit_account_code: Line | None = Field(default=None, description="Account it is booked to.")

    @classmethod
    def natural_key(cls, document: Document) -> str:
        return str(document["number"])

    @classmethod
    def references(cls, document: Document) -> dict[str, list[str]]:
        return {
            "customer": each_once([document.get("customer_ref")]),
            "sales_order": each_once([document.get("order_ref")]),
            "invoice": each_once([document.get("invoice_ref")]),
            "payment_method": [document["method"]],
        }

    example: ClassVar[Document] = {
        "number": "pay_3Kx",
        "direction": "in",
        "method": "card",
        "gateway": "stripe",
        "amount": "1494.00",
        "currency": "AUD",
        "fee": "26.45",
        "status": "settled",
        "at": "2026-11-20T22:41:30Z",
        "order_ref": "W-10017",
        "card_last4": "4242",
    }
