"""Shipments with their parcels and tracking."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from engine.records.address import Address
from engine.records.amounts import Quantity
from engine.records.entity import Document, Entity, Part, each_once
from engine.records.money import Money
from engine.records.product import Dimensions
from engine.records.texts import Code, Line, Text, Timestamp, Url


class ShipmentLine(Part):
    """What of one order line is in the shipment."""

    order_line_id: Code | None = Field(default=None, description="Id of the order's line.")
    sku: Code = Field(description="Sku of the variant.")
    qty: Quantity = Field(description="How many.")
    serials: list[Code] = Field(default_factory=list, description="Serial numbers.")


class Package(Part):
    """One parcel, carton or pallet."""

    type: Line | None = Field(default=None, description="Carton, satchel, pallet and so on.")
    weight_kg: Quantity | None = Field(default=None, description="Weight in kg.")
    dims_cm: Dimensions | None = Field(default=None, description="Size in cm.")
    tracking_number: Line | None = Field(default=None, description="Its own tracking number.")
    label_url: Url | None = Field(default=None, description="Where its label is.")
    sscc: Line | None = Field(default=None, description="Serial shipping container code.")


class TrackingEvent(Part):
    """Something the carrier saw."""

    at: Timestamp = Field(description="When.")
    status: Line = Field(description="The carrier's word for it.")
    description: Text | None = Field(default=None, description="What happened.")
    location: Line | None = Field(default=None, description="Where.")


class Tracking(Part):
    """A tracking number with what is known."""

    number: Code = Field(description="The tracking number.")
    carrier: Line | None = Field(default=None, description="Who carries it.")
    url: Url | None = Field(default=None, description="Where the customer follows it.")
    events: list[TrackingEvent] = Field(default_factory=list, description="What the carrier saw, oldest first.")


class Shipment(Entity):
    """Goods on their way to a customer."""

    entity: ClassVar[str] = "shipment"

    number: Code = Field(description="Its number.")
    order_ref: Code = Field(description="Number of the sales order.")
    status: Literal[
        "pending",
        "picked",
        "packed",
        "label_printed",
        "manifested",
        "in_transit",
        "out_for_delivery",
        "delivered",
        "exception",
        "returned",
        "cancelled",
    ] = Field(description="How far it is.")
    location_code: Code | None = Field(default=None, description="Location it leaves from.")
    ship_to: Address | None = Field(default=None, description="Where it goes.")
    carrier_code: Line | None = Field(default=None, description="Code of the carrier.")
    carrier_name: Line | None = Field(default=None, description="Name of the carrier.")
    service_code: Line | None = Field(default=None, description="The carrier's service.")
    shipped_at: Timestamp | None = Field(default=None, description="When it left.")
    delivered_at: Timestamp | None = Field(default=None, description="When it arrived.")
    lines: list[ShipmentLine] = Field(description="What is in it.")
    packages: list[Package] = Field(default_factory=list, description="Its parcels.")
    trackings: list[Tracking] = Field(default_factory=list, description="Its tracking numbers.")
    cost: Money | None = Field(default=None, description="What the carrier charges.")
    authority_to_leave: bool | None = Field(default=None, description="Whether it may be left unattended.")
    signature_required: bool | None = Field(default=None, description="Whether somebody must sign.")
    dangerous_goods: bool | None = Field(default=None, description="Whether it holds dangerous goods.")
    notify_customer: bool = Field(default=True, description="Whether the customer is told.")

    @classmethod
    def natural_key(cls, document: Document) -> str:
        return str(document["number"])

    @classmethod
    def references(cls, document: Document) -> dict[str, list[str]]:
        return {
            "sales_order": [document["order_ref"]],
            "variant": each_once([line["sku"] for line in document.get("lines") or ()]),
        }

    example: ClassVar[Document] = {
        "number": "SH-5001",
        "order_ref": "W-10017",
        "status": "in_transit",
        "location_code": "SYD",
        "carrier_code": "AUSPOST",
        "service_code": "7E55",
        "shipped_at": "2026-11-22T05:10:00Z",
        "lines": [{"order_line_id": "1", "sku": "OAK-TABLE-180", "qty": "1"}],
        "packages": [{"type": "pallet", "weight_kg": "52", "dims_cm": {"l": "190", "w": "100", "h": "40"}}],
        "trackings": [{"number": "33ABC1234567", "carrier": "Australia Post"}],
        "notify_customer": True,
    }
