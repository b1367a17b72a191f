"""Purchase orders to suppliers: the source of incoming stock and of drop shipments."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from engine.records.amounts import Amount, Currency, Quantity
from engine.records.entity import Document, Entity, Part, each_once
from engine.records.texts import Code, Date, Line


class PurchaseLine(Part):
    """One line of a purchase order."""

    id: Code | None = Field(default=None, description="What tells it apart from the other lines.")
    sku: Code = Field(description="Our sku.")
    supplier_sku: Line | None = Field(default=None, description="The supplier's own code.")
    description: Line | None = Field(default=None, description="What the supplier reads.")
    qty: Quantity = Field(description="How many are ordered.")
    qty_received: Quantity = Field(default="0", description="How many came.")
    unit_cost: Amount | None = Field(default=None, description="Cost of one, without tax.")
    tax_class: Code | None = Field(default=None, description="Code of the tax it bears.")


class PurchaseOrder(Entity):
    """An order to a supplier."""

    entity: ClassVar[str] = "purchase_order"

    number: Code = Field(description="Its number.")
    supplier_ref: Code = Field(description="Code of the supplier.")
    status: Literal["draft", "sent", "partial", "received", "closed", "cancelled"] = Field(description="How far it is.")
    ordered_on: Date | None = Field(default=None, description="When it was ordered.")
    expected_on: Date | None = Field(default=None, description="When the goods are expected.")
    location_code: Code | None = Field(default=None, description="Location the goods come to.")
    currency: Currency = Field(description="ISO 4217 code of all its amounts.")
    lines: list[PurchaseLine] = Field(description="What is ordered.")
    total: Amount | None = Field(default=None, description="What it comes to, with tax.")

    @classmethod
    def natural_key(cls, document: Document) -> str:
        return str(document["number"])

    @classmethod
    def references(cls, document: Document) -> dict[str, list[str]]:
        return {
            "variant": each_once([line["sku"] for line in document.get("lines") or ()]),
            "location": each_once([document.get("location_code")]),
        }

    example: ClassVar[Document] = {
        "number": "PO-310",
        "supplier_ref": "TIMBERCO",
        "status": "sent",
        "ordered_on": "2026-11-10",
        "expected_on": "2026-12-08",
        "location_code": "SYD",
        "currency": "AUD",
        "lines": [{"sku": "OAK-TABLE-180", "supplier_sku": "TT180", "qty": "12", "unit_cost": "612.4051"}],
        "total": "8083.75",
    }
