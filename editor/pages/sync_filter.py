"""The filter of a sync while it is typed: how many stored records it lets through, and what could stand in a box."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Response, post

from editor.access import needs
from editor.forms import sent
from editor.pages.page import Page
from editor.render import Part, Req, render, render_parts
from editor.services import reading, services
from editor.sync_filter import NEWEST, FilterForm, Mask, fields_at, stored_filter, typed_filter
from engine.store.samples import Sample, recent_records

TEMPLATE = "syncs/sync.html"


@dataclass(frozen=True, kw_only=True)
class FilterPage(Page):
    filter: FilterForm
    here_path: str  # where its boxes ask


@dataclass(frozen=True, kw_only=True)
class FieldsPage(Page):
    items: tuple[Any, ...]


def here_path(request: Req) -> str:
    return f"{request.auth.here}/syncs/add"


async def filter_form(request: Req, entity: str, given: str | Mapping[str, str]) -> FilterForm:
    """`given`: the filter as it is stored, or the form as it was sent."""
    async with reading(request) as transaction:
        records = await recent_records(transaction, entity, NEWEST)
    if isinstance(given, str):
        return await asyncio.to_thread(stored_filter, entity, given, records, _mask(request))
    return await asyncio.to_thread(typed_filter, entity, given, records, _mask(request))


def filter_parts(request: Req, form: FilterForm) -> Response[Any]:
    """The boxes anew, with what they do."""
    page = FilterPage(title="", filter=form, here_path=here_path(request))
    return render_parts(request, TEMPLATE, page, [Part(block="filter_boxes")], status=422 if form.problem else 200)


@post("/syncs/add/filter", status_code=200, guards=[needs("consultant")])
async def try_filter(request: Req) -> Response[Any]:
    """What one types in stays as it is; boxes are drawn anew only for another kind of record."""
    typed = await sent(request, as_typed=True)
    form = await filter_form(request, typed.get("entity", ""), typed)
    if typed.get("filter.of") != form.entity:
        return filter_parts(request, form)
    page = FilterPage(title="", filter=form, here_path=here_path(request))
    parts = [Part(block="filter_said")]
    for name, standing in form.standing.items():
        key = f"filter-{name.replace('.', '-')}"
        if typed.get(f"{name}.is") in ("check", "code") or f"{name}.1.is" in typed:
            local = {"id": key, "standing": standing}
            parts.append(Part(block="filter_standing", target=f"#now-{key}", locals=local))
    return render_parts(request, TEMPLATE, page, parts)


@post("/syncs/add/complete", status_code=200, guards=[needs("consultant")])
async def complete(request: Req) -> Response[Any]:
    """What could stand at the caret of a box; its `place` is the entity."""
    typed = await sent(request, as_typed=True)
    entity, text, at = typed.get("place", ""), typed.get("expr", ""), typed.get("at", "")
    async with reading(request) as transaction:
        latest = [_mask(request)(record).payload for record in await recent_records(transaction, entity, 1)]
    items = await asyncio.to_thread(
        fields_at,
        entity,
        text,
        int(at) if at.isdigit() else len(text),
        latest[0] if latest else None,
        only_fields=typed.get("what") == "field",
    )
    return render(request, "mappings/_completions.html", FieldsPage(title="", items=items))


def _mask(request: Req) -> Mask:
    given = services(request)

    def masked(record: Sample) -> Sample:
        return given.desk.masked(given.gateway, record)

    return masked


HANDLERS = [try_filter, complete]
