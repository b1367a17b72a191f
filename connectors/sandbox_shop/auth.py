"""The bearer token that the API and the control routes ask for."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from connectors.sandbox_shop.problems import ShopError

Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]


def token_guard(token: str) -> Guard:
    """Refuses, with 401, what does not carry `token`."""
    expected = f"Bearer {token}".encode()

    async def check_token(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        given = connection.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), expected):
            headers = {"WWW-Authenticate": "Bearer"}
            raise ShopError(401, "unauthorized", "Send Authorization: Bearer TOKEN", headers=headers)

    return check_token
