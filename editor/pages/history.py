"""History: what was published where, when, by whom and why; and back to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from editor.mapping_set import MappingSet, open_set
from editor.pages.page import Page
from editor.render import Req, render
from editor.services import services
from engine.store.revisions import Publication, Revisions


@dataclass(frozen=True, kw_only=True)
class HistoryPage(Page):
    set: MappingSet
    tab: str
    publications: tuple[Publication, ...]


@get("/mappings/{connection:str}/history")
async def history_page(request: Req, connection: FromPath[str]) -> Response[Any]:
    opened = await open_set(request, connection)
    revisions = Revisions(services(request).gateway.database, request.auth.workspace)
    page = HistoryPage(
        title="History",
        section="mappings",
        set=opened,
        tab="history",
        publications=tuple(await revisions.history(connection)),
    )
    return render(request, "history/history.html", page)


HANDLERS = [history_page]
