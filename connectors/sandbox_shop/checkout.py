"""What a buyer fills in, and what a back office tells the shop about an order."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from connectors.sandbox_shop.models import Address, Code, Count, Email, Name, Part, Text


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
