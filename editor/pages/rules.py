"""Editing a mapping rule by rule: open, change, pick, copy, undo, suggestions, completion.

Every answer is made of the parts of the page that changed. A change is tried while it is typed (`typing`), and saved as
soon as one pauses; the draft file's version says whether somebody else saved meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from editor.access import needs
from editor.forms import sent
from editor.mapping.builder import Builder, builder_of, skip_form
from editor.mapping.chips import Chip, chips_of
from editor.mapping.complete import Completion, completions
from editor.mapping.condition_form import like_the_field, sent_condition
from editor.mapping.edits import list_around, rule_at, with_name, with_note, with_rule, with_skip
from editor.mapping.opened import Opened
from editor.mapping.probe import Standing, values
from editor.mapping.rule_form import changed_rule
from editor.mapping.source_tree import relative
from editor.mapping.target_rows import Row, every
from editor.pages.mappings import EditorPage, editor_context, from_url
from editor.pages.page import Page
from editor.render import Part, Req, render, render_parts
from editor.services import services
from engine.errors import CodiError, MappingError, StaleError, UsageError
from engine.mapping.difference import same
from engine.store.drafts import Drafts

BASE = "/mappings/{connection:str}/{stem:str}"
TEMPLATE = "mappings/editor.html"


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Two people changed the same rule."""

    place: str
    row_id: str
    who: str
    mine: tuple[Chip, ...]
    theirs: tuple[Chip, ...]
    mine_json: str  # the rule, to be sent again


@dataclass(frozen=True, kw_only=True)
class CompletionPage(Page):
    items: tuple[Completion, ...]


@get(BASE + "/view")
async def view(
    request: Req,
    connection: FromPath[str],
    stem: FromPath[str],
    sample: FromQuery[str] = "",
    open: FromQuery[str] = "",
) -> Response[Any]:
    """All three panes again, for another sample."""
    page = await editor_context(request, connection, from_url(stem), sample=sample, place=open)
    return _everything(request, page)


@get(BASE + "/row")
async def open_row(
    request: Req,
    connection: FromPath[str],
    stem: FromPath[str],
    place: FromQuery[str],
    sample: FromQuery[str] = "",
    close: FromQuery[str] = "",
) -> Response[Any]:
    page = await editor_context(
        request, connection, from_url(stem), sample=sample, place="" if close else place, with_suggestions=not close
    )
    row = _row(page, place)
    events = {"traced": [] if close else list(row.reads)}
    return _reply(request, page, [_row_part(page, row)], events)


@post(BASE + "/rule", status_code=200, guards=[needs("consultant")])
async def change_rule(request: Req, connection: FromPath[str], stem: FromPath[str]) -> Response[Any]:
    """One form of one rule was sent."""
    typed = await sent(request, as_typed=True)
    place, what, sample = typed.get("place", ""), typed.get("what", ""), typed.get("sample", "")
    given = services(request)
    opened = await given.desk.open(given.gateway, request.auth.workspace, connection, from_url(stem), chosen=sample)
    if what == "cases":
        typed = like_the_field(typed, lambda field: values(opened, place, [field])[field])
    try:
        data, structural = _changed(opened, place, what, typed)
    except (UsageError, MappingError) as error:
        return await _refused(request, opened, place, sample, error)
    if typed.get("typing"):
        tried = await given.desk.tried(given.gateway, request.auth.workspace, opened, data, place)
        page = await editor_context(
            request, connection, from_url(stem), sample=sample, place=place, opened=tried, with_suggestions=False
        )
        return _typed(request, replace(page, saved="typing…", version=_seen(typed, opened)), place, typed=typed)
    page_or_reply = await _save(request, opened, data, place, typed)
    if isinstance(page_or_reply, Response):
        return page_or_reply
    if not typed.get("quiet") and (structural or what == "yaml" or "do" in typed):
        return _structural(request, page_or_reply, place, pressed=typed.get("do", ""))
    return _typed(request, page_or_reply, place, what, typed=typed)


@post(BASE + "/undo", status_code=200, guards=[needs("consultant")])
async def undo(request: Req, connection: FromPath[str], stem: FromPath[str]) -> Response[Any]:
    return await _step(request, connection, from_url(stem), forth=False)


@post(BASE + "/redo", status_code=200, guards=[needs("consultant")])
async def redo(request: Req, connection: FromPath[str], stem: FromPath[str]) -> Response[Any]:
    return await _step(request, connection, from_url(stem), forth=True)


@post(BASE + "/suggestions", status_code=200, guards=[needs("consultant")])
async def accept_suggestions(request: Req, connection: FromPath[str], stem: FromPath[str]) -> Response[Any]:
    """Accepts those that were ticked, as one step that one undo takes back."""
    form = await request.form()
    wanted = {str(value) for name, value in form.multi_items() if name == "target"}
    before = await editor_context(request, connection, from_url(stem), sample=str(form.get("sample", "")))
    data: Mapping[str, Any] = before.opened.data
    order = [target.path for target in before.opened.targets]
    for suggestion in before.view.suggestions:
        if suggestion.target in wanted:
            data = with_rule(data, suggestion.target, dict(suggestion.rule), order)
    saved = await _save(request, before.opened, data, "", {"sample": str(form.get("sample", ""))})
    return saved if isinstance(saved, Response) else _everything(request, saved)


@post(BASE + "/names", status_code=200, guards=[needs("consultant")])
async def change_names(request: Req, connection: FromPath[str], stem: FromPath[str]) -> Response[Any]:
    """A name under `let`."""
    typed = await sent(request)
    given = services(request)
    sample = typed.get("sample", "")
    opened = await given.desk.open(given.gateway, request.auth.workspace, connection, from_url(stem), chosen=sample)
    name = typed.get("name", "").lstrip("$")
    if not name.isidentifier():
        raise UsageError("A name has letters, digits and _, and begins with a letter.")
    saved = await _save(request, opened, with_name(opened.data, name, typed.get("expression", "")), "", typed)
    return saved if isinstance(saved, Response) else _everything(request, saved)


@post(BASE + "/skip", status_code=200, guards=[needs("consultant")])
async def change_skip(request: Req, connection: FromPath[str], stem: FromPath[str]) -> Response[Any]:
    """The condition that leaves records out. What one types in stays as it is, unless a button was pressed."""
    typed = await sent(request, as_typed=True)
    given = services(request)
    sample, pressed = typed.get("sample", ""), typed.get("do", "")
    opened = await given.desk.open(given.gateway, request.auth.workspace, connection, from_url(stem), chosen=sample)
    typed = like_the_field(typed, lambda field: values(opened, "", [field])[field])
    condition, before = sent_condition(typed, "skip_when"), opened.data.get("skip_when", "false")
    data = opened.data if condition == before else with_skip(opened.data, "" if condition == "false" else condition)
    saved = await _save(request, opened, data, "", typed)
    if isinstance(saved, Response):
        return saved
    form = skip_form(saved.opened, pressed)
    parts = [Part(block="skip_form", locals={"skip": form})] if pressed else _beside("skip", form.standing, typed)
    parts += [Part(block="counts"), Part(block="draft_bar"), Part(block="output_pane", swap="outerMorph")]
    return _reply(request, saved, parts, {})


@post(BASE + "/complete", status_code=200)
async def complete(request: Req, connection: FromPath[str], stem: FromPath[str]) -> Response[Any]:
    """What could stand at the caret."""
    typed = await sent(request)
    form = await request.form()
    text = str(form.get("expr", ""))  # as typed: blanks count
    given = services(request)
    opened = await given.desk.open(
        given.gateway, request.auth.workspace, connection, from_url(stem), chosen=typed.get("sample", "")
    )
    at = int(typed["at"]) if typed.get("at", "").isdigit() else len(text)
    around = list_around(opened.data, typed.get("place", ""))
    context = str((rule_at(opened.data, around) or {}).get("each", "")) if around else ""
    payload = opened.sample.payload if opened.sample else {}
    items = completions(text, at, payload, opened.data, context)
    if typed.get("what") == "field":
        items = tuple(item for item in items if item.kind != "function") or items
    return render(request, "mappings/_completions.html", CompletionPage(title="", items=items))


def _changed(opened: Opened, place: str, what: str, typed: Mapping[str, str]) -> tuple[Mapping[str, Any], bool]:
    """The document after the edit, and whether the row must be drawn anew: rows came or went, or another form fits."""
    order = [target.path for target in opened.targets]
    old = rule_at(opened.data, place)
    if what == "note":
        return with_note(opened.data, place, typed.get("note", "")), False
    if what == "shipped":
        return _as_shipped(opened, place), True
    if what == "live":
        live = rule_at(opened.live, place) if opened.live is not None else None
        return with_rule(opened.data, place, live, order), True
    if what == "copy":
        if old is None:
            raise UsageError("There is no rule to copy.")
        target = typed.get("to", "")
        if target not in order and rule_at(opened.data, target) is None:
            raise UsageError(f"There is no target {target!r}; choose one of the list.")
        return with_rule(opened.data, target, old, order), True
    if what == "rule":
        try:
            rule = json.loads(typed.get("rule", "null"))
        except ValueError:
            raise UsageError("The rule could not be read. Reload the page.") from None
        return with_rule(opened.data, place, rule, order), True
    if what == "pick":
        typed = {**typed, "path": _picked(opened, place, typed.get("path", ""))}
    new = changed_rule(what, old, typed)
    if what == "pick" and typed.get("picked") == "list" and _is_list_target(opened, place):
        new = {"each": typed["path"]}
    structural = what in ("pick", "clear") or bool(new and "each" in new)
    return with_rule(opened.data, place, new, order), structural


def _as_shipped(opened: Opened, place: str) -> Mapping[str, Any]:
    """With the rule and the note of the base at `place`; a rule for a list comes back with the fields nested in it."""
    base = opened.base or {}
    rules, notes = base.get("fields") or {}, base.get("notes") or {}
    if place in rules:
        data: Mapping[str, Any] = {**opened.data, "fields": {**opened.data["fields"], place: rules[place]}}
    else:
        data = with_rule(opened.data, place, rule_at(base, place), [target.path for target in opened.targets])
    return with_note(data, place, str(notes.get(place, "")))


def _picked(opened: Opened, place: str, path: str) -> str:
    """The picked path as the rule writes it: inside a list, as seen from its entries."""
    around = list_around(opened.data, place)
    each = str((rule_at(opened.data, around) or {}).get("each", "")) if around else ""
    return relative(path, each.partition("[")[0]) if each else path


def _is_list_target(opened: Opened, place: str) -> bool:
    return any(target.path.startswith(f"{place}[].") for target in opened.targets)


async def _save(
    request: Req, opened: Opened, data: Mapping[str, Any], place: str, typed: Mapping[str, str]
) -> EditorPage | Response[Any]:
    """Saves the draft and gives the page after it. Where somebody saved meanwhile, the edit goes on top of theirs;
    where they changed the same rule, both are shown and kept."""
    given = services(request)
    workspace, who = request.auth.workspace, request.auth.person.email
    connection, stem, sample = opened.connection, opened.stem, typed.get("sample", "")
    seen = _seen(typed, opened)
    notice = ""
    if seen != opened.version:
        base = await _text_at(request, opened, seen)
        before = rule_at(opened.with_base(given.desk.read(base)), place) if base is not None and place else None
        theirs = rule_at(opened.data, place) if place else None
        file = (await Drafts(given.gateway.database, workspace).files(connection))[f"{stem}.yaml"]
        mine = rule_at(data, place) if place else None
        others = file.saved_by != who or await _by_others(request, opened, seen)
        if others and base is not None and place and not same(before, theirs) and not same(theirs, mine):
            with suppress(StaleError):  # the store keeps the refused text in the file's history
                await given.desk.save(given.gateway, workspace, opened, data, version=seen, who=who)
            return await _in_conflict(request, opened, place, file.saved_by, mine, theirs, sample)
        if file.saved_by != who:
            notice = f"{file.saved_by} also changes this draft; both changes are kept."
    if not same(dict(opened.data), dict(data)):
        await given.desk.save(given.gateway, workspace, opened, data, version=opened.version, who=who)
    after = await given.desk.open(given.gateway, workspace, connection, stem, chosen=sample)
    return await editor_context(request, connection, stem, sample=sample, place=place, opened=after, notice=notice)


def _seen(typed: Mapping[str, str], opened: Opened) -> int:
    """The version of the draft the person had in front of them."""
    return int(typed["version"]) if typed.get("version", "").isdigit() else opened.version


async def _by_others(request: Req, opened: Opened, seen: int) -> bool:
    """Whether somebody else saved after that version: one's own saves may overtake each other."""
    saves = await Drafts(services(request).gateway.database, request.auth.workspace).saves(
        opened.connection, f"{opened.stem}.yaml", limit=200
    )
    return any(save.version > seen and save.saved_by != request.auth.person.email for save in saves if not save.refused)


async def _text_at(request: Req, opened: Opened, version: int) -> str | None:
    """The draft's text as it was at a version; None where that is no longer kept."""
    drafts = Drafts(services(request).gateway.database, request.auth.workspace)
    for save in await drafts.saves(opened.connection, f"{opened.stem}.yaml", limit=200):
        if save.version == version and not save.refused:
            return save.body
    return None


async def _in_conflict(
    request: Req,
    opened: Opened,
    place: str,
    who: str,
    mine: Mapping[str, Any] | None,
    theirs: Mapping[str, Any] | None,
    sample: str,
) -> Response[Any]:
    page = await editor_context(
        request, opened.connection, opened.stem, sample=sample, place=place, opened=opened, with_suggestions=False
    )
    row = _row(page, place)
    conflict = Conflict(
        place=place,
        row_id=row.id,
        who=who,
        mine=chips_of(mine) if mine else (),
        theirs=chips_of(theirs) if theirs else (),
        mine_json=json.dumps(mine),
    )
    parts = [Part(block="conflict", target=f"#c-{row.id}", locals={"row": row}), Part(block="draft_bar")]
    return render_parts(request, TEMPLATE, replace(page, conflict=conflict), parts, status=409)


async def _refused(request: Req, opened: Opened, place: str, sample: str, error: CodiError) -> Response[Any]:
    """A form that makes no rule: what is wrong, beside it; nothing is saved."""
    page = await editor_context(
        request, opened.connection, opened.stem, sample=sample, place=place, opened=opened, with_suggestions=False
    )
    row = replace(_row(page, place), problem=error.message, hint="")
    builder = replace(builder_of(opened, row))
    parts = [
        Part(block="row_sub", target=f"#x-{row.id}", locals={"row": row}),
        Part(block="row_outcome", target=f"#o-{row.id}", locals={"b": builder}),
    ]
    return render_parts(request, TEMPLATE, page, parts, status=422)


async def _step(request: Req, connection: str, stem: str, *, forth: bool) -> Response[Any]:
    typed = await sent(request)
    given = services(request)
    workspace, sample, place = request.auth.workspace, typed.get("sample", ""), typed.get("open", "")
    opened = await given.desk.open(given.gateway, workspace, connection, stem, chosen=sample)
    await given.desk.steps(given.gateway, workspace, opened)
    log, key = given.desk.undo, (workspace, connection, stem)
    text = log.redo(key, opened.text) if forth else log.undo(key, opened.text)
    if text is not None:
        who = request.auth.person.email
        await given.desk.save_text(given.gateway, workspace, opened, text, version=opened.version, who=who, step=False)
    page = await editor_context(request, connection, stem, sample=sample, place=place)
    return _everything(request, page)


# ---------------------------------------------------------------- replies


def _row(page: EditorPage, place: str) -> Row:
    for section in page.view.sections:
        for row in every(section.rows):
            if row.place == place:
                return row
    raise UsageError(f"There is no target {place!r} any more. Reload the page.")


def _top_row(page: EditorPage, place: str) -> Row:
    """The row of the page's own list that holds the place: rows of lists are drawn inside their list's row."""
    for section in page.view.sections:
        for row in section.rows:
            if any(inner.place == place for inner in every([row])):
                return row
    return _row(page, place)


def _row_part(page: EditorPage, row: Row) -> Part:
    return Part(block="row", target=f"#{row.id}", locals={"row": row, "open_place": _open(page)})


def _open(page: EditorPage) -> str:
    return page.builder.row.place if page.builder else ""


def _head_parts(page: EditorPage, place: str) -> list[Part]:
    section = next(s for s in page.view.sections if any(row.place == place for row in every(s.rows)))
    return [
        Part(block="section_head", target=f"#{section.id}", locals={"section": section}),
        Part(block="counts"),
        Part(block="draft_bar"),
        Part(block="output_pane", swap="outerMorph"),
    ]


def _typed(
    request: Req, page: EditorPage, place: str, what: str = "", *, typed: Mapping[str, str] | None = None
) -> Response[Any]:
    """The boxes one types in stay as they are; everything around them is new. `typed`: what was sent."""
    row = _row(page, place)
    builder: Builder | None = page.builder
    parts = [
        Part(block="row_head", target=f"#h-{row.id}", locals={"row": row, "open_place": place}),
        Part(block="row_sub", target=f"#x-{row.id}", locals={"row": row}),
        *_head_parts(page, place),
    ]
    if builder is not None:
        # The tab one works in stays the one that shows.
        builder = replace(builder, tab="code" if what in ("", "expr", "yaml") else "build")
        parts.append(Part(block="row_outcome", target=f"#o-{row.id}", locals={"b": builder}))
        if what == "expr":  # the other tabs say the same rule in their way
            parts.append(Part(block="build_panel", target=f"#p-build-{row.id}", locals={"b": builder}))
        elif what in ("build", "constant", "template", "options", "each", "cases"):
            parts.append(Part(block="code_panel", target=f"#p-code-{row.id}", locals={"b": builder}))
        parts += _standing_parts(builder, typed or {})
    return _reply(request, page, parts, {"traced": list(row.reads), "used": list(page.view.used)})


def _standing_parts(builder: Builder, typed: Mapping[str, str]) -> list[Part]:
    """How the conditions stand now, beside the boxes that were sent: those are what the page has."""
    applies = [
        Part(block="applies", target=f"#applies-{builder.row.id}-{case.at}", locals={"b": builder, "case": case})
        for case in builder.cases
        if f"case.{case.at}.then" in typed
    ]
    return [*_beside(builder.row.id, builder.standing, typed), *applies]


def _beside(key: str, standing: Mapping[str, Standing], typed: Mapping[str, str]) -> list[Part]:
    """`key`: what the ids of the page begin with."""
    return [
        Part(
            block="standing",
            target=f"#now-{key}-{name.replace('.', '-')}",
            locals={"id": f"{key}-{name.replace('.', '-')}", "standing": stands},
        )
        for name, stands in standing.items()
        if typed.get(f"{name}.is") in ("check", "code") or f"{name}.1.is" in typed
    ]


def _structural(request: Req, page: EditorPage, place: str, *, pressed: str = "") -> Response[Any]:
    """The whole row, with what came or went inside it. `pressed`: the button in the open rule's form."""
    if pressed and page.builder is not None:
        page = replace(page, builder=builder_of(page.opened, page.builder.row, pressed=pressed))
    top = _top_row(page, place)
    parts = [_row_part(page, top), *_head_parts(page, place), Part(block="suggestions")]
    return _reply(request, page, parts, {"traced": list(_row(page, place).reads), "used": list(page.view.used)})


def _everything(request: Req, page: EditorPage) -> Response[Any]:
    parts = [
        Part(block="source_pane"),
        Part(block="rules_pane", swap="outerMorph"),
        Part(block="output_pane", swap="outerMorph"),
        Part(block="counts"),
        Part(block="suggestions"),
        Part(block="draft_bar"),
    ]
    traced = list(page.builder.row.reads) if page.builder else []
    return _reply(request, page, parts, {"traced": traced, "used": list(page.view.used)})


def _reply(request: Req, page: EditorPage, parts: Sequence[Part], events: Mapping[str, Sequence[str]]) -> Response[Any]:
    triggers: dict[str, Any] = {"draft-shown": dict(events)}
    if page.notice:
        triggers["toast"] = {"value": page.notice}
    return render_parts(request, TEMPLATE, page, parts, headers={"HX-Trigger": json.dumps(triggers)})


HANDLERS = [view, open_row, change_rule, undo, redo, accept_suggestions, change_names, change_skip, complete]
