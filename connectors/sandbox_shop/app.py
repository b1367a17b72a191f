"""The shop as one ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp

from connectors.sandbox_shop.api import api_router
from connectors.sandbox_shop.control import control_router
from connectors.sandbox_shop.pages import pages_router
from connectors.sandbox_shop.problems import ShopError, on_any_error, on_http_error, on_shop_error
from connectors.sandbox_shop.shop import Shop
from connectors.sandbox_shop.traffic import with_traffic


def create_app(shop: Shop) -> ASGIApp:
    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        yield
        await shop.hooks.close()
        shop.database.close()

    app = Litestar(
        route_handlers=[api_router(shop), control_router(shop), pages_router(shop)],
        exception_handlers={ShopError: on_shop_error, HTTPException: on_http_error, Exception: on_any_error},
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
    )
    return with_traffic(app, shop.traffic)
