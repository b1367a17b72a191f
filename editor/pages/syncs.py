"""Syncs: the list, one sync with its settings and last runs, run now, dry run, on and off."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from pydantic import BaseModel, Field

from editor.access import needs
from editor.forms import EMPTY, Filled, check_form, sent
from editor.pages.page import Page
from editor.pages.runs import Progress, progress_of
from editor.pages.sync_filter import filter_form, filter_parts, here_path
from editor.render import Part, Req, render, render_parts, see, wants_fragment
from editor.services import connections, runs, services, syncs
from editor.stream_names import StreamNames, stream_names
from editor.sync_filter import FilterForm
from engine.records.entities import ENTITIES
from engine.store.people import url_name
from engine.store.syncs import DELETIONS, Sync

FIRST_ENTITY = "product"  # what a new sync is about, until something else is chosen
DELETION_WORDS = {
    "ignore": "leave it there",
    "unpublish": "hide it there",
    "delete": "delete it there",
}


class SyncForm(BaseModel):
    title: str = Field(min_length=1, max_length=80)
    entity: str = Field(min_length=1)
    source: str = ""
    source_stream: str = ""
    destination: str = ""
    destination_stream: str = ""
    filter: str = Field("", max_length=4000)  # what its boxes say
    deletions: str = "ignore"
    environment: str = Field("live", pattern="^(live|test)$")


@dataclass(frozen=True, kw_only=True)
class Listed:
    sync: Sync
    last: Progress | None


@dataclass(frozen=True, kw_only=True)
class SyncsPage(Page):
    syncs: tuple[Listed, ...]
    may_run: bool
    may_change: bool


@dataclass(frozen=True, kw_only=True)
class Offered:
    """The streams to choose from on one side."""

    side: str  # source | destination
    streams: tuple[tuple[str, str], ...]  # name; title, with its connection where several are listed
    problems: tuple[str, ...]  # of connections that do not tell


@dataclass(frozen=True, kw_only=True)
class SyncPage(Page):
    sync: Sync | None  # None: a new one
    runs: tuple[Progress, ...]
    connections: tuple[tuple[str, str], ...]  # name, title; the empty one first
    entities: tuple[tuple[str, str], ...]
    deletions: tuple[tuple[str, str], ...]
    offered: tuple[Offered, ...]
    may_run: bool
    may_change: bool
    filter: FilterForm
    here_path: str  # where the boxes of the filter ask
    form: Filled[SyncForm] = field(default_factory=lambda: EMPTY)


@get("/syncs")
async def syncs_page(request: Req) -> Response[Any]:
    latest = await latest_runs(request)
    listed = tuple(Listed(sync=sync, last=latest.get(sync.name)) for sync in await syncs(request).all())
    page = SyncsPage(
        title="Syncs",
        section="syncs",
        syncs=listed,
        may_run=request.auth.may("operator"),
        may_change=request.auth.may("consultant"),
    )
    return render(request, "syncs/syncs.html", page)


async def latest_runs(request: Req) -> dict[str, Progress]:
    """Sync → its latest run."""
    latest: dict[str, Progress] = {}
    for run in await runs(request).list_runs(limit=200):
        latest.setdefault(run.sync, progress_of(run))
    return latest


@get("/syncs/add", guards=[needs("consultant")])
async def new_sync_page(request: Req, source: FromQuery[str] = "", destination: FromQuery[str] = "") -> Response[Any]:
    """htmx asks again for the streams to offer when another connection is chosen."""
    return await _page(request, None, Filled(values={"source": source, "destination": destination}))


@post("/syncs/add", status_code=200, guards=[needs("consultant")])
async def add_sync(request: Req) -> Response[Any]:
    return await _save(request, None)


@get("/syncs/{name:str}")
async def sync_page(request: Req, name: FromPath[str]) -> Response[Any]:
    return await _page(request, await syncs(request).get(name))


@post("/syncs/{name:str}", status_code=200, guards=[needs("consultant")])
async def change_sync(request: Req, name: FromPath[str]) -> Response[Any]:
    return await _save(request, await syncs(request).get(name))


@post("/syncs/{name:str}/run", status_code=303, guards=[needs("operator")])
async def run_sync(request: Req, name: FromPath[str]) -> Response[Any]:
    typed = await sent(request)
    run = await services(request).runner.start(
        request.auth.workspace, name, dry_run="dry_run" in typed, full="full" in typed
    )
    return Redirect(f"{request.auth.here}/runs/{run}", status_code=303)


@post("/syncs/{name:str}/switch", status_code=303, guards=[needs("operator")])
async def switch_sync(request: Req, name: FromPath[str]) -> Response[Any]:
    """On where it is off, off where it is on."""
    sync = await syncs(request).get(name)
    if sync.enabled:
        await syncs(request).pause(name, f"Turned off by {request.auth.person.name}.")
    else:
        await syncs(request).enable(name)
    await _note(request, "sync.turned-off" if sync.enabled else "sync.turned-on", name)
    return Redirect(f"{request.auth.here}/syncs/{name}?done=saved", status_code=303)


async def _save(request: Req, sync: Sync | None) -> Response[Any]:
    """Saves; or only draws the form anew, where a button of the filter was pressed or something is wrong."""
    typed = await sent(request, as_typed=True)
    filtered = await filter_form(request, typed.get("entity", ""), typed)
    values = {name: value.strip() for name, value in typed.items()} | {"filter": filtered.text}
    if typed.get("do"):
        if wants_fragment(request):
            return filter_parts(request, filtered)
        return await _page(request, sync, Filled(values=values), filtered)
    form = check_form(values, SyncForm)
    if filtered.problem:
        form = form.with_error("filter", filtered.problem)
    form = await _checked(request, form)
    if form.model is None:
        return await _page(request, sync, form, filtered, 422)
    if sync is None:
        taken = {"add", *(known.name for known in await syncs(request).all())}
        name = url_name(form.model.title)
        name = (
            name if name not in taken else next(f"{name}-{at}" for at in range(2, 1000) if f"{name}-{at}" not in taken)
        )
        await syncs(request).save(_sync(form.model, Sync(name=name, title="", entity="", position=99 + len(taken))))
        await _note(request, "sync.added", name)
        return see(request, f"{request.auth.here}/syncs/{name}?done=added")
    await syncs(request).save(_sync(form.model, sync))
    await _note(request, "sync.changed", sync.name)
    return see(request, f"{request.auth.here}/syncs/{sync.name}?done=saved")


async def _checked(request: Req, form: Filled[SyncForm]) -> Filled[SyncForm]:
    new = form.model
    if new is None:
        return form
    if not (new.source or new.destination):
        return form.with_error("source", "Choose where records come from, or where they go to; or both.")
    for side, connection, stream in (
        ("source", new.source, new.source_stream),
        ("destination", new.destination, new.destination_stream),
    ):
        if connection and (wrong := await _wrong_stream(request, side, connection, stream)):
            return form.with_error(f"{side}_stream", wrong)
    return form


async def _wrong_stream(request: Req, side: str, connection: str, stream: str) -> str:
    """What is wrong with the stream, in words; "" too where the system does not tell what it has."""
    known = [each for each in await connections(request).all() if each.name == connection]
    (told,) = await stream_names(connections(request), known) or (None,)
    names = [each.name for each in told.usable(side)] if told else []
    if not stream:
        return f"Which of its streams? {_listed(names)}".strip()
    if names and stream not in names:
        return f"It has no stream {stream} to {'read' if side == 'source' else 'write'}. {_listed(names)}"
    return ""


def _listed(names: list[str]) -> str:
    return f"It has {', '.join(names[:20])}{' and more' if len(names) > 20 else ''}." if names else ""


def _offered(side: str, chosen: str, asked: tuple[StreamNames, ...]) -> Offered:
    """Those of the chosen connection; of all of them where none is chosen yet."""
    told = [each for each in asked if not chosen or each.connection.name == chosen]
    return Offered(
        side=side,
        streams=tuple(
            (stream.name, stream.title if chosen else f"{stream.title}, {each.connection.title}")
            for each in told
            for stream in each.usable(side)
        ),
        problems=tuple(f"{each.connection.title}: {each.problem}" for each in told if chosen and each.problem),
    )


def _sync(form: SyncForm, sync: Sync) -> Sync:
    return replace(
        sync,
        title=form.title,
        entity=form.entity,
        source=form.source or None,
        source_stream=form.source_stream or None,
        destination=form.destination or None,
        destination_stream=form.destination_stream or None,
        filter=form.filter or None,
        deletions=form.deletions if form.deletions in DELETIONS else "ignore",
        environment=form.environment,
    )


async def _note(request: Req, action: str, name: str) -> None:
    await services(request).people.note(request.auth.workspace, request.auth.person.email, action, name, {})


async def _page(
    request: Req,
    sync: Sync | None,
    form: Filled[SyncForm] = EMPTY,
    filtered: FilterForm | None = None,
    status: int = 200,
) -> Response[Any]:
    found = await runs(request).list_runs(sync=sync.name, limit=10) if sync else []
    known = await connections(request).all()
    chosen = {
        "source": form.values.get("source", (sync.source or "") if sync else ""),
        "destination": form.values.get("destination", (sync.destination or "") if sync else ""),
    }
    wanted = known if "" in chosen.values() else [each for each in known if each.name in chosen.values()]
    asked = await stream_names(connections(request), wanted) if request.auth.may("consultant") else ()
    page = SyncPage(
        title=sync.title if sync else "New sync",
        section="syncs",
        sync=sync,
        runs=tuple(progress_of(run) for run in found),
        connections=(("", "none"), *((each.name, each.title) for each in known)),
        entities=tuple((name, name.replace("_", " ")) for name in ENTITIES),
        deletions=tuple(DELETION_WORDS.items()),
        offered=tuple(_offered(side, name, asked) for side, name in chosen.items()),
        may_run=request.auth.may("operator"),
        may_change=request.auth.may("consultant"),
        filter=filtered or await _stored_filter(request, sync),
        here_path=here_path(request),
        form=form,
    )
    if filtered is not None and wants_fragment(request):
        return render_parts(request, "syncs/sync.html", page, [Part(block="sync_form")], status=status)
    return render(request, "syncs/sync.html", page, fragment="offered", status=status)


async def _stored_filter(request: Req, sync: Sync | None) -> FilterForm:
    return await filter_form(request, sync.entity if sync else FIRST_ENTITY, (sync.filter or "") if sync else "")


HANDLERS = [syncs_page, new_sync_page, add_sync, sync_page, change_sync, run_sync, switch_sync]
