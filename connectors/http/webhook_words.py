"""What a system tells us by itself, as a manifest says it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from connectors.http.jmes import JmesPath
from connectors.settings import Strict


class Verify(Strict):
    """How to know that a webhook comes from the system."""

    type: Literal["hmac", "header"] = "hmac"
    header: str
    secret: str = Field(description="Template: the shared secret")
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    signed: str = Field(default="{{ body }}", description="Template over body, url, timestamp and id")
    secret_encoding: Literal["text", "base64"] = "text"
    timestamp_header: str | None = None
    id_header: str | None = None
    tolerance: float = Field(default=300, gt=0, description="Seconds a timestamp may differ from our clock")


class Route(Strict):
    """What a topic means."""

    stream: str
    mode: Literal["upsert", "refetch", "delete"] = "refetch"
    records: JmesPath = Field(default="@", description="The object, or the list of them, in the body")
    id: JmesPath | None = Field(default=None, description="In an object: its id; without it the stream's `key`")


class Webhooks(Strict):
    """What the system tells us by itself."""

    verify: Verify
    topic_header: str | None = None
    topic: JmesPath | None = Field(default=None, description="In the body, when no header tells it")
    id_header: str | None = Field(default=None, description="The delivery's id, for telling repeats apart")
    routes: dict[str, Route] = Field(min_length=1)
