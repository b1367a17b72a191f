"""Another workspace's ids are not there: every route of the application, asked by an owner of one workspace for the
things of another, answers 404, tells nothing and changes nothing.

The routes come from the application itself. One with a parameter that this file does not know fails: say in `NAMED` (or
`ASKED_FOR`) what the parameter stands for there.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from editor.gateway import Gateway
from editor.ports import NoRunner
from editor.runs import RunDesk
from engine.runtime.request import RunRequest
from engine.runtime.worker import RunQueue
from engine.store.dead_letters import DeadLetters
from engine.store.runs import Runs
from engine.store.samples import save_sample
from tests import somebody_else as they
from tests.editor.conftest import SignedIn
from tests.editor.sets import seed_sets
from tests.somebody_else import Theirs

SignIn = Callable[[str], SignedIn]

PREFIX = "/w/{workspace:str}"
OURS, THEIR_OWN = "rimu-co", "elsewhere"  # the owner's workspace, and the stranger's
# Routes of no workspace: signing in and out, links and files, which belong to whoever has them.
OUTSIDE = {
    "/sign-in", "/sign-out", "/set-up", "/link/{token:str}", "/", "/healthz", "/static/{file_path:path}",
}  # fmt: skip
NOT_AN_ID = {"connector"}  # path parameters that name nothing of a workspace
# Query parameters that choose how something is shown, or carry words to look for.
HARMLESS = {"add", "again", "before", "close", "environment", "open", "q", "records", "show"}


@dataclass
class Queue:
    """Takes requests for runs, and runs nothing."""

    asked: list[RunRequest] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    async def enqueue(self, request: RunRequest) -> None:
        self.asked.append(request)

    async def cancel(self, run: str) -> None:
        self.cancelled.append(run)


class Desk(RunDesk):
    """The desk of `codi serve`, but for runs that never end here."""

    follow = NoRunner.follow


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Two workspaces full of things, and the words for each side's things."""

    gateway: Gateway
    queue: Queue
    theirs: Theirs
    ours_named: Mapping[str, str]  # as `NAMED`
    theirs_named: Mapping[str, str]


@pytest.fixture
async def scene(app: Litestar) -> Scene:
    gateway: Gateway = app.state.services.gateway
    queue = Queue()
    app.state.services = replace(app.state.services, runner=Desk(gateway, cast(RunQueue, queue)))
    await seed_sets(gateway)
    await Runs(gateway.database, 1).queue_run("run-1", "products", trigger="hand", dry_run=False)
    async with gateway.database.write(1) as transaction:
        await save_sample(
            transaction, "shop/product.out", "one", b'{"sku": "A"}', origin="x", masked=True, who="owner@rimu.example"
        )
    (letter,) = await DeadLetters(gateway.database, 1).open()
    theirs = await they.fill(gateway.database, gateway.seal, 2)
    return Scene(
        gateway=gateway,
        queue=queue,
        theirs=theirs,
        ours_named=_named("shop", "product.out", "products", "run-1", letter.id, 1, 1, 1, "one", "tax"),
        theirs_named=_named(
            they.SHOP, they.STEM, they.SYNC, they.RUN, theirs.letter, theirs.member, theirs.key, they.REVISIONS,
            they.SAMPLE, they.TABLE,
        ),
    )  # fmt: skip


def _named(
    connection: str, stem: str, sync: str, run: str, letter: int, member: int, key: int, revision: int, sample: str,
    table: str,
) -> dict[str, str]:  # fmt: skip
    """What each parameter of a path names, by the word before it; and each parameter of a query or a form."""
    return {
        "connections/name": connection,
        "add/connector": "sql",
        "syncs/name": sync,
        "runs/run": run,
        "replay/letter": str(letter),
        "mappings/connection": connection,
        "history/number": str(revision),
        "*/stem": stem,
        "*/folder": stem.split(".", maxsplit=1)[0],
        "*/name": stem,
        "people/member_id": str(member),
        "keys/key_id": str(key),
        "?letter": str(letter),
        "?mapping": stem,
        "find?mapping": f"{connection}/{stem}",
        "?path": f"{stem}.yaml",
        "?place": "title",
        "?sample": sample,
        "?sync": sync,
        "?source": connection,
        "?destination": connection,
        "?against": str(revision),
        "?name": sample,
        "?connection": connection,
        "?table": table,
    }


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request to one handler."""

    method: str
    path: str
    query: Mapping[str, str]
    somebody_elses: bool  # whether the path names something of theirs

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def handlers(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Every path and method, with its handler."""
    for route in app.routes:
        assert isinstance(route, HTTPRoute), f"{route.path} is no HTTP route: say here how to ask it"
        for method, (handler, _) in route.route_handler_map.items():
            if method not in ("OPTIONS", "HEAD"):
                yield route.path, method, handler


def inside(app: Litestar) -> list[tuple[str, str, HTTPRouteHandler]]:
    """Those of workspaces."""
    found = []
    for path, method, handler in handlers(app):
        if path.startswith(PREFIX):
            found.append((path, method, handler))
        else:
            assert path in OUTSIDE, f"{path} stands outside the workspaces: is that meant? Then name it in OUTSIDE"
    assert len(found) > 50
    return found


def parameters(path: str) -> list[tuple[str, str]]:
    """The path's parameters: the text that stands for each, and its key in `NAMED`."""
    parts = path.removeprefix(PREFIX).strip("/").split("/")
    found = []
    for before, part in itertools.pairwise(["", *parts]):
        if part.startswith("{"):
            name = part[1:-1].split(":")[0]
            found.append((part, f"{'*' if before.startswith('{') else before}/{name}"))
    return found


def queries(path: str, handler: HTTPRouteHandler, named: Mapping[str, str]) -> dict[str, str]:
    """Query parameters that name something, filled in."""
    asked = {}
    for name in handler.parsed_fn_signature.parameters:
        if name == "request" or f"{{{name}:" in path or name in HARMLESS:
            continue
        last = path.rpartition("/")[2]
        if f"{last}?{name}" in named:  # there it stands for something of its own
            asked[name] = named[f"{last}?{name}"]
            continue
        assert f"?{name}" in named, f"{path}?{name}=: say in _named what it names, or in HARMLESS that it names nothing"
        asked[name] = named[f"?{name}"]
    return asked


def requests(app: Litestar, scene: Scene, workspace: str) -> Iterator[Asked]:
    """Every handler with every mixture of our things and theirs that has at least one of theirs; under their own
    address just with theirs."""
    for path, method, handler in inside(app):
        places = parameters(path)
        for _, key in places:
            assert key in scene.ours_named, f"{path}: say in _named what {key} names in a workspace"
        ids = [key for _, key in places if key.split("/")[1] not in NOT_AN_ID]
        for chosen in itertools.product((True, False), repeat=len(ids)):
            if workspace == THEIR_OWN and not all(chosen):
                continue
            elses = dict(zip(ids, chosen, strict=True))
            address = path.replace("{workspace:str}", workspace)
            for part, key in places:
                named = scene.theirs_named if elses.get(key) else scene.ours_named
                address = address.replace(part, named[key], 1)
            if address.endswith(("/zephyr/product.out", "/product/zephyr.out")):
                continue  # one file's path, cut in two
            yield Asked(
                method=method,
                path=address,
                query=queries(path, handler, scene.theirs_named),
                somebody_elses=any(chosen),
            )


def form(scene: Scene) -> dict[str, str]:
    """Everything a form may name, theirs."""
    named = {key[1:]: value for key, value in scene.theirs_named.items() if key.startswith("?")}
    return {**named, "key": they.KEY, "entity": "product", "title": "Mine", "role": "owner", "reason": "mine"}


async def ask(client: httpx.AsyncClient, asked: Asked, scene: Scene) -> httpx.Response:
    data = form(scene) if asked.method != "GET" else None
    return await client.request(asked.method, asked.path, params=asked.query, data=data, follow_redirects=True)


@asynccontextmanager
async def unchanged(scene: Scene) -> AsyncIterator[None]:
    before = await they.everything(scene.gateway.database, 2)
    yield
    after = await they.everything(scene.gateway.database, 2)
    changed = [table for table in before if before[table] != after[table]]
    assert not changed, f"it changed their {', '.join(changed)}"


@pytest.mark.parametrize("workspace", [OURS, THEIR_OWN])
async def test_their_things_are_not_there(app: Litestar, scene: Scene, sign_in: SignIn, workspace: str) -> None:
    wrong = []
    async with sign_in("owner") as client, unchanged(scene):
        for asked in requests(app, scene, workspace):
            if workspace == OURS and not asked.somebody_elses:
                continue
            reply = await ask(client, asked, scene)
            if reply.status_code != 404 or they.SECRET in reply.text.lower():
                wrong.append(f"{asked} → {reply.status_code}: {they.SECRET in reply.text.lower()}")
    assert not wrong, "\n".join(wrong)
    assert (scene.queue.asked, scene.queue.cancelled) == ([], [])


async def test_our_own_pages_know_nothing_of_theirs(app: Litestar, scene: Scene, sign_in: SignIn) -> None:
    """Paths that name our things, with queries and forms that name theirs."""
    wrong = []
    async with sign_in("owner") as client, unchanged(scene):
        for asked in requests(app, scene, OURS):
            if asked.somebody_elses or "/settings/account/" in asked.path:
                continue
            reply = await ask(client, asked, scene)
            if reply.status_code in (403, 500) or they.SECRET in reply.text.lower():
                wrong.append(f"{asked} → {reply.status_code}: {reply.text[:2000]}")
    assert not wrong, "\n".join(wrong)
    assert {request.workspace for request in scene.queue.asked} == {1}
    assert they.RUN not in scene.queue.cancelled


async def test_the_walk_finds_things_where_they_are(app: Litestar, scene: Scene, sign_in: SignIn) -> None:
    """The same walk by their owner, for their own: so that a 404 above is no wrong address."""
    missing = []
    async with sign_in("stranger") as client:
        for asked in requests(app, scene, THEIR_OWN):
            if asked.method == "GET" and "/zephyr/" not in asked.path:
                reply = await ask(client, asked, scene)
                if reply.status_code != 200:
                    missing.append(f"{asked} → {reply.status_code}")
    assert not missing, "\n".join(missing)


def test_a_parameter_nobody_knows_is_told() -> None:
    assert parameters(f"{PREFIX}/mappings/{{connection:str}}/{{stem:str}}/row") == [
        ("{connection:str}", "mappings/connection"),
        ("{stem:str}", "*/stem"),
    ]
    named: dict[str, Any] = _named("a", "b.c", "d", "e", 1, 2, 3, 4, "f", "g")
    assert parameters(f"{PREFIX}/webhooks/{{hook:str}}")[0][1] not in named
