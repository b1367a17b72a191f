"""What the shop takes in: one strict model per collection, each knowing its natural key and what it refers to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator


def plain_amount(text: str) -> str:
    """ "1499" → "1499.00", "12.4950" → "12.495": at least two decimals, no idle zeros after them."""
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def plain_quantity(text: str) -> str:
    """ "3.000" → "3", "-0" → "0"."""
    return format(Decimal(text).normalize() + 0, "f")


Text = Annotated[str, StringConstraints(max_length=500)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^\S+$")]
Amount = Annotated[str, StringConstraints(pattern=r"^\d{1,9}(\.\d{1,4})?$"), AfterValidator(plain_amount)]
Quantity = Annotated[str, StringConstraints(pattern=r"^-?\d{1,9}(\.\d{1,4})?$"), AfterValidator(plain_quantity)]
Count = Annotated[str, StringConstraints(pattern=r"^\d{1,9}(\.\d{1,4})?$"), AfterValidator(plain_quantity)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=2000)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Topic = Literal["product.created", "product.updated", "product.deleted", "order.created", "order.updated"]

AU_REGIONS = ("ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A value that must be the name of a record in another collection."""

    field: str  # where it stands in the body, for the problem
    collection: str
    name: str  # which unique value of that collection: "code" or "sku"
    value: str


class Part(BaseModel):
    """A piece of a body. Unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Body(Part):
    """A record as sent. The shop's own four fields may be sent back; only `version` is looked at."""

    id: int | None = Field(default=None, exclude=True)
    version: int | None = Field(default=None, exclude=True)
    created_at: str | None = Field(default=None, exclude=True)
    updated_at: str | None = Field(default=None, exclude=True)

    def key(self) -> str:
        """The natural key: one record of the collection has it."""
        raise NotImplementedError

    def names(self) -> dict[str, list[str]]:
        """Further values that one record only may have, by field."""
        return {}

    def filters(self) -> dict[str, list[str]]:
        """What lists can be filtered by."""
        return {}

    def references(self) -> Iterator[Reference]:
        yield from ()


class Category(Body):
    code: Code
    name: Name
    slug: Text | None = None
    parent_code: Code | None = None
    description: str | None = None
    position: int = 0
    active: bool = True

    def key(self) -> str:
        return self.code

    def filters(self) -> dict[str, list[str]]:
        return {"code": [self.code], "parent_code": [self.parent_code] if self.parent_code else []}

    def references(self) -> Iterator[Reference]:
        if self.parent_code:
            yield Reference(field="parent_code", collection="categories", name="key", value=self.parent_code)

    @model_validator(mode="after")
    def fill_slug(self) -> Category:
        self.slug = self.slug or slug(self.name)
        if self.parent_code == self.code:
            raise ValueError("a category cannot be its own parent")
        return self


class Option(Part):
    name: Name
    values: list[Name]


class Image(Part):
    url: Url
    alt: Text | None = None
    position: int = 0


class Link(Part):
    title: Text
    url: Url
    kind: Text | None = None


class Variant(Part):
    id: int | None = None  # given by the shop, kept for as long as the SKU lives
    sku: Code
    name: Text | None = None
    barcode: Annotated[str, StringConstraints(pattern=r"^\d{8}(\d{4,6})?$")] | None = None
    options: dict[str, Name] = {}
    price: Amount
    compare_at_price: Amount | None = None
    cost: Amount | None = None
    weight_kg: Count | None = None
    length_cm: Count | None = None
    width_cm: Count | None = None
    height_cm: Count | None = None
    image_url: Url | None = None
    track_stock: bool = True
    backorder: bool = False
    active: bool = True
    position: int = 0


class Seo(Part):
    title: Text | None = None
    description: Text | None = None


class Product(Body):
    code: Code
    name: Name
    slug: Text | None = None
    status: Literal["draft", "active", "archived"] = "active"
    type: Literal["simple", "variable", "service"] = "simple"
    brand: Text | None = None
    summary: Text | None = None
    description_html: str | None = None
    tax_class: Literal["GST", "GST_FREE"] = "GST"
    category_codes: list[Code] = []
    tags: list[Text] = []
    options: list[Option] = []
    variants: Annotated[list[Variant], Field(min_length=1, max_length=200)]
    images: list[Image] = []
    documents: list[Link] = []
    videos: list[Link] = []
    custom_fields: dict[str, str | int | bool | None] = {}
    seo: Seo | None = None

    def key(self) -> str:
        return self.code

    def names(self) -> dict[str, list[str]]:
        return {"sku": [variant.sku for variant in self.variants]}

    def filters(self) -> dict[str, list[str]]:
        return {
            "code": [self.code],
            "sku": [variant.sku for variant in self.variants],
            "status": [self.status],
            "category_code": self.category_codes,
        }

    def references(self) -> Iterator[Reference]:
        for index, code in enumerate(self.category_codes):
            yield Reference(field=f"category_codes[{index}]", collection="categories", name="key", value=code)

    @model_validator(mode="after")
    def check_variants(self) -> Product:
        self.slug = self.slug or slug(self.name)
        skus = [variant.sku.casefold() for variant in self.variants]
        if len(set(skus)) < len(skus):
            raise ValueError("two variants have the same sku")
        named = {option.name for option in self.options}
        for variant in self.variants:
            if set(variant.options) != named:
                raise ValueError(f"variant {variant.sku} must have a value for each option: {sorted(named)}")
        return self


class CustomerGroup(Body):
    code: Code
    name: Name
    currency: Currency
    prices_include_tax: bool

    def key(self) -> str:
        return self.code

    def filters(self) -> dict[str, list[str]]:
        return {"code": [self.code]}


class GroupPrice(Body):
    group_code: Code
    sku: Code
    min_qty: Count = "1"
    price: Amount

    def key(self) -> str:
        return f"{self.group_code}|{self.sku}|{self.min_qty}"

    def filters(self) -> dict[str, list[str]]:
        return {"group_code": [self.group_code], "sku": [self.sku], "min_qty": [self.min_qty]}

    def references(self) -> Iterator[Reference]:
        yield Reference(field="group_code", collection="customer-groups", name="key", value=self.group_code)
        yield Reference(field="sku", collection="products", name="sku", value=self.sku)


class CustomerPrice(Body):
    customer_code: Code
    sku: Code
    min_qty: Count = "1"
    price: Amount

    def key(self) -> str:
        return f"{self.customer_code}|{self.sku}|{self.min_qty}"

    def filters(self) -> dict[str, list[str]]:
        return {"customer_code": [self.customer_code], "sku": [self.sku], "min_qty": [self.min_qty]}

    def references(self) -> Iterator[Reference]:
        yield Reference(field="customer_code", collection="customers", name="key", value=self.customer_code)
        yield Reference(field="sku", collection="products", name="sku", value=self.sku)


class Address(Part):
    label: Text | None = None
    attention: Text | None = None
    company: Text | None = None
    line1: Name
    line2: Text | None = None
    suburb: Text | None = None
    city: Name
    region: Text | None = None
    postcode: Text
    country: Country
    phone: Text | None = None
    instructions: Text | None = None
    default_billing: bool = False
    default_delivery: bool = False

    @model_validator(mode="after")
    def check_place(self) -> Address:
        if self.country in ("AU", "NZ") and not re.fullmatch(r"\d{4}", self.postcode):
            raise ValueError("a postcode in AU and NZ has four digits")
        if self.country == "AU" and self.region not in AU_REGIONS:
            raise ValueError(f"an address in AU needs its region, one of {', '.join(AU_REGIONS)}")
        return self


class Loyalty(Part):
    member_no: Name
    points: Annotated[int, Field(ge=0)] = 0


class Customer(Body):
    code: Code
    kind: Literal["company", "person"] = "person"
    name: Name
    first_name: Text | None = None
    last_name: Text | None = None
    company: Text | None = None
    email: Email | None = None
    phone: Text | None = None
    status: Literal["active", "disabled", "on_hold"] = "active"
    group_code: Code | None = None
    tax_number: Text | None = None
    payment_terms: Text | None = None
    credit_limit: Amount | None = None
    discount_pct: Count | None = None
    marketing_opt_in: bool = False
    loyalty: Loyalty | None = None
    notes: str | None = None
    addresses: list[Address] = []
    custom_fields: dict[str, str | int | bool | None] = {}

    def key(self) -> str:
        return self.code

    def names(self) -> dict[str, list[str]]:
        return {"email": [self.email]} if self.email else {}

    def filters(self) -> dict[str, list[str]]:
        found = {"code": self.code, "email": self.email, "group_code": self.group_code}
        return {field: [value] if value else [] for field, value in found.items()}

    def references(self) -> Iterator[Reference]:
        if self.group_code:
            yield Reference(field="group_code", collection="customer-groups", name="key", value=self.group_code)


class Location(Body):
    code: Code
    name: Name
    city: Text | None = None
    country: Country

    def key(self) -> str:
        return self.code

    def filters(self) -> dict[str, list[str]]:
        return {"code": [self.code]}


class Inventory(Body):
    sku: Code
    location_code: Code
    on_hand: Quantity
    committed: Quantity = "0"
    available: Quantity | None = None  # always on_hand - committed, whatever was sent
    incoming: Quantity = "0"
    incoming_eta: Day | None = None

    def key(self) -> str:
        return f"{self.sku}|{self.location_code}"

    def filters(self) -> dict[str, list[str]]:
        return {"sku": [self.sku], "location_code": [self.location_code]}

    def references(self) -> Iterator[Reference]:
        yield Reference(field="sku", collection="products", name="sku", value=self.sku)
        yield Reference(field="location_code", collection="locations", name="key", value=self.location_code)

    @model_validator(mode="after")
    def count_available(self) -> Inventory:
        self.available = plain_quantity(str(Decimal(self.on_hand) - Decimal(self.committed)))
        return self


class Coupon(Body):
    code: Code
    label: Name
    type: Literal["percent", "amount"]
    value: Amount
    active: bool = True

    def key(self) -> str:
        return self.code

    def filters(self) -> dict[str, list[str]]:
        return {"code": [self.code]}


class Webhook(Body):
    url: Url
    secret: Annotated[str, StringConstraints(min_length=8, max_length=200)]
    topics: Annotated[list[Topic], Field(min_length=1)]
    active: bool = True

    def key(self) -> str:
        return self.url


COLLECTIONS: dict[str, type[Body]] = {
    "categories": Category,
    "products": Product,
    "customer-groups": CustomerGroup,
    "group-prices": GroupPrice,
    "customers": Customer,
    "customer-prices": CustomerPrice,
    "locations": Location,
    "inventory": Inventory,
    "coupons": Coupon,
    "webhooks": Webhook,
}

FILTERS: dict[str, tuple[str, ...]] = {  # the most telling one first
    "categories": ("code", "parent_code"),
    "products": ("sku", "code", "category_code", "status"),
    "customer-groups": ("code",),
    "group-prices": ("sku", "group_code", "min_qty"),
    "customers": ("code", "email", "group_code"),
    "customer-prices": ("sku", "customer_code", "min_qty"),
    "locations": ("code",),
    "inventory": ("sku", "location_code"),
    "coupons": ("code",),
    "webhooks": (),
    "orders": ("number", "email", "customer_code", "status"),
}


def slug(name: str) -> str:
    """ "Café “Tūī”" → "cafe-tui"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
