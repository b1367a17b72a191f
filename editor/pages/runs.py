"""Runs: the list, one run with live progress, its records, a rejected record with its reason by field."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, ServerSentEvent, ServerSentEventMessage

from editor.access import needs
from editor.pages.page import Page
from editor.render import Req, block_html, render
from editor.services import reading, runs, services, syncs
from editor.words import pretty
from engine.store.dead_letters import DeadLetter, get_letter
from engine.store.run_records import RunRecord, run_deliveries, run_letters
from engine.store.syncs import Sync
from engine.sync.ports import RunRow

SHOWN = 200  # records of each outcome listed for a run
PULSE = 15.0  # seconds after which an idle stream says that it lives


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One bar of the progress."""

    title: str
    done: int
    total: int | None
    state: str  # waiting | now | ok


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A run as numbers people read."""

    run: RunRow
    phases: tuple[Phase, ...]
    read: int
    changed: int
    unchanged: int
    dropped: int
    delivered: int
    rejected: int
    seconds: float | None

    @property
    def ended(self) -> bool:
        return self.run.status in ("done", "failed", "cancelled")


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A rejected record, opened."""

    letter: DeadLetter
    payload: str  # what was being mapped or sent, as JSON


@dataclass(frozen=True, kw_only=True)
class RunsPage(Page):
    runs: tuple[Progress, ...]
    titles: dict[str, str]  # sync → its title
    sync: str  # only its runs; "": all


@dataclass(frozen=True, kw_only=True)
class RunPage(Page):
    progress: Progress
    sync: Sync | None  # None: it was taken away since
    records: tuple[RunRecord, ...]
    show: str  # "" | rejected | delivered
    rejected: int
    delivered: int
    letter: Letter | None
    may_run: bool


def progress_of(run: RunRow) -> Progress:
    counts = run.counts
    get_count = counts.get
    read, delivered = get_count("read", 0), get_count("delivered", 0)
    refused, same, withheld = get_count("refused", 0), get_count("same", 0), get_count("withheld", 0)
    reading = run.phase in ("", "read") and run.status in ("queued", "running")
    sent = delivered + refused + same + withheld
    changed = get_count("changed", 0)
    phases = (
        Phase(
            title="Read",
            done=read,
            total=run.total if reading else read,
            state="now" if reading else "ok",
        ),
        Phase(
            title="Deliver",
            done=sent,
            total=max(changed, sent) if not reading else None,
            state="waiting" if reading else "now" if run.status == "running" else "ok",
        ),
    )
    return Progress(
        run=run,
        phases=phases,
        read=read,
        changed=changed,
        unchanged=get_count("unchanged", 0) + same,
        dropped=get_count("dropped", 0) + withheld,
        delivered=delivered,
        rejected=get_count("rejected", 0) + refused,
        seconds=_seconds(run.started_at, run.finished_at),
    )


def _seconds(began: datetime | None, ended: datetime | None) -> float | None:
    return (ended - began).total_seconds() if began and ended else None


@get("/runs")
async def runs_page(request: Req, sync: FromQuery[str] = "") -> Response[Any]:
    found = await runs(request).list_runs(sync=sync or None, limit=100)
    titles = {each.name: each.title for each in await syncs(request).all()}
    page = RunsPage(
        title="Runs", section="runs", runs=tuple(progress_of(run) for run in found), titles=titles, sync=sync
    )
    return render(request, "runs/runs.html", page)


@get("/runs/{run:str}")
async def run_page(
    request: Req, run: FromPath[str], show: FromQuery[str] = "", letter: FromQuery[int | None] = None
) -> Response[Any]:
    page = await _page(request, run, show, letter)
    return render(request, "runs/run.html", page, fragment="run_body")


@get("/runs/{run:str}/events")
async def run_events(request: Req, run: FromPath[str]) -> ServerSentEvent:
    """The progress each time it moves, then `ended`; the page then fetches itself once more for the records."""
    workspace = request.auth.workspace
    await runs(request).get_run(run)  # 404 before the stream begins

    async def stream() -> AsyncIterator[ServerSentEventMessage]:
        yield ServerSentEventMessage(comment="hello", data=None, retry=1500)
        last = ""
        async for row in _pulsed(services(request).runner.follow(workspace, run)):
            if row is None:
                yield ServerSentEventMessage(comment="alive", data=None)
                continue
            page = RunPage(
                title="",
                progress=progress_of(row),
                sync=None,
                records=(),
                show="",
                rejected=0,
                delivered=0,
                letter=None,
                may_run=False,
            )
            html = block_html(request, "runs/run.html", "run_progress", page)
            if html != last:
                yield ServerSentEventMessage(data=html)
                last = html
        yield ServerSentEventMessage(event="ended", data="1")

    return ServerSentEvent(stream())


async def _pulsed(rows: AsyncIterator[RunRow]) -> AsyncIterator[RunRow | None]:
    """The rows, at most three a second; None while nothing moves."""
    iterator = aiter(rows)
    waiting: asyncio.Future[RunRow] = asyncio.ensure_future(anext(iterator))
    try:
        while True:
            done, _ = await asyncio.wait({waiting}, timeout=PULSE)
            if not done:
                yield None
                continue
            try:
                yield waiting.result()
            except StopAsyncIteration:
                return
            await asyncio.sleep(0.3)
            waiting = asyncio.ensure_future(anext(iterator))
    finally:
        waiting.cancel()


@post("/runs/{run:str}/cancel", status_code=303, guards=[needs("operator")])
async def cancel_run(request: Req, run: FromPath[str]) -> Response[Any]:
    await services(request).runner.cancel(request.auth.workspace, run)
    return Redirect(f"{request.auth.here}/runs/{run}", status_code=303)


@post("/runs/{run:str}/replay/{letter:int}", status_code=303, guards=[needs("operator")])
async def replay_record(request: Req, run: FromPath[str], letter: FromPath[int]) -> Response[Any]:
    """A new run of the same sync for just this record."""
    await runs(request).get_run(run)
    async with reading(request) as transaction:
        found, _ = await get_letter(transaction, letter)
    new = await services(request).runner.start(
        request.auth.workspace, found.sync, trigger="replay", only=[found.key], full=False
    )
    await services(request).people.note(
        request.auth.workspace, request.auth.person.email, "record.replayed", found.key, {"sync": found.sync}
    )
    return Redirect(f"{request.auth.here}/runs/{new}", status_code=303)


async def _page(request: Req, run: str, show: str, letter: int | None) -> RunPage:
    row = await runs(request).get_run(run)
    known = {each.name: each for each in await syncs(request).all()}
    async with reading(request) as transaction:
        letters = await run_letters(transaction, run, SHOWN)
        delivered = await run_deliveries(transaction, run, SHOWN)
        opened = None
        if letter is not None:
            found, payload = await get_letter(transaction, letter)
            opened = Letter(letter=found, payload=_shown(payload))
    listed = letters if show == "rejected" else delivered if show == "delivered" else [*letters, *delivered]
    progress = progress_of(row)
    return RunPage(
        title=known[row.sync].title if row.sync in known else row.sync,
        section="runs",
        progress=progress,
        sync=known.get(row.sync),
        records=tuple(sorted(listed, key=lambda record: record.at, reverse=True)[:SHOWN]),
        show=show,
        rejected=progress.rejected,
        delivered=progress.delivered,
        letter=opened,
        may_run=request.auth.may("operator"),
    )


def _shown(payload: bytes | None) -> str:
    if payload is None:
        return ""
    try:
        return pretty(msgspec.json.decode(payload))[:20_000]
    except msgspec.DecodeError:
        return payload.decode("utf-8", "replace")[:20_000]


HANDLERS = [runs_page, run_page, run_events, cancel_run, replay_record]
