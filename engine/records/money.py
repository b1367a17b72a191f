"""Money where the document has no currency of its own."""

from __future__ import annotations

from pydantic import Field

from engine.records.amounts import Amount, Currency
from engine.records.entity import Part


class Money(Part):
    """An amount with its currency."""

    amount: Amount = Field(description="The amount.")
    currency: Currency = Field(description="ISO 4217 code.")
