"""One place turns errors into answers: a page, a fragment for htmx, or problem+json for the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from editor.render import render, wants_fragment
from engine.errors import (
    CodiError,
    ConnectorError,
    ExpressionError,
    MappingError,
    NotFoundError,
    StaleError,
    UsageError,
)
from engine.redaction import HIDDEN

log = structlog.get_logger()

TITLES = {
    400: "This cannot be done",
    401: "Please sign in",
    403: "You may not do this",
    404: "Page not found",
    405: "Not here",
    409: "Somebody changed it meanwhile",
    413: "That is too large",
    422: "This cannot be done",
    429: "Too many tries",
    502: "The other system did not answer",
    500: "Something broke in CODI",
}

# First match counts: special before general.
_STATUS: tuple[tuple[type[CodiError], int], ...] = (
    (NotFoundError, 404),
    (StaleError, 409),
    (UsageError, 422),
    (ExpressionError, 422),
    (MappingError, 422),
    (ConnectorError, 502),
)


@dataclass(frozen=True, kw_only=True)
class FaultPage:
    title: str
    detail: str
    section: str = ""


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    status, detail, extra, headers = _read(error)
    if status >= 500:
        log.error("request failed", path=_path(request), exc_info=error)
    if request.url.path.startswith(("/api/", "/hooks/")):
        return _problem(request, status, detail, extra, headers)
    if status == 401:
        if wants_fragment(request):
            return Response("", status_code=401, headers={"HX-Redirect": "/sign-in"})
        return Redirect("/sign-in", status_code=303)
    page = FaultPage(title=TITLES.get(status, TITLES[400]), detail=detail)
    htmx = {"HX-Retarget": "#toast", "HX-Reswap": "innerHTML"} if wants_fragment(request) else {}
    return render(request, "error.html", page, fragment="error", status=status, headers={**headers, **htmx})


def _path(request: Request[Any, Any, Any]) -> str:
    """The path for logs: whoever reads a one-time link in it could sign in."""
    token = request.path_params.get("token")
    return request.url.path.replace(str(token), HIDDEN) if token else request.url.path


def _read(error: Exception) -> tuple[int, str, Any, dict[str, str]]:
    """Status, words for people, details for programs, headers."""
    if isinstance(error, HTTPException):
        words = error.detail if error.status_code < 500 else "It is logged; try again."
        if error.status_code == 404:
            words = "There is nothing at this address."
        if error.status_code == 403 and words.startswith("CSRF"):
            words = "This page is too old to be sent. Reload it and try again; nothing was changed."
        return error.status_code, words, error.extra, dict(error.headers or {})
    if isinstance(error, CodiError):
        status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
        return status, error.message if status != 500 else "It is logged; try again.", None, {}
    return 500, "It is logged; try again.", None, {}


def _problem(
    request: Request[Any, Any, Any], status: int, detail: str, extra: Any, headers: dict[str, str]
) -> Response[Any]:
    body = {
        "type": "about:blank",
        "title": TITLES.get(status, TITLES[400]),
        "status": status,
        "detail": detail,
        "instance": request.url.path,
    }
    if extra:
        body["errors"] = extra
    return Response(body, status_code=status, media_type="application/problem+json", headers=headers)


HANDLERS: dict[int | type[Exception], Any] = {HTTPException: answer, CodiError: answer, 500: answer}
