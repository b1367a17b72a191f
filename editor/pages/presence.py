"""Who else has this mapping open: asked by the page every few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import MediaType, Response, post
from litestar.params import FromPath

from editor.forms import sent
from editor.pages.mappings import from_url
from editor.pages.page import Page
from editor.presence import Present
from editor.render import Req, block_html
from editor.services import services
from engine.errors import NotFoundError
from engine.store.drafts import Drafts


@dataclass(frozen=True, kw_only=True)
class PresencePage(Page):
    present: tuple[Present, ...]


@post("/mappings/{connection:str}/{stem:str}/presence", status_code=200)
async def presence(request: Req, connection: FromPath[str], stem: FromPath[str]) -> Response[Any]:
    """Raises NotFoundError: nobody is present at what is not there."""
    workspace, stem = request.auth.workspace, from_url(stem)
    if f"{stem}.yaml" not in await Drafts(services(request).gateway.database, workspace).files(connection):
        raise NotFoundError(f"The draft of {connection} has no mapping {stem}.")
    place, person = (await sent(request)).get("open", ""), request.auth.person
    present = services(request).presence.note((workspace, connection, stem), person.id, person.name, place)
    html = block_html(request, "mappings/editor.html", "presence", PresencePage(title="", present=present))
    return Response(html, media_type=MediaType.HTML)


HANDLERS = [presence]
