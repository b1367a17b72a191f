"""Lookups: the code tables of mappings in a grid, pasted from spreadsheets, with the values they miss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from editor.access import needs
from editor.forms import sent, uploaded
from editor.lookup_desk import Data, LookupDesk, Row, Table
from editor.mapping.lookup_tables import (
    NAME,
    Edit,
    Pasted,
    PastePlan,
    as_csv,
    edited,
    own_tables,
    plan_paste,
    read_pasted,
    take_paste,
    with_table,
)
from editor.mapping_set import MappingSet, open_set, open_sets
from editor.missing_values import Missing
from editor.pages.page import Page
from editor.render import Req, render, see
from editor.services import services
from engine.errors import NotFoundError, UsageError

SHOWN = 500  # rows drawn at once; a search finds the others
LARGEST_CSV = 2 * 1024 * 1024  # bytes


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
    sets = await open_sets(services(request).gateway, request.auth.workspace)
    tables = [table for opened in sets for table in await _desk_of(request, opened).tables()]
    page = AllLookupsPage(title="Lookups", section="lookups", tables=tuple(tables))
    return render(request, "lookups/all.html", page)


@get("/mappings/{connection:str}/lookups")
async def lookups_page(
    request: Req,
    connection: FromPath[str],
    mapping: FromQuery[str] = "",
    table: FromQuery[str] = "",
    q: FromQuery[str] = "",
) -> Response[Any]:
    return await _page(request, await _desk(request, connection), mapping, table, search=q)


@post("/mappings/{connection:str}/lookups/rows", status_code=200, guards=[needs("consultant")])
async def change_rows(request: Req, connection: FromPath[str]) -> Response[Any]:
    """The grid as sent: each row says what it was, so that only what a person changed is changed."""
    typed = await _typed(request)
    mapping, table = typed.get("mapping", ""), typed.get("table", "")
    edits = _edits(typed)
    desk = await _desk(request, connection)
    problems: dict[int, str] = {}

    def change(data: Data) -> Data:
        rows = own_tables(data).get(table, {})
        result = edited(rows, edits, desk.inherited(data, table))
        problems.clear()
        problems.update(result.problems)
        return with_table(data, table, result.rows) if result.rows != rows else data

    await desk.save(mapping, change, request.auth.person.email)
    if not problems:
        return see(request, _address(request, connection, mapping, table, done="saved"))
    wrong = tuple(
        Row(was=edit.was, old=edit.old, key=edit.key, value=edit.value, problem=problems[place])
        for place, edit in enumerate(edits)
        if place in problems
    )
    words = "The other rows are saved." if len(edits) > len(wrong) else ""
    return await _page(request, await _desk(request, connection), mapping, table, wrong=wrong, notice=words, status=422)


@post("/mappings/{connection:str}/lookups/paste", status_code=200, guards=[needs("consultant")])
async def paste(request: Req, connection: FromPath[str]) -> Response[Any]:
    """Shows what pasted cells or a CSV file would do; with `do`, does it."""
    typed = await _typed(request)
    mapping, table, do = typed.get("mapping", ""), typed.get("table", ""), typed.get("do", "")
    desk = await _desk(request, connection)
    file = await uploaded(request, "file", LARGEST_CSV)
    if file is not None and len(file) > LARGEST_CSV:
        raise UsageError("The file has more than 2 MB. Is it the right one? A lookup is a list of codes.")
    text = file.decode("utf-8-sig", "replace") if file is not None else typed.get("cells", "")
    heading = None if "known" not in typed or file is not None else "heading" in typed
    rows = own_tables(desk.data(mapping)).get(table, {})
    pasted = read_pasted(text, rows, heading)
    if do in ("take", "replace") and file is None and pasted.rows:

        def change(data: Data) -> Data:
            now = own_tables(data).get(table, {})
            return with_table(data, table, take_paste(now, pasted, replace=do == "replace"))

        await desk.save(mapping, change, request.auth.person.email)
        return see(request, _address(request, connection, mapping, table, done="saved"))
    shown = Paste(text=text, pasted=pasted, plan=plan_paste(rows, pasted)) if text.strip() else None
    return await _page(request, desk, mapping, table, paste=shown)


@post("/mappings/{connection:str}/lookups/add", status_code=200, guards=[needs("consultant")])
async def add_table(request: Req, connection: FromPath[str]) -> Response[Any]:
    typed = await _typed(request)
    mapping, name = typed.get("mapping", ""), typed.get("name", "")
    desk = await _desk(request, connection)
    taken = name in own_tables(desk.data(mapping))
    if taken or not NAME.fullmatch(name):
        words = f"{name} is there already." if taken else "A name of letters, digits and _, such as tax_class."
        return await _page(request, desk, mapping, "", adding=name, notice=words, status=422)
    await desk.save(mapping, lambda data: with_table(data, name, {}), request.auth.person.email)
    return see(request, _address(request, connection, mapping, name, done="added"))


@post("/mappings/{connection:str}/lookups/drop", status_code=200, guards=[needs("consultant")])
async def drop_table(request: Req, connection: FromPath[str]) -> Response[Any]:
    typed = await _typed(request)
    mapping, table = typed.get("mapping", ""), typed.get("table", "")
    desk = await _desk(request, connection)
    uses = desk.uses(mapping, table)
    if uses:
        raise UsageError(f"{table} is used by {uses[0][0]}. Take the lookup out of its rule first.")
    await desk.save(mapping, lambda data: with_table(data, table, None), request.auth.person.email)
    return see(request, f"{request.auth.here}/mappings/{connection}/lookups?done=removed")


@post("/mappings/{connection:str}/lookups/replay", status_code=200, guards=[needs("operator")])
async def replay_held(request: Req, connection: FromPath[str]) -> Response[Any]:
    """A run of each sync for just the records held for one value."""
    typed = await _typed(request)
    desk = await _desk(request, connection)
    pair = (typed.get("table", ""), typed.get("key", ""))
    runs = []
    for missing in await desk.missing(typed.get("mapping", "")):
        for sync in missing.syncs if (missing.table, missing.key) == pair else ():
            keys = [letter.key for letter in missing.held if letter.sync == sync]
            runner = services(request).runner
            runs.append(await runner.start(request.auth.workspace, sync, trigger="replay", only=keys))
    return see(request, f"{request.auth.here}/runs/{runs[0]}" if len(runs) == 1 else f"{request.auth.here}/runs")


@get("/mappings/{connection:str}/lookups/csv", media_type="text/csv")
async def csv_out(
    request: Req, connection: FromPath[str], mapping: FromQuery[str], table: FromQuery[str]
) -> Response[str]:
    tables = own_tables((await _desk(request, connection)).data(mapping))
    if table not in tables:
        raise NotFoundError(f"{mapping} has no lookup {table}.")
    name = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in f"{connection}-{table}")
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response("\ufeff" + as_csv(tables[table]), media_type="text/csv; charset=utf-8", headers=headers)


async def _desk(request: Req, connection: str) -> LookupDesk:
    """Raises NotFoundError."""
    return _desk_of(request, await open_set(services(request).gateway, request.auth.workspace, connection))


def _desk_of(request: Req, opened: MappingSet) -> LookupDesk:
    given = services(request)
    return LookupDesk(gateway=given.gateway, desk=given.desk, workspace=request.auth.workspace, opened=opened)


async def _typed(request: Req) -> dict[str, str]:
    """The form; pasted cells keep the spaces and tabs that belong to them."""
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


def _address(request: Req, connection: str, mapping: str, table: str, **more: str) -> str:
    return (
        f"{request.auth.here}/mappings/{connection}/lookups?{urlencode({'mapping': mapping, 'table': table, **more})}"
    )


async def _page(
    request: Req,
    desk: LookupDesk,
    mapping: str,
    table: str,
    *,
    search: str = "",
    wrong: tuple[Row, ...] = (),
    status: int = 200,
    **more: Any,
) -> Response[Any]:
    tables = tuple(await desk.tables())
    chosen = next((each for each in tables if (each.stem, each.name) == (mapping, table)), None)
    if chosen is None and table and status == 200:
        raise NotFoundError(f"{mapping} has no lookup {table}.")
    chosen = chosen or (tables[0] if tables else None)
    every = desk.rows(chosen) if chosen else []
    wanted = search.strip().casefold()
    rows = [row for row in every if wanted in row.key.casefold() or wanted in row.value.casefold()]
    bad = {row.was: row for row in wrong if row.was is not None}
    missing = await desk.missing(chosen.stem) if chosen else []
    page = LookupsPage(
        title=chosen.name if chosen else "Lookups",
        section="lookups",
        set=desk.opened,
        tab="lookups",
        tables=tables,
        table=chosen,
        rows=(*(bad.get(row.key, row) for row in rows[:SHOWN]), *(row for row in wrong if row.was is None)),
        hidden=max(0, len(rows) - SHOWN),
        search=search,
        missing=tuple(each for each in missing if chosen and each.table == chosen.name),
        mapped=frozenset(row.key for row in every),
        uses=tuple(desk.uses(chosen.stem, chosen.name)) if chosen else (),
        choices=tuple(dict.fromkeys(row.value for row in every if row.value))[:200],
        here_path=f"{request.auth.here}/mappings/{desk.opened.connection}/lookups",
        may_edit=request.auth.may("consultant"),
        may_run=request.auth.may("operator"),
        **more,
    )
    return render(request, "lookups/lookups.html", page, fragment="lookup_body", status=status)


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
