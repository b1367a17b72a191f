"""What a consultant says about a database: where it is, and which tables make which streams."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, JsonValue, SecretStr, field_validator, model_validator

from connectors.settings import Strict, without_password

ColumnType = Literal["text", "integer", "decimal", "float", "boolean", "date", "datetime", "json", "binary"]
Names = Annotated[tuple[str, ...], Field(min_length=1)]

_LINES: dict[str, JsonValue] = {"lines": True}  # the form gives it several
_READS_ONLY = re.compile(r"\s*(select|with)\b", re.IGNORECASE)


class Deleted(Strict):
    """Marks rows that the system deleted without removing them."""

    column: str = Field(description="Column that tells a deleted row")
    values: tuple[str | int | bool, ...] | None = Field(
        default=None, description="Values that mean deleted; without them any value but empty, 0 or false does"
    )


class Child(Strict):
    """Rows of another table, nested in the record under a name. Read for a whole page at once."""

    table: str | None = Field(default=None, description="Table or view; or `query`")
    query: str | None = Field(default=None, description="A SELECT instead of a table", json_schema_extra=_LINES)
    link: dict[str, str] = Field(min_length=1, description="Column of the child: column of the parent")
    columns: dict[str, str] | None = Field(
        default=None, min_length=1, description="Name in the record: column; without it all"
    )
    order_by: tuple[str, ...] = Field(default=(), description="Columns that order the list")
    where: str | None = Field(default=None, description="SQL condition on the child table")
    types: dict[str, ColumnType] = Field(default_factory=dict, description="Types the database does not tell")
    one: bool = Field(default=False, description="At most one row: nest the object itself, or null")
    value: str | None = Field(default=None, description="Nest just this column's values, not objects")
    children: dict[str, Child] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _table_or_query(self) -> Child:
        _one_of_table_and_query(self.table, self.query)
        return self


class Read(Strict):
    """How a stream is read."""

    table: str | None = Field(default=None, description="Table or view; or `query`")
    query: str | None = Field(default=None, description="A SELECT instead of a table", json_schema_extra=_LINES)
    key: Names = Field(description="Column(s) that identify a row; they make the external id")
    natural_key: str | None = Field(default=None, description="Column people know the row by, when it is not the key")
    columns: dict[str, str] | None = Field(
        default=None, min_length=1, description="Name in the record: column; without it all"
    )
    types: dict[str, ColumnType] = Field(default_factory=dict, description="Types the database does not tell")
    where: str | None = Field(default=None, description="SQL condition that every row must meet")
    cursor: str | None = Field(default=None, description="Column that grows with every change; without it read whole")
    overlap: float | None = Field(
        default=None,
        ge=0,
        description="Read again this much before the cursor: seconds (300), or steps of a number (0)",
    )
    version: str | None = Field(default=None, description="Row version column")
    deleted: Deleted | None = None
    children: dict[str, Child] = Field(default_factory=dict)
    page_size: int = Field(default=1000, ge=1, le=20_000)

    @model_validator(mode="after")
    def _table_or_query(self) -> Read:
        _one_of_table_and_query(self.table, self.query)
        return self


class Lines(Strict):
    """Child rows written with their parent, from a list in the payload."""

    table: str
    link: dict[str, str] = Field(min_length=1, description="Column of the child: column of the parent")
    line_number: str | None = Field(default=None, description="Column that numbers the lines, from 1")
    key: tuple[str, ...] = Field(default=(), description="Columns that tell lines apart, when they are not numbered")


class Statement(Strict):
    """SQL run once for each record this connection creates, in the record's own transaction."""

    sql: str = Field(
        description="One statement with :names from the payload, the generated id and `:external_id`",
        json_schema_extra=_LINES,
    )
    each: str | None = Field(default=None, description="List in the payload: run once for each of its entries")


class Remove(Strict):
    """What taking a record away does."""

    mode: Literal["refuse", "row", "flag"] = "refuse"
    column: str | None = Field(default=None, description="With `flag`: the column to set")
    value: str | int | bool = Field(default=1, description="With `flag`: what to set it to")


class WriteTo(Strict):
    """How a stream is written."""

    table: str
    key: Names = Field(description="Column(s) of the natural key: a row with the same values is the same record")
    id: str | None = Field(default=None, description="Column that makes the external id; without it the key does")
    version: str | None = Field(default=None, description="Row version column, compared before an update")
    existing: Literal["update", "keep"] = Field(
        default="update", description="A row with the same key that we did not create: update it, or only adopt its id"
    )
    children: dict[str, Lines] = Field(default_factory=dict)
    after_create: tuple[Statement, ...] = ()
    delete: Remove = Remove()
    batch: int = Field(default=100, ge=1, le=1000, description="Records in one transaction")


class SqlStream(Strict):
    """One stream of the database."""

    title: str | None = None
    entity: str | None = Field(default=None, description="The entity it usually maps to")
    read: Read | None = None
    write: WriteTo | None = None

    @model_validator(mode="after")
    def _does_something(self) -> SqlStream:
        if self.read is None and self.write is None:
            raise ValueError("says neither `read` nor `write`")
        return self


class SqlSettings(Strict):
    """A database and its streams."""

    url: str = Field(
        title="Database address",
        description="SQLAlchemy URL; leave the password out of it",
        examples=["sqlite:///erp.db", "postgresql+psycopg://codi@db.example/erp"],
    )
    password: SecretStr | None = Field(default=None, title="Password", json_schema_extra={"secret": True})
    timezone: str = Field(
        default="UTC", title="Time zone", description="Of times that carry none", examples=["Pacific/Auckland"]
    )
    schema_name: str | None = Field(default=None, alias="schema", title="Schema", description="Where the tables are")
    streams: dict[str, SqlStream] = Field(min_length=1, title="Streams", json_schema_extra={"paste": True})

    _no_password = field_validator("url")(without_password)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{value!r} is not a time zone; write it like Pacific/Auckland") from None
        return value


def _one_of_table_and_query(table: str | None, query: str | None) -> None:
    if (table is None) == (query is None):
        raise ValueError("needs either `table` or `query`")
    if query is not None and (not _READS_ONLY.match(query) or ";" in query.rstrip().rstrip(";")):
        raise ValueError("`query` must be one SELECT statement")
