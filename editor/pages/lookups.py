"""Lookups: the code tables of mappings in a grid, pasted from spreadsheets, with the values they miss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from editor.access import needs
from editor.forms import sent, uploaded
from editor.mapping.lookup_tables import (
    NAME,
    Edit,
    Pasted,
    PastePlan,
    as_csv,
    cell,
    edited,
    own_tables,
    plan_paste,
    read_pasted,
    row_state,
    take_paste,
    used_by,
    with_table,
)
from editor.mapping_set import MappingSet, open_set, open_sets
from editor.missing_values import Missing, missing_values
from editor.pages.page import Page
from editor.programs import shipped_bases
from editor.render import Req, render, see
from editor.services import services
from engine.errors import MappingError, NotFoundError, StaleError, UsageError
from engine.mapping.overlay import effective
from engine.mapping.rewrite import rewrite_text
from engine.mapping.yaml import read_text
from engine.store.drafts import Drafts

SHOWN = 500  # rows drawn at once; a search finds the others
LARGEST_CSV = 2 * 1024 * 1024  # bytes
Data = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Table:
    """One line of the list."""

    connection: str
    connection_title: str
    stem: str
    mapping: str  # title of the mapping it belongs to
    name: str
    rows: int
    missing: int  # values seen without a row


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of the grid."""

    was: str | None
    old: str
    key: str
    value: str
    state: str = ""  # new | changed | base, against live
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Paste:
    """What was pasted and what it would do."""

    text: str
    pasted: Pasted
    plan: PastePlan


@dataclass(frozen=True, kw_only=True)
class AllLookupsPage(Page):
    tables: tuple[Table, ...]


@dataclass(frozen=True, kw_only=True)
class LookupsPage(Page):
    set: MappingSet
    tab: str
    tables: tuple[Table, ...]
    table: Table | None  # the one that is open
    rows: tuple[Row, ...]
    hidden: int  # rows that are not drawn
    search: str
    missing: tuple[Missing, ...]
    mapped: frozenset[str]  # keys that have a row in the draft
    uses: tuple[tuple[str, str], ...]  # target field, what happens to a value without a row
    choices: tuple[str, ...]  # values the table has, to choose from
    here_path: str
    may_edit: bool
    may_run: bool
    paste: Paste | None = None
    adding: str | None = None  # name of a new table that was not taken
    notice: str = ""


@get("/lookups")
async def all_lookups_page(request: Req) -> Response[Any]:
    given = services(request)
    found = []
    for each in await open_sets(given.gateway, request.auth.workspace):
        found += await _tables(request, each)
    page = AllLookupsPage(title="Lookups", section="lookups", tables=tuple(found))
    return render(request, "lookups/all.html", page)


@get("/mappings/{connection:str}/lookups")
async def lookups_page(
    request: Req,
    connection: FromPath[str],
    mapping: FromQuery[str] = "",
    table: FromQuery[str] = "",
    q: FromQuery[str] = "",
) -> Response[Any]:
    return await _page(request, await _set(request, connection), mapping, table, search=q)


@post("/mappings/{connection:str}/lookups/rows", status_code=200, guards=[needs("consultant")])
async def change_rows(request: Req, connection: FromPath[str]) -> Response[Any]:
    """The grid as sent: each row says what it was, so that only what a person changed is changed."""
    typed = await _typed(request)
    mapping, table = typed.get("mapping", ""), typed.get("table", "")
    edits = _edits(typed)
    opened = await _set(request, connection)
    problems: dict[int, str] = {}

    def change(data: Data) -> Data:
        tables = own_tables(data)
        base = _inherited(data).get(table, {})
        result = edited(tables.get(table, {}), edits, base)
        problems.clear()
        problems.update(result.problems)
        return with_table(data, table, result.rows) if result.rows != tables.get(table) else data

    await _save(request, opened, mapping, change)
    if problems:
        wrong = tuple(
            Row(was=edit.was, old=edit.old, key=edit.key, value=edit.value, problem=problems[place])
            for place, edit in enumerate(edits)
            if place in problems
        )
        words = "The other rows are saved." if len(edits) > len(wrong) else ""
        fresh = await _set(request, connection)
        return await _page(request, fresh, mapping, table, wrong=wrong, notice=words, status=422)
    return see(request, _address(request, connection, mapping, table, done="saved"))


@post("/mappings/{connection:str}/lookups/paste", status_code=200, guards=[needs("consultant")])
async def paste(request: Req, connection: FromPath[str]) -> Response[Any]:
    """Shows what pasted cells or a CSV file would do; with `do`, does it."""
    typed = await _typed(request)
    mapping, table, do = typed.get("mapping", ""), typed.get("table", ""), typed.get("do", "")
    opened = await _set(request, connection)
    file = await uploaded(request, "file", LARGEST_CSV)
    if file is not None and len(file) > LARGEST_CSV:
        raise UsageError("The file has more than 2 MB. Is it the right one? A lookup is a list of codes.")
    text = file.decode("utf-8-sig", "replace") if file is not None else typed.get("cells", "")
    heading = None if "known" not in typed or file is not None else "heading" in typed
    rows = own_tables(_data(request, opened, mapping)).get(table, {})
    pasted = read_pasted(text, rows, heading)
    plan = plan_paste(rows, pasted)
    if do in ("take", "replace") and file is None and pasted.rows:

        def change(data: Data) -> Data:
            now = own_tables(data).get(table, {})
            return with_table(data, table, take_paste(now, pasted, replace=do == "replace"))

        await _save(request, opened, mapping, change)
        return see(request, _address(request, connection, mapping, table, done="saved"))
    shown = Paste(text=text, pasted=pasted, plan=plan) if text.strip() else None
    return await _page(request, opened, mapping, table, paste=shown)


@post("/mappings/{connection:str}/lookups/add", status_code=200, guards=[needs("consultant")])
async def add_table(request: Req, connection: FromPath[str]) -> Response[Any]:
    typed = await _typed(request)
    mapping, name = typed.get("mapping", ""), typed.get("name", "")
    opened = await _set(request, connection)
    taken = name in own_tables(_data(request, opened, mapping))
    if taken or not NAME.fullmatch(name):
        words = f"{name} is there already." if taken else "A name of letters, digits and _, such as tax_class."
        return await _page(request, opened, mapping, "", adding=name, notice=words, status=422)
    await _save(request, opened, mapping, lambda data: with_table(data, name, {}))
    return see(request, _address(request, connection, mapping, name, done="added"))


@post("/mappings/{connection:str}/lookups/drop", status_code=200, guards=[needs("consultant")])
async def drop_table(request: Req, connection: FromPath[str]) -> Response[Any]:
    typed = await _typed(request)
    mapping, table = typed.get("mapping", ""), typed.get("table", "")
    opened = await _set(request, connection)
    uses = used_by(_fields(_data(request, opened, mapping)), table)
    if uses:
        raise UsageError(f"{table} is used by {uses[0][0]}. Take the lookup out of its rule first.")
    await _save(request, opened, mapping, lambda data: with_table(data, table, None))
    return see(request, f"{request.auth.here}/mappings/{connection}/lookups?done=removed")


@post("/mappings/{connection:str}/lookups/replay", status_code=200, guards=[needs("operator")])
async def replay_held(request: Req, connection: FromPath[str]) -> Response[Any]:
    """A run of each sync for just the records held for one value."""
    typed = await _typed(request)
    opened = await _set(request, connection)
    found = await _missing(request, opened, typed.get("mapping", ""))
    pair = (typed.get("table", ""), typed.get("key", ""))
    run = ""
    for missing in found:
        if (missing.table, missing.key) == pair:
            for sync in missing.syncs:
                keys = [letter.key for letter in missing.held if letter.sync == sync]
                run = await services(request).runner.start(request.auth.workspace, sync, trigger="replay", only=keys)
    return see(request, f"{request.auth.here}/runs/{run}" if run else f"{request.auth.here}/runs")


@get("/mappings/{connection:str}/lookups/csv", media_type="text/csv")
async def csv_out(
    request: Req, connection: FromPath[str], mapping: FromQuery[str], table: FromQuery[str]
) -> Response[str]:
    tables = own_tables(_data(request, await _set(request, connection), mapping))
    if table not in tables:
        raise NotFoundError(f"{mapping} has no lookup {table}.")
    name = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in f"{connection}-{table}")
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response("\ufeff" + as_csv(tables[table]), media_type="text/csv; charset=utf-8", headers=headers)


async def _set(request: Req, connection: str) -> MappingSet:
    return await open_set(services(request).gateway, request.auth.workspace, connection)


async def _typed(request: Req) -> dict[str, str]:
    """The form; cells keep the spaces and tabs that belong to them."""
    form = await request.form()
    typed = await sent(request)
    if isinstance(cells := form.get("cells"), str):
        typed["cells"] = cells
    return typed


def _edits(typed: Mapping[str, str]) -> list[Edit]:
    removed = typed.get("remove")
    places = [name.removeprefix("key-") for name in typed if name.startswith("key-")]
    return [
        Edit(
            was=typed.get(f"was-{place}"),
            old=typed.get(f"old-{place}", ""),
            key=typed[f"key-{place}"],
            value=typed.get(f"value-{place}", ""),
            remove=removed == place,
        )
        for place in places
    ]


def _data(request: Req, opened: MappingSet, stem: str) -> Data:
    """The document of a mapping of the draft. Raises NotFoundError, MappingError."""
    if stem not in opened.stems:
        raise NotFoundError(f"The draft of {opened.title} has no mapping {stem}.")
    return services(request).desk.read(opened.draft[f"{stem}.yaml"])


def _inherited(data: Data) -> dict[str, dict[str, Any]]:
    """The lookups of the shipped mapping that a document extends."""
    base = shipped_bases().get(str(data.get("extend") or ""))
    return own_tables(_plain(base)) if base else {}


def _plain(text: str) -> Data:
    data = read_text(text).data
    return data if isinstance(data, Mapping) else {}


def _fields(data: Data) -> Mapping[str, Any]:
    """The rules, with those of the base."""
    base = shipped_bases().get(str(data.get("extend") or ""))
    whole = effective(_plain(base), data) if base else data
    fields = whole.get("fields")
    return fields if isinstance(fields, Mapping) else {}


async def _save(request: Req, opened: MappingSet, stem: str, change: Callable[[Data], Data]) -> None:
    """Changes the draft's document and saves it, comments kept; once more where somebody saved meanwhile."""
    given = services(request)
    drafts = Drafts(given.gateway.database, request.auth.workspace)
    file = opened.files.get(f"{stem}.yaml")
    for last in (False, True):
        if file is None or file.body is None:
            raise NotFoundError(f"The draft of {opened.title} has no mapping {stem}.")
        before = file.body
        text = rewrite_text(before, change(given.desk.read(before)))
        if text == before:
            return
        try:
            await drafts.save(opened.connection, file.path, text, version=file.version, who=request.auth.person.email)
        except StaleError as error:
            if last:
                raise
            file = error.current
            continue
        key = (request.auth.workspace, opened.connection, stem)
        if given.desk.undo.known(key):
            given.desk.undo.changed(key, before)
        return


async def _missing(request: Req, opened: MappingSet, stem: str) -> list[Missing]:
    data = _data(request, opened, stem)
    gateway, workspace = services(request).gateway, request.auth.workspace
    return await missing_values(gateway, workspace, opened.connection, data, shipped_bases())


async def _tables(request: Req, opened: MappingSet) -> list[Table]:
    found = []
    for stem in opened.stems:
        try:
            data = _data(request, opened, stem)
        except MappingError:
            continue  # a draft that cannot be read; the editor says why
        tables = {**_inherited(data), **own_tables(data)}
        missing = await _missing(request, opened, stem) if tables else []
        for name, rows in tables.items():
            have = {**_inherited(data).get(name, {}), **rows}
            table = Table(
                connection=opened.connection,
                connection_title=opened.title,
                stem=stem,
                mapping=str(data.get("title") or stem),
                name=name,
                rows=len(have),
                missing=sum(each.table == name and each.key not in have for each in missing),
            )
            found.append(table)
    return found


def _address(request: Req, connection: str, mapping: str, table: str, **more: str) -> str:
    return (
        f"{request.auth.here}/mappings/{connection}/lookups?{urlencode({'mapping': mapping, 'table': table, **more})}"
    )


async def _page(
    request: Req,
    opened: MappingSet,
    mapping: str,
    table: str,
    *,
    search: str = "",
    wrong: tuple[Row, ...] = (),
    status: int = 200,
    **more: Any,
) -> Response[Any]:
    tables = tuple(await _tables(request, opened))
    chosen = next((each for each in tables if (each.stem, each.name) == (mapping, table)), None)
    if chosen is None and table and status == 200:
        raise NotFoundError(f"{mapping} has no lookup {table}.")
    chosen = chosen or (tables[0] if tables else None)
    rows, hidden, missing, uses, mapped = _drawn(request, opened, chosen, search), 0, [], [], set()
    if chosen is not None:
        missing = [each for each in await _missing(request, opened, chosen.stem) if each.table == chosen.name]
        uses = used_by(_fields(_data(request, opened, chosen.stem)), chosen.name)
        mapped = {row.key for row in _drawn(request, opened, chosen, "")}
        hidden = max(0, len(rows) - SHOWN)
    bad = {row.was: row for row in wrong if row.was is not None}
    drawn = [bad.get(row.key, row) for row in rows[:SHOWN]]
    page = LookupsPage(
        title=chosen.name if chosen else "Lookups",
        section="lookups",
        set=opened,
        tab="lookups",
        tables=tables,
        table=chosen,
        rows=(*drawn, *(row for row in wrong if row.was is None)),
        hidden=hidden,
        search=search,
        missing=tuple(missing),
        mapped=frozenset(mapped),
        uses=tuple(uses),
        choices=tuple(dict.fromkeys(row.value for row in rows if row.value))[:200],
        here_path=f"{request.auth.here}/mappings/{opened.connection}/lookups",
        may_edit=request.auth.may("consultant"),
        may_run=request.auth.may("operator"),
        **more,
    )
    return render(request, "lookups/lookups.html", page, fragment="lookup_body", status=status)


def _drawn(request: Req, opened: MappingSet, table: Table | None, search: str) -> list[Row]:
    """The rows of the grid: the document's own, then those of its base."""
    if table is None:
        return []
    data = _data(request, opened, table.stem)
    own, base = own_tables(data).get(table.name, {}), _inherited(data).get(table.name, {})
    live = opened.running["live"]
    path = f"{table.stem}.yaml"
    running = own_tables(services(request).desk.read(live.files[path])) if live and path in live.files else None
    before = running.get(table.name, {}) if running is not None else None
    rows = [
        Row(was=key, old=cell(value), key=key, value=cell(value), state=row_state(own, before, key))
        for key, value in own.items()
    ]
    rows += [
        Row(was=key, old=cell(value), key=key, value=cell(value), state="base")
        for key, value in base.items()
        if key not in own
    ]
    wanted = search.strip().casefold()
    return [row for row in rows if wanted in row.key.casefold() or wanted in row.value.casefold()]


HANDLERS = [
    all_lookups_page,
    lookups_page,
    change_rows,
    paste,
    add_table,
    drop_table,
    replay_held,
    csv_out,
]
