"""Addresses, as Australia and New Zealand need them: suburb and city are two things."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from engine.records.entity import Part
from engine.records.texts import Code, Country, Email, Line, Name, Phone, Text


class Address(Part):
    """One address of a customer, an order or a location."""

    id: Code | None = Field(default=None, description="What tells it apart from the customer's other addresses.")
    kinds: list[Literal["billing", "delivery", "default_billing", "default_delivery", "po_box"]] = Field(
        default_factory=list, description="What it may be used for."
    )
    attention: Line | None = Field(default=None, description="The person it is for.")
    company: Line | None = Field(default=None, description="The business at this address.")
    line1: Name = Field(description="Street and number, or the box.")
    line2: Line | None = Field(default=None, description="Building, floor, unit.")
    suburb: Line | None = Field(default=None, description="Suburb or locality.")
    city: Line | None = Field(default=None, description="City or town; in Australia often the suburb again.")
    region: Line | None = Field(default=None, description="State or region as written; often blank in New Zealand.")
    region_code: Line | None = Field(default=None, description="ISO 3166-2 code of the region, such as AU-NSW.")
    postcode: Line | None = Field(default=None, description="Postcode, as text: leading noughts count.")
    country: Country = Field(description="ISO 3166-1 alpha-2 code.")
    phone: Phone | None = Field(default=None, description="E.164 where the country is known, else as written.")
    email: Email | None = Field(default=None, description="E-mail for notices about deliveries.")
    delivery_instructions: Text | None = Field(default=None, description="What the driver must know.")
    latitude: Line | None = Field(default=None, description="Degrees north, as decimal text.")
    longitude: Line | None = Field(default=None, description="Degrees east, as decimal text.")
