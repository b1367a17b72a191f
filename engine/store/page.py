"""Stores one page that a sync read, in bulk: match, merge, write (the three files beside this one)."""

from __future__ import annotations

from collections.abc import Sequence

from engine.store.database import Transaction
from engine.store.page_match import match
from engine.store.page_merge import merge_records
from engine.store.page_state import Origin
from engine.store.page_write import write_page
from engine.sync.ports import Normalised, PageResult


async def store_objects(tx: Transaction, origin: Origin, objects: Sequence[Normalised]) -> PageResult:
    """Stores the objects of a page. An external id that comes twice counts the last time it comes."""
    latest = list({each.external_id: each for each in objects}.values())
    if not latest:
        return PageResult(changed=0, unchanged=0)
    page = await match(tx, origin, latest)
    await merge_records(tx, page)
    await write_page(tx, page)
    changed = {touched.id for touched in page.touched.values() if touched.changed is not None}
    altered = sum(page.record_of.get(each.external_id) in changed for each in latest)
    return PageResult(changed=altered, unchanged=len(objects) - altered)
