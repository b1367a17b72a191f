"""Control routes: faults, the rate limit, the logs, and starting over. For tests and for showing what can go wrong."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from litestar import Request, Router, delete, get, post, put

from connectors.sandbox_shop.auth import token_guard
from connectors.sandbox_shop.records import decode, parse
from connectors.sandbox_shop.shop import Shop, reset
from connectors.sandbox_shop.traffic import Fault, RateLimit, Traffic

Req = Request[Any, Any, Any]


def control_router(shop: Shop) -> Router:
    @post("/reset", status_code=204)
    async def start_over() -> None:
        reset(shop)

    handlers = [*_fault_routes(shop.traffic), *_log_routes(shop), start_over]
    return Router("/_control", route_handlers=handlers, guards=[token_guard(shop.token)])


def _fault_routes(traffic: Traffic) -> list[Any]:
    @get("/faults")
    async def list_faults() -> list[dict[str, Any]]:
        return [{**armed.fault.model_dump(), "left": armed.left} for armed in traffic.armed]

    @post("/faults", status_code=201)
    async def arm_fault(request: Req) -> dict[str, Any]:
        fault = parse(Fault, decode(await request.body()))
        traffic.arm(fault)
        return fault.model_dump()

    @delete("/faults")
    async def disarm() -> None:
        traffic.armed.clear()

    @put("/rate-limit")
    async def limit_rate(request: Req) -> dict[str, Any]:
        limit = parse(RateLimit, decode(await request.body()))
        traffic.limit_rate(limit)
        return limit.model_dump()

    return [list_faults, arm_fault, disarm, limit_rate]


def _log_routes(shop: Shop) -> list[Any]:
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

    return [read_log, clear_log, list_deliveries]
