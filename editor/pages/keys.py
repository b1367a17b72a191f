"""API keys of a workspace: shown once, kept as hashes, revoked at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from pydantic import BaseModel, Field

from editor.access import Access, needs
from editor.forms import EMPTY, Filled, read_form
from editor.pages.page import Page
from editor.passwords import new_token, token_hash
from editor.render import Req, render
from editor.services import services
from engine.store.people import ApiKey

PATH = "/settings/keys"
SCOPES = {"read": ("records:read",), "write": ("records:read", "records:write")}
PREFIX = "codi_"  # so that scanners of leaked secrets know one when they see it


class NewKey(BaseModel):
    name: str = Field(min_length=1, max_length=80)
    scope: str = Field(pattern="^(read|write)$")


@dataclass(frozen=True, kw_only=True)
class KeysPage(Page):
    keys: tuple[ApiKey, ...]
    form: Filled[NewKey] = field(default_factory=lambda: EMPTY)
    made: str = ""  # the key just made, shown this once
    scopes: tuple[tuple[str, str], ...] = (
        ("read", "read: pulls normalised and translated records"),
        ("write", "write: also pushes orders and enrichment"),
    )


@get(PATH, guards=[needs("admin")])
async def keys_page(request: Req) -> Response[Any]:
    return await _page(request)


@post(PATH, status_code=200, guards=[needs("admin")])
async def make_key(request: Req) -> Response[Any]:
    access: Access = request.auth
    form = await read_form(request, NewKey)
    if form.model is None:
        return await _page(request, status=422, form=form)
    key = PREFIX + new_token()
    await services(request).people.add_key(
        access.workspace,
        name=form.model.name,
        start=key[:9],
        key_hash=token_hash(key),
        scopes=SCOPES[form.model.scope],
        by=access.person.email,
    )
    return await _page(request, made=key)


@post(PATH + "/{key_id:int}/revoke", status_code=303, guards=[needs("admin")])
async def revoke_key(request: Req, key_id: FromPath[int]) -> Response[Any]:
    access: Access = request.auth
    await services(request).people.revoke_key(access.workspace, key_id, access.person.email)
    return Redirect(f"{access.here}{PATH}?done=removed", status_code=303)


async def _page(request: Req, status: int = 200, **more: Any) -> Response[Any]:
    keys = await services(request).people.keys(request.auth.workspace)
    page = KeysPage(title="API keys", section="settings", keys=keys, **more)
    return render(request, "keys/keys.html", page, status=status)


HANDLERS = [keys_page, make_key, revoke_key]
