"""Publish: what publishing the draft would change, checked and tried on real records, and the button that does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from editor.mapping_set import MappingSet, open_set
from editor.pages.page import Page
from editor.render import Req, render
from engine.mapping.diff import DocumentDiff, diff_documents
from engine.mapping.yaml import read_text


@dataclass(frozen=True, kw_only=True)
class ChangedMapping:
    stem: str
    diff: DocumentDiff


@dataclass(frozen=True, kw_only=True)
class PublishPage(Page):
    set: MappingSet
    tab: str
    mappings: tuple[ChangedMapping, ...]


@get("/mappings/{connection:str}/publish")
async def publish_page(request: Req, connection: FromPath[str]) -> Response[Any]:
    opened = await open_set(request, connection)
    live = opened.running["live"]
    before = live.files if live else {}
    found = []
    for stem in opened.stems:
        path = f"{stem}.yaml"
        old = read_text(before[path]).data if path in before else {}
        found.append(ChangedMapping(stem=stem, diff=diff_documents(old, read_text(opened.draft[path]).data)))
    page = PublishPage(title="Publish", section="mappings", set=opened, tab="publish", mappings=tuple(found))
    return render(request, "publish/publish.html", page)


HANDLERS = [publish_page]
