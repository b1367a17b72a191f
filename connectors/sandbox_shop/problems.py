"""How the shop says no: application/problem+json with a stable code and a list of problems by field."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from pydantic import ValidationError

Problems = list[dict[str, str]]  # [{"field": "variants[0].price", "message": "…"}]

TITLES = {
    400: "The request cannot be read",
    401: "Who are you?",
    404: "There is no such thing",
    405: "That cannot be done here",
    409: "It does not fit what is stored",
    412: "It has changed meanwhile",
    422: "The record is refused",
    429: "Too many requests",
    500: "The shop stumbled",
}


class ShopError(Exception):
    """A request that the shop refuses. `status` is the HTTP status, `code` the stable word for the reason."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        problems: Problems | None = None,
        *,
        existing_id: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.problems = problems or []
        self.existing_id = existing_id
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": TITLES.get(self.status, "Refused"),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "problems": self.problems,
        }
        if self.existing_id is not None:
            body["existing_id"] = self.existing_id
        return body


def invalid(error: ValidationError) -> ShopError:
    """Every field that pydantic found wrong, at once."""
    problems = [{"field": field_path(found["loc"]), "message": found["msg"]} for found in error.errors()]
    return ShopError(422, "invalid", f"{len(problems)} field(s) are wrong", problems)


def field_path(parts: Iterable[int | str]) -> str:
    """("variants", 0, "price") → "variants[0].price"."""
    path = ""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path


def problem_response(error: ShopError) -> Response[bytes]:
    return Response(
        msgspec.json.encode(error.body()),
        status_code=error.status,
        media_type="application/problem+json",
        headers=error.headers,
    )


def on_shop_error(_request: Request[Any, Any, Any], error: ShopError) -> Response[bytes]:
    return problem_response(error)


def on_http_error(_request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework itself refuses: an unknown address, a wrong method."""
    codes = {404: "not_found", 405: "method_not_allowed"}
    return problem_response(ShopError(error.status_code, codes.get(error.status_code, "malformed"), error.detail))


def on_any_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A mistake of the shop's own."""
    logging.getLogger(__name__).error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem_response(ShopError(500, "internal", "The shop made a mistake; its log says which"))
