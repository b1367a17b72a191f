"""Signing in and out, the first owner, one-time links."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from pydantic import BaseModel, Field

from editor.access import PUBLIC, begin_session, session_cookie
from editor.forms import EMPTY, Email, Filled, read_form
from editor.pages.page import Page
from editor.passwords import MIN_LENGTH, hash_password, password_fits, token_hash, totp_step
from editor.render import Req, render
from editor.services import services
from engine.store.people import Person


class SignIn(BaseModel):
    email: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=1000)
    code: str = Field("", max_length=10)


class SetUp(BaseModel):
    workspace: str = Field(min_length=1, max_length=80)
    name: str = Field(min_length=1, max_length=80)
    email: Email
    password: str = Field(min_length=MIN_LENGTH, max_length=1000)


@dataclass(frozen=True, kw_only=True)
class SignInPage(Page):
    form: Filled[SignIn] = field(default_factory=lambda: EMPTY)
    needs_code: bool = False  # the password is right and this account has a second factor


@dataclass(frozen=True, kw_only=True)
class SetUpPage(Page):
    form: Filled[SetUp] = field(default_factory=lambda: EMPTY)
    min_length: int = MIN_LENGTH


@dataclass(frozen=True, kw_only=True)
class LinkPage(Page):
    token: str
    valid: bool


@get("/sign-in", opt=PUBLIC)
async def sign_in_page(request: Req) -> Response[Any]:
    if not await services(request).people.anybody():
        return Redirect("/set-up", status_code=303)
    return render(request, "sign_in/sign_in.html", SignInPage(title="Sign in"))


@post("/sign-in", opt=PUBLIC, status_code=200)
async def sign_in(request: Req) -> Response[Any]:
    form = await read_form(request, SignIn)
    address = request.client.host if request.client else ""
    if form.model is None:
        return _refuse(request, form.with_error("", "Type your e-mail and your password."))
    if not services(request).attempts.left(form.model.email, address):
        return _refuse(request, form.with_error("", "Too many tries. Wait 15 minutes, then try again."), status=429)
    person = await services(request).people.by_email(form.model.email)
    if not await password_fits(person.password_hash if person else None, form.model.password) or person is None:
        services(request).attempts.failed(form.model.email, address)
        left = services(request).attempts.left(form.model.email, address)
        words = f"{left} tries left, then wait 15 minutes." if left else "Wait 15 minutes, then try again."
        return _refuse(request, form.with_error("", f"E-mail or password is wrong. {words}"))
    if person.totp_secret:
        if not form.model.code:
            return _ask_code(request, form)
        step = totp_step(services(request).gateway.seal.open(person.totp_secret).decode(), form.model.code)
        if step is None or not services(request).attempts.first_use(person.id, step):
            services(request).attempts.failed(form.model.email, address)
            return _ask_code(request, form.with_error("code", "This code is wrong or was used. Take the next one."))
    services(request).attempts.succeeded(form.model.email)
    return await _welcome(request, person)


@post("/sign-out", status_code=303)
async def sign_out(request: Req) -> Response[Any]:
    await services(request).people.end_session(request.auth.session)
    reply: Response[Any] = Redirect("/sign-in", status_code=303)
    reply.set_cookie(session_cookie("", services(request).gateway.settings.secure_cookies, 0))
    return reply


@get("/set-up", opt=PUBLIC)
async def set_up_page(request: Req) -> Response[Any]:
    if await services(request).people.anybody():
        return Redirect("/sign-in", status_code=303)
    return render(request, "sign_in/set_up.html", SetUpPage(title="Set up CODI"))


@post("/set-up", opt=PUBLIC, status_code=200)
async def set_up(request: Req) -> Response[Any]:
    """The first person becomes the owner of the first workspace; afterwards this page is closed."""
    form = await read_form(request, SetUp)
    if form.model is None:
        return render(request, "sign_in/set_up.html", SetUpPage(title="Set up CODI", form=form), status=422)
    person = await services(request).people.set_up(
        workspace=form.model.workspace,
        email=form.model.email,
        name=form.model.name,
        password_hash=await hash_password(form.model.password),
    )
    if person is None:
        return Redirect("/sign-in", status_code=303)
    return await _welcome(request, person)


@get("/link/{token:str}", opt=PUBLIC)
async def link_page(request: Req, token: FromPath[str]) -> Response[Any]:
    """A link is used by pressing the button, not by opening it: mail scanners open links too."""
    valid = await services(request).people.link_is_valid(token_hash(token))
    title = "Sign in" if valid else "This link is used up"
    return render(request, "sign_in/link.html", LinkPage(title=title, token=token, valid=valid))


@post("/link/{token:str}", opt=PUBLIC, status_code=303)
async def use_link(request: Req, token: FromPath[str]) -> Response[Any]:
    person = await services(request).people.use_link(token_hash(token))
    if person is None:
        return Redirect(f"/link/{token}", status_code=303)
    return await _welcome(request, person)


@get("/")
async def first_page(request: Req) -> Response[Any]:
    """To the workspace used last; without one, say what to do."""
    places = request.auth.places
    if places:
        return Redirect(f"/w/{places[0].name}/", status_code=303)
    return render(request, "sign_in/nowhere.html", Page(title="No workspace yet"))


async def _welcome(request: Req, person: Person) -> Response[Any]:
    secure = services(request).gateway.settings.secure_cookies
    reply: Response[Any] = Redirect("/", status_code=303)
    reply.set_cookie(
        await begin_session(services(request).people, person.id, request.headers.get("user-agent", ""), secure)
    )
    return reply


def _refuse(request: Req, form: Filled[SignIn], status: int = 422) -> Response[Any]:
    return render(request, "sign_in/sign_in.html", SignInPage(title="Sign in", form=form), status=status)


def _ask_code(request: Req, form: Filled[SignIn]) -> Response[Any]:
    page = SignInPage(title="Sign in", form=form, needs_code=True)
    return render(request, "sign_in/sign_in.html", page, status=422 if form.errors else 200)


HANDLERS = [sign_in_page, sign_in, sign_out, set_up_page, set_up, link_page, use_link, first_page]
