"""Runs of a workspace and what they wrote down (engine/sync/ports.py RunStore)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from engine.errors import NotFoundError
from engine.store.database import Database
from engine.store.schema import now
from engine.store.scope import mine
from engine.store.tables_runs import run_log, runs
from engine.store.upsert import Upsert
from engine.sync.ports import Pinned, RunRow

_QUEUE = Upsert(runs, ("workspace_id", "id"), ())
_MINE = (mine(runs), runs.c.id == bindparam("of_run"))
_ADVANCE = (
    update(runs)
    .where(*_MINE)
    .values(
        phase=bindparam("new_phase"),
        counts=bindparam("new_counts", type_=runs.c.counts.type),
        total=bindparam("new_total"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """A line of a run's log."""

    id: int
    at: dt.datetime
    level: str  # info | warning | error
    message: str
    detail: Any


class Runs:
    """RunStore of one workspace."""

    def __init__(self, database: Database, workspace: int) -> None:
        self._database = database
        self._workspace = workspace

    async def queue_run(
        self,
        run: str,
        sync: str,
        *,
        trigger: str,
        dry_run: bool,
        asked_by: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Asking twice with the same id makes one run."""
        row = {
            "id": run,
            "sync": sync,
            "trigger": trigger,
            "asked_by": asked_by,
            "status": "queued",
            "phase": "",
            "counts": {},
            "pinned": {},
            "options": dict(options or {}),
            "dry_run": dry_run,
            "queued_at": now(),
        }
        async with self._database.write(self._workspace) as tx:
            await tx.execute(_QUEUE, row)

    async def start_run(self, run: str, pinned: Sequence[Pinned]) -> None:
        await self._set(run, status="running", started_at=now(), pinned={each.mapping: each.hash for each in pinned})

    async def advance_run(self, run: str, *, phase: str, counts: Mapping[str, int], total: int | None) -> None:
        values = {"of_run": run, "new_phase": phase, "new_counts": dict(counts), "new_total": total}
        async with self._database.write(self._workspace) as tx:
            await tx.execute(_ADVANCE, values)

    async def finish_run(self, run: str, *, status: str, error: str | None = None) -> None:
        await self._set(run, status=status, error=error, finished_at=now())

    async def _set(self, run: str, **values: Any) -> None:
        async with self._database.write(self._workspace) as tx:
            result = await tx.execute(update(runs).where(mine(runs), runs.c.id == run).values(values))
            if result.rowcount == 0:
                raise NotFoundError(f"there is no run {run!r}")

    async def get_run(self, run: str) -> RunRow:
        """Raises NotFoundError."""
        async with self._database.read(self._workspace) as tx:
            return _run(await tx.one(select(runs).where(mine(runs), runs.c.id == run), f"run {run!r}"))

    async def list_runs(
        self, *, sync: str | None = None, limit: int = 50, before: dt.datetime | None = None, status: str | None = None
    ) -> list[RunRow]:
        """The newest first; `before` is the queued_at the last page ended with."""
        query = select(runs).where(mine(runs))
        if sync is not None:
            query = query.where(runs.c.sync == sync)
        if before is not None:
            query = query.where(runs.c.queued_at < before)
        if status is not None:
            query = query.where(runs.c.status == status)
        async with self._database.read(self._workspace) as tx:
            return [_run(row) for row in await tx.rows(query.order_by(runs.c.queued_at.desc()).limit(limit))]

    async def log(self, run: str, level: str, message: str, detail: Any = None) -> None:
        row = {"run_id": run, "at": now(), "level": level, "message": message, "detail": detail}
        async with self._database.write(self._workspace) as tx:
            await tx.execute(insert(run_log), row)

    async def read_log(self, run: str, after: int = 0, limit: int = 500) -> list[LogEntry]:
        """Lines after the id `after`, the oldest first."""
        query = select(run_log).where(mine(run_log), run_log.c.run_id == run, run_log.c.id > after)
        async with self._database.read(self._workspace) as tx:
            rows = await tx.rows(query.order_by(run_log.c.id).limit(limit))
        return [LogEntry(id=row.id, at=row.at, level=row.level, message=row.message, detail=row.detail) for row in rows]


def _run(row: Any) -> RunRow:
    return RunRow(
        id=row.id,
        sync=row.sync,
        status=row.status,
        phase=row.phase,
        counts=row.counts,
        total=row.total,
        dry_run=row.dry_run,
        trigger=row.trigger,
        queued_at=row.queued_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        pinned=row.pinned,
        error=row.error,
    )
