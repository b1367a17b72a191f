"""Control routes: faults, the rate limit, the logs, and starting over. For tests and for showing what can go wrong."""

from __future__ import annotations

import hmac
from dataclasses import asdict
from typing import Any

from litestar import Request, Router, delete, get, post, put
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from connectors.sandbox_shop.problems import ShopError
from connectors.sandbox_shop.records import decode, parse
from connectors.sandbox_shop.shop import Shop, reset
from connectors.sandbox_shop.traffic import Fault, RateLimit

Req = Request[Any, Any, Any]


def control_router(shop: Shop) -> Router:
    async def check_token(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        given = connection.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {shop.token}".encode()):
            raise ShopError(401, "unauthorized", "Send Authorization: Bearer TOKEN")

    @get("/faults")
    async def list_faults() -> list[dict[str, Any]]:
        return [{**armed.fault.model_dump(), "left": armed.left} for armed in shop.traffic.armed]

    @post("/faults", status_code=201)
    async def arm_fault(request: Req) -> dict[str, Any]:
        fault = parse(Fault, decode(await request.body()))
        shop.traffic.arm(fault)
        return fault.model_dump()

    @delete("/faults")
    async def disarm() -> None:
        shop.traffic.armed.clear()

    @put("/rate-limit")
    async def limit_rate(request: Req) -> dict[str, Any]:
        limit = parse(RateLimit, decode(await request.body()))
        shop.traffic.limit_rate(limit)
        return limit.model_dump()

    @get("/log")
    async def read_log() -> dict[str, Any]:
        entries = [asdict(entry) for entry in shop.traffic.log]
        return {"requests": entries, "records_written": sum(entry.written for entry in shop.traffic.log)}

    @delete("/log")
    async def clear_log() -> None:
        shop.traffic.log.clear()

    @get("/deliveries")
    async def list_deliveries() -> list[dict[str, Any]]:
        return [asdict(delivery) for delivery in shop.hooks.deliveries]

    @post("/reset", status_code=204)
    async def start_over() -> None:
        reset(shop)

    routes = [list_faults, arm_fault, disarm, limit_rate, read_log, clear_log, list_deliveries, start_over]
    return Router("/_control", route_handlers=routes, guards=[check_token])
