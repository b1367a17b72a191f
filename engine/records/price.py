"""Price lists and their entries. An entry is a record of its own: one changed price is one changed record."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from engine.records.amounts import Amount, Currency, Percentage, Quantity, Whole
from engine.records.entity import Document, Entity, Part, Problem, each_once
from engine.records.texts import Code, Line, Timestamp


class PriceList(Entity):
    """The head of a price list: whom it is for, when, and in which currency. Its entries are `price` records."""

    entity: ClassVar[str] = "price_list"

    code: Code = Field(description="Its code, unique in the workspace.")
    name: Line | None = Field(default=None, description="What it is called.")
    currency: Currency = Field(description="ISO 4217 code of all its amounts.")
    tax_inclusive: bool = Field(default=False, description="Whether tax is in its amounts.")
    kind: Literal["rrp", "trade", "group", "customer", "promo"] = Field(description="What kind of list it is.")
    active: bool = Field(default=True, description="Whether it counts.")
    starts_at: Timestamp | None = Field(default=None, description="From when it counts; always when absent.")
    ends_at: Timestamp | None = Field(default=None, description="Until when it counts (not including).")
    priority: Whole = Field(default=100, description="The list with the lower number wins.")
    customer_groups: list[Code] = Field(default_factory=list, description="For customers of these groups only.")
    customers: list[Code] = Field(default_factory=list, description="For these customers only, by code.")
    channels: list[Code] = Field(default_factory=list, description="For these sales channels only.")

    @classmethod
    def natural_key(cls, document: Document) -> str:
        return str(document["code"])

    @classmethod
    def references(cls, document: Document) -> dict[str, list[str]]:
        return {"customer": each_once(document.get("customers") or [])}

    example: ClassVar[Document] = {
        "code": "TRADE",
        "name": "Trade customers",
        "currency": "AUD",
        "tax_inclusive": False,
        "kind": "trade",
        "active": True,
        "starts_at": "2026-07-01T00:00:00Z",
        "priority": 50,
        "customer_groups": ["TRADE"],
    }


class Rounding(Part):
    """How a computed price is rounded."""

    method: Literal["half_up", "half_even", "up", "down"] = Field(default="half_up", description="Which way.")
    increment: Amount = Field(default="0.01", description="To a multiple of this.")


RULES = ("fixed", "discount_pct", "discount_amt", "cost_plus_pct")
SELECTORS = ("variant_ref", "product_ref", "category_ref", "all")


class PriceEntry(Entity):
    """One entry of a price list: what one thing costs from a quantity on, perhaps for one customer."""

    entity: ClassVar[str] = "price"

    price_list: Code = Field(description="Code of the price list.")
    variant_ref: Code | None = Field(default=None, description="For this variant (sku). One of the four selectors.")
    product_ref: Code | None = Field(default=None, description="For every variant of this product.")
    category_ref: Code | None = Field(default=None, description="For every product of this category.")
    all: bool | None = Field(default=None, description="For everything.")
    customer_ref: Code | None = Field(default=None, description="For this customer only (code).")
    min_qty: Quantity = Field(default="1", description="From this quantity on.")
    max_qty: Quantity | None = Field(default=None, description="Up to this quantity; without end when absent.")
    fixed: Amount | None = Field(default=None, description="The price itself. One of the four rules.")
    discount_pct: Percentage | None = Field(default=None, description="Per cent off the retail price.")
    discount_amt: Amount | None = Field(default=None, description="Amount off the retail price.")
    cost_plus_pct: Percentage | None = Field(default=None, description="Per cent on top of the cost.")
    currency: Currency | None = Field(default=None, description="ISO 4217 code; the list's when absent.")
    rounding: Rounding | None = Field(
        default=None, description="How the computed price is rounded; to cents if absent."
    )
    starts_at: Timestamp | None = Field(default=None, description="From when it counts; always when absent.")
    ends_at: Timestamp | None = Field(default=None, description="Until when it counts (not including).")

    @classmethod
    def natural_key(cls, document: Document) -> str:
        """`LIST/SKU/min quantity[/customer]`; a product is `product:CODE`, a category `category:CODE`, all is `*`."""
        if document.get("variant_ref"):
            what = document["variant_ref"]
        elif document.get("product_ref"):
            what = f"product:{document['product_ref']}"
        elif document.get("category_ref"):
            what = f"category:{document['category_ref']}"
        else:
            what = "*"
        key = f"{document['price_list']}/{what}/{document.get('min_qty', '1')}"
        return f"{key}/{document['customer_ref']}" if document.get("customer_ref") else key

    @classmethod
    def references(cls, document: Document) -> dict[str, list[str]]:
        return {
            "price_list": [document["price_list"]],
            "variant": each_once([document.get("variant_ref")]),
            "product": each_once([document.get("product_ref")]),
            "category": each_once([document.get("category_ref")]),
            "customer": each_once([document.get("customer_ref")]),
        }

    @classmethod
    def problems(cls, document: Document) -> list[Problem]:
        found: list[Problem] = []
        if sum(bool(document.get(name)) for name in SELECTORS) != 1:
            found.append(("variant_ref", f"say exactly one of {', '.join(SELECTORS)}: what the price is for"))
        if sum(document.get(name) is not None for name in RULES) != 1:
            found.append(("fixed", f"say exactly one of {', '.join(RULES)}: how the price comes about"))
        return found

    example: ClassVar[Document] = {
        "price_list": "TRADE",
        "variant_ref": "OAK-TABLE-180",
        "min_qty": "4",
        "fixed": "1099.2505",
        "currency": "AUD",
    }
