"""What became of each record in a run, and counts over time: for the run page and the dashboard."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import and_, desc, func, select

from engine.store.database import Transaction
from engine.store.schema import now
from engine.store.scope import mine
from engine.store.tables_deliveries import dead_letters, deliveries
from engine.store.tables_records import records
from engine.store.tables_runs import runs


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One record in a run: delivered, or parked as a dead letter."""

    at: dt.datetime
    key: str
    outcome: str  # delivered | sending | failed | in_doubt | superseded | rejected
    words: str  # what happened
    letter: int | None = None  # id of the dead letter
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What runs did in one hour."""

    sync: str
    hours_ago: int  # 0: the last sixty minutes
    moved: int  # records delivered, or changed where a sync only reads
    rejected: int


async def run_letters(transaction: Transaction, run: str, limit: int = 200) -> list[RunRecord]:
    """Records that this run was the last to park, the newest first."""
    query = (
        select(dead_letters)
        .where(mine(dead_letters), dead_letters.c.run_id == run)
        .order_by(desc(dead_letters.c.id))
        .limit(limit)
    )
    return [
        RunRecord(at=row.at, key=row.key, outcome="rejected", words=row.reason, letter=row.id)
        for row in await transaction.rows(query)
    ]


async def run_deliveries(transaction: Transaction, run: str, limit: int = 200) -> list[RunRecord]:
    """Deliveries of this run, the newest first."""
    query = (
        select(deliveries, records.c.key)
        .join(
            records, and_(records.c.id == deliveries.c.record_id, records.c.workspace_id == deliveries.c.workspace_id)
        )
        .where(mine(deliveries), deliveries.c.run_id == run)
        .order_by(desc(deliveries.c.id))
        .limit(limit)
    )
    return [
        RunRecord(
            at=row.ended_at or row.at,
            key=row.key,
            outcome=row.status,
            words=row.error or (f"id {row.external_id}" if row.external_id else ""),
            seconds=(row.ended_at - row.at).total_seconds() if row.ended_at else None,
        )
        for row in await transaction.rows(query)
    ]


async def by_hour(transaction: Transaction, hours: int = 24) -> list[Hour]:
    """The runs of the last hours, summed by sync and hour."""
    at = now()
    query = select(runs.c.sync, runs.c.counts, runs.c.queued_at).where(
        mine(runs), runs.c.queued_at > at - dt.timedelta(hours=hours), runs.c.dry_run.is_(False)
    )
    sums: dict[tuple[str, int], tuple[int, int]] = {}
    for row in await transaction.rows(query):
        ago = int((at - row.queued_at).total_seconds() // 3600)
        moved, rejected = sums.get((row.sync, ago), (0, 0))
        counts = row.counts or {}
        moved += counts.get("delivered", 0) or counts.get("changed", 0)
        rejected += counts.get("rejected", 0) + counts.get("refused", 0)
        sums[row.sync, ago] = (moved, rejected)
    return [
        Hour(sync=sync, hours_ago=ago, moved=moved, rejected=rejected)
        for (sync, ago), (moved, rejected) in sums.items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Dead letters with the same reason, counted together."""

    sync: str
    reason: str
    kind: str
    count: int
    last_at: dt.datetime
    letter: int  # id of the newest
    run: str  # the run that parked the newest


async def held(transaction: Transaction, limit: int = 8) -> list[Held]:
    """Open dead letters grouped by reason, the most first."""
    query = (
        select(
            dead_letters.c.sync,
            dead_letters.c.reason,
            func.max(dead_letters.c.kind).label("kind"),
            func.count().label("number"),
            func.max(dead_letters.c.at).label("last_at"),
            func.max(dead_letters.c.id).label("letter"),
            func.max(dead_letters.c.run_id).label("run"),
        )
        .where(mine(dead_letters), dead_letters.c.status == "open")
        .group_by(dead_letters.c.sync, dead_letters.c.reason)
        .order_by(desc("number"), desc("letter"))
        .limit(limit)
    )
    return [
        Held(
            sync=row.sync,
            reason=row.reason,
            kind=row.kind,
            count=row.number,
            last_at=row.last_at,
            letter=row.letter,
            run=row.run,
        )
        for row in await transaction.rows(query)
    ]
