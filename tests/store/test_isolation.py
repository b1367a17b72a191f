"""Whoever asks a store for somebody else's things by their very names and numbers gets nothing and changes nothing."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from engine.errors import CodiError
from engine.store.connections import Connections
from engine.store.dead_letters import DeadLetters
from engine.store.drafts import Drafts
from engine.store.enrichments import Enrichments
from engine.store.people import People
from engine.store.records import Records
from engine.store.revisions import Revisions
from engine.store.runs import Runs
from engine.store.sync_store import WorkspaceSyncStore
from engine.store.syncs import Sync, Syncs
from engine.store.workspaces import Workspaces
from engine.sync.ports import Sending
from tests import somebody_else as they
from tests.presence import ROOT
from tests.somebody_else import Theirs
from tests.store.conftest import Cast

WHO = "owner@acme.example"
SENDING = Sending(record_id="1", key=they.KEY, sequence=1, payload=b"{}", payload_hash=b"", idempotency_key="x")
AT: dict[str, Any] = {"plan": they.PLAN, "token": 1, "run": they.RUN, "pinned": they.READ}
THEIR_SYNC = Sync(name=they.SYNC, title="Mine", entity="product", source=they.ERP, source_stream="zephyr_items")

# What each method is asked for; the answer is nothing, or an error that tells nothing.
Ask = Callable[[Any, Theirs], Awaitable[Any]]
ASKED: dict[type, dict[str, Ask]] = {
    Connections: {
        "all": lambda store, _: store.all(),
        "get": lambda store, _: store.get(they.ERP),
        "secrets": lambda store, _: store.secrets(they.ERP),
        "save": lambda store, _: store.save(they.ERP, title="Mine", connector="sql", settings={}, secrets={}),
        "set_status": lambda store, _: store.set_status(they.ERP, "paused", "mine"),
    },
    DeadLetters: {
        "open": lambda store, _: store.open(sync=they.SYNC),
        "with_status": lambda store, _: store.with_status("open"),
        "get": lambda store, theirs: store.get(theirs.letter),
        "dismiss": lambda store, theirs: store.dismiss(theirs.letter),
    },
    Drafts: {
        "sets": lambda store, _: store.sets(),
        "files": lambda store, _: store.files(they.SHOP),
        "save": lambda store, _: store.save(they.SHOP, f"{they.STEM}.yaml", "mine", version=1, who=WHO),
        "saves": lambda store, _: store.saves(they.SHOP, f"{they.STEM}.yaml"),
    },
    Enrichments: {
        "get": lambda store, _: store.get("product", they.KEY),
        "save": lambda store, _: store.save("product", {"sku": they.KEY, "brand": "Mine"}, who=WHO),
        "remove": lambda store, _: store.remove("product", they.KEY, who=WHO),
    },
    Records: {
        "changes": lambda store, _: store.changes("product"),
        "get": lambda store, _: store.get("product", they.KEY),
        "by_id": lambda store, theirs: store.by_id(theirs.record),
        "by_external_id": lambda store, _: store.by_external_id(they.SHOP, "zephyr_products", "zephyr-77"),
        "search": lambda store, _: store.search("quillfish"),
        "counts": lambda store, _: store.counts(),
    },
    Revisions: {
        "published": lambda store, _: store.published(they.SHOP, "live"),
        "get": lambda store, _: store.get(they.SHOP, they.REVISIONS),
        "publish": lambda store, _: store.publish(they.SHOP, "live", reason="mine", who=WHO, number=1),
        "roll_back": lambda store, _: store.roll_back(they.SHOP, "live", 1, reason="mine", who=WHO),
        "history": lambda store, _: store.history(they.SHOP),
        "numbers": lambda store, _: store.numbers(they.SHOP),
        "import_files": lambda store, _: store.import_files(they.SHOP, {"a.yaml": "mine"}, who=WHO),
        "export_files": lambda store, _: store.export_files(they.SHOP, 1),
    },
    Runs: {
        "get_run": lambda store, _: store.get_run(they.RUN),
        "list_runs": lambda store, _: store.list_runs(sync=they.SYNC),
        "log": lambda store, _: store.log(they.RUN, "info", "mine"),
        "read_log": lambda store, _: store.read_log(they.RUN),
        "queue_run": lambda store, _: store.queue_run(they.RUN, they.SYNC, trigger="hand", dry_run=True),
        "start_run": lambda store, _: store.start_run(they.RUN, []),
        "advance_run": lambda store, _: store.advance_run(they.RUN, phase="read", counts={"read": 9}, total=9),
        "finish_run": lambda store, _: store.finish_run(they.RUN, status="failed", error="mine"),
    },
    Syncs: {
        "all": lambda store, _: store.all(),
        "get": lambda store, _: store.get(they.SYNC),
        "save": lambda store, _: store.save(THEIR_SYNC),
        "pause": lambda store, _: store.pause(they.SYNC, "mine"),
        "enable": lambda store, _: store.enable(they.SYNC),
    },
    WorkspaceSyncStore: {
        "take_fence": lambda store, _: store.take_fence(they.SYNC, "mine"),
        "check_fence": lambda store, _: store.check_fence(they.SYNC, 1),
        "cursor": lambda store, _: store.cursor(they.SYNC, they.READ),
        "known": lambda store, _: store.known(they.ERP, "zephyr_items", [they.KEY]),
        "store_page": lambda store, _: store.store_page(**AT, objects=[], parked=[], cursor=None),
        "delivery_position": lambda store, _: store.delivery_position(they.SYNC, they.WRITE),
        "to_deliver": lambda store, _: store.to_deliver(they.PLAN, 0, 10),
        "links": lambda store, _: store.links(they.SHOP, {"product": [they.KEY]}),
        "begin_deliveries": lambda store, _: store.begin_deliveries(**AT, deliveries=[SENDING]),
        "end_deliveries": lambda store, _: store.end_deliveries(**AT, outcomes=[], parked=[], position=1),
    },
    People: {
        "members": lambda store, theirs: store.members(theirs.workspace - 1),
        "member": lambda store, theirs: store.member(theirs.workspace - 1, theirs.member),
        "set_role": lambda store, theirs: store.set_role(theirs.workspace - 1, theirs.member, "owner"),
        "keys": lambda store, theirs: store.keys(theirs.workspace - 1),
        "revoke_key": lambda store, theirs: store.revoke_key(theirs.workspace - 1, theirs.key, WHO),
        "audit_entries": lambda store, theirs: store.audit_entries(
            theirs.workspace - 1, before=None, limit=100, search=""
        ),
    },
}
# Of People: those that know no workspace (a person, a session and a link belong to nobody), and those that only add.
PEOPLE_OTHERWISE = {
    "anybody", "by_email", "set_up", "add_owner", "set_password", "set_totp", "begin_session", "signed_in",
    "end_session", "end_other_sessions", "sessions", "make_link", "link_is_valid", "use_link", "add_member", "add_key",
    "note", "places",
}  # fmt: skip


def stores() -> dict[type, set[str]]:
    """Every class that answers for a workspace → its methods."""
    found = {}
    for path in sorted((ROOT / "engine" / "store").glob("*.py")):
        module = importlib.import_module(f"engine.store.{path.stem}")
        for name, each in inspect.getmembers(module, inspect.isclass):
            takes = inspect.signature(each.__init__).parameters
            if each.__module__ == module.__name__ and "database" in takes and not name.startswith("_"):
                found[each] = {
                    method
                    for method, does in inspect.getmembers(each, inspect.iscoroutinefunction)
                    if not method.startswith("_")
                }
    return found


def test_every_method_of_every_store_is_asked() -> None:
    known = {each: set(asked) for each, asked in ASKED.items()}
    known[People] |= PEOPLE_OTHERWISE
    for each, methods in stores().items():
        if each.__name__ == "Workspaces":  # it answers for the whole installation
            continue
        missing = methods - known.get(each, set())
        assert not missing, f"{each.__name__} has {', '.join(missing)}: say in ASKED what to ask of it by others' ids"


@pytest.mark.parametrize("kind", ASKED, ids=lambda kind: kind.__name__)
async def test_nothing_is_told_or_changed(cast: Cast, kind: type) -> None:
    theirs = await they.fill(cast.database, cast.seal, await _other(cast))
    before = await they.everything(cast.database, theirs.workspace)
    assert not (empty := [name for name, rows in before.items() if not rows and name not in NO_ROWS]), empty
    for name, ask in ASKED[kind].items():
        store = _opened(kind, cast, theirs.workspace - 1)
        try:
            told = repr(await ask(store, theirs)).lower()
        except CodiError as error:
            told = f"{error!r} {error.message}".lower()
        assert they.SECRET not in told, f"{kind.__name__}.{name} told {told}"
        after = await they.everything(cast.database, theirs.workspace)
        changed = [table for table in before if after[table] != before[table]]
        assert not changed, f"{kind.__name__}.{name} changed their {', '.join(changed)}"


NO_ROWS = {"sessions", "sign_in_links"}  # of nobody's workspace


async def _other(cast: Cast) -> int:
    """A workspace numbered one after an empty one: the asker's."""
    workspaces = Workspaces(cast.database)
    mine = await workspaces.ensure("mine", "Mine")
    theirs = await workspaces.ensure("theirs", "Theirs")
    assert theirs.id == mine.id + 1
    return theirs.id


def _opened(kind: type, cast: Cast, workspace: int) -> Any:
    if kind is People:
        return People(cast.database)
    if kind is Connections:
        return Connections(cast.database, workspace, cast.seal)
    return kind(cast.database, workspace)
