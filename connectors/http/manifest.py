"""What a manifest may say: the words of format 1, strict.

Strings with `{{ }}` are templates (requests); words described as JMESPath are searched in answers. `docs/connectors.md`
explains every word with an example; `manifest.schema.json` is generated from these models.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from connectors.http.auth_words import Auth, NoAuth
from connectors.http.jmes import JmesPath
from connectors.http.paging_words import NoPaging, Paging
from connectors.http.webhook_words import Webhooks
from connectors.settings import Strict

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
ErrorClass = Literal["retry", "rate_limit", "auth", "config", "record", "conflict", "duplicate", "gone", "success"]


class About(Strict):
    """Which system the manifest is for."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    version: str = "1"
    docs: str | None = Field(default=None, description="Where the system describes its API")


class Setting(Strict):
    """Something to ask the person who sets a connection up."""

    type: Literal["text", "url", "integer", "boolean", "choice"] = "text"
    title: str | None = None
    description: str | None = None
    example: str | int | bool | None = None
    default: str | int | bool | None = None
    required: bool = True
    secret: bool = Field(default=False, description="Sealed when stored, never shown again")
    choices: tuple[str, ...] = ()


class Request(Strict):
    """A request. Query parameters and headers that come out as null are left out."""

    method: Method = "GET"
    path: str = Field(description="Template; added to `http.base_url`. Values are escaped")
    query: dict[str, Any] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    body: Any = Field(default=None, description="Template; without it a write sends the record as it is")


class Http(Strict):
    """Where the system is and how to speak to it."""

    base_url: str
    headers: dict[str, str] = Field(default_factory=dict)
    timeout: float = Field(default=30, gt=0, le=600, description="Seconds")
    auth: Annotated[Auth, Field(discriminator="type")] = NoAuth(type="none")
    decimals: Literal["string", "number"] = Field(default="string", description="How exact numbers are written")
    max_bytes: int = Field(default=64_000_000, gt=0, description="A longer answer is refused")


class Check(Request):
    """A request that works when the settings are right."""

    expect: JmesPath | None = Field(default=None, description="Must not be null in the answer")


class Rate(Strict):
    """How much may be sent."""

    limit: int = Field(ge=1, description="Requests …")
    per: float = Field(default=1, gt=0, description="… in this many seconds")
    concurrency: int = Field(default=4, ge=1, description="Requests under way at once")


class When(Strict):
    """Which answers a rule is about: all that is said must hold."""

    model_config = ConfigDict(populate_by_name=True)

    status: tuple[int, ...] | None = None
    json_: JmesPath | None = Field(default=None, alias="json", description="Must be true, or one of `in`")
    in_: tuple[str | int, ...] | None = Field(default=None, alias="in")
    operation: tuple[str, ...] | None = Field(
        default=None, description="read, lookup, create, update, delete, batch, check"
    )
    content_type_not: str | None = None


class Rule(Strict):
    """What an answer means. The first rule that fits wins."""

    model_config = ConfigDict(populate_by_name=True)

    when: When
    class_: ErrorClass = Field(alias="class")
    message: JmesPath | None = None
    field: JmesPath | None = None
    id: JmesPath | None = Field(default=None, description="With `duplicate`: the id of the object that is there")
    after_others: bool = Field(
        default=False, description="May fit once the other records of the same call are there: try again after them"
    )


class Errors(Strict):
    """How the system says no."""

    message: JmesPath | None = None
    field: JmesPath | None = Field(default=None, description="Which part of the record it complains about")
    retry_after: str = Field(default="Retry-After", description="Header: seconds or a date")
    rules: tuple[Rule, ...] = ()


class Cursor(Strict):
    """Reading only what changed."""

    field: JmesPath = Field(description="In a record: grows with every change")
    param: str | None = Field(
        default=None, description="Query parameter that takes the position; else use {{ cursor }}"
    )
    format: str = Field(
        default="rfc3339", description="rfc3339, seconds, milliseconds, number, text, or a strftime pattern"
    )
    lookback: float = Field(default=0, ge=0, description="Read again this many seconds (or steps) before it")
    exclusive: bool = Field(default=False, description="The system leaves out records exactly at the position")
    sorted: bool = Field(default=False, description="Pages come in its order, so the position is safe after each page")
    mode: Literal["server", "client"] = Field(default="server", description="client: the system cannot filter, we do")
    timezone: str = Field(default="UTC", description="Of times without one")


class Only(Request):
    """Reading single objects. `{{ key }}` is one key; with `size` over 1, `{{ keys }}` is a list."""

    records: JmesPath = "@"
    size: int = Field(default=1, ge=1)


class ChildRead(Strict):
    """A list the system gives for one object at a time: one request for each record, so say `when`."""

    request: Request = Field(description="Knows the record as `parent`")
    records: JmesPath = "@"
    paging: Annotated[Paging, Field(discriminator="type")] = NoPaging(type="none")
    when: JmesPath | None = Field(default=None, description="In the record: true when it has such a list")


class Read(Strict):
    """How a stream is read."""

    request: Request
    records: JmesPath = Field(default="@", description="The list of records in the answer")
    paging: Annotated[Paging, Field(discriminator="type")] = NoPaging(type="none")
    cursor: Cursor | None = None
    only: tuple[Only, ...] = Field(default=(), description="Ways to read single objects, tried in order")
    children: dict[str, ChildRead] = Field(default_factory=dict, description="Nested under their name")
    deleted: JmesPath | None = Field(default=None, description="In a record: true when it was deleted")
    total: JmesPath | None = Field(default=None, description="In the answer: how many records there are")


class Links(Strict):
    """Ids of parts of a record that the answer to a write gives."""

    entity: str
    records: JmesPath
    key: JmesPath
    id: JmesPath


class Operation(Request):
    """A writing request and what to take from its answer."""

    method: Method = "POST"
    id: JmesPath | None = Field(default=None, description="In the answer; without it, the stream's `key`")
    version: JmesPath | None = Field(default=None, description="In the answer; without it, the stream's `version`")
    safe: bool = Field(default=False, description="May be sent twice without harm")


class Lookup(Request):
    """Finding an object by what we know of it before it has an id."""

    first: JmesPath = Field(description="The object in the answer; null when there is none")


class Batch(Request):
    """Many records in one request. `item` says one; `{{ items }}` is the list of all."""

    method: Method = "POST"
    size: int = Field(ge=1, le=10_000)
    item: Any = Field(default="{{ record }}", description="Template of one record")
    body: Any = Field(description="Template; knows items, creates and updates")
    results: JmesPath | dict[Literal["create", "update"], JmesPath] = Field(
        description="One result for each record, in order"
    )
    record: JmesPath = Field(default="@", description="In a result: the object written")
    failed: JmesPath = Field(description="In a result: true when this record was refused")
    error: JmesPath = Field(default="@", description="In a result: what the error rules look at")
    status: JmesPath | None = Field(default=None, description="In a result: its HTTP status")
    upserts: bool = Field(
        default=False, description="A record without id replaces the one with its key: safe to repeat"
    )


class WriteTo(Strict):
    """How a stream is written."""

    lookup: Lookup | None = None
    create: Operation | None = None
    update: Operation | None = None
    delete: Operation | None = None
    batch: Batch | None = None
    links: tuple[Links, ...] = ()
    external_id: str = Field(default="{{ id }}", description="Template: the external id, from `id` and the record")
    idempotency_header: str | None = Field(default=None, description="Takes the key that is the same for every attempt")
    precondition_header: str | None = Field(default=None, description="Takes the version we last saw, e.g. If-Match")
    schema_: dict[str, Any] | str = Field(
        default={}, alias="schema", description="JSON Schema of a record, or its file"
    )

    @model_validator(mode="after")
    def _does_something(self) -> WriteTo:
        if not (self.create or self.update or self.batch or self.delete):
            raise ValueError("says none of create, update, delete, batch")
        may_create = self.create is not None and not self.create.safe
        may_create = may_create or (self.batch is not None and not self.batch.upserts)
        if may_create and self.lookup is None and self.idempotency_header is None:
            raise ValueError(
                "creates, but says no way to find out whether a request without an answer was carried out: "
                "add `lookup` or `idempotency_header`, or say `safe` (create) or `upserts` (batch) where that is so"
            )
        return self


class HttpStream(Strict):
    """One collection of the system."""

    title: str | None = None
    entity: str | None = None
    key: JmesPath = Field(default="id", description="In a record: its id")
    version: JmesPath | None = Field(default=None, description="In a record: its version")
    schema_: dict[str, Any] | str = Field(
        default={}, alias="schema", description="JSON Schema of a record, or its file"
    )
    read: Read | None = None
    write: WriteTo | None = None

    @model_validator(mode="after")
    def _does_something(self) -> HttpStream:
        if self.read is None and self.write is None:
            raise ValueError("says neither `read` nor `write`")
        return self


class Manifest(Strict):
    """A connector said in words."""

    format: Literal[1]
    connector: About
    settings: dict[str, Setting] = Field(default_factory=dict)
    http: Http
    check: Check
    rate: Rate | None = None
    errors: Errors = Errors()
    streams: dict[str, HttpStream] = Field(min_length=1)
    webhooks: Webhooks | None = None

    @model_validator(mode="after")
    def _routes_lead_somewhere(self) -> Manifest:
        for topic, route in (self.webhooks.routes if self.webhooks else {}).items():
            if route.stream not in self.streams:
                raise ValueError(f"webhooks.routes.{topic}: there is no stream {route.stream!r}")
        return self
