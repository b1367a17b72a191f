"""Ways to get at the next page, as a manifest says them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from connectors.http.jmes import JmesPath
from connectors.settings import Strict


class NoPaging(Strict):
    """Everything comes in one answer."""

    type: Literal["none"]


class PagePaging(Strict):
    """Numbered pages."""

    type: Literal["page"]
    param: str = "page"
    first: int = 1
    place: Literal["query", "body"] = "query"
    size: int | None = Field(default=None, ge=1, description="Records on a full page: a shorter one is the last")
    pages: JmesPath | None = Field(default=None, description="In the answer: how many pages there are")


class OffsetPaging(Strict):
    """So many records skipped."""

    type: Literal["offset"]
    param: str = "offset"
    place: Literal["query", "body"] = "query"
    size: int | None = Field(default=None, ge=1, description="Records on a full page: a shorter one is the last")
    total: JmesPath | None = Field(default=None, description="In the answer: how many records there are")


class TokenPaging(Strict):
    """The answer gives a token for the next page."""

    type: Literal["token"]
    next: JmesPath
    param: str = "page_token"
    place: Literal["query", "body"] = "query"
    more: JmesPath | None = Field(default=None, description="In the answer: false on the last page")


class LinkPaging(Strict):
    """The Link header gives the next page."""

    type: Literal["link_header"]
    rel: str = "next"


class UrlPaging(Strict):
    """The answer gives the address of the next page."""

    type: Literal["next_url"]
    next: JmesPath


class KeysetPaging(Strict):
    """The next page goes on after the last record of this one."""

    type: Literal["keyset"]
    param: str
    field: JmesPath = Field(description="In a record: what it is sorted by")
    size: int = Field(ge=1, description="Records on a full page: a shorter one is the last")


Paging = NoPaging | PagePaging | OffsetPaging | TokenPaging | LinkPaging | UrlPaging | KeysetPaging
