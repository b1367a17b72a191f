"""Signing in: new token each time, nothing known from the answer, limits, links, first set-up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from litestar import Litestar

from editor.access import COOKIE
from editor.app import create_app
from editor.passwords import new_token, new_totp_secret, token_hash, totp_step
from editor.settings import Settings
from tests.editor.conftest import HERE, PASSWORD, SignedIn, client_of, csrf_token, running

SignIn = Callable[[str], SignedIn]


async def test_a_fresh_installation_asks_for_an_owner(settings: Settings) -> None:
    async with running(create_app(settings)) as application:
        client = client_of(application)
        assert (await client.get("/", follow_redirects=True)).url.path == "/set-up"
        token = (await client.get("/set-up")).text.split('name="_csrf_token" value="')[1].split('"')[0]
        form = {"_csrf_token": token, "workspace": "Rimu & Co", "name": "Ana", "email": "ANA@Rimu.Example"}
        refused = await client.post("/set-up", data={**form, "password": "short"}, follow_redirects=False)
        assert refused.status_code == 422
        assert "ANA@Rimu.Example" in refused.text, "what was typed stays"
        assert "short" not in refused.text.split("f-password")[1].split(">")[0]
        made = await client.post("/set-up", data={**form, "password": PASSWORD}, follow_redirects=False)
        assert made.status_code == 303
        home = await client.get("/", follow_redirects=False)
        assert home.headers["location"] == "/w/rimu-co/"
        again = await client.post("/set-up", data={**form, "password": PASSWORD}, follow_redirects=False)
        assert again.headers["location"] == "/sign-in", "set-up is closed once somebody is there"


async def test_the_session_is_new_and_its_cookie_is_strict(app: Litestar) -> None:
    client = client_of(app)
    client.cookies.set(COOKIE, "chosen-by-somebody-else")
    reply = await client.post(
        "/sign-in",
        data={"email": "owner@rimu.example", "password": PASSWORD, "_csrf_token": await csrf_token(client)},
        follow_redirects=False,
    )
    cookie = next(value for value in reply.headers.get_list("set-cookie") if value.startswith(COOKIE))
    assert "chosen-by-somebody-else" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


async def test_signing_out_ends_the_session_in_the_database(app: Litestar, sign_in: SignIn) -> None:
    async with sign_in("viewer") as client:
        kept = client.cookies[COOKIE]
        await client.post("/sign-out", follow_redirects=False)
        client.cookies.set(COOKIE, kept)
        assert (await client.get(f"{HERE}/settings/account", follow_redirects=False)).status_code == 303


async def test_wrong_tries_are_counted_and_then_waited_for(app: Litestar) -> None:
    client = client_of(app)
    client.headers["x-csrftoken"] = await csrf_token(client)
    answers = []
    for email in ("owner@rimu.example", "nobody@rimu.example"):
        reply = await client.post("/sign-in", data={"email": email, "password": "wrong"})
        answers.append(reply.text.replace(email, "").replace(client.headers["x-csrftoken"], ""))
    assert answers[0] == answers[1], "the answer does not tell whether the account is there"
    for _ in range(4):
        await client.post("/sign-in", data={"email": "owner@rimu.example", "password": "wrong"})
    right = await client.post("/sign-in", data={"email": "owner@rimu.example", "password": PASSWORD})
    assert right.status_code == 429
    assert "Wait 15 minutes" in right.text


async def test_a_form_without_the_token_is_refused(app: Litestar) -> None:
    reply = await client_of(app).post("/sign-in", data={"email": "owner@rimu.example", "password": PASSWORD})
    assert reply.status_code == 403
    assert "Reload" in reply.text


async def test_a_link_signs_in_once(app: Litestar) -> None:
    token = new_token()
    await app.state.services.people.make_link(token_hash(token), 1, dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    client = client_of(app)
    client.headers["x-csrftoken"] = await csrf_token(client)
    for _ in range(2):
        assert "signs you in once" in (await client.get(f"/link/{token}")).text, "looking does not use it up"
    used = await client.post(f"/link/{token}", follow_redirects=False)
    assert used.headers["location"] == "/"
    assert "used up" in (await client.get(f"/link/{token}")).text
    again = await client.post(f"/link/{token}", follow_redirects=False)
    assert COOKIE not in again.cookies


async def test_an_old_link_is_worth_nothing(app: Litestar) -> None:
    token = new_token()
    await app.state.services.people.make_link(token_hash(token), 1, dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
    assert "used up" in (await client_of(app).get(f"/link/{token}")).text


async def test_a_new_password_signs_the_other_sessions_out(app: Litestar, sign_in: SignIn) -> None:
    async with sign_in("viewer") as one, sign_in("viewer") as other:
        url = f"{HERE}/settings/account/password"
        wrong = await one.post(url, data={"current": "not it", "password": "another long one"})
        assert wrong.status_code == 422
        right = await one.post(url, data={"current": PASSWORD, "password": "another long one"}, follow_redirects=False)
        assert right.status_code == 303
        assert (await one.get(f"{HERE}/settings/account")).status_code == 200
        assert (await other.get(f"{HERE}/settings/account", follow_redirects=False)).status_code == 303


@pytest.mark.parametrize("early", [-30, 0, 30])
def test_one_time_codes_of_rfc_6238(early: int) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # the RFC's key 12345678901234567890
    assert totp_step(secret, "081 804", now=1_111_111_109 + early) == 1_111_111_109 // 30
    assert totp_step(secret, "081804", now=1_111_111_109 + 90) is None
    assert totp_step(new_totp_secret(), "081804", now=1_111_111_109) is None
