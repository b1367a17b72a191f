"""What every entity and every part of one has in common: strict, documented fields; a natural key; references."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from engine.records.custom_fields import CustomField

Document = dict[str, Any]  # an entity as JSON values: what is stored, merged, mapped and sent
Problem = tuple[str, str]  # (path in the document, message)


class Part(BaseModel):
    """A group of fields inside an entity. An unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Entity(Part):
    """A normalised type. Documents hold business fields only; ids, times and hashes of keeping are the store's."""

    entity: ClassVar[str]  # its word in mappings, tables and URLs
    example: ClassVar[Document]  # a complete, realistic document; the tests validate it

    custom_fields: list[CustomField] = Field(
        default_factory=list, description="Fields of the business that the entity has no place for."
    )

    @classmethod
    def natural_key(cls, document: Document) -> str:
        """The key people know it by (sku, code, number …), from a validated document."""
        raise NotImplementedError

    @classmethod
    def references(cls, document: Document) -> dict[str, list[str]]:
        """entity → natural keys of the records this one names, in order, each once. A sku that may be that of a
        variant inside a product stands under `variant`."""
        return {}

    @classmethod
    def problems(cls, document: Document) -> list[Problem]:
        """What is wrong across fields (totals, one-of groups) in a document whose fields are right one by one."""
        return []


def each_once(*lists: list[str | None]) -> list[str]:
    """The keys of several lists in order, each once, without the missing ones."""
    return list(dict.fromkeys(key for keys in lists for key in keys if key))
