"""Writes what a page changed: one statement per table for all of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, Update, bindparam, insert, select, update

from engine.encoding import canonical
from engine.store.database import Transaction, chunks
from engine.store.ids import make_id
from engine.store.page_state import PageState
from engine.store.scope import mine
from engine.store.tables_records import contributions, crosswalk, records, versions
from engine.store.upsert import Upsert
from engine.sync.ports import Normalised

# Columns that are indexed and seldom change have statements of their own: SQLite writes the index entry of every column
# that is set, changed or not.
_COMMON = ("sequence", "deleted", "origin_id", "other_sequence", "changed_at", "run_id", "payload_id")
_SAID = (
    "erased", "source_hash", "mapping_hash", "mapping", "revision", "version", "payload_id", "changed_at",
    "document",
)  # fmt: skip


def _change(table: Table, columns: tuple[str, ...]) -> Update:
    """UPDATE of single rows by id, the new value of each column in `new_<column>`."""
    new = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in columns}
    return update(table).where(mine(table), table.c.id == bindparam("of_id")).values(new)


_ADD_RECORDS = insert(records)
_CHANGE_RECORDS = _change(records, (*_COMMON, "hash", "document", "owners", "search"))
_DELETE_RECORDS = _change(records, _COMMON)
_RENAME = _change(records, ("key", "folded"))
_FREE_KEYS = update(records).where(mine(records), records.c.id == bindparam("of_id")).values(folded=bindparam("freed"))
_VERSIONED = (
    "workspace_id", "sequence", "hash", "deleted", "origin_id", "changed_at", "run_id", "payload_id", "owners",
    "document",
)  # fmt: skip
_KEEP_VERSIONS = insert(versions).from_select(
    ["record_id", *_VERSIONED],
    select(records.c.id, *(records.c[name] for name in _VERSIONED)).where(
        mine(records), records.c.id.in_(bindparam("ids", expanding=True))
    ),
)
_ADD_CONTRIBUTIONS = insert(contributions)
_CHANGE_CONTRIBUTIONS = _change(contributions, _SAID)
_MOVE_CONTRIBUTIONS = _change(contributions, ("record_id",))
_LINK = Upsert(crosswalk, ("workspace_id", "connection_id", "stream", "external_id"), ("record_id", "version"))


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
            added.append({**row, "entity": page.origin.entity, "created_at": page.at})
            continue
        name = {"key": row.pop("key"), "folded": row.pop("folded")}
        if touched.row.key != name["key"]:
            renamed.append(_as_change({"id": touched.id, **name}))
        (changed if "document" in row else deleted).append(_as_change(row))
    for ids in chunks(row["of_id"] for row in (*changed, *deleted)):
        await tx.execute(_KEEP_VERSIONS, {"ids": ids})
    # Old keys are given up before new ones are taken, so that two records may swap theirs.
    await tx.execute(_FREE_KEYS, [{"of_id": row["of_id"], "freed": f"\x01{row['of_id']}"} for row in renamed])
    await tx.execute(_RENAME, renamed)
    await tx.execute(_CHANGE_RECORDS, changed)
    await tx.execute(_DELETE_RECORDS, deleted)
    await tx.execute(_ADD_RECORDS, added)


async def _write_contributions(tx: Transaction, page: PageState) -> None:
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    origin = page.origin
    for each in page.objects:
        record_id = page.record_of.get(each.external_id)
        if record_id is None:
            continue  # deleted there before we ever kept it
        row = _contribution(page, each)
        before = page.known.get(each.external_id)
        if before is None:
            place = {"connection_id": origin.connection_id, "stream": origin.stream, "external_id": each.external_id}
            added.append({"id": make_id(tx, page.number()), "record_id": record_id, **place, **row})
        else:
            if before.record_id != record_id:
                moved.append({"of_id": before.id, "new_record_id": record_id})
            changed.append(_as_change({"id": before.id, **row}))
        link = page.linked.get(each.external_id)
        if link is None or link.record_id != record_id or (each.version is not None and link.version != each.version):
            place = {"connection_id": origin.connection_id, "stream": origin.stream, "external_id": each.external_id}
            links.append({**place, "record_id": record_id, "version": each.version})
    await tx.execute(_MOVE_CONTRIBUTIONS, moved)
    await tx.execute(_CHANGE_CONTRIBUTIONS, changed)
    await tx.execute(_ADD_CONTRIBUTIONS, added)
    await tx.execute(_LINK, links)


def _contribution(page: PageState, each: Normalised) -> dict[str, Any]:
    pinned = page.origin.pinned
    return {
        "erased": False,
        "source_hash": each.source_hash,
        "mapping_hash": pinned.hash,
        "mapping": pinned.mapping,
        "revision": pinned.revision,
        "version": each.version,
        "payload_id": page.payload_ids.get(each.external_id),
        "changed_at": page.at,
        "document": None if each.document is None else canonical(each.document),
    }


def _as_change(row: dict[str, Any]) -> dict[str, Any]:
    return {"of_id" if name == "id" else f"new_{name}": value for name, value in row.items()}
