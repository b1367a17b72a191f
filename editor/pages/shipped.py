"""The base of a mapping moved: take the new one into the draft, or stay with the one that runs."""

from __future__ import annotations

from typing import Any

from litestar import Response, post
from litestar.params import FromPath

from editor.access import needs
from editor.bases import base_path, bases_in, shipped_bases
from editor.forms import sent
from editor.mapping_set import open_set
from editor.render import Req, see
from editor.services import services
from engine.errors import NotFoundError
from engine.store.drafts import Drafts


@post("/mappings/{connection:str}/shipped", status_code=200, guards=[needs("consultant")])
async def take_base(request: Req, connection: FromPath[str]) -> Response[Any]:
    """`take` says which: `new`, as it comes with CODI, or `live`, as it runs. Only the draft changes."""
    typed = await sent(request)
    gateway, workspace = services(request).gateway, request.auth.workspace
    opened = await open_set(gateway, workspace, connection)
    name = typed.get("base", "")
    live = opened.running["live"]
    there = shipped_bases() if typed.get("take") == "new" else bases_in(live.files) if live else {}
    text = there.get(name)
    if text is None or base_path(name) not in opened.draft:
        raise NotFoundError(f"The draft of {opened.title} is not built on a mapping {name} that could be taken.")
    version = int(typed["version"]) if typed.get("version", "").isdigit() else 0
    who = request.auth.person.email
    await Drafts(gateway.database, workspace).save(connection, base_path(name), text, version=version, who=who)
    return see(request, f"{request.auth.here}/mappings/{connection}/publish?done=base")


HANDLERS = [take_base]
