"""The web application: pages, static files, errors, security. The composition root of everything that answers HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from litestar import Litestar, Response, Router, get
from litestar.config.compression import CompressionConfig
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import CacheControlHeader
from litestar.middleware import DefineMiddleware
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

from editor import faults
from editor.access import PUBLIC, SessionMiddleware
from editor.attempts import Attempts
from editor.gateway import open_gateway
from editor.headers import add_headers
from editor.logs import route_structlog
from editor.mapping_desk import MappingDesk
from editor.pages import (
    account,
    audit,
    connections,
    dashboard,
    history,
    keys,
    lookups,
    mappings,
    people,
    presence,
    publish,
    rules,
    runs,
    samples,
    shipped,
    sign_in,
    sync_filter,
    syncs,
)
from editor.paths import data_dir
from editor.ports import NoRunner, OpenRunner
from editor.render import Req
from editor.services import Services, services
from editor.settings import Settings
from engine.store.people import People

MAX_BODY = 8 * 1024 * 1024  # bytes of one request: the largest sample is 5 MB

# Pages that belong to a workspace stand under its address, so that two tabs on two workspaces never mix.
IN_WORKSPACE: list[ControllerRouterHandler] = [
    *dashboard.HANDLERS,
    *connections.HANDLERS,
    *syncs.HANDLERS,
    *sync_filter.HANDLERS,
    *runs.HANDLERS,
    *publish.HANDLERS,
    *history.HANDLERS,
    *lookups.HANDLERS,
    *mappings.HANDLERS,
    *rules.HANDLERS,
    *presence.HANDLERS,
    *shipped.HANDLERS,
    *samples.HANDLERS,
    *account.HANDLERS,
    *people.HANDLERS,
    *keys.HANDLERS,
    *audit.HANDLERS,
]


@get("/healthz", opt=PUBLIC, media_type="text/plain")
async def healthz(request: Req) -> Response[str]:
    """200 when the database answers."""
    await services(request).people.anybody()
    return Response("ok")


def create_app(settings: Settings, open_runner: OpenRunner | None = None) -> Litestar:
    """The application. It opens CODI when it starts (the database, brought to this version's schema; what starts runs)
    and closes it at the end. Without `open_runner` pages that start runs say so."""

    @asynccontextmanager
    async def opened(app: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            gateway = await stack.enter_async_context(open_gateway(settings))
            runner = await stack.enter_async_context(open_runner(gateway)) if open_runner else NoRunner()
            app.state.services = Services(
                gateway=gateway,
                people=People(gateway.database),
                attempts=Attempts(),
                runner=runner,
                desk=MappingDesk(),
            )
            yield

    route_structlog()
    keys_in_force = settings.secret_keys()
    pages = Router("/w/{workspace:str}", route_handlers=IN_WORKSPACE)
    return Litestar(
        route_handlers=[*sign_in.HANDLERS, pages, healthz, _static_files()],
        lifespan=[opened],
        middleware=[DefineMiddleware(SessionMiddleware, exclude_from_auth_key="public")],
        csrf_config=CSRFConfig(
            secret=hashlib.sha256(b"csrf:" + keys_in_force[0].encode()).hexdigest(),
            cookie_name="codi_csrf",
            header_name="x-csrftoken",
            cookie_httponly=True,
            cookie_samesite="lax",
            cookie_secure=settings.secure_cookies,
            exclude=["^/api/", "^/hooks/"],
        ),
        compression_config=CompressionConfig(
            backend="gzip", minimum_size=2000, gzip_compress_level=4, exclude=["/events$"]
        ),
        before_send=[add_headers],
        exception_handlers=faults.HANDLERS,
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,  # the command line sets logging up
    )


def _static_files() -> Any:
    """Addresses carry a hash of the content (editor/assets.py): browsers may keep what they got."""
    return create_static_files_router(
        "/static",
        [data_dir("static")],
        opt=PUBLIC,
        cache_control=CacheControlHeader(max_age=31_536_000, public=True, immutable=True),
    )
