"""Customers with their addresses, contacts and terms."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from engine.records.address import Address
from engine.records.amounts import Amount, Currency, Percentage, Whole
from engine.records.entity import Document, Entity, Part, Problem, each_once
from engine.records.texts import Code, Email, Language, Line, Name, Phone, Text, Timestamp


class EarlyDiscount(Part):
    """A discount for paying early."""

    days: Whole = Field(description="When paid within so many days.")
    percent: Percentage = Field(description="Per cent off.")


class PaymentTerms(Part):
    """When invoices are due."""

    code: Line | None = Field(default=None, description="The source's code, such as 20EOM.")
    type: Literal["due_on_receipt", "net_days", "day_of_following_month", "end_of_month"] = Field(
        description="How the due date is counted."
    )
    days: Whole = Field(default=0, description="Days after the invoice, or the day of the month.")
    early_discount: EarlyDiscount | None = Field(default=None, description="Discount for paying early.")


class Credit(Part):
    """How much the customer may owe."""

    limit: Amount | None = Field(default=None, description="The most they may owe.")
    balance: Amount | None = Field(default=None, description="What they owe now.")
    available: Amount | None = Field(default=None, description="What they may still order on account.")


class Contact(Part):
    """A person at the customer, perhaps with a login to the shop. Password hashes are never moved."""

    id: Code | None = Field(default=None, description="What tells it apart from the customer's other contacts.")
    first_name: Line | None = Field(default=None, description="First name.")
    last_name: Line | None = Field(default=None, description="Last name.")
    email: Email | None = Field(default=None, description="E-mail; the login where there is one.")
    phone: Phone | None = Field(default=None, description="E.164 where the country is known, else as written.")
    role: Literal["owner", "buyer", "accounts", "approver"] = Field(default="buyer", description="What they may do.")
    login_enabled: bool = Field(default=False, description="Whether they may log in to the shop.")
    external_user_id: Line | None = Field(default=None, description="The shop's id of the login.")
    spend_limit: Amount | None = Field(default=None, description="The most one order of theirs may come to.")


class LoyaltyAccount(Part):
    """Membership of a loyalty programme."""

    programme: Line = Field(description="Name or code of the programme.")
    member_no: Line | None = Field(default=None, description="Membership number.")
    points: Whole = Field(default=0, description="Points they have.")


class Customer(Entity):
    """A business or a person who buys."""

    entity: ClassVar[str] = "customer"

    code: Code | None = Field(default=None, description="Account number in the ERP; needed when there is no e-mail.")
    kind: Literal["company", "person"] = Field(default="company", description="Business or person.")
    name: Name = Field(description="What invoices say.")
    company_name: Line | None = Field(default=None, description="Registered name, where it differs.")
    first_name: Line | None = Field(default=None, description="First name of a person.")
    last_name: Line | None = Field(default=None, description="Last name of a person.")
    email: Email | None = Field(default=None, description="Main e-mail, in lower case.")
    phone: Phone | None = Field(default=None, description="E.164 where the country is known, else as written.")
    website: Line | None = Field(default=None, description="Their web site.")
    status: Literal["active", "inactive", "on_hold"] = Field(default="active", description="Whether they may order.")
    tax_number: Line | None = Field(default=None, description="ABN, NZBN or GST number.")
    tax_exempt: bool = Field(default=False, description="Whether they pay no tax.")
    default_tax_class: Code | None = Field(default=None, description="Tax code of their orders.")
    group_codes: list[Code] = Field(default_factory=list, description="Groups they belong to; price lists name them.")
    price_list: Code | None = Field(default=None, description="Code of their price list.")
    discount_pct: Percentage | None = Field(default=None, description="Per cent off everything.")
    payment_terms: PaymentTerms | None = Field(default=None, description="When their invoices are due.")
    credit: Credit | None = Field(default=None, description="How much they may owe.")
    currency: Currency | None = Field(default=None, description="ISO 4217 code of their account.")
    language: Language | None = Field(default=None, description="Their language, as BCP 47.")
    marketing_opt_in: bool | None = Field(default=None, description="Whether they agreed to be written to.")
    marketing_opt_in_at: Timestamp | None = Field(default=None, description="When they last said so.")
    addresses: list[Address] = Field(default_factory=list, description="Their addresses; many may be for delivery.")
    contacts: list[Contact] = Field(default_factory=list, description="Their people.")
    account_manager: Line | None = Field(default=None, description="Who looks after them.")
    notes: Text | None = Field(default=None, description="What staff should know.")
    loyalty: LoyaltyAccount | None = Field(default=None, description="Their loyalty programme.")
    created_at: Timestamp | None = Field(default=None, description="When the source created it.")
    modified_at: Timestamp | None = Field(default=None, description="When the source last changed it.")

    @classmethod
    def natural_key(cls, document: Document) -> str:
        """The account number, else the e-mail."""
        return str(document.get("code") or document["email"])

    @classmethod
    def references(cls, document: Document) -> dict[str, list[str]]:
        return {"price_list": each_once([document.get("price_list")])}

    @classmethod
    def problems(cls, document: Document) -> list[Problem]:
        if document.get("code") or document.get("email"):
            return []
        return [("code", "a customer needs a code or an e-mail: nothing identifies it")]

    example: ClassVar[Document] = {
        "code": "C-1042",
        "kind": "company",
        "name": "Harbour Hotels Pty Ltd",
        "email": "accounts@harbour.example",
        "phone": "+61290001234",
        "status": "active",
        "tax_number": "53004085616",
        "group_codes": ["TRADE"],
        "price_list": "TRADE",
        "payment_terms": {"code": "20EOM", "type": "day_of_following_month", "days": 20},
        "credit": {"limit": "20000.00", "balance": "3150.40", "available": "16849.60"},
        "currency": "AUD",
        "addresses": [
            {
                "id": "1",
                "kinds": ["billing", "default_delivery"],
                "line1": "1 Quay Street",
                "suburb": "Sydney",
                "city": "Sydney",
                "region": "NSW",
                "region_code": "AU-NSW",
                "postcode": "2000",
                "country": "AU",
            }
        ],
        "contacts": [{"id": "1", "first_name": "Ngaio", "email": "ngaio@harbour.example", "role": "owner"}],
        "loyalty": {"programme": "Tall Timber Club", "member_no": "778", "points": 1250},
    }
