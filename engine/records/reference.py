"""Reference data: the small lists that records name by code."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from engine.records.address import Address
from engine.records.amounts import Percentage
from engine.records.entity import Document, Entity
from engine.records.texts import Code, Line, Name


class Location(Entity):
    """A warehouse, a shop or another place where stock is."""

    entity: ClassVar[str] = "location"

    code: Code = Field(description="Its code.")
    name: Name = Field(description="What it is called.")
    kind: Literal["warehouse", "shop", "supplier", "transit", "virtual"] = Field(
        default="warehouse", description="What kind of place it is."
    )
    address: Address | None = Field(default=None, description="Where it is.")
    timezone: Line | None = Field(default=None, description="IANA name, such as Australia/Sydney.")
    fulfils_online: bool = Field(default=True, description="Whether web orders are sent from here.")
    active: bool = Field(default=True, description="Whether it is in use.")

    @classmethod
    def natural_key(cls, document: Document) -> str:
        return str(document["code"])

    example: ClassVar[Document] = {
        "code": "SYD",
        "name": "Sydney warehouse",
        "kind": "warehouse",
        "timezone": "Australia/Sydney",
        "fulfils_online": True,
    }


class TaxCode(Entity):
    """A tax and its rate."""

    entity: ClassVar[str] = "tax_code"

    code: Code = Field(description="Its code, such as GST or GST_FREE.")
    name: Line | None = Field(default=None, description="What it is called.")
    rate_pct: Percentage = Field(description="Its rate.")
    country: Line | None = Field(default=None, description="ISO 3166-1 alpha-2 code of who levies it.")
    active: bool = Field(default=True, description="Whether it is in use.")

    @classmethod
    def natural_key(cls, document: Document) -> str:
        return str(document["code"])

    example: ClassVar[Document] = {"code": "GST", "name": "GST on sales", "rate_pct": "10", "country": "AU"}


class PaymentMethod(Entity):
    """A way to pay, with the account it clears through."""

    entity: ClassVar[str] = "payment_method"

    code: Code = Field(description="Its code, such as card.")
    name: Line | None = Field(default=None, description="What it is called.")
    kind: Literal["card", "paypal", "afterpay", "bank", "cash", "account", "gift_card", "loyalty", "other"] = Field(
        default="other", description="What kind it is."
    )
    clearing_account: Line | None = Field(default=None, description="Account in the books it is cleared through.")
    active: bool = Field(default=True, description="Whether it is in use.")

    @classmethod
    def natural_key(cls, document: Document) -> str:
        return str(document["code"])

    example: ClassVar[Document] = {"code": "card", "name": "Credit card", "kind": "card", "clearing_account": "11200"}


class ShippingMethod(Entity):
    """A way to send goods, with the carrier's service and the freight line it becomes."""

    entity: ClassVar[str] = "shipping_method"

    code: Code = Field(description="Its code.")
    name: Line | None = Field(default=None, description="What the customer chooses.")
    carrier_code: Line | None = Field(default=None, description="Code of the carrier.")
    service_code: Line | None = Field(default=None, description="The carrier's service.")
    freight_item: Line | None = Field(default=None, description="Item the ERP books freight on.")
    freight_account: Line | None = Field(default=None, description="Account the books put freight on.")
    active: bool = Field(default=True, description="Whether it is in use.")

    @classmethod
    def natural_key(cls, document: Document) -> str:
        return str(document["code"])

    example: ClassVar[Document] = {
        "code": "standard",
        "name": "Standard delivery",
        "carrier_code": "AUSPOST",
        "service_code": "7D55",
        "freight_item": "FREIGHT",
    }
