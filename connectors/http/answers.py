"""What a system answered, and what that means for the run (DESIGN §7.6).

The manifest's rules decide first; then the status: 401 auth · 3xx, 403, 405, 501 config · 404, 410 gone where one
object was addressed, config elsewhere · 409, 412 conflict · 408, 425, 5xx retry · 429 rate_limit · other 4xx record.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from connectors.http.jmes import search
from connectors.http.manifest import Errors, Rule
from engine.encoding import encode
from engine.errors import (
    AuthError,
    ConfigError,
    ConflictError,
    ConnectorError,
    DuplicateError,
    GoneError,
    RateLimitError,
    RejectedError,
    RetryError,
)
from engine.sync.ports import Json

OperationName = Literal["check", "read", "only", "lookup", "create", "update", "delete", "batch"]

_ONE_OBJECT = ("only", "lookup", "update", "delete")
_SHORT = 2000  # characters of an answer kept with an error


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer, decoded."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: Json | None  # None: there was none, or it is not JSON
    text: str = ""  # the body where it is not JSON, shortened
    url: str = ""  # for messages and link paging
    is_json: bool = True


def failure(answer: Answer, operation: OperationName, errors: Errors, now: datetime) -> ConnectorError | None:
    """The error an answer stands for; None when it is a success."""
    for rule in errors.rules:
        if _fits(rule, answer, operation):
            if rule.class_ == "success":
                return None
            return _error(rule.class_, answer, operation, errors, now, rule)
    if answer.status < 300:
        return None
    return _error(_by_status(answer.status, operation), answer, operation, errors, now, None)


def _fits(rule: Rule, answer: Answer, operation: OperationName) -> bool:
    when = rule.when
    if when.status is not None and answer.status not in when.status:
        return False
    if when.operation is not None and operation not in when.operation:
        return False
    if when.content_type_not is not None and when.content_type_not in answer.headers.get("content-type", ""):
        return False
    if when.json_ is not None:
        found = search(when.json_, answer.body) if answer.body is not None else None
        return found in when.in_ if when.in_ is not None else bool(found)
    return True


def _by_status(status: int, operation: OperationName) -> str:
    if status == 401:
        return "auth"
    if status == 429:
        return "rate_limit"
    if status in (408, 425) or (status >= 500 and status != 501):
        return "retry"
    if status in (409, 412):
        return "conflict"
    if status in (404, 410) and operation in _ONE_OBJECT:
        return "gone"
    if status < 400 or status in (403, 404, 405, 410, 501):
        return "config"
    return "config" if operation in ("check", "read") else "record"


def _error(
    kind: str, answer: Answer, operation: OperationName, errors: Errors, now: datetime, rule: Rule | None
) -> ConnectorError:
    message = _message(answer, operation, errors, rule)
    response = _short(answer)
    if kind == "rate_limit":
        after = retry_after(answer, errors.retry_after, now)
        return RateLimitError(message, after=1.0 if after is None else after, response=response)
    if kind == "retry":
        return RetryError(message, in_doubt=operation in ("create", "batch"), response=response)
    if kind == "duplicate":
        there = _text(rule.id if rule else None, answer)
        return DuplicateError(message, external_id=there, response=response)
    field = _text((rule.field if rule else None) or errors.field, answer)
    if kind == "record":
        return RejectedError(message, field=field, response=response, after_others=bool(rule and rule.after_others))
    return _PLAIN[kind](message, field=field, response=response)


_PLAIN: dict[str, Callable[..., ConnectorError]] = {
    "auth": AuthError,
    "config": ConfigError,
    "conflict": ConflictError,
    "gone": GoneError,
}


def _message(answer: Answer, operation: OperationName, errors: Errors, rule: Rule | None) -> str:
    said = _text((rule.message if rule else None) or errors.message, answer) or " ".join(answer.text.split())[:200]
    return f"{operation}: the system answered {answer.status}{': ' + said if said else ''}"


def _text(expression: str | None, answer: Answer) -> str | None:
    """What an expression finds in the answer, as text; None where the answer is not of that shape."""
    if expression is None or answer.body is None:
        return None
    try:
        found = search(expression, answer.body)
    except ConfigError:
        return None
    if found is None or found == "":
        return None
    return found if isinstance(found, str) else encode(found).decode()


def _short(answer: Answer) -> Json:
    text = answer.text if answer.body is None else encode(answer.body).decode()
    body: Any = answer.body if len(text) <= _SHORT and answer.body is not None else text[:_SHORT]
    return {"status": answer.status, "body": body}


def retry_after(answer: Answer, header: str, now: datetime) -> float | None:
    """Seconds the system asks us to wait: a number, or an HTTP date."""
    said = answer.headers.get(header.lower())
    if said is None:
        return None
    try:
        seconds = float(said)
    except ValueError:
        try:
            at = parsedate_to_datetime(said)
        except ValueError:
            return None
        seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
    return max(seconds, 0.0) if math.isfinite(seconds) else None
