"""One's own account: password, second factor, sessions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.response import Redirect
from pydantic import BaseModel, Field

from editor.forms import EMPTY, Filled, read_form
from editor.pages.page import Page
from editor.passwords import MIN_LENGTH, hash_password, new_totp_secret, password_fits, totp_step
from editor.render import Req, render
from editor.services import services
from engine.store.people import SessionInfo

PATH = "/settings/account"


class NewPassword(BaseModel):
    current: str = Field(min_length=1, max_length=1000)
    password: str = Field(min_length=MIN_LENGTH, max_length=1000)


class SecondFactor(BaseModel):
    secret: str = Field(min_length=16, max_length=64)
    code: str = Field(min_length=6, max_length=10)


class Confirm(BaseModel):
    current: str = Field(min_length=1, max_length=1000)


@dataclass(frozen=True, kw_only=True)
class AccountPage(Page):
    sessions: tuple[SessionInfo, ...]
    current_session: str
    has_totp: bool
    totp_secret: str  # offered for setting up; "" where it is on
    totp_address: str  # what an app on the same device opens
    form: Filled[NewPassword] = field(default_factory=lambda: EMPTY)
    totp_form: Filled[SecondFactor] = field(default_factory=lambda: EMPTY)
    min_length: int = MIN_LENGTH


@get(PATH)
async def account_page(request: Req) -> Response[Any]:
    return await _page(request)


@post(f"{PATH}/password", status_code=200)
async def change_password(request: Req) -> Response[Any]:
    form = await read_form(request, NewPassword)
    if form.model is None:
        return await _page(request, form=form)
    person = request.auth.person
    if not await password_fits(person.password_hash, form.model.current):
        return await _page(request, form=form.with_error("current", "This is not your password."))
    await services(request).people.set_password(person.id, await hash_password(form.model.password))
    await services(request).people.end_other_sessions(person.id, request.auth.session)
    return Redirect(f"{request.auth.here}{PATH}?done=password", status_code=303)


@post(f"{PATH}/totp", status_code=200)
async def turn_totp_on(request: Req) -> Response[Any]:
    form = await read_form(request, SecondFactor)
    if form.model is None:
        return await _page(request, totp_form=form)
    step = None
    try:
        step = totp_step(form.model.secret, form.model.code)
    except ValueError:
        form = form.with_error("code", "This secret is not one of ours. Reload the page.")
    if step is None:
        wrong = form.with_error("code", "This code does not fit. Is the clock of your phone right?")
        return await _page(request, totp_form=wrong)
    await services(request).people.set_totp(
        request.auth.person.id, services(request).gateway.seal.seal(form.values["secret"].encode())
    )
    return Redirect(f"{request.auth.here}{PATH}?done=saved", status_code=303)


@post(f"{PATH}/totp/off", status_code=200)
async def turn_totp_off(request: Req) -> Response[Any]:
    form = await read_form(request, Confirm)
    person = request.auth.person
    if form.model is None or not await password_fits(person.password_hash, form.model.current):
        wrong: Filled[Any] = form.with_error("off", "This is not your password.")
        return await _page(request, totp_form=wrong)
    await services(request).people.set_totp(person.id, None)
    return Redirect(f"{request.auth.here}{PATH}?done=saved", status_code=303)


@post(f"{PATH}/sessions/end", status_code=303)
async def end_other_sessions(request: Req) -> Response[Any]:
    await services(request).people.end_other_sessions(request.auth.person.id, request.auth.session)
    return Redirect(f"{request.auth.here}{PATH}?done=saved", status_code=303)


async def _page(request: Req, **forms: Any) -> Response[Any]:
    person = request.auth.person
    # An offered secret survives a wrong code: the person has it in the app already.
    offered = forms["totp_form"].values.get("secret", "") if "totp_form" in forms else ""
    secret = "" if person.totp_secret else offered or new_totp_secret()
    page = AccountPage(
        title="Account",
        section="settings",
        sessions=await services(request).people.sessions(person.id),
        current_session=request.auth.session,
        has_totp=bool(person.totp_secret),
        totp_secret=secret,
        totp_address=f"otpauth://totp/codi:{quote(person.email)}?secret={secret}&issuer=codi",
        **forms,
    )
    return render(request, "account/account.html", page, status=422 if forms else 200)


HANDLERS = [account_page, change_password, turn_totp_on, turn_totp_off, end_other_sessions]
