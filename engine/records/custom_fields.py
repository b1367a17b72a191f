"""Custom fields: what a business keeps that the entity has no field for, typed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from engine.records.amounts import decimal_text, kind
from engine.records.texts import Language, Line, timestamp


def json_value(value: Any) -> Any:
    """`value` as plain JSON: decimals and times as text, everything else as it is."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Decimal):
        return decimal_text(value, 0)
    if isinstance(value, dt.datetime):
        return timestamp(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [json_value(each) for each in value]
    if isinstance(value, dict):
        return {str(name): json_value(each) for name, each in value.items()}
    raise PydanticCustomError("json", "a JSON value is wanted, not {kind}", {"kind": kind(value)})


class CustomField(BaseModel):
    """One custom field with its value."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    key: Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9_.]{1,100}$")] = Field(
        description="Its name: lower-case letters, digits, underscores and dots."
    )
    value: Annotated[Any, PlainValidator(json_value), WithJsonSchema({})] = Field(
        description="Its value: any JSON value. Decimals and times are text."
    )
    type: Literal["text", "html", "int", "decimal", "bool", "date", "datetime", "url", "enum", "json", "file"] = Field(
        default="text", description="What the value is."
    )
    label: Line | None = Field(default=None, description="What people call it.")
    locale: Language | None = Field(default=None, description="The language of the value, as BCP 47.")
