"""Samples of a mapping, and its golden tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from editor.mapping_set import MappingSet, open_set
from editor.pages.page import Page
from editor.render import Req, render
from editor.services import reading, services
from engine.errors import NotFoundError
from engine.store.samples import Sample, list_samples


@dataclass(frozen=True, kw_only=True)
class SamplesPage(Page):
    set: MappingSet
    tab: str
    stem: str
    samples: tuple[Sample, ...]


@get("/mappings/{connection:str}/samples")
async def samples_page(request: Req, connection: FromPath[str], mapping: FromQuery[str] = "") -> Response[Any]:
    opened = await open_set(services(request).gateway, request.auth.workspace, connection)
    stem = mapping or opened.stems[0]
    if stem not in opened.stems:
        raise NotFoundError(f"The draft of {opened.title} has no mapping {stem}.")
    async with reading(request) as transaction:
        kept = await list_samples(transaction, f"{connection}/{stem}")
    page = SamplesPage(title="Samples", section="mappings", set=opened, tab="samples", stem=stem, samples=tuple(kept))
    return render(request, "samples/samples.html", page)


HANDLERS = [samples_page]
