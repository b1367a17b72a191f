"""Publish: what publishing the draft would change, checked and tried on real records, and the button that does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from pydantic import BaseModel, Field

from editor import publish_gate
from editor.access import needs
from editor.bases import MovedBase, moved_bases
from editor.check_desk import SIZES
from editor.forms import EMPTY, Filled, read_form
from editor.mapping.set_check import MappingCheck, SetCheck
from editor.mapping_set import MappingSet, open_set
from editor.mapping_syncs import syncs_of
from editor.pages.page import Page
from editor.render import Req, render, see
from editor.services import services, syncs, writing
from engine.errors import CodiError, StaleError
from engine.mapping.diff import Change, rule_words
from engine.mapping.impact import FieldImpact
from engine.store.environments import set_impact_limit
from engine.store.revisions import Publication, Revisions

FIRST_LISTED = 200  # changes of one mapping that are written out


class Confirmed(BaseModel):
    """What a person sends to publish or to roll back."""

    environment: str = Field("live", pattern="^(test|live)$")
    reason: str = Field(min_length=1, max_length=500)
    typed: str = ""
    seen: str = ""  # content hash of what was checked
    records: int = SIZES[1]
    then: str = Field("next", pattern="^(next|now)$")


class Limit(BaseModel):
    percent: float = Field(ge=0, le=100)


@dataclass(frozen=True, kw_only=True)
class ChangedRule:
    """One row of what changes."""

    change: Change
    before: str  # in words; "": nothing was there
    after: str
    impact: FieldImpact | None


@dataclass(frozen=True, kw_only=True)
class CheckPage(Page):
    """What publishing and rolling back show alike."""

    set: MappingSet
    tab: str
    environment: str
    check: SetCheck
    changes: dict[str, tuple[ChangedRule, ...]]  # stem → its changed rules
    here_path: str  # address of this page with what was chosen, to look how far the check is
    action: str  # where the form goes
    button: str
    may_publish: bool
    now: dict[str, Publication | None]  # environment → what was published there last
    form: Filled[Confirmed] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, kw_only=True)
class PublishPage(CheckPage):
    may_limit: bool  # may say how much may change without a confirmation
    bases: tuple[MovedBase, ...]  # of the mappings whose base moved
    limit: Filled[Limit] = field(default_factory=lambda: EMPTY)


@get("/mappings/{connection:str}/publish")
async def publish_page(
    request: Req,
    connection: FromPath[str],
    environment: FromQuery[str] = "live",
    records: FromQuery[int] = SIZES[1],
    again: FromQuery[bool] = False,
) -> Response[Any]:
    return await _page(request, connection, environment, records, again=again)


@post("/mappings/{connection:str}/publish", status_code=200, guards=[needs("consultant")])
async def publish(request: Req, connection: FromPath[str]) -> Response[Any]:
    form = await read_form(request, Confirmed)
    wanted = form.model
    environment = wanted.environment if wanted else "live"
    opened = await open_set(services(request).gateway, request.auth.workspace, connection)
    check = await check_of(request, opened, opened.draft, environment, wanted.records if wanted else SIZES[1])
    form = checked(form, check, made_before=False)
    if form.model is None:
        return await _page(request, connection, environment, check.size, form=form, status=422)
    revisions = Revisions(services(request).gateway.database, request.auth.workspace)
    who = request.auth.person.email
    try:
        await revisions.publish(connection, environment, reason=form.model.reason, who=who, seen=form.model.seen)
    except StaleError as error:
        return await _page(
            request, connection, environment, check.size, form=form.with_error("", str(error)), status=409
        )
    run = await push_now(request, connection, check) if form.model.then == "now" else ""
    return see(request, run or f"{request.auth.here}/mappings/{connection}/history?done=published")


@post("/mappings/{connection:str}/publish/limit", status_code=200, guards=[needs("admin")])
async def change_limit(request: Req, connection: FromPath[str]) -> Response[Any]:
    form = await read_form(request, Limit)
    if form.model is None:
        return await _page(request, connection, "live", SIZES[1], limit=form, status=422)
    async with writing(request) as transaction:
        for environment in ("test", "live"):
            await set_impact_limit(transaction, environment, form.model.percent / 100)
    note = {"percent": form.model.percent}
    await services(request).people.note(
        request.auth.workspace, request.auth.person.email, "impact-limit.changed", "", note
    )
    return Redirect(f"{request.auth.here}/mappings/{connection}/publish?again=true&done=saved", status_code=303)


async def check_of(
    request: Req, opened: MappingSet, files: dict[str, str], environment: str, size: int, again: bool = False
) -> SetCheck:
    """What running `files` in the environment would do; perhaps still being found out."""
    given = services(request)
    return await given.checks.check(
        given.gateway,
        given.desk,
        request.auth.workspace,
        opened,
        files,
        environment,
        size=size if size in SIZES else SIZES[1],
        again=again,
    )


def checked(form: Filled[Confirmed], check: SetCheck, *, made_before: bool) -> Filled[Confirmed]:
    """The form, with what stands in the way of publishing."""
    wanted = form.model
    held = publish_gate.held(check, seen=wanted.seen, typed=wanted.typed, made_before=made_before) if wanted else None
    if held is None:
        return form
    if held.confirm is not None:
        return form.with_error("typed", f"Type {held.confirm:,} to say that you know.")
    return form.with_error("", held.words)


async def push_now(request: Req, connection: str, check: SetCheck) -> str:
    """Starts the syncs for just the records that come out differently. Gives the address of the run or runs."""
    started = []
    known = await syncs(request).all()
    for each in check.compared:
        for sync in syncs_of(each.data, connection, known):
            if each.affected and sync.enabled and sync.environment == check.environment:
                runner = services(request).runner
                try:
                    run = await runner.start(
                        request.auth.workspace,
                        sync.name,
                        trigger="published",
                        only=each.affected,
                        full=not each.outgoing,
                    )
                except CodiError:
                    continue  # a sync that is off or gone: its next run sends what differs
                started.append(run)
    if not started:
        return ""
    return f"{request.auth.here}/runs/{started[0]}" if len(started) == 1 else f"{request.auth.here}/runs"


def changes_of(check: SetCheck) -> dict[str, tuple[ChangedRule, ...]]:
    return {each.stem: tuple(_changed_rules(each)) for each in check.changed}


def _changed_rules(each: MappingCheck) -> Sequence[ChangedRule]:
    impact = each.impact
    fields = {found.field: found for found in impact.fields} if impact else {}
    return [
        ChangedRule(
            change=change,
            before=_words(change, change.before),
            after=_words(change, change.after),
            impact=fields.get(change.place.split("[]")[0]) if change.section == "field" else None,
        )
        for change in each.diff.changes[:FIRST_LISTED]
    ]


def _words(change: Change, value: Any) -> str:
    """One side of a change."""
    if value is None:
        return ""
    if change.section == "field":
        return rule_words(value)
    if change.section == "order":
        return ", ".join(map(str, value[:8])) + ("…" if len(value) > 8 else "")
    if isinstance(value, dict):
        return ", ".join(f"{key} → {entry}" for key, entry in value.items())
    return str(value)


async def last_publications(request: Req, connection: str) -> dict[str, Publication | None]:
    revisions = Revisions(services(request).gateway.database, request.auth.workspace)
    last: dict[str, Publication | None] = {}
    for environment in ("test", "live"):
        found = await revisions.history(connection, environment, limit=1)
        last[environment] = found[0] if found else None
    return last


async def _page(
    request: Req,
    connection: str,
    environment: str,
    records: int,
    *,
    again: bool = False,
    form: Filled[Confirmed] = EMPTY,
    limit: Filled[Limit] = EMPTY,
    status: int = 200,
) -> Response[Any]:
    environment = environment if environment in ("test", "live") else "live"
    opened = await open_set(services(request).gateway, request.auth.workspace, connection)
    check = await check_of(request, opened, opened.draft, environment, records, again)
    address = f"{request.auth.here}/mappings/{connection}/publish"
    page = PublishPage(
        title=f"Publish to {environment}",
        section="mappings",
        set=opened,
        tab="publish",
        environment=environment,
        check=check,
        changes=changes_of(check),
        here_path=f"{address}?environment={environment}&records={check.size}",
        action=address,
        button=f"Publish to {environment}",
        may_publish=request.auth.may("consultant"),
        may_limit=request.auth.may("admin"),
        bases=moved_bases(opened.files, live.files if (live := opened.running["live"]) else {}),
        now=await last_publications(request, connection),
        form=form,
        limit=limit,
    )
    return render(request, "publish/publish.html", page, fragment="set_check", status=status)


HANDLERS = [publish_page, publish, change_limit]
