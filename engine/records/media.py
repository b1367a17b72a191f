"""Pictures, videos and documents: links, never bytes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from engine.records.amounts import Whole
from engine.records.entity import Part
from engine.records.texts import Code, Language, Line, Sha256, Url


class Media(Part):
    """A picture, a video or a link to one."""

    id: Code | None = Field(default=None, description="What variants name it by.")
    kind: Literal["image", "video", "video_link", "model3d"] = Field(default="image", description="What it is.")
    url: Url = Field(description="Where it is.")
    alt: Line | None = Field(default=None, description="What it shows, for people who cannot see it.")
    position: Whole | None = Field(default=None, description="Its place in the gallery, from 1.")
    sha256: Sha256 | None = Field(default=None, description="Hash of its bytes: tells whether it changed.")
    mime: Line | None = Field(default=None, description="Media type, such as image/jpeg.")
    width: Whole | None = Field(default=None, description="Pixels.")
    height: Whole | None = Field(default=None, description="Pixels.")


class FileLink(Part):
    """A document people download: a specification, a safety data sheet, a certificate."""

    kind: Literal["spec_sheet", "sds", "manual", "certificate", "other"] = Field(
        default="other", description="What it is."
    )
    title: Line | None = Field(default=None, description="What people read on the link.")
    url: Url = Field(description="Where it is.")
    mime: Line = Field(default="application/pdf", description="Media type.")
    bytes: Whole | None = Field(default=None, description="Size in bytes.")
    sha256: Sha256 | None = Field(default=None, description="Hash of its bytes: tells whether it changed.")
    language: Language | None = Field(default=None, description="Its language, as BCP 47.")
