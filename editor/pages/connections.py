"""Connections: the list, the form made from the connector's settings, the test."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from pydantic import BaseModel, Field

from connectors.contract import CheckResult, ConnectorKind, Stream
from connectors.registry import CONNECTORS, connector_kind, open_connector
from editor.access import needs
from editor.connector_form import Setting, changed, form_of, read_settings, settings_form
from editor.forms import EMPTY, Filled, check_form, sent
from editor.pages.page import Page
from editor.render import Req, render, see
from editor.services import connections, services, syncs, writing
from engine.errors import ConnectorError, UsageError
from engine.store.audit import note
from engine.store.connections import Connection
from engine.store.people import url_name

PATIENCE = 20.0  # seconds a test may take


class Named(BaseModel):
    title: str = Field(min_length=1, max_length=80)


@dataclass(frozen=True, kw_only=True)
class Check:
    """A test that was made."""

    result: CheckResult
    seconds: float
    streams: tuple[Stream, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Listed:
    connection: Connection
    kind: str  # title of its connector
    syncs: int


@dataclass(frozen=True, kw_only=True)
class ConnectionsPage(Page):
    connections: tuple[Listed, ...]
    kinds: tuple[ConnectorKind, ...]
    may_change: bool
    kind: ConnectorKind | None = None  # of the form; None: no form is open
    connection: Connection | None = None  # the one that is changed; None: a new one
    settings: tuple[Setting, ...] = ()
    form: Filled[Named] = field(default_factory=lambda: EMPTY)
    check: Check | None = None

    @property
    def faults(self) -> tuple[tuple[str, str, str], ...]:
        return tuple(fault for setting in self.settings for fault in setting.faults)

    @property
    def nested(self) -> bool:
        """Whether the form needs the room: its settings have groups or rows."""
        return any(setting.kind in ("group", "list", "table", "oneof") for setting in self.settings)


@get("/connections")
async def connections_page(request: Req, add: FromQuery[str] = "") -> Response[Any]:
    """With `?add=sql`, the form for a new one of that kind."""
    kind = connector_kind(add) if add and request.auth.may("consultant") else None
    settings = settings_form(kind.settings, form_of(kind.settings, {}, {}), {}) if kind else ()
    return await _page(request, kind=kind, settings=settings)


@get("/connections/{name:str}")
async def connection_page(request: Req, name: FromPath[str]) -> Response[Any]:
    connection, secrets = await _kept(request, name)
    kind = connector_kind(connection.connector)
    form = settings_form(kind.settings, form_of(kind.settings, connection.settings, secrets), {})
    return await _page(request, kind=kind, connection=connection, settings=form)


@post("/connections/add/{connector:str}", status_code=200, guards=[needs("consultant")])
async def add_connection_form(request: Req, connector: FromPath[str]) -> Response[Any]:
    return await _save(request, connector_kind(connector), None, {})


@post("/connections/{name:str}", status_code=200, guards=[needs("consultant")])
async def change_connection_form(request: Req, name: FromPath[str]) -> Response[Any]:
    connection, secrets = await _kept(request, name)
    return await _save(request, connector_kind(connection.connector), connection, secrets)


async def _kept(request: Req, name: str) -> tuple[Connection, dict[str, str]]:
    return await connections(request).get(name), await connections(request).secrets(name)


async def _save(
    request: Req, kind: ConnectorKind, connection: Connection | None, kept: Mapping[str, str]
) -> Response[Any]:
    """Saves; or only tests where the button `test` was pressed; or only draws the form anew, where rows come or go."""
    typed = await sent(request, as_typed=True)
    more: dict[str, Any] = {"kind": kind, "connection": connection}
    try:
        flat, at = changed(kind.settings, typed)
    except UsageError as error:
        form = Filled[Named](values=typed, errors={"": error.message})
        more["settings"] = settings_form(kind.settings, typed, {}, typed.get("do", "").partition(":")[2])
        return await _page(request, 422, **more, form=form)
    if typed.get("do"):
        more["settings"] = settings_form(kind.settings, flat, {}, at)
        return await _page(request, **more, form=Filled[Named](values=typed))
    form = check_form({name: value.strip() for name, value in typed.items()}, Named)
    settings, secrets, wrong = read_settings(kind.settings, flat, connection.settings if connection else {}, kept)
    form = Filled(values=form.values, errors={**form.errors, **wrong}, model=None if wrong else form.model)
    more["settings"] = settings_form(kind.settings, flat, wrong)
    if form.model is None:
        return await _page(request, 422, **more, form=form)
    check = await _check(kind.name, settings, secrets)
    if "test" in typed:
        return await _page(request, **more, form=form, check=check)
    name = connection.name if connection else await _free_name(request, form.model.title)
    store = connections(request)
    await store.save(name, title=form.model.title, connector=kind.name, settings=settings, secrets=secrets)
    services(request).desk.forget_schemas(request.auth.workspace, name)
    await store.set_status(name, "ready" if check.result.ok else "failing", _problem(check))
    action = "connection.changed" if connection else "connection.added"
    async with writing(request) as transaction:
        await note(transaction, request.auth.person.email, action, name, {"connector": kind.name})
    return see(request, f"{request.auth.here}/connections/{name}?done=saved")


async def _check(connector: str, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> Check:
    """Opens the connector and asks the system. Nothing is written there."""
    began = time.perf_counter()
    streams: tuple[Stream, ...] = ()
    try:
        async with asyncio.timeout(PATIENCE), open_connector(connector, settings, secrets) as opened:
            result = await opened.check()
            if result.ok:
                streams = tuple(await opened.streams())
    except TimeoutError:
        words = (
            f"The system did not answer within {PATIENCE:.0f} s. Is the address right, and may this machine reach it?"
        )
        result = CheckResult(ok=False, message=words, kind="retry")
    except ConnectorError as error:
        result = CheckResult(ok=False, message=error.message, kind=error.kind)
    return Check(result=result, seconds=time.perf_counter() - began, streams=streams)


def _problem(check: Check) -> str | None:
    return None if check.result.ok else check.result.message


async def _free_name(request: Req, title: str) -> str:
    taken = {connection.name for connection in await connections(request).all()}
    name = url_name(title)
    return name if name not in taken else next(f"{name}-{at}" for at in range(2, 1000) if f"{name}-{at}" not in taken)


async def _page(request: Req, status: int = 200, **more: Any) -> Response[Any]:
    used = await syncs(request).all()
    known = await connections(request).all()
    listed = tuple(
        Listed(
            connection=connection,
            kind=CONNECTORS[connection.connector].title if connection.connector in CONNECTORS else connection.connector,
            syncs=sum(connection.name in (sync.source, sync.destination) for sync in used),
        )
        for connection in known
    )
    page = ConnectionsPage(
        title="Connections",
        section="connections",
        connections=listed,
        kinds=tuple(CONNECTORS.values()),
        may_change=request.auth.may("consultant"),
        **more,
    )
    return render(request, "connections/connections.html", page, fragment="connection_form", status=status)


HANDLERS = [connections_page, connection_page, add_connection_form, change_connection_form]
