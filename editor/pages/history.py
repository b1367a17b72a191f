"""History: what was published where, when, by whom and why; any revision's files; and back to one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from editor.access import needs
from editor.check_desk import SIZES
from editor.forms import EMPTY, Filled, read_form
from editor.mapping_set import MappingSet, open_set, stems_of
from editor.pages.page import Page
from editor.pages.publish import (
    CheckPage,
    Confirmed,
    changes_of,
    check_of,
    checked,
    last_publications,
    push_now,
)
from editor.render import Req, render, see
from editor.services import services
from engine.errors import CodiError
from engine.mapping.diff import DocumentDiff, diff_documents
from engine.mapping.yaml import read_text
from engine.store.mapping_sets import ENVIRONMENTS
from engine.store.revisions import Publication, Revision, Revisions

DRAFT = 0  # stands for the draft where a revision's number is asked for


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the history."""

    publication: Publication
    now: bool  # the last in its environment
    running: bool  # its revision is what runs there


@dataclass(frozen=True, kw_only=True)
class HistoryPage(Page):
    set: MappingSet
    tab: str
    entries: tuple[Entry, ...]
    environment: str  # only these; "": all
    may_publish: bool


@dataclass(frozen=True, kw_only=True)
class ComparedFile:
    """One file of a revision against the same file of another."""

    path: str
    state: str  # same | changed | added | removed
    diff: DocumentDiff | None  # of a mapping; None: another kind of file, or not readable


@dataclass(frozen=True, kw_only=True)
class RevisionPage(Page):
    set: MappingSet
    tab: str
    revision: Revision
    ran: tuple[Publication, ...]
    numbers: tuple[int, ...]
    against: int  # DRAFT, or a revision's number
    files: tuple[ComparedFile, ...]
    path: str  # the file that is shown
    text: str
    may_publish: bool


@dataclass(frozen=True, kw_only=True)
class RollbackPage(CheckPage):
    revision: Revision


@get("/mappings/{connection:str}/history")
async def history_page(request: Req, connection: FromPath[str], environment: FromQuery[str] = "") -> Response[Any]:
    opened = await open_set(services(request).gateway, request.auth.workspace, connection)
    found = await _revisions(request).history(connection, environment if environment in ENVIRONMENTS else None)
    entries, seen = [], set()
    for publication in found:
        running = opened.running[publication.environment]
        entries.append(
            Entry(
                publication=publication,
                now=publication.environment not in seen,
                running=running is not None and running.number == publication.revision,
            )
        )
        seen.add(publication.environment)
    page = HistoryPage(
        title="History",
        section="mappings",
        set=opened,
        tab="history",
        entries=tuple(entries),
        environment=environment,
        may_publish=request.auth.may("consultant"),
    )
    return render(request, "history/history.html", page)


@get("/mappings/{connection:str}/history/{number:int}")
async def revision_page(
    request: Req,
    connection: FromPath[str],
    number: FromPath[int],
    against: FromQuery[int | None] = None,
    path: FromQuery[str] = "",
) -> Response[Any]:
    opened = await open_set(services(request).gateway, request.auth.workspace, connection)
    revisions = _revisions(request)
    revision = await revisions.get(connection, number)
    numbers = await revisions.numbers(connection)
    if against is None:
        against = next((each for each in numbers if each < number), DRAFT)
    other = opened.draft if against == DRAFT else dict((await revisions.get(connection, against)).files)
    files = _compared(other, dict(revision.files))
    first = next((file.path for file in files if file.state != "same"), next(iter(revision.files)))
    shown = path if path in revision.files else first if first in revision.files else next(iter(revision.files))
    page = RevisionPage(
        title=f"Revision {number}",
        section="mappings",
        set=opened,
        tab="history",
        revision=revision,
        ran=tuple(each for each in await revisions.history(connection) if each.revision == number),
        numbers=tuple(numbers),
        against=against,
        files=files,
        path=shown,
        text=revision.files[shown],
        may_publish=request.auth.may("consultant"),
    )
    return render(request, "history/revision.html", page)


@get("/mappings/{connection:str}/history/{number:int}/rollback")
async def rollback_page(
    request: Req,
    connection: FromPath[str],
    number: FromPath[int],
    environment: FromQuery[str] = "live",
    records: FromQuery[int] = SIZES[1],
    again: FromQuery[bool] = False,
) -> Response[Any]:
    return await _rollback(request, connection, number, environment, records, again=again)


@post("/mappings/{connection:str}/history/{number:int}/rollback", status_code=200, guards=[needs("consultant")])
async def roll_back(request: Req, connection: FromPath[str], number: FromPath[int]) -> Response[Any]:
    form = await read_form(request, Confirmed)
    wanted = form.model
    environment = wanted.environment if wanted else "live"
    opened = await open_set(services(request).gateway, request.auth.workspace, connection)
    revision = await _revisions(request).get(connection, number)
    size = wanted.records if wanted else SIZES[1]
    check = await check_of(request, opened, dict(revision.files), environment, size)
    form = checked(form, check, made_before=True)
    if form.model is None:
        return await _rollback(request, connection, number, environment, check.size, form=form, status=422)
    reason, who = form.model.reason, request.auth.person.email
    if _earlier(opened, environment, number):
        await _revisions(request).roll_back(connection, environment, number, reason=reason, who=who)
    else:
        await _revisions(request).publish(connection, environment, number=number, reason=reason, who=who)
    run = await push_now(request, connection, check) if form.model.then == "now" else ""
    return see(request, run or f"{request.auth.here}/mappings/{connection}/history?done=rolled-back")


async def _rollback(
    request: Req,
    connection: str,
    number: int,
    environment: str,
    records: int,
    *,
    again: bool = False,
    form: Filled[Confirmed] = EMPTY,
    status: int = 200,
) -> Response[Any]:
    environment = environment if environment in ENVIRONMENTS else "live"
    opened = await open_set(services(request).gateway, request.auth.workspace, connection)
    revision = await _revisions(request).get(connection, number)
    check = await check_of(request, opened, dict(revision.files), environment, records, again)
    address = f"{request.auth.here}/mappings/{connection}/history/{number}/rollback"
    title = f"Roll back to {number}" if _earlier(opened, environment, number) else f"Publish revision {number}"
    page = RollbackPage(
        title=title,
        section="mappings",
        set=opened,
        tab="history",
        environment=environment,
        check=check,
        changes=changes_of(check),
        here_path=f"{address}?environment={environment}&records={check.size}",
        action=address,
        button=f"{title} in {environment}",
        may_publish=request.auth.may("consultant"),
        now=await last_publications(request, connection),
        form=form,
        revision=revision,
    )
    return render(request, "history/rollback.html", page, fragment="set_check", status=status)


def _earlier(opened: MappingSet, environment: str, number: int) -> bool:
    """Whether the revision is older than what runs."""
    running = opened.running[environment]
    return running is not None and number < running.number


def _compared(before: dict[str, str], after: dict[str, str]) -> tuple[ComparedFile, ...]:
    mappings = {f"{stem}.yaml" for stem in (*stems_of(before), *stems_of(after))}
    found = []
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        state = "same" if old == new else "added" if old is None else "removed" if new is None else "changed"
        diff = _diff(old, new) if state != "same" and path in mappings else None
        found.append(ComparedFile(path=path, state=state, diff=diff))
    return tuple(found)


def _diff(old: str | None, new: str | None) -> DocumentDiff | None:
    try:
        return diff_documents(*(read_text(text).data if text else {} for text in (old, new)))
    except CodiError:
        return None


def _revisions(request: Req) -> Revisions:
    return Revisions(services(request).gateway.database, request.auth.workspace)


HANDLERS = [history_page, revision_page, rollback_page, roll_back]
