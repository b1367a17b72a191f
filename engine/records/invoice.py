"""Invoices, credit notes and refunds."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from engine.records.address import Address
from engine.records.amounts import Amount, Currency, Quantity
from engine.records.entity import Document, Entity, Part, Problem, each_once
from engine.records.media import FileLink
from engine.records.sale import Charge, Discount, SaleLine, TaxLine, Totals, sum_problems
from engine.records.texts import Code, Date, Line, Text, Timestamp


class Allocation(Part):
    """How much of a credit note or payment settles which document."""

    ref: Code = Field(description="Number of the invoice or order.")
    amount: Amount = Field(description="How much of it is settled.")


class Invoice(Entity):
    """An invoice, or the credit note that takes one back."""

    entity: ClassVar[str] = "invoice"

    number: Code = Field(description="Its number.")
    kind: Literal["invoice", "credit_note"] = Field(default="invoice", description="Which of the two.")
    status: Literal["draft", "submitted", "approved", "partially_paid", "paid", "void"] = Field(
        description="How far it is."
    )
    issue_date: Date = Field(description="Its date, where it was issued.")
    due_date: Date | None = Field(default=None, description="When it is to be paid.")
    order_ref: Code | None = Field(default=None, description="Number of the sales order.")
    customer_ref: Code | None = Field(default=None, description="Natural key of the customer.")
    bill_to: Address | None = Field(default=None, description="Where it goes.")
    currency: Currency = Field(description="ISO 4217 code of all its amounts.")
    fx_rate: Quantity | None = Field(default=None, description="One unit of it in the workspace's currency.")
    prices_tax_inclusive: bool = Field(default=False, description="Whether unit prices include tax.")
    lines: list[SaleLine] = Field(description="What is invoiced.")
    charges: list[Charge] = Field(default_factory=list, description="Freight and other charges.")
    discounts: list[Discount] = Field(default_factory=list, description="Discounts.")
    tax_lines: list[TaxLine] = Field(default_factory=list, description="Sums per tax.")
    totals: Totals = Field(description="The sums; `balance` is what is still due.")
    pdf: FileLink | None = Field(default=None, description="The printed invoice.")
    applied_to: list[Allocation] = Field(default_factory=list, description="Invoices a credit note settles.")
    reference: Line | None = Field(default=None, description="The customer's own reference.")
    modified_at: Timestamp | None = Field(default=None, description="When the source last changed it.")

    @classmethod
    def natural_key(cls, document: Document) -> str:
        return str(document["number"])

    @classmethod
    def references(cls, document: Document) -> dict[str, list[str]]:
        return {
            "sales_order": each_once([document.get("order_ref")]),
            "customer": each_once([document.get("customer_ref")]),
            "variant": each_once([line.get("variant_ref") for line in document.get("lines") or ()]),
        }

    @classmethod
    def problems(cls, document: Document) -> list[Problem]:
        return sum_problems(document)

    example: ClassVar[Document] = {
        "number": "INV-2201",
        "kind": "invoice",
        "status": "approved",
        "issue_date": "2026-11-21",
        "due_date": "2026-12-20",
        "order_ref": "W-10017",
        "customer_ref": "C-1042",
        "currency": "AUD",
        "lines": [
            {
                "id": "1",
                "sku": "OAK-CHAIR",
                "description": "Oak chair",
                "qty": "4",
                "unit_price": "120.00",
                "net": "480.00",
                "tax": "48.00",
                "gross": "528.00",
            }
        ],
        "totals": {"lines_net": "480.00", "tax": "48.00", "total": "528.00", "paid": "0.00", "balance": "528.00"},
    }


class RefundLine(Part):
    """What came back of one order line."""

    order_line_id: Code = Field(description="Id of the order's line.")
    sku: Code | None = Field(default=None, description="Its sku.")
    qty: Quantity = Field(description="How many.")
    amount: Amount = Field(description="Money given back for it, with tax.")
    restock: bool = Field(default=False, description="Whether it goes back on the shelf.")


class Refund(Entity):
    """Money given back on an order. In the books it becomes a credit note and a payment out."""

    entity: ClassVar[str] = "refund"

    number: Code = Field(description="Its number, or the id the shop gave it.")
    order_ref: Code = Field(description="Number of the sales order.")
    at: Timestamp = Field(description="When.")
    currency: Currency = Field(description="ISO 4217 code of all its amounts.")
    lines: list[RefundLine] = Field(default_factory=list, description="What came back.")
    freight_amount: Amount = Field(default="0.00", description="Freight given back, with tax.")
    tax: Amount | None = Field(default=None, description="Tax in the total.")
    total: Amount = Field(description="All money given back.")
    method: Code | None = Field(default=None, description="Code of the payment method it went back on.")
    reason: Text | None = Field(default=None, description="Why.")

    @classmethod
    def natural_key(cls, document: Document) -> str:
        return str(document["number"])

    @classmethod
    def references(cls, document: Document) -> dict[str, list[str]]:
        return {"sales_order": [document["order_ref"]]}

    example: ClassVar[Document] = {
        "number": "R-88",
        "order_ref": "W-10017",
        "at": "2026-11-25T03:00:00Z",
        "currency": "AUD",
        "lines": [{"order_line_id": "1", "sku": "OAK-TABLE-180", "qty": "1", "amount": "1499.00", "restock": True}],
        "total": "1499.00",
        "method": "card",
        "reason": "Scratched on arrival",
    }
