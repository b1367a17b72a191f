"""Texts with a meaning: codes, keys of other records, web addresses, e-mail, countries, languages, times and dates."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from engine.records.amounts import kind


def timestamp(value: Any) -> str:
    """RFC 3339 in UTC: `2026-11-23T04:05:06Z`, with a fraction only where there is one."""
    if isinstance(value, str):
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError(
                "timestamp", "'{value}' is not a time such as 2026-11-23T04:05:06Z", {"value": value[:40]}
            ) from None
    elif isinstance(value, dt.datetime):
        moment = value
    else:
        raise PydanticCustomError("timestamp", "a time is wanted, not {kind}", {"kind": kind(value)})
    if moment.tzinfo is None:
        raise PydanticCustomError("timestamp", "the time has no zone: say Z or +10:00, or convert it in the mapping")
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def date(value: Any) -> str:
    """A business day without a zone: `2026-11-23`."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    try:
        return dt.date.fromisoformat(value).isoformat()
    except (ValueError, TypeError):
        raise PydanticCustomError(
            "date", "'{value}' is not a date such as 2026-11-23", {"value": str(value)[:40]}
        ) from None


_PHONE = re.compile(r"[\s().-]+")


def phone(value: Any) -> Any:
    """E.164 when the text says the country (`+61 2 9000 1234` → `+61290001234`), else as written."""
    if isinstance(value, str) and value.strip().startswith("+"):
        digits = _PHONE.sub("", value)
        return digits if digits[1:].isdigit() else value.strip()
    return value.strip() if isinstance(value, str) else value


_LINE = r"^[^\x00-\x1f\x7f]*$"  # one line: no control characters, which neither databases nor labels take

Text = Annotated[str, StringConstraints(strict=True, pattern=r"^[^\x00]*$")]
Line = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, max_length=1000, pattern=_LINE)]
Name = Annotated[
    str, StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=500, pattern=_LINE)
]
Code = Annotated[
    str, StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=190, pattern=_LINE)
]
Url = Annotated[
    str,
    StringConstraints(strict=True, strip_whitespace=True, max_length=4000, pattern=r"^[a-z][a-z0-9+.-]*://[^\s]+$"),
    Field(json_schema_extra={"format": "uri"}),
]
Email = Annotated[
    str,
    StringConstraints(
        strict=True, strip_whitespace=True, to_lower=True, max_length=320, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
    ),
    Field(json_schema_extra={"format": "email"}),
]
Phone = Annotated[str, BeforeValidator(phone), StringConstraints(strict=True, max_length=60, pattern=_LINE)]
Country = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{2}$"), Field(examples=["AU"])]
Language = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Sha256 = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{64}$")]
Timestamp = Annotated[str, PlainValidator(timestamp), WithJsonSchema({"type": "string", "format": "date-time"})]
Date = Annotated[str, PlainValidator(date), WithJsonSchema({"type": "string", "format": "date"})]
