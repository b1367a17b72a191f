"""How long things are kept. Bodies go first; hashes, links and counts stay.

A workspace sets days in its settings under `retention`; what it does not set is as in DEFAULT. `codi prune` does it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import and_, delete, exists, select, update

from engine.errors import UsageError
from engine.store.database import Database, Transaction
from engine.store.payloads import block_of
from engine.store.schema import now
from engine.store.scope import mine
from engine.store.tables_deliveries import dead_letters, deliveries, last_deliveries
from engine.store.tables_people import api_answers, workspaces
from engine.store.tables_records import payload_blocks, versions
from engine.store.tables_runs import run_log, runs

_AT_ONCE = 2000  # rows per transaction: others get their turn in between


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Days that things are kept."""

    payloads: int = 90  # source payloads and what was sent; those of open dead letters stay
    versions: int = 730  # documents of earlier versions of records
    deliveries: int = 730  # deliveries, but never a record's last one
    letters: int = 180  # dead letters that are resolved or dismissed
    runs: int = 365  # runs and their logs


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How much went."""

    payload_blocks: int
    versions: int
    deliveries: int
    letters: int
    runs: int

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def read_retention(settings: Mapping[str, Any]) -> Retention:
    """From a workspace's settings. Raises UsageError for an unknown name or a number of days that is none."""
    given = settings.get("retention") or {}
    known = {field.name for field in fields(Retention)}
    for name, days in given.items():
        if name not in known:
            raise UsageError(f"retention has no {name!r}; there is {', '.join(sorted(known))}")
        if isinstance(days, bool) or not isinstance(days, int) or days < 1:
            raise UsageError(f"retention of {name} is a whole number of days from 1 up, not {days!r}")
    return Retention(**given)


async def prune(database: Database, workspace: int, at: dt.datetime | None = None) -> Pruned:
    """Takes away what is past its retention at the time `at` (now)."""
    at = at or now()
    async with database.read_everywhere() as tx:
        settings = await tx.value(select(workspaces.c.settings).where(workspaces.c.id == workspace))
    keep = read_retention(settings or {})

    def before(days: int) -> dt.datetime:
        return at - dt.timedelta(days=days)

    past = before(keep.runs)
    await _again(database, workspace, _log_lines, past)
    await _again(database, workspace, _answers, before(2))
    return Pruned(
        payload_blocks=await _again(database, workspace, _blocks, before(keep.payloads)),
        versions=await _again(database, workspace, _documents, before(keep.versions)),
        deliveries=await _again(database, workspace, _deliveries, before(keep.deliveries)),
        letters=await _again(database, workspace, _letters, before(keep.letters)),
        runs=await _again(database, workspace, _runs, past),
    )


async def _again(database: Database, workspace: int, some: Any, past: dt.datetime) -> int:
    """Does `some` in transactions of its own until nothing is left; gives how many rows."""
    total = 0
    while True:
        async with database.write(workspace) as tx:
            count: int = await some(tx, past)
        total += count
        if count < _AT_ONCE:
            return total


async def _blocks(tx: Transaction, past: dt.datetime) -> int:
    waiting = select(dead_letters.c.payload_id).where(mine(dead_letters), dead_letters.c.status == "open")
    needed = {block_of(row.payload_id) for row in await tx.rows(waiting) if row.payload_id is not None}
    found = select(payload_blocks.c.id).where(mine(payload_blocks), payload_blocks.c.at < past)
    ids = [row.id for row in await tx.rows(found.limit(_AT_ONCE + len(needed))) if row.id not in needed][:_AT_ONCE]
    if ids:
        await tx.execute(delete(payload_blocks).where(mine(payload_blocks), payload_blocks.c.id.in_(ids)))
    return len(ids)


async def _documents(tx: Transaction, past: dt.datetime) -> int:
    old = (mine(versions), versions.c.changed_at < past, versions.c.document.is_not(None))
    found = await tx.rows(select(versions.c.record_id, versions.c.sequence).where(*old).limit(_AT_ONCE))
    if found:
        sequences = [row.sequence for row in found]  # unique in a workspace
        change = update(versions).where(mine(versions), versions.c.sequence.in_(sequences)).values(document=None)
        await tx.execute(change)
    return len(found)


async def _deliveries(tx: Transaction, past: dt.datetime) -> int:
    last = exists().where(
        and_(
            last_deliveries.c.workspace_id == deliveries.c.workspace_id,
            last_deliveries.c.connection_id == deliveries.c.connection_id,
            last_deliveries.c.record_id == deliveries.c.record_id,
            last_deliveries.c.delivery_id == deliveries.c.id,
        )
    )
    old = (mine(deliveries), deliveries.c.at < past, deliveries.c.ended_at.is_not(None), ~last)
    return await _delete(tx, deliveries, select(deliveries.c.id).where(*old))


async def _letters(tx: Transaction, past: dt.datetime) -> int:
    old = (mine(dead_letters), dead_letters.c.status != "open", dead_letters.c.ended_at < past)
    return await _delete(tx, dead_letters, select(dead_letters.c.id).where(*old))


async def _runs(tx: Transaction, past: dt.datetime) -> int:
    return await _delete(tx, runs, select(runs.c.id).where(mine(runs), runs.c.finished_at < past))


async def _log_lines(tx: Transaction, past: dt.datetime) -> int:
    return await _delete(tx, run_log, select(run_log.c.id).where(mine(run_log), run_log.c.at < past))


async def _answers(tx: Transaction, past: dt.datetime) -> int:
    await tx.execute(delete(api_answers).where(mine(api_answers), api_answers.c.at < past))
    return 0  # all at once: they are few


async def _delete(tx: Transaction, table: Any, found: Any) -> int:
    ids = [row.id for row in await tx.rows(found.limit(_AT_ONCE))]
    if ids:
        await tx.execute(delete(table).where(mine(table), table.c.id.in_(ids)))
    return len(ids)
