"""Categories: a tree in which products stand."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from engine.records.amounts import Whole
from engine.records.entity import Document, Entity, each_once
from engine.records.media import Media
from engine.records.texts import Code, Line, Name, Text


class Category(Entity):
    """A node of the product tree. Up to ten levels."""

    entity: ClassVar[str] = "category"

    code: Code = Field(description="Its code, unique in the workspace.")
    name: Name = Field(description="What it is called.")
    parent: Code | None = Field(default=None, description="Code of the category above; absent at the top.")
    path: list[Name] = Field(default_factory=list, max_length=10, description="Names from the top down to this one.")
    slug: Line | None = Field(default=None, description="Its part of the web address.")
    description_html: Text | None = Field(default=None, description="Text of the category page, HTML.")
    image: Media | None = Field(default=None, description="Its picture.")
    position: Whole | None = Field(default=None, description="Its place among its siblings, from 1.")
    active: bool = Field(default=True, description="Whether it is shown.")

    @classmethod
    def natural_key(cls, document: Document) -> str:
        return str(document["code"])

    @classmethod
    def references(cls, document: Document) -> dict[str, list[str]]:
        return {"category": each_once([document.get("parent")])}

    example: ClassVar[Document] = {
        "code": "DINING-TABLES",
        "name": "Dining tables",
        "parent": "DINING",
        "path": ["Furniture", "Dining", "Dining tables"],
        "slug": "dining-tables",
        "position": 1,
        "active": True,
    }
