"""The people of a workspace: adding them, their roles, one-time links."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.exceptions import PermissionDeniedException
from litestar.params import FromPath
from litestar.response import Redirect
from pydantic import BaseModel, Field

from editor.access import ROLE_WORDS, ROLES, Access, needs, rank
from editor.forms import EMPTY, Email, Filled, read_form
from editor.pages.page import Page
from editor.passwords import new_token, token_hash
from editor.render import Req, render
from editor.services import services
from engine.store.people import Member

PATH = "/settings/people"
LINK_LASTS = timedelta(hours=24)


class NewMember(BaseModel):
    name: str = Field(min_length=1, max_length=80)
    email: Email
    role: str = Field(pattern="^(" + "|".join(ROLES) + ")$")


class NewRole(BaseModel):
    role: str = Field(pattern="^(" + "|".join((*ROLES, "none")) + ")$")


@dataclass(frozen=True, kw_only=True)
class PeoplePage(Page):
    members: tuple[Member, ...]
    roles: tuple[tuple[str, str], ...]  # role, what it may: only those this person may give
    may_change: bool
    form: Filled[NewMember] = field(default_factory=lambda: EMPTY)
    link: str = ""  # a one-time link just made, shown this once
    link_for: str = ""
    has_account: str = ""  # somebody added who signs in as they do already


@get(PATH)
async def people_page(request: Req) -> Response[Any]:
    return await _page(request)


@post(PATH, status_code=200, guards=[needs("admin")])
async def add_member(request: Req) -> Response[Any]:
    access: Access = request.auth
    form = await read_form(request, NewMember)
    if form.model is None:
        return await _page(request, status=422, form=form)
    _hold_rank(access, form.model.role)
    member = await services(request).people.add_member(
        access.workspace, form.model.email, form.model.name, form.model.role
    )
    if member is None:
        return await _page(request, status=422, form=form.with_error("email", "Is a member already."))
    await services(request).people.note(
        access.workspace, access.person.email, "person.added", form.model.email, {"role": form.model.role}
    )
    if not await _answers_for(request, member):
        return await _page(request, has_account=form.model.email)
    return await _with_link(request, member.id, member.name)


@post(PATH + "/{member_id:int}/role", status_code=303, guards=[needs("admin")])
async def change_role(request: Req, member_id: FromPath[int]) -> Response[Any]:
    """The role `none` takes the person out of the workspace."""
    access: Access = request.auth
    form = await read_form(request, NewRole)
    if form.model is None:
        return await _page(request, status=422)
    member = await services(request).people.member(access.workspace, member_id)
    _hold_rank(access, member.role)
    _hold_rank(access, form.model.role)
    new = None if form.model.role == "none" else form.model.role
    await services(request).people.set_role(access.workspace, member_id, new)
    detail = {"role": new or "none", "was": member.role}
    await services(request).people.note(access.workspace, access.person.email, "person.role", member.email, detail)
    return Redirect(f"{access.here}{PATH}?done=saved", status_code=303)


@post(PATH + "/{member_id:int}/link", status_code=200, guards=[needs("admin")])
async def make_link(request: Req, member_id: FromPath[int]) -> Response[Any]:
    access: Access = request.auth
    member = await services(request).people.member(access.workspace, member_id)
    _hold_rank(access, member.role)
    if not await _answers_for(request, member):
        raise PermissionDeniedException(
            "This person belongs to other workspaces too, and a link opens all of them. An admin of each may make one."
        )
    await services(request).people.note(access.workspace, access.person.email, "person.link", member.email, {})
    return await _with_link(request, member.id, member.name)


async def _answers_for(request: Req, member: Member) -> bool:
    """Whether a link for them is this person's to make: who has it is that person, in every workspace they are in."""
    access: Access = request.auth
    mine = {place.id: place.role for place in access.places}
    return all(
        rank(mine.get(place.id, ROLES[0])) >= max(rank("admin"), rank(place.role))
        for place in await services(request).people.places(member.id)
    )


async def _with_link(request: Req, member_id: int, name: str) -> Response[Any]:
    token = new_token()
    await services(request).people.make_link(token_hash(token), member_id, datetime.now(UTC) + LINK_LASTS)
    base = services(request).gateway.settings.base_url or str(request.base_url).rstrip("/")
    return await _page(request, link=f"{base}/link/{token}", link_for=name)


def _hold_rank(access: Access, role: str) -> None:
    """Nobody gives or takes a role above their own."""
    if role != "none" and rank(role) > rank(access.role):
        raise PermissionDeniedException("Only an owner gives or takes the role owner.")


async def _page(request: Req, status: int = 200, **more: Any) -> Response[Any]:
    access: Access = request.auth
    page = PeoplePage(
        title="People",
        section="settings",
        members=await services(request).people.members(access.workspace),
        roles=tuple((role, ROLE_WORDS[role]) for role in ROLES if rank(role) <= rank(access.role)),
        may_change=access.may("admin"),
        **more,
    )
    return render(request, "people/people.html", page, status=status)


HANDLERS = [people_page, add_member, change_role, make_link]
