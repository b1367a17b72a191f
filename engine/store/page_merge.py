"""Merges every record that a page touched, and says which change."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from engine.encoding import canonical, decode, digest
from engine.records.entity import Document
from engine.records.merge import Contribution, Merged, merge
from engine.records.search import search_words
from engine.records.validate import defaults
from engine.store.bulk import among
from engine.store.database import Transaction
from engine.store.page_state import Origin, PageState, Touched
from engine.store.scope import mine
from engine.store.tables_deliveries import last_deliveries
from engine.store.tables_records import contributions
from engine.sync.ports import Normalised

_CONTRIBUTIONS_OF = select(
    contributions.c.record_id,
    contributions.c.connection_id,
    contributions.c.stream,
    contributions.c.external_id,
    contributions.c.document,
).where(mine(contributions), among(contributions.c.record_id, "ids"), contributions.c.document.is_not(None))
_DELIVERED = select(last_deliveries.c.record_id, last_deliveries.c.payload_hash).where(
    mine(last_deliveries),
    last_deliveries.c.connection_id == bindparam("of_connection"),
    last_deliveries.c.stream == bindparam("of_stream"),
    among(last_deliveries.c.record_id, "ids"),
)


async def merge_records(tx: Transaction, page: PageState) -> None:
    """Sets `changed` of every touched record whose document, key or existence is not what it was."""
    before = [touched.id for touched in page.touched.values() if touched.row is not None]
    others = await _others(tx, before) if before else {}
    delivered = await _delivered(tx, page.origin, before) if before else {}
    in_page = {each.external_id for each in page.objects}
    for touched in page.touched.values():
        hashed = delivered.get(touched.id)
        if hashed is not None and not touched.left and all(_is_echo(page, each, hashed) for each in touched.objects):
            continue
        said = _said(page, touched, others.get(touched.id, ()), in_page)
        touched.changed = _change(page, touched, _merged(page.origin, said))


async def _others(tx: Transaction, ids: list[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in await tx.rows(_CONTRIBUTIONS_OF, {"ids": ids}):
        found.setdefault(row.record_id, []).append(row)
    return found


async def _delivered(tx: Transaction, origin: Origin, ids: list[int]) -> dict[int, bytes]:
    """Record → hash of what was last delivered to the connection and stream this page comes from."""
    here = {"of_connection": origin.connection_id, "of_stream": origin.stream, "ids": ids}
    return {row.record_id: row.payload_hash for row in await tx.rows(_DELIVERED, here)}


def _is_echo(page: PageState, each: Normalised, delivered: bytes) -> bool:
    """Whether the object is just what we pushed there (DESIGN §7.5), and the mapping says nothing new about it."""
    if each.document is None:
        return False
    before = page.known.get(each.external_id)
    if before is not None and before.mapping_hash != page.origin.pinned.hash:
        return False
    link = page.linked.get(each.external_id)
    same_version = link is not None and each.version is not None and link.version == each.version
    return same_version or each.source_hash == delivered


def _said(page: PageState, touched: Touched, others: Any, in_page: set[str]) -> list[Contribution]:
    """Everything that is said about the record: by this page, and by others before."""
    origin = page.origin
    said = [
        Contribution(connection=origin.connection, source=f"{origin.stream}/{each.external_id}", document=each.document)
        for each in touched.objects
        if each.document is not None
    ]
    for row in others:
        here = row.connection_id == origin.connection_id and row.stream == origin.stream
        if not (here and row.external_id in in_page):
            source = f"{row.stream}/{row.external_id}"
            name = origin.names.get(row.connection_id, "")
            said.append(Contribution(connection=name, source=source, document=decode(row.document)))
    return said


def _merged(origin: Origin, said: list[Contribution]) -> Merged | None:
    """The record; None when nobody says anything about it any more. Nearly always one connection says all."""
    if not said:
        return None
    if len(said) > 1:
        return merge(origin.entity, said, origin.authority)
    document: Document = {**defaults(origin.entity), **said[0].document}
    return Merged(document=document, owners={})


def _change(page: PageState, touched: Touched, merged: Merged | None) -> dict[str, Any] | None:
    """The columns of the record's new row that differ between records; None when nothing changed."""
    before = touched.row
    if merged is None:
        return None if before is None or before.deleted else _row(page, touched)
    document = canonical(merged.document)
    hashed = digest(document)
    if before is not None and before.hash == hashed and not before.deleted and before.key == touched.key:
        return None
    row = _row(page, touched)
    row["hash"] = hashed
    row["document"] = document
    row["owners"] = dict(merged.owners) if len(set(merged.owners.values())) > 1 else None
    row["search"] = search_words(touched.key, merged.document)
    return row


def _row(page: PageState, touched: Touched) -> dict[str, Any]:
    before, origin = touched.row, page.origin
    if before is None:
        other = 0
    else:
        other = before.other_sequence if before.origin_id == origin.connection_id else before.sequence
    payload = page.payload_ids.get(touched.objects[-1].external_id) if touched.objects else None
    return {
        "id": touched.id,
        "key": touched.key,
        "folded": touched.key.casefold(),
        "sequence": page.number(),
        "other_sequence": other,
        "payload_id": payload,
    }
