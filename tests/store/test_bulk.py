"""Writing many rows and asking for many keys at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from engine.errors import UsageError
from engine.store import bulk
from engine.store.bulk import BulkInsert, BulkUpdate, BulkUpsert, among, by_column
from engine.store.records import Records
from engine.store.scope import mine
from engine.store.sync_store import WorkspaceSyncStore
from engine.store.tables_records import crosswalk, records, versions
from tests.store.conftest import Cast
from tests.store.pages import product, store

_PLACE = ("connection_id", "stream", "external_id")
_INSERT = BulkInsert(crosswalk, (*_PLACE, "record_id", "version"))
_UPSERT = BulkUpsert(crosswalk, _PLACE, ("record_id", "version"))
_LINKS = select(crosswalk.c.external_id, crosswalk.c.record_id, crosswalk.c.version).where(mine(crosswalk))
_SHARED = {"connection_id": 1, "stream": "items"}
LATE = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=13)))


async def _links(cast: Cast, workspace: int, **values: Any) -> list[tuple[Any, ...]]:
    query = _LINKS if not values else _LINKS.where(among(crosswalk.c.external_id, "ids"))
    async with cast.database.read(workspace) as tx:
        return sorted(tuple(row) for row in await tx.rows(query, values))


@pytest.fixture
async def linked(cast: Cast) -> Cast:
    rows = {"external_id": ["a", "b", "c'%b"], "record_id": [1, 2**40, 3], "version": ["1", None, "3"]}
    for workspace in (cast.acme, cast.other):
        async with cast.database.write(workspace) as tx:
            await tx.bulk(_INSERT, rows | _SHARED)
    return cast


async def test_rows_go_in_and_belong_to_the_workspace(linked: Cast) -> None:
    kept = [("a", 1, "1"), ("b", 2**40, None), ("c'%b", 3, "3")]
    assert await _links(linked, linked.acme) == kept
    assert await _links(linked, linked.other) == kept


async def test_more_rows_than_one_statement_takes(linked: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    rows = {"external_id": ["d", "e", "f", "g", "h"], "record_id": [4, 5, 6, 7, 8], "version": None}
    async with linked.database.write(linked.acme) as tx:
        await tx.bulk(_INSERT, rows | _SHARED)
    assert await _links(linked, linked.acme, ids=["d", "h", "none"]) == [("d", 4, None), ("h", 8, None)]


async def test_an_upsert_changes_what_is_there_of_its_workspace(linked: Cast) -> None:
    async with linked.database.write(linked.acme) as tx:
        await tx.bulk(_UPSERT, {"external_id": ["a", "d"], "record_id": [9, 4], "version": [None, None]} | _SHARED)
    assert await _links(linked, linked.acme, ids=["a", "d"]) == [("a", 9, None), ("d", 4, None)]
    assert await _links(linked, linked.other, ids=["a", "d"]) == [("a", 1, "1")]


async def test_values_are_converted_as_their_columns_want(cast: Cast) -> None:
    insert = BulkInsert(versions, ("record_id", "sequence", "hash", "deleted", "changed_at", "owners", "document"))
    shared = {"sequence": 1, "deleted": False, "changed_at": LATE, "document": None}
    async with cast.database.write(cast.acme) as tx:
        rows = {"record_id": [1, 2], "hash": [b"\x00", b"\xff"], "owners": [None, {"name": "erp"}]}
        await tx.bulk(insert, rows | shared)
    columns = (versions.c.hash, versions.c.deleted, versions.c.changed_at, versions.c.owners, versions.c.document)
    query = select(*columns).where(mine(versions)).order_by(versions.c.record_id)
    async with cast.database.read(cast.acme) as tx:
        first, second = await tx.rows(query)
    assert tuple(first) == (b"\x00", False, LATE, None, None)
    assert second.owners == {"name": "erp"}


async def test_an_update_changes_rows_of_its_workspace_only(cast: Cast) -> None:
    update = BulkUpdate(records, ("search", "owners"))
    await store(WorkspaceSyncStore(cast.database, cast.acme), [product("1", "A"), product("2", "B")])
    ids = [int(row.id) for row in await Records(cast.database, cast.acme).changes("product")]
    for workspace, word in ((cast.acme, "ours"), (cast.other, "theirs")):
        async with cast.database.write(workspace) as tx:
            await tx.bulk(update, {"id": ids, "search": [word, "both"], "owners": [{"name": "erp"}, None]})
    async with cast.database.read(cast.acme) as tx:
        rows = await tx.rows(select(records.c.search, records.c.owners).where(mine(records)).order_by(records.c.id))
    assert [tuple(row) for row in rows] == [("ours", {"name": "erp"}), ("both", None)]
    assert [row.key for row in await Records(cast.database, cast.acme).search("ours")] == ["A"]


async def test_no_rows_are_nothing_to_do(cast: Cast) -> None:
    async with cast.database.write(cast.acme) as tx:
        await tx.bulk(_INSERT, by_column([]) | _SHARED)
    assert await _links(cast, cast.acme) == []


async def test_rows_without_a_workspace_are_refused(cast: Cast) -> None:
    with pytest.raises(UsageError, match="belong to a workspace"):
        async with cast.database.write_everywhere() as tx:
            await tx.bulk(_INSERT, {"external_id": ["a"], "record_id": [1], "version": None} | _SHARED)
