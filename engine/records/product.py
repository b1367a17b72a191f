"""Products with their variants."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from engine.records.amounts import Amount, Quantity, Whole
from engine.records.custom_fields import CustomField
from engine.records.entity import Document, Entity, Part, Problem, each_once
from engine.records.media import FileLink, Media
from engine.records.money import Money
from engine.records.texts import Code, Country, Line, Name, Text, Timestamp


class CategoryRef(Part):
    """A category the product stands in."""

    code: Code = Field(description="Code of the category.")
    name: Line | None = Field(default=None, description="Its name, for systems that match by name.")
    primary: bool = Field(default=False, description="Whether this is the category of breadcrumbs and reports.")


class Option(Part):
    """Something variants differ in."""

    name: Name = Field(description="Such as Size or Colour.")
    position: Whole | None = Field(default=None, description="Its place among the options, from 1.")
    values: list[Name] = Field(description="The values to choose from, in order.")


class OptionValue(Part):
    """What one variant is in one option."""

    option: Name = Field(description="Name of the option.")
    value: Name = Field(description="One of its values.")


class Dimensions(Part):
    """Size of the packed goods in centimetres."""

    l: Quantity | None = Field(default=None, description="Length in cm.")  # noqa: E741
    w: Quantity | None = Field(default=None, description="Width in cm.")
    h: Quantity | None = Field(default=None, description="Height in cm.")


class Price(Part):
    """A price of the variant itself; price lists say what a customer pays."""

    amount: Amount = Field(description="The price for one unit.")
    currency: Line | None = Field(default=None, description="ISO 4217 code; the workspace's own when absent.")
    tax_inclusive: bool = Field(default=True, description="Whether tax is in the amount.")


class SalePrice(Price):
    """A lower price for a while."""

    starts_at: Timestamp | None = Field(default=None, description="From when; at once when absent.")
    ends_at: Timestamp | None = Field(default=None, description="Until when; for ever when absent.")


class Variant(Part):
    """What is sold, counted and priced. A simple product has one."""

    sku: Code = Field(description="Item code, unique in the workspace; case and outer blanks do not count.")
    name: Line | None = Field(default=None, description="Its own name, where it has one.")
    barcode: Line | None = Field(default=None, description="GTIN of 8, 12, 13 or 14 digits.")
    option_values: list[OptionValue] = Field(default_factory=list, description="What tells it from its siblings.")
    weight_kg: Quantity | None = Field(default=None, description="Weight of the packed goods in kg.")
    dims_cm: Dimensions | None = Field(default=None, description="Size of the packed goods in cm.")
    cost: Money | None = Field(default=None, description="What the business pays for it, without tax.")
    rrp: Price | None = Field(default=None, description="Recommended retail price.")
    compare_at: Price | None = Field(default=None, description="The price shown struck out.")
    sale_price: SalePrice | None = Field(default=None, description="The price while a promotion lasts.")
    stock: Quantity | None = Field(default=None, description="Stock at all locations, where a source gives no more.")
    country_of_origin: Country | None = Field(default=None, description="ISO 3166-1 alpha-2 code.")
    hs_code: Line | None = Field(default=None, description="Harmonised System code for customs.")
    active: bool = Field(default=True, description="Whether it may be sold.")
    position: Whole | None = Field(default=None, description="Its place among the variants, from 1.")
    media_ids: list[Code] = Field(default_factory=list, description="Ids of the product's media that show it.")
    custom_fields: list[CustomField] = Field(default_factory=list, description="Custom fields of the variant.")


class Related(Part):
    """Another product worth showing beside this one."""

    kind: Literal["upsell", "cross_sell", "accessory", "substitute"] = Field(description="Why it is shown.")
    product_ref: Code = Field(description="Natural key of the other product.")


class Seo(Part):
    """What search engines show."""

    title: Line | None = Field(default=None, description="Title of the page.")
    description: Text | None = Field(default=None, description="Description under the title.")


class Product(Entity):
    """Something the business sells, with the variants a customer chooses from."""

    entity: ClassVar[str] = "product"

    sku: Code | None = Field(default=None, description="Item code; needed when there is no `code`.")
    code: Code | None = Field(default=None, description="Style or parent code of a product with variants.")
    name: Name = Field(description="What it is called.")
    slug: Line | None = Field(default=None, description="Its part of the web address.")
    description_short: Text | None = Field(default=None, description="A sentence or two, plain text.")
    description_html: Text | None = Field(default=None, description="The description of the product page, HTML.")
    description_purchase: Text | None = Field(default=None, description="What suppliers read on purchase orders.")
    type: Literal["simple", "variable", "bundle", "service", "gift_card", "digital"] = Field(
        default="simple", description="What kind of product it is."
    )
    status: Literal["draft", "active", "archived"] = Field(
        default="active", description="Whether it may be sold; archived ones stay for old orders."
    )
    brand: Line | None = Field(default=None, description="Brand or vendor.")
    manufacturer_code: Line | None = Field(default=None, description="The manufacturer's part number.")
    barcode: Line | None = Field(default=None, description="GTIN of 8, 12, 13 or 14 digits.")
    category_refs: list[CategoryRef] = Field(default_factory=list, description="Categories, the most fitting first.")
    tags: list[Name] = Field(default_factory=list, description="Words to filter by.")
    options: list[Option] = Field(default_factory=list, description="What its variants differ in.")
    variants: list[Variant] = Field(default_factory=list, description="What is sold; one for a simple product.")
    tax_class: Code | None = Field(default=None, description="Code of the tax it bears, such as GST or GST_FREE.")
    track_stock: bool = Field(default=True, description="Whether stock is counted.")
    sell_uom: Line | None = Field(default=None, description="UN/ECE unit it is sold in: C62 each, KGM, MTR.")
    items_per_sell_uom: Quantity = Field(default="1", description="How many stock units one sold unit holds.")
    media: list[Media] = Field(default_factory=list, description="Pictures and videos, in order.")
    documents: list[FileLink] = Field(default_factory=list, description="Specifications, manuals, certificates.")
    related: list[Related] = Field(default_factory=list, description="Products worth showing beside it.")
    seo: Seo | None = Field(default=None, description="What search engines show.")
    created_at: Timestamp | None = Field(default=None, description="When the source created it.")
    modified_at: Timestamp | None = Field(default=None, description="When the source last changed it.")

    @classmethod
    def natural_key(cls, document: Document) -> str:
        return str(document.get("sku") or document["code"])

    @classmethod
    def references(cls, document: Document) -> dict[str, list[str]]:
        return {
            "category": each_once([ref["code"] for ref in document.get("category_refs") or ()]),
            "product": each_once([ref["product_ref"] for ref in document.get("related") or ()]),
        }

    @classmethod
    def problems(cls, document: Document) -> list[Problem]:
        found: list[Problem] = []
        if not (document.get("sku") or document.get("code")):
            found.append(("sku", "a product needs a sku or a code: nothing identifies it"))
        seen: set[str] = set()
        for index, variant in enumerate(document.get("variants") or ()):
            folded = variant["sku"].casefold()
            if folded in seen:
                found.append((f"variants[{index}].sku", f"the product has the variant {variant['sku']!r} twice"))
            seen.add(folded)
        return found

    example: ClassVar[Document] = {
        "sku": "OAK-TABLE-180",
        "name": "Oak dining table",
        "slug": "oak-dining-table",
        "description_short": "Solid oak table for six.",
        "description_html": "<p>Solid oak, oiled.</p>",
        "type": "variable",
        "status": "active",
        "brand": "Tall Timber",
        "barcode": "9312345678907",
        "category_refs": [{"code": "DINING-TABLES", "name": "Dining tables", "primary": True}],
        "tags": ["oak", "dining"],
        "options": [{"name": "Length", "position": 1, "values": ["180 cm", "220 cm"]}],
        "variants": [
            {
                "sku": "OAK-TABLE-180",
                "option_values": [{"option": "Length", "value": "180 cm"}],
                "weight_kg": "48.5",
                "dims_cm": {"l": "180", "w": "95", "h": "76"},
                "cost": {"amount": "612.4051", "currency": "AUD"},
                "rrp": {"amount": "1499.00", "currency": "AUD", "tax_inclusive": True},
                "stock": "7",
                "country_of_origin": "AU",
                "active": True,
                "media_ids": ["front"],
            }
        ],
        "tax_class": "GST",
        "track_stock": True,
        "sell_uom": "C62",
        "items_per_sell_uom": "1",
        "media": [{"id": "front", "kind": "image", "url": "https://img.example/oak-table.jpg", "position": 1}],
        "documents": [{"kind": "spec_sheet", "url": "https://docs.example/oak-table.pdf", "mime": "application/pdf"}],
        "related": [{"kind": "cross_sell", "product_ref": "OAK-CHAIR"}],
        "seo": {"title": "Oak dining table, 180 cm"},
        "modified_at": "2026-11-02T01:30:00Z",
        "custom_fields": [{"key": "timber_grade", "value": "A", "type": "text"}],
    }
