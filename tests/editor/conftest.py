"""The application over a fresh database, with a fixed cast: owner, consultant, viewer, and a stranger."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from editor.app import create_app
from editor.gateway import Gateway
from editor.passwords import hash_password
from editor.settings import Settings
from engine.store.people import People
from engine.store.workspaces import Workspaces

PASSWORD = "correct horse battery"
CAST = ("owner", "consultant", "operator", "viewer", "stranger")
HERE = "/w/rimu-co"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Litestar]:
    """Running, with the cast in the workspace Rimu & Co; the stranger owns another one."""
    async with running(create_app(settings)) as application:
        await add_cast(application.state.services.gateway)
        yield application


@asynccontextmanager
async def running(application: Litestar) -> AsyncIterator[Litestar]:
    """Started and stopped in one task of its own, as its task group wants it."""
    ready, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with application.lifespan():
            ready.set()
            await stop.wait()

    task = asyncio.create_task(live())
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    yield application
    stop.set()
    await task


def client_of(app: Litestar) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://codi.test")


async def add_cast(gateway: Gateway) -> None:
    people = People(gateway.database)
    kept = await hash_password(PASSWORD)
    await people.set_up(workspace="Rimu & Co", email="owner@rimu.example", name="Ola Owner", password_hash=kept)
    for role in ("consultant", "operator", "viewer"):
        member = await people.add_member(1, f"{role}@rimu.example", f"{role.title()} Person", role)
        assert member is not None
        await people.set_password(member.id, kept)
    elsewhere = await Workspaces(gateway.database).ensure("elsewhere", "Elsewhere")
    person = await people.add_owner(elsewhere.id, "stranger@rimu.example", "Sam Stranger")
    await people.set_password(person.id, kept)


@pytest.fixture
def sign_in(app: Litestar) -> Callable[[str], SignedIn]:
    """`async with sign_in("viewer") as client`: a client signed in as one of the cast."""
    return lambda who: SignedIn(app, who)


class SignedIn:
    """A client of the running application, signed in; its posts carry the CSRF token."""

    def __init__(self, app: Litestar, who: str) -> None:
        self._client = client_of(app)
        self._who = who

    async def __aenter__(self) -> httpx.AsyncClient:
        client = self._client
        client.headers["x-csrftoken"] = await csrf_token(client)
        reply = await client.post(
            "/sign-in", data={"email": f"{self._who}@rimu.example", "password": PASSWORD}, follow_redirects=False
        )
        assert reply.status_code == 303, reply.text
        return client

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()


async def csrf_token(client: httpx.AsyncClient) -> str:
    page = (await client.get("/sign-in")).text
    found = re.search(r'name="_csrf_token" value="([0-9a-f]+)"', page)
    assert found, page
    return found[1]
