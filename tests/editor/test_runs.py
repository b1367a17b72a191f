"""Runs followed live, rejected records opened, syncs made and run from the pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from litestar import Litestar

from editor.app import create_app
from editor.gateway import Gateway
from editor.settings import Settings
from engine.errors import NotFoundError
from engine.store.connections import Connections
from engine.store.runs import Runs
from engine.store.syncs import Syncs
from engine.sync.ports import RunRow
from tests.editor.conftest import HERE, SignedIn, add_cast, running

SignIn = Callable[[str], SignedIn]
SYNC = {"title": "Products to the shop", "entity": "product", "source": "erp", "source_stream": "items"}


class FakeRunner:
    """Notes what it is asked for, and plays a run of three steps."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.asked: list[tuple[str, bool, bool]] = []

    async def start(
        self,
        workspace: int,
        sync: str,
        *,
        trigger: str = "manual",
        only: Sequence[str] | None = None,
        full: bool = False,
        dry_run: bool = False,
    ) -> str:
        await Syncs(self.gateway.database, workspace).get(sync)
        self.asked.append((sync, full, dry_run))
        await Runs(self.gateway.database, workspace).queue_run("r1", sync, trigger=trigger, dry_run=dry_run)
        return "r1"

    async def cancel(self, workspace: int, run: str) -> None:
        await Runs(self.gateway.database, workspace).finish_run(run, status="cancelled")

    async def follow(self, workspace: int, run: str) -> AsyncIterator[RunRow]:
        runs = Runs(self.gateway.database, workspace)
        await runs.start_run(run, [])
        for read in (10, 20):
            await runs.advance_run(run, phase="read", counts={"read": read, "changed": read}, total=20)
            yield await runs.get_run(run)
        await runs.finish_run(run, status="done")
        yield await runs.get_run(run)


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Litestar]:
    @asynccontextmanager
    async def open_runner(gateway: Gateway) -> AsyncIterator[FakeRunner]:
        yield FakeRunner(gateway)

    async with running(create_app(settings, open_runner)) as application:
        gateway = application.state.services.gateway
        await add_cast(gateway)
        await Connections(gateway.database, 1, gateway.seal).save("erp", title="ERP", connector="sql", settings={})
        yield application


async def test_make_a_sync_run_it_and_follow_it(app: Litestar, sign_in: SignIn) -> None:
    async with sign_in("consultant") as client:
        made = await client.post(f"{HERE}/syncs/add", data=SYNC, follow_redirects=False)
        assert made.headers["location"] == f"{HERE}/syncs/products-to-the-shop?done=added"
        ran = await client.post(f"{HERE}/syncs/products-to-the-shop/run", data={"dry_run": "1"}, follow_redirects=False)
        assert ran.headers["location"] == f"{HERE}/runs/r1"
        assert app.state.services.runner.asked == [("products-to-the-shop", False, True)]
        events = (await client.get(f"{HERE}/runs/r1/events")).text
        assert "10 of 20" in events
        assert events.rstrip().endswith("data: 1")
        assert "event: ended" in events
        page = (await client.get(f"{HERE}/runs/r1")).text
        assert "dry run: nothing is written" in page
        assert "hx-sse:connect" not in page, "a run that ended is not followed"
        assert "Products to the shop" in (await client.get(f"{HERE}/")).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": ""}, "Choose where records come from"),
        ({"source_stream": ""}, "Which of its streams?"),
        ({"filter": "status = ("}, "A condition reads like"),
        ({"title": ""}, "Fill this in"),
    ],
)
async def test_a_wrong_sync_is_told_beside_its_field(
    app: Litestar, sign_in: SignIn, changes: dict[str, str], words: str
) -> None:
    async with sign_in("consultant") as client:
        reply = await client.post(f"{HERE}/syncs/add", data={**SYNC, **changes})
        assert reply.status_code == 422
        assert words in reply.text


async def test_secrets_are_written_only(app: Litestar, sign_in: SignIn) -> None:
    async with sign_in("consultant") as client:
        form = {"title": "Books", "set.url": "postgresql://u@127.0.0.1:1/x", "set.password": "geheim-123"}
        row = "set.streams.0"
        form |= {"set.streams.n": "1", f"{row}.key": "items", f"{row}.of.read.on": "1", f"{row}.of.read.table": "t"}
        form |= {f"{row}.of.read.key.n": "1", f"{row}.of.read.key.0.of": "id"}
        saved = await client.post(f"{HERE}/connections/add/sql", data=form, follow_redirects=False)
        assert saved.status_code == 303, saved.text
        gateway = app.state.services.gateway
        store = Connections(gateway.database, 1, gateway.seal)
        assert (await store.secrets("books"))["password"] == "geheim-123"
        page = (await client.get(f"{HERE}/connections/books")).text
        assert "geheim" not in page
        assert "kept; type to replace" in page
        await client.post(f"{HERE}/connections/books", data={**form, "title": "Books 2", "set.password": ""})
        assert (await store.secrets("books"))["password"] == "geheim-123", "an empty box keeps it"
        assert (await store.get("books")).title == "Books 2"


async def test_an_unknown_connection_is_a_page_that_says_so(app: Litestar, sign_in: SignIn) -> None:
    async with sign_in("viewer") as client:
        reply = await client.get(f"{HERE}/connections/nothing")
        assert reply.status_code == 404
        with pytest.raises(NotFoundError):
            await Connections(app.state.services.gateway.database, 1, app.state.services.gateway.seal).get("nothing")
