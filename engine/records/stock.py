"""Stock of one variant at one location."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from engine.records.amounts import Quantity
from engine.records.entity import Document, Entity
from engine.records.texts import Code, Date, Timestamp


class StockLevel(Entity):
    """How much of a variant is at a location. A source that gives one number gives `available`."""

    entity: ClassVar[str] = "stock_level"

    variant_ref: Code = Field(description="Sku of the variant.")
    location_code: Code = Field(description="Code of the location.")
    available: Quantity = Field(description="What may be sold.")
    on_hand: Quantity | None = Field(default=None, description="What is on the shelf.")
    committed: Quantity | None = Field(default=None, description="What is promised to orders.")
    incoming: Quantity | None = Field(default=None, description="What is on its way from suppliers.")
    safety: Quantity | None = Field(default=None, description="What is kept back.")
    backorder: Literal["no", "notify", "yes"] = Field(default="no", description="Whether it may be sold at nought.")
    eta: Date | None = Field(default=None, description="When more is expected.")
    as_of: Timestamp | None = Field(default=None, description="When the source counted.")
    counted_by: Literal["absolute", "delta"] = Field(
        default="absolute", description="Whether the numbers are the level or a change of it."
    )

    @classmethod
    def natural_key(cls, document: Document) -> str:
        """`SKU@LOCATION`."""
        return f"{document['variant_ref']}@{document['location_code']}"

    @classmethod
    def references(cls, document: Document) -> dict[str, list[str]]:
        return {"variant": [document["variant_ref"]], "location": [document["location_code"]]}

    example: ClassVar[Document] = {
        "variant_ref": "OAK-TABLE-180",
        "location_code": "SYD",
        "available": "5",
        "on_hand": "7",
        "committed": "2",
        "incoming": "12",
        "backorder": "notify",
        "eta": "2026-12-08",
        "as_of": "2026-11-23T02:00:00Z",
    }
