"""Lookups: the code tables of mappings in a grid, pasted from spreadsheets, with the values they miss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from editor.mapping_set import MappingSet, open_set, open_sets
from editor.pages.page import Page
from editor.render import Req, render
from editor.services import services
from engine.mapping.yaml import read_text


@dataclass(frozen=True, kw_only=True)
class Table:
    connection: str
    stem: str
    name: str
    rows: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class LookupsPage(Page):
    set: MappingSet | None  # None: of the whole workspace
    tab: str
    tables: tuple[Table, ...]


@get("/lookups")
async def all_lookups_page(request: Req) -> Response[Any]:
    tables = [
        table
        for each in await open_sets(services(request).gateway, request.auth.workspace)
        for table in tables_of(each)
    ]
    page = LookupsPage(title="Lookups", section="lookups", set=None, tab="lookups", tables=tuple(tables))
    return render(request, "lookups/lookups.html", page)


@get("/mappings/{connection:str}/lookups")
async def lookups_page(request: Req, connection: FromPath[str]) -> Response[Any]:
    opened = await open_set(services(request).gateway, request.auth.workspace, connection)
    page = LookupsPage(title="Lookups", section="lookups", set=opened, tab="lookups", tables=tables_of(opened))
    return render(request, "lookups/lookups.html", page)


def tables_of(opened: MappingSet) -> tuple[Table, ...]:
    """The lookups of every mapping of the draft."""
    found = []
    for stem in opened.stems:
        tables = (read_text(opened.draft[f"{stem}.yaml"]).data or {}).get("lookups") or {}
        for name, rows in tables.items():
            found.append(Table(connection=opened.connection, stem=stem, name=name, rows=rows))
    return tuple(found)


HANDLERS = [all_lookups_page, lookups_page]
