"""Finds the record of every object of a page: by crosswalk, else by natural key, else a new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select

from engine.store.bulk import among
from engine.store.database import Transaction
from engine.store.ids import make_id, take_numbers
from engine.store.page_state import Origin, PageState
from engine.store.payloads import blocks_needed, keep_payloads
from engine.store.scope import mine
from engine.store.tables_records import contributions, crosswalk, records
from engine.sync.ports import Normalised

IN_STREAM = (  # contributions by external id
    mine(contributions),
    contributions.c.connection_id == bindparam("of_connection"),
    contributions.c.stream == bindparam("of_stream"),
    among(contributions.c.external_id, "ids"),
)
_CONTRIBUTIONS = select(
    contributions.c.id,
    contributions.c.external_id,
    contributions.c.record_id,
    contributions.c.source_hash,
    contributions.c.mapping_hash,
    contributions.c.erased,
).where(*IN_STREAM)
_LINKS = select(crosswalk.c.external_id, crosswalk.c.record_id, crosswalk.c.version).where(
    mine(crosswalk),
    crosswalk.c.connection_id == bindparam("of_connection"),
    crosswalk.c.stream == bindparam("of_stream"),
    among(crosswalk.c.external_id, "ids"),
)
_RECORDS = select(
    records.c.id,
    records.c.key,
    records.c.folded,
    records.c.sequence,
    records.c.hash,
    records.c.deleted,
    records.c.origin_id,
    records.c.other_sequence,
).where(mine(records))
_RECORDS_BY_ID = _RECORDS.where(among(records.c.id, "ids"))
_RECORDS_BY_KEY = _RECORDS.where(records.c.entity == bindparam("of_entity"), among(records.c.folded, "keys"))


async def match(tx: Transaction, origin: Origin, objects: Sequence[Normalised]) -> PageState:
    """The page with every object's record found or made, numbers taken and payloads stored."""
    page = PageState(origin=origin, objects=objects)
    # For payload blocks, new records, new contributions and changes of records (an object touches two at most); not all
    # may be used. Taken first: on Postgres this makes pages of a workspace wait for each other before they look.
    blocks = blocks_needed(len(objects))
    page.next_number = await take_numbers(tx, blocks + 4 * len(objects))
    await _find_known(tx, page)
    objects = page.objects = [each for each in objects if not _is_erased(page, each)]
    ids = {row.record_id for row in (*page.known.values(), *page.linked.values())}
    by_id = {row.id: row for row in (await tx.rows(_RECORDS_BY_ID, {"ids": sorted(ids)}) if ids else ())}
    by_key: dict[str, Any] = {row.folded: row for row in by_id.values()}
    wanted = {each.key.casefold() for each in objects if each.key is not None}.difference(by_key)
    if wanted:
        found = await tx.rows(_RECORDS_BY_KEY, {"of_entity": origin.entity, "keys": sorted(wanted)})
        by_key |= {row.folded: row for row in found}
    await _keep(tx, page, blocks)
    for each in objects:
        _assign(tx, page, each, by_id, by_key)
    return page


async def _find_known(tx: Transaction, page: PageState) -> None:
    ids = [each.external_id for each in page.objects]
    here = {"of_connection": page.origin.connection_id, "of_stream": page.origin.stream, "ids": ids}
    page.known = {row.external_id: row for row in await tx.rows(_CONTRIBUTIONS, here)}
    page.linked = {row.external_id: row for row in await tx.rows(_LINKS, here)}


def _is_erased(page: PageState, each: Normalised) -> bool:
    """Whether somebody was forgotten (engine/store/erasure.py) of whom the source says nothing new."""
    before = page.known.get(each.external_id)
    return before is not None and before.erased and before.source_hash == each.source_hash


async def _keep(tx: Transaction, page: PageState, blocks: int) -> None:
    kept = [each for each in page.objects if each.payload is not None]
    first = page.next_number
    page.next_number += blocks
    origin = page.origin
    ids = await keep_payloads(
        tx, [each.payload for each in kept], first=first, connection_id=origin.connection_id, run=origin.run, at=page.at
    )
    page.payload_ids = {each.external_id: payload_id for each, payload_id in zip(kept, ids, strict=True)}


def _assign(tx: Transaction, page: PageState, each: Normalised, by_id: dict[int, Any], by_key: dict[str, Any]) -> None:
    """The crosswalk says which record it is; but a key that is another record's means that it is now that one."""
    link = page.known.get(each.external_id) or page.linked.get(each.external_id)
    row = by_id.get(link.record_id) if link is not None else None
    if each.key is None:  # deleted there
        if row is not None:
            page.touch(row.id, row.key, row).objects.append(each)
            page.record_of[each.external_id] = row.id
        return
    folded = each.key.casefold()
    other = by_key.get(folded)
    if isinstance(other, int):  # made for an earlier object of this page
        record_id, stored = other, None
    elif other is not None:
        record_id, stored = other.id, other
    elif row is not None:
        record_id, stored = row.id, row
        by_key[folded] = row
    else:
        record_id, stored = make_id(tx, page.number()), None
        by_key[folded] = record_id
    if row is not None and row.id != record_id:
        page.touch(row.id, row.key, row).left = True
    touched = page.touch(record_id, each.key, stored)
    touched.key = each.key
    touched.objects.append(each)
    page.record_of[each.external_id] = record_id
