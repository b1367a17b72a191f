"""The dashboard: what needs a person, every sync's health, the connections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Response, get

from editor.pages.page import Page
from editor.pages.runs import Progress, progress_of
from editor.render import Req, render
from editor.services import connections, reading, runs, syncs
from editor.words import plural
from engine.store.connections import Connection
from engine.store.run_records import Held, Hour, by_hour, held
from engine.store.syncs import Sync

HOURS = 24
TALLEST = 22  # units of the little bars; the picture is 24 high


@dataclass(frozen=True, kw_only=True)
class Bar:
    height: int
    kind: str  # "" | bad | now


@dataclass(frozen=True, kw_only=True)
class Attention:
    """One line of what needs a person."""

    icon: str
    kind: str  # bad | warn
    title: str
    words: str
    detail: str
    link: str  # inside the workspace
    action: str


@dataclass(frozen=True, kw_only=True)
class SyncLine:
    sync: Sync
    last: Progress | None
    bars: tuple[Bar, ...]  # 24, the oldest first; () where nothing ran
    moved: int  # in 24 hours
    rejected: int


@dataclass(frozen=True, kw_only=True)
class DashboardPage(Page):
    healthy: int
    need_you: int
    delivered: int  # in 24 hours
    unchanged: int
    waiting: int  # dead letters
    attention: tuple[Attention, ...]
    syncs: tuple[SyncLine, ...]
    connections: tuple[Connection, ...]
    may_change: bool


@get("/")
async def dashboard_page(request: Req) -> Response[Any]:
    """Fetched again every few seconds by the page itself; only `dashboard_body` then."""
    async with reading(request) as transaction:
        hours = await by_hour(transaction, HOURS)
        groups = await held(transaction)
    known = await syncs(request).all()
    systems = await connections(request).all()
    recent = await runs(request).list_runs(limit=500)
    latest: dict[str, Progress] = {}
    for run in recent:
        latest.setdefault(run.sync, progress_of(run))
    lines = tuple(_line(sync, latest.get(sync.name), hours) for sync in known)
    attention = (*_troubles(systems, lines), *(_letters(group, known) for group in groups))
    today = [progress_of(run) for run in recent if not run.dry_run and _within(run.queued_at)]
    bad = sum(_needs_you(line) for line in lines)
    page = DashboardPage(
        title="Dashboard",
        section="dashboard",
        healthy=len(lines) - bad,
        need_you=bad,
        delivered=sum(progress.delivered for progress in today),
        unchanged=sum(progress.unchanged for progress in today),
        waiting=sum(group.count for group in groups),
        attention=attention,
        syncs=lines,
        connections=tuple(systems),
        may_change=request.auth.may("consultant"),
    )
    return render(request, "dashboard/dashboard.html", page, fragment="dashboard_body")


def _within(moment: datetime) -> bool:
    return datetime.now(UTC) - moment < timedelta(hours=HOURS)


def _line(sync: Sync, last: Progress | None, hours: Sequence[Hour]) -> SyncLine:
    mine = {hour.hours_ago: hour for hour in hours if hour.sync == sync.name}
    most = max((hour.moved for hour in mine.values()), default=0)
    running = last is not None and last.run.status == "running"
    bars = tuple(_bar(mine.get(ago), most, running and ago == 0) for ago in reversed(range(HOURS))) if mine else ()
    return SyncLine(
        sync=sync,
        last=last,
        bars=bars,
        moved=sum(hour.moved for hour in mine.values()),
        rejected=sum(hour.rejected for hour in mine.values()),
    )


def _bar(hour: Hour | None, most: int, now: bool) -> Bar:
    if hour is None:
        return Bar(height=1, kind="")
    height = max(2, round(hour.moved / most * TALLEST)) if most else 2
    return Bar(height=height, kind="bad" if hour.rejected else "now" if now else "")


def _needs_you(line: SyncLine) -> bool:
    failed = line.last is not None and line.last.run.status == "failed"
    problem = line.sync.problem or ""
    paused = not line.sync.enabled and problem != "" and not problem.startswith("Turned off")
    return failed or paused


def _troubles(systems: Sequence[Connection], lines: Sequence[SyncLine]) -> list[Attention]:
    found = [
        Attention(
            icon="plug",
            kind="bad",
            title=f"{connection.title} does not answer as it should",
            words=connection.problem or "",
            detail="Its syncs wait; nothing is lost",
            link=f"/connections/{connection.name}",
            action="Mend and test",
        )
        for connection in systems
        if connection.status == "failing"
    ]
    for line in lines:
        if not _needs_you(line):
            continue
        failed = line.last is not None and line.last.run.status == "failed"
        found.append(
            Attention(
                icon="error",
                kind="bad",
                title=f"{line.sync.title} {'stopped' if failed else 'is paused'}",
                words=(line.last.run.error if failed and line.last else line.sync.problem) or "",
                detail="The next run goes on from where it stopped",
                link=f"/runs/{line.last.run.id}" if failed and line.last else f"/syncs/{line.sync.name}",
                action="Open",
            )
        )
    return found


def _letters(group: Held, known: Sequence[Sync]) -> Attention:
    sync = next((sync for sync in known if sync.name == group.sync), None)
    missing = "has no row for" in group.reason
    flow = f"{sync.source or 'stored records'} → {sync.destination or 'stored records'}" if sync else group.sync
    return Attention(
        icon="table" if missing else "inbox",
        kind="bad",
        title=group.reason,
        words=f"{plural(group.count, 'record')} {'held' if missing else 'rejected'}",
        detail=f"{sync.title if sync else group.sync}: {flow}, last {group.last_at:%H:%M}",
        link=f"/runs/{group.run}?show=rejected&letter={group.letter}#failed",
        action=f"Open {group.count}" if group.count > 1 else "Open",
    )


HANDLERS = [dashboard_page]
