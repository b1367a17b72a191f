"""Who may do what: every handler of a workspace, tried by somebody signed out, a stranger and a viewer."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from tests.editor.conftest import HERE, SignedIn, client_of, csrf_token

SignIn = Callable[[str], SignedIn]

# What anybody in a workspace may post: their own account, and looking things up.
FOR_EVERYBODY = ("/settings/account/", "/complete", "/presence")
WORDS = {"name": "erp", "connection": "erp", "stem": "product.in", "run": "r1", "connector": "sql", "folder": "f"}


def addresses(app: Litestar, method: str) -> list[str]:
    """One address of every handler of a workspace that takes the method, its parameters filled in."""
    found = []
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or not route.path.startswith("/w/"):
            continue
        if method not in route.methods:
            continue
        path = route.path.replace("{workspace:str}", "rimu-co")
        path = re.sub(r"\{(\w+):int\}", "1", path)
        found.append(re.sub(r"\{(\w+):\w+\}", lambda match: WORDS.get(match[1], "x"), path))
    return found


async def test_signed_out_people_are_asked_to_sign_in(app: Litestar) -> None:
    client = client_of(app)
    client.headers["x-csrftoken"] = await csrf_token(client)
    assert len(addresses(app, "GET")) > 15
    for method in ("GET", "POST"):
        for path in addresses(app, method):
            reply = await client.request(method, path)
            assert (reply.status_code, reply.headers.get("location")) == (303, "/sign-in"), f"{method} {path}"
            told = await client.request(method, path, headers={"HX-Request": "true"})
            assert told.headers.get("hx-redirect") == "/sign-in", f"{method} {path}"


async def test_a_workspace_one_does_not_belong_to_is_not_there(app: Litestar, sign_in: SignIn) -> None:
    async with sign_in("stranger") as client:
        for method in ("GET", "POST"):
            for path in addresses(app, method):
                reply = await client.request(method, path)
                assert reply.status_code == 404, f"{method} {path}"
                assert "rimu" not in reply.text.lower(), path


async def test_viewers_change_nothing(app: Litestar, sign_in: SignIn) -> None:
    async with sign_in("viewer") as client:
        for path in addresses(app, "POST"):
            if any(part in path for part in FOR_EVERYBODY):
                continue
            reply = await client.post(path, data={})
            assert reply.status_code == 403, path


@pytest.mark.parametrize("who", ["viewer", "operator", "consultant"])
async def test_keys_and_the_audit_log_are_for_admins(app: Litestar, sign_in: SignIn, who: str) -> None:
    async with sign_in(who) as client:
        for page in ("keys", "audit"):
            assert (await client.get(f"{HERE}/settings/{page}")).status_code == 403


async def test_admins_do_not_make_owners(app: Litestar, sign_in: SignIn) -> None:
    async with sign_in("owner") as owner:
        made = await owner.post(
            f"{HERE}/settings/people", data={"name": "Ada", "email": "ada@rimu.example", "role": "admin"}
        )
        link = re.search(r"/link/[\w-]+", made.text)
        assert link
    client = client_of(app)
    client.headers["x-csrftoken"] = await csrf_token(client)
    await client.post(link[0])
    refused = await client.post(
        f"{HERE}/settings/people", data={"name": "Eve", "email": "eve@rimu.example", "role": "owner"}
    )
    assert refused.status_code == 403
    demoted = await client.post(f"{HERE}/settings/people/1/role", data={"role": "viewer"})
    assert demoted.status_code == 403


async def test_nobody_signs_in_as_somebody_of_another_workspace(app: Litestar, sign_in: SignIn) -> None:
    """A link opens everything its person may see: it is not made by those who may not see that."""
    people = app.state.services.people
    stranger = await people.by_email("stranger@rimu.example")
    async with sign_in("owner") as owner:
        new = {"name": "Sam", "email": "stranger@rimu.example", "role": "viewer"}
        added = await owner.post(f"{HERE}/settings/people", data=new)
        assert added.status_code == 200
        assert "has an account here already" in added.text
        asked = await owner.post(f"{HERE}/settings/people/{stranger.id}/link")
        assert asked.status_code == 403
        assert "/link/" not in re.sub(r'action="[^"]*"', "", added.text + asked.text)
        assert "elsewhere" not in (added.text + asked.text).lower()
    async with sign_in("stranger") as client:
        assert (await client.get(f"{HERE}/")).status_code == 200, "they are a viewer here now"
        assert (await client.post(f"{HERE}/settings/people/1/link")).status_code == 403
    await people.add_owner(2, "owner@rimu.example", "Ola Owner")
    async with sign_in("owner") as owner:
        asked = await owner.post(f"{HERE}/settings/people/{stranger.id}/link")
        assert asked.status_code == 200, "an owner of all their workspaces"
        assert "/link/" in asked.text


async def test_the_last_owner_stays(app: Litestar, sign_in: SignIn) -> None:
    async with sign_in("owner") as client:
        reply = await client.post(f"{HERE}/settings/people/1/role", data={"role": "none"})
        assert reply.status_code == 422
        assert "last owner" in reply.text


async def test_a_key_is_shown_once_and_revoked(app: Litestar, sign_in: SignIn) -> None:
    async with sign_in("owner") as client:
        made = await client.post(f"{HERE}/settings/keys", data={"name": "website", "scope": "read"})
        key = re.search(r"codi_[\w-]{40,}", made.text)
        assert key
        again = (await client.get(f"{HERE}/settings/keys")).text
        assert key[0] not in again
        assert "website" in again
        await client.post(f"{HERE}/settings/keys/1/revoke")
        assert "No key yet" in (await client.get(f"{HERE}/settings/keys")).text
        log = (await client.get(f"{HERE}/settings/audit")).text
        assert "key.made" in log
        assert "key.revoked" in log


async def test_every_answer_carries_the_strict_headers(app: Litestar, sign_in: SignIn) -> None:
    async with sign_in("owner") as client:
        for path in (f"{HERE}/", "/static/codi.css", "/no-such-page", f"{HERE}/mappings"):
            policy = (await client.get(path)).headers["content-security-policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
