"""Writes what a page changed: one statement per table for all of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, text

from engine.encoding import canonical
from engine.store.bulk import BulkInsert, BulkUpdate, BulkUpsert, among, by_column
from engine.store.database import Transaction
from engine.store.ids import make_id
from engine.store.page_state import PageState
from engine.store.scope import mine
from engine.store.tables_records import contributions, crosswalk, records, versions
from engine.sync.ports import Normalised

# Columns that are indexed and seldom change have statements of their own: SQLite writes the index entry of every column
# that is set, changed or not.
_COMMON = ("sequence", "deleted", "origin_id", "other_sequence", "changed_at", "run_id", "payload_id")
_WHOLE = (*_COMMON, "hash", "document", "owners", "search")
_ADD_RECORDS = BulkInsert(records, ("id", "entity", "key", "folded", "created_at", *_WHOLE))
_CHANGE_RECORDS = BulkUpdate(records, _WHOLE)
_DELETE_RECORDS = BulkUpdate(records, _COMMON)
_FREE_KEYS = BulkUpdate(records, ("folded",))
_RENAME = BulkUpdate(records, ("key", "folded"))
# A trigger would do this for each record, and have the index of words write its buffers out each time: that alone took
# a third of the time of an import.
_ADD_WORDS = text(
    "INSERT INTO record_words (rowid, search) "
    "SELECT id, search FROM records WHERE id >= :first AND +workspace_id = :workspace"
)
_VERSIONED = (
    "workspace_id", "sequence", "hash", "deleted", "origin_id", "changed_at", "run_id", "payload_id", "owners",
    "document",
)  # fmt: skip
_KEEP_VERSIONS = insert(versions).from_select(
    ["record_id", *_VERSIONED],
    select(records.c.id, *(records.c[name] for name in _VERSIONED)).where(mine(records), among(records.c.id, "ids")),
)
_PLACE = ("connection_id", "stream", "external_id")
_SAID = (
    "erased", "source_hash", "mapping_hash", "mapping", "revision", "version", "payload_id", "changed_at",
    "document",
)  # fmt: skip
_ADD_CONTRIBUTIONS = BulkInsert(contributions, ("id", "record_id", *_PLACE, *_SAID))
_CHANGE_CONTRIBUTIONS = BulkUpdate(contributions, _SAID)
_MOVE_CONTRIBUTIONS = BulkUpdate(contributions, ("record_id",))
_LINK = BulkUpsert(crosswalk, _PLACE, ("record_id", "version"))


async def write_page(tx: Transaction, page: PageState) -> None:
    await _write_records(tx, page)
    await _write_contributions(tx, page)


async def _write_records(tx: Transaction, page: PageState) -> None:
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    deleted: list[dict[str, Any]] = []
    renamed: list[dict[str, Any]] = []
    for touched in page.touched.values():
        row = touched.changed
        if row is None:
            continue
        if touched.row is None:
            added.append(row)
            continue
        if touched.row.key != row["key"]:
            renamed.append({"id": row["id"], "key": row["key"], "folded": row["folded"]})
        (changed if "document" in row else deleted).append(row)
    if changed or deleted:
        await tx.execute(_KEEP_VERSIONS, {"ids": [row["id"] for row in (*changed, *deleted)]})
    # Old keys are given up before new ones are taken, so that two records may swap theirs.
    ids = [row["id"] for row in renamed]
    await tx.bulk(_FREE_KEYS, {"id": ids, "folded": [f"\x01{record_id}" for record_id in ids]})
    await tx.bulk(_RENAME, by_column(renamed))
    now = {"origin_id": page.origin.connection_id, "changed_at": page.at, "run_id": page.origin.run}
    await tx.bulk(_CHANGE_RECORDS, by_column(changed) | now | {"deleted": False})
    await tx.bulk(_DELETE_RECORDS, by_column(deleted) | now | {"deleted": True})
    new = {"entity": page.origin.entity, "created_at": page.at, "deleted": False}
    await tx.bulk(_ADD_RECORDS, by_column(added) | now | new)
    if added and tx.dialect == "sqlite":
        await tx.execute(_ADD_WORDS, {"first": min(row["id"] for row in added)})


async def _write_contributions(tx: Transaction, page: PageState) -> None:
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    for each in page.objects:
        record_id = page.record_of.get(each.external_id)
        if record_id is None:
            continue  # deleted there before we ever kept it
        row = _contribution(page, each)
        before = page.known.get(each.external_id)
        if before is None:
            row |= {"id": make_id(tx, page.number()), "record_id": record_id, "external_id": each.external_id}
            added.append(row)
        else:
            if before.record_id != record_id:
                moved.append({"id": before.id, "record_id": record_id})
            changed.append(row | {"id": before.id})
        link = page.linked.get(each.external_id)
        if link is None or link.record_id != record_id or (each.version is not None and link.version != each.version):
            links.append({"external_id": each.external_id, "record_id": record_id, "version": each.version})
    origin, pinned = page.origin, page.origin.pinned
    place = {"connection_id": origin.connection_id, "stream": origin.stream}
    now = {"erased": False, "changed_at": page.at}
    now |= {"mapping_hash": pinned.hash, "mapping": pinned.mapping, "revision": pinned.revision}
    await tx.bulk(_MOVE_CONTRIBUTIONS, by_column(moved))
    await tx.bulk(_CHANGE_CONTRIBUTIONS, by_column(changed) | now)
    await tx.bulk(_ADD_CONTRIBUTIONS, by_column(added) | place | now)
    await tx.bulk(_LINK, by_column(links) | place)


def _contribution(page: PageState, each: Normalised) -> dict[str, Any]:
    """The columns of its row that differ between contributions."""
    return {
        "source_hash": each.source_hash,
        "version": each.version,
        "payload_id": page.payload_ids.get(each.external_id),
        "document": None if each.document is None else canonical(each.document),
    }
