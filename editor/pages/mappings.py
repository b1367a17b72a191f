"""Mappings: the list by connection, a new one, and the page a mapping is edited on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from pydantic import BaseModel, Field

from editor.access import needs
from editor.bases import (
    MovedBase,
    base_of,
    bases_in,
    document_of,
    is_mapping,
    moved_bases,
    pin_bases,
    shipped_bases,
    texts_of,
    whole,
)
from editor.forms import EMPTY, Filled, read_form
from editor.mapping.builder import Builder, SkipForm, builder_of, skip_form
from editor.mapping.opened import Opened, View, view_of
from editor.mapping.target_rows import every
from editor.pages.page import Page
from editor.presence import Present
from editor.render import Req, render
from editor.services import connections, reading, services
from engine.errors import NotFoundError
from engine.mapping.diff import diff_documents
from engine.mapping.golden import parse_case, run_cases
from engine.mapping.rewrite import write_text
from engine.records.entities import ENTITIES
from engine.store.dead_letters import get_letter
from engine.store.drafts import DraftFile, Drafts
from engine.store.revisions import Publication, Revision, Revisions
from engine.store.samples import Sample, decode_payload


class NewMapping(BaseModel):
    connection: str = Field(min_length=1)
    start: str = ""  # a shipped mapping; "": an empty one
    how: str = Field("extend", pattern="^(extend|copy)$")  # what is done with the shipped mapping
    direction: str = Field("out", pattern="^(in|out)$")
    entity: str = "product"
    stream: str = Field("", max_length=80)


@dataclass(frozen=True, kw_only=True)
class ListedMapping:
    stem: str
    title: str
    flow: str  # stream → entity, or the other way round
    changes: int | None  # rules ahead of live; None: nothing is live
    tests: str  # "12 of 12 pass"; "" where there are none
    failing: bool
    saved_by: str
    saved_at: datetime
    base: str  # the mapping it is built on; "": none
    own: int  # rules of its own, where it is built on one
    moved: tuple[MovedBase, ...]  # what its base became


@dataclass(frozen=True, kw_only=True)
class ListedSet:
    connection: str
    title: str
    mappings: tuple[ListedMapping, ...]
    live: Publication | None


@dataclass(frozen=True, kw_only=True)
class MappingsPage(Page):
    sets: tuple[ListedSet, ...]
    may_change: bool
    connections: tuple[tuple[str, str], ...]
    shipped: tuple[tuple[str, str], ...]
    entities: tuple[tuple[str, str], ...]
    form: Filled[NewMapping] = field(default_factory=lambda: EMPTY)
    adding: bool = False


@dataclass(frozen=True, kw_only=True)
class EditorPage(Page):
    """The three panes."""

    opened: Opened
    view: View
    connection_title: str
    here_path: str  # address of this mapping
    can_undo: bool
    can_redo: bool
    may_edit: bool
    saved: str  # in words
    version: int  # of the draft that this page shows: what a save names
    changes: int | None  # rules ahead of live
    tests: str
    tests_fail: bool
    skip: SkipForm | None = None  # which records are left out
    builder: Builder | None = None  # of the open rule
    notice: str = ""  # what somebody else did meanwhile
    present: tuple[Present, ...] = ()  # who else has it open
    conflict: Any = None


@get("/mappings")
async def mappings_page(request: Req, add: FromQuery[str] = "") -> Response[Any]:
    return await _list(request, adding=add == "1")


@post("/mappings", status_code=200, guards=[needs("consultant")])
async def add_mapping(request: Req) -> Response[Any]:
    form = await read_form(request, NewMapping)
    new = form.model
    if new is None:
        return await _list(request, 422, form=form, adding=True)
    known = {connection.name: connection for connection in await connections(request).all()}
    if new.connection not in known:
        return await _list(request, 422, form=form.with_error("connection", "Choose a connection."), adding=True)
    if new.start and new.start not in shipped_bases():
        wrong = form.with_error("start", f"There is no shipped mapping {new.start}; choose one of the list.")
        return await _list(request, 422, form=wrong, adding=True)
    stem, text = _first_text(new, known[new.connection].connector)
    drafts, who = Drafts(services(request).gateway.database, request.auth.workspace), request.auth.person.email
    taken = _does_the_same(texts_of(await drafts.files(new.connection)), stem, text)
    if taken:
        wrong = form.with_error("start", f"{known[new.connection].title} has a mapping for that already: {taken}.")
        return await _list(request, 422, form=wrong, adding=True)
    await drafts.save(new.connection, f"{stem}.yaml", text, version=0, who=who)
    await pin_bases(drafts, new.connection, who)
    return Redirect(f"{request.auth.here}/mappings/{new.connection}/{in_url(stem)}", status_code=303)


def _first_text(new: NewMapping, connector: str) -> tuple[str, str]:
    """The name of the new mapping and its document."""
    if new.start and new.how == "copy":
        return new.start, shipped_bases()[new.start]
    if new.start:
        base = document_of(shipped_bases()[new.start])
        name = f"{new.connection}/{new.start.partition('/')[2]}"
        name = name if name != new.start else f"own-{name}"  # a mapping cannot extend one of its own name
        sides = {side: base[side] for side in ("from", "to") if side in base}
        head = {"format": 1, "mapping": name, "title": str(base.get("title", "")), "extend": new.start}
        return name, write_text({**head, **sides, "fields": {}})
    stream = new.stream or f"{new.entity}s"
    source, target = {"entity": new.entity}, {"stream": stream}
    if new.direction == "in":
        source, target = target, source
    name = f"{connector}/{new.entity}.{new.direction}"
    title = " to ".join(next(iter(side.values())) for side in (source, target)).capitalize()
    return name, write_text({"format": 1, "mapping": name, "title": title, "from": source, "to": target, "fields": {}})


def _does_the_same(files: Mapping[str, str], stem: str, text: str) -> str:
    """The mapping of the set that has this name, or translates between the same two; "": none. A sync needs one."""
    new, bases = document_of(text), bases_in(files)
    if f"{stem}.yaml" in files:
        return stem
    for path in filter(is_mapping, files):
        have = whole(document_of(files[path]), bases)
        if all(have.get(side) == new.get(side) for side in ("from", "to")):
            return path.removesuffix(".yaml")
    return ""


@get("/mappings/find")
async def find_mapping(
    request: Req, mapping: FromQuery[str], place: FromQuery[str] = "", letter: FromQuery[int | None] = None
) -> Response[Any]:
    """From a failed record to the rule: the mapping by its name, with the record as sample."""
    database, workspace = services(request).gateway.database, request.auth.workspace
    for each in await Drafts(database, workspace).sets():
        for path, file in (await Drafts(database, workspace).files(each.connection)).items():
            if is_mapping(path) and f"mapping: {mapping}\n" in (file.body or ""):
                stem = path.removesuffix(".yaml")
                sample = await _show_letter(request, letter, (workspace, each.connection, stem))
                query = urlencode({"open": place, "sample": sample})
                address = f"{request.auth.here}/mappings/{each.connection}/{in_url(stem)}?{query}"
                return Redirect(address, status_code=303)
    raise NotFoundError(f"No draft has the mapping {mapping}.")


async def _show_letter(request: Req, letter: int | None, key: tuple[int, str, str]) -> str:
    """The record of a dead letter, offered as a sample of the mapping; its name."""
    if letter is None:
        return ""
    async with reading(request) as transaction:
        found, payload = await get_letter(transaction, letter)
    if payload is not None:
        sample = Sample(name=found.key, origin="a rejected record", masked=False, payload=decode_payload(payload))
        services(request).desk.show(services(request).gateway, key, sample)
    return found.key


@get("/mappings/{connection:str}/{stem:str}")
async def editor_page(
    request: Req,
    connection: FromPath[str],
    stem: FromPath[str],
    sample: FromQuery[str] = "",
    open: FromQuery[str] = "",
) -> Response[Any]:
    page = await editor_context(request, connection, from_url(stem), sample=sample, place=open)
    return render(request, "mappings/editor.html", page)


@get("/mappings/{connection:str}/{folder:str}/{name:str}")
async def mapping_in_folder(
    request: Req, connection: FromPath[str], folder: FromPath[str], name: FromPath[str]
) -> Response[Any]:
    """The same page by the file's own path."""
    query = f"?{request.url.query}" if request.url.query else ""
    return Redirect(f"{request.auth.here}/mappings/{connection}/{in_url(f'{folder}/{name}')}{query}", status_code=303)


def in_url(stem: str) -> str:
    """A mapping's file may stand in a folder: `demo_erp/product.in` is one part of the address all the same."""
    return stem.replace("/", "~")


def from_url(part: str) -> str:
    return part.replace("~", "/")


async def editor_context(
    request: Req,
    connection: str,
    stem: str,
    *,
    sample: str = "",
    place: str = "",
    opened: Opened | None = None,
    with_suggestions: bool = True,
    **more: Any,
) -> EditorPage:
    """The page's context: of the saved draft, or of an `opened` that is not saved yet."""
    given = services(request)
    desk, gateway, workspace = given.desk, given.gateway, request.auth.workspace
    if opened is None:
        opened = await desk.open(gateway, workspace, connection, stem, chosen=sample)
    view = view_of(opened, with_tree=with_suggestions, with_suggestions=with_suggestions)
    steps = await desk.steps(gateway, workspace, opened)
    row = next((row for section in view.sections for row in every(section.rows) if row.place == place), None)
    ahead = None if opened.live is None else len(diff_documents(opened.live, opened.data).changes)
    tests, fail = ("", False) if not with_suggestions else await _tests(request, opened)
    person = request.auth.person
    present = given.presence.note((workspace, connection, stem), person.id, person.name, place)
    return EditorPage(
        title=str(opened.data.get("title") or opened.stem),
        section="mappings",
        opened=opened,
        view=view,
        connection_title=connection,
        here_path=f"{request.auth.here}/mappings/{connection}/{in_url(stem)}",
        can_undo=bool(steps.back),
        can_redo=bool(steps.forth),
        may_edit=request.auth.may("consultant"),
        saved="saved",
        version=opened.version,
        changes=ahead,
        tests=tests,
        tests_fail=fail,
        present=present,
        skip=skip_form(opened) if with_suggestions else None,
        builder=builder_of(opened, row, with_picks=with_suggestions) if row else None,
        **more,
    )


async def _tests(request: Req, opened: Opened) -> tuple[str, bool]:
    """How the golden tests of the draft go, in words; whether one fails."""
    cases = await golden_cases(request, opened.connection, opened.stem)
    if not cases:
        return "", False
    report = run_cases(opened.program, cases)
    return report.summary, bool(report.failed)


async def golden_cases(request: Req, connection: str, stem: str) -> list[Any]:
    """The golden tests beside a mapping in its draft."""
    files = await Drafts(services(request).gateway.database, request.auth.workspace).files(connection)
    prefix = f"{stem}.golden/"
    return [
        parse_case(file.body, path.removeprefix(prefix).removesuffix(".yaml"), path)
        for path, file in sorted(files.items())
        if path.startswith(prefix) and file.body
    ]


async def _list(request: Req, status: int = 200, **more: Any) -> Response[Any]:
    database, workspace = services(request).gateway.database, request.auth.workspace
    known = {connection.name: connection for connection in await connections(request).all()}
    sets = []
    for each in await Drafts(database, workspace).sets():
        files = await Drafts(database, workspace).files(each.connection)
        bases = bases_in(texts_of(files))
        revision = await Revisions(database, workspace).published(each.connection, "live")
        history = await Revisions(database, workspace).history(each.connection, "live", limit=1)
        moved = moved_bases(files, revision.files if revision else {})
        listed = [
            await _listed(request, each.connection, path.removesuffix(".yaml"), file, revision, bases, moved)
            for path, file in sorted(files.items())
            if is_mapping(path)
        ]
        title = known[each.connection].title if each.connection in known else each.connection
        sets.append(
            ListedSet(
                connection=each.connection,
                title=title,
                mappings=tuple(listed),
                live=history[0] if history else None,
            )
        )
    page = MappingsPage(
        title="Mappings",
        section="mappings",
        sets=tuple(sets),
        may_change=request.auth.may("consultant"),
        connections=tuple((name, connection.title) for name, connection in known.items()),
        shipped=(("", "an empty mapping"), *((name, name) for name in shipped_bases())),
        entities=tuple((name, name.replace("_", " ")) for name in ENTITIES),
        **more,
    )
    return render(request, "mappings/mappings.html", page, status=status)


async def _listed(
    request: Req,
    connection: str,
    stem: str,
    file: DraftFile,
    revision: Revision | None,
    bases: Mapping[str, str],
    moved: Sequence[MovedBase],
) -> ListedMapping:
    desk = services(request).desk
    own = desk.read(file.body or "")
    data = whole(own, bases)
    sides = [data.get(side) or {} for side in ("from", "to")]
    flow = " → ".join(str(side.get("entity") or side.get("stream") or "?") for side in sides)
    live = revision.files.get(f"{stem}.yaml") if revision else None
    changes = None
    if revision and live is not None:
        changes = len(diff_documents(whole(desk.read(live), bases_in(revision.files)), data).changes)
    cases = await golden_cases(request, connection, stem)
    summary, failing = "", False
    if cases:
        report = run_cases(desk.program(data), cases)
        summary, failing = report.summary, bool(report.failed)
    return ListedMapping(
        stem=stem,
        title=str(data.get("title") or stem),
        flow=flow,
        changes=changes,
        tests=summary,
        failing=failing,
        saved_by=file.saved_by,
        saved_at=file.saved_at,
        base=str(own["extend"]) if base_of(own, bases) is not None else "",
        own=len(own.get("fields") or {}),
        moved=tuple(each for each in moved if each.stem == stem),
    )


HANDLERS = [mappings_page, add_mapping, find_mapping, editor_page, mapping_in_folder]
