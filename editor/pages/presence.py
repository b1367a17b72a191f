"""Who else has this mapping open: asked by the page every few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Response, post
from litestar.params import FromPath

from editor.forms import sent
from editor.pages.mappings import from_url
from editor.pages.page import Page
from editor.presence import Present
from editor.render import Req, render
from editor.services import services


@dataclass(frozen=True, kw_only=True)
class PresencePage(Page):
    present: tuple[Present, ...]


@post("/mappings/{connection:str}/{stem:str}/presence", status_code=200)
async def presence(request: Req, connection: FromPath[str], stem: FromPath[str]) -> Response[Any]:
    place = (await sent(request)).get("open", "")
    key, person = (request.auth.workspace, connection, from_url(stem)), request.auth.person
    present = services(request).presence.note(key, person.id, person.name, place)
    return render(request, "mappings/editor.html", PresencePage(title="", present=present), fragment="presence")


HANDLERS = [presence]
