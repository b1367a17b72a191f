"""Dead letters: what cannot go on by itself. A sync has at most one for a phase and key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, bindparam, select, update

from engine.store.database import Database, Transaction, chunks
from engine.store.ids import take_numbers
from engine.store.payloads import blocks_needed, keep_payloads, read_payload
from engine.store.schema import now
from engine.store.scope import mine
from engine.store.tables_deliveries import dead_letters
from engine.store.upsert import Upsert
from engine.sync.ports import Parked, Pinned, SyncPlan

_CHANGING = (
    "run_id", "entity", "record_id", "kind", "reason", "errors", "mapping", "mapping_hash", "revision", "status",
    "attempts", "at", "ended_at", "payload_id",
)  # fmt: skip
_PARK = Upsert(dead_letters, ("workspace_id", "sync", "phase", "key"), _CHANGING)
_PLACE = (
    mine(dead_letters),
    dead_letters.c.sync == bindparam("of_sync"),
    dead_letters.c.phase == bindparam("of_phase"),
)
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_ATTEMPTS = select(dead_letters.c.key, dead_letters.c.attempts).where(
    *_PLACE, dead_letters.c.key.in_(_KEYS), dead_letters.c.status == "open"
)
_ANY_OPEN = select(dead_letters.c.id).where(*_PLACE, dead_letters.c.status == "open").limit(1)
_CLOSE = (
    update(dead_letters)
    .where(*_PLACE, dead_letters.c.key.in_(_KEYS), dead_letters.c.status == "open")
    .values(status="resolved", ended_at=bindparam("new_at", type_=dead_letters.c.at.type))
)
_END = (
    update(dead_letters)
    .where(mine(dead_letters), dead_letters.c.id == bindparam("of_id"), dead_letters.c.status == "open")
    .values(status=bindparam("new_status"), ended_at=bindparam("new_at", type_=dead_letters.c.at.type))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A dead letter as it is shown."""

    id: int
    sync: str
    run: str
    phase: str  # read | deliver
    entity: str
    key: str
    record_id: str | None
    kind: str
    reason: str
    errors: Mapping[str, str]  # target field → message
    mapping: str
    revision: int | None
    status: str  # open | resolved | dismissed
    attempts: int  # runs in a row that met it
    first_at: dt.datetime
    at: dt.datetime
    payload_id: int | None


async def park(
    tx: Transaction, plan: SyncPlan, run: str, pinned: Pinned, parked: Sequence[Parked], connection_id: int
) -> None:
    """Stores dead letters; an open one in the same place becomes the new one, with its attempts counted on."""
    latest = {(each.phase, each.key): each for each in parked}  # a page may name a key twice
    if not latest:
        return
    letters = list(latest.values())
    at = now()
    first = await take_numbers(tx, blocks_needed(len(letters)))
    payloads = [each.payload for each in letters]
    ids = await keep_payloads(tx, payloads, first=first, connection_id=connection_id, run=run, at=at)
    attempts = await _attempts(tx, plan.sync, letters)
    rows = [
        _row(plan, run, pinned, each, at)
        | {"attempts": attempts.get((each.phase, each.key), 0) + 1, "payload_id": ids[place]}
        for place, each in enumerate(letters)
    ]
    await tx.execute(_PARK, rows)


def _row(plan: SyncPlan, run: str, pinned: Pinned, letter: Parked, at: dt.datetime) -> dict[str, Any]:
    return {
        "sync": plan.sync,
        "run_id": run,
        "phase": letter.phase,
        "entity": plan.entity,
        "key": letter.key,
        "record_id": int(letter.record_id) if letter.record_id else None,
        "kind": letter.kind,
        "reason": letter.reason,
        "errors": dict(letter.errors),
        "mapping": pinned.mapping,
        "mapping_hash": pinned.hash,
        "revision": pinned.revision,
        "status": "open",
        "first_at": at,
        "at": at,
        "ended_at": None,
    }


async def _attempts(tx: Transaction, sync: str, letters: Sequence[Parked]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for phase in sorted({each.phase for each in letters}):
        for keys in chunks(each.key for each in letters if each.phase == phase):
            rows = await tx.rows(_ATTEMPTS, {"of_sync": sync, "of_phase": phase, "keys": keys})
            found.update({(phase, row.key): row.attempts for row in rows})
    return found


async def close_letters(tx: Transaction, sync: str, phase: str, keys: Sequence[str]) -> None:
    """Resolves the open letters of keys that arrived well. Nearly always there are none: one look says so."""
    place = {"of_sync": sync, "of_phase": phase}
    if not keys or await tx.first(_ANY_OPEN, place) is None:
        return
    for some in chunks(keys):
        await tx.execute(_CLOSE, {**place, "keys": some, "new_at": now()})


class DeadLetters:
    """Dead letters of one workspace."""

    def __init__(self, database: Database, workspace: int) -> None:
        self._database = database
        self._workspace = workspace

    async def open(self, *, sync: str | None = None, before: int | None = None, limit: int = 1000) -> list[DeadLetter]:
        """Those that wait for somebody, the newest first; `before` is the id the last page ended with."""
        return await self.with_status("open", sync=sync, before=before, limit=limit)

    async def with_status(
        self, status: str, *, sync: str | None = None, before: int | None = None, limit: int = 50
    ) -> list[DeadLetter]:
        """Those with the status, the newest first."""
        query = select(dead_letters).where(mine(dead_letters), dead_letters.c.status == status)
        if sync is not None:
            query = query.where(dead_letters.c.sync == sync)
        if before is not None:
            query = query.where(dead_letters.c.id < before)
        async with self._database.read(self._workspace) as tx:
            return [_letter(row) for row in await tx.rows(query.order_by(dead_letters.c.id.desc()).limit(limit))]

    async def get(self, letter: int) -> tuple[DeadLetter, bytes | None]:
        """The letter and the payload that was being mapped or sent. Raises NotFoundError."""
        async with self._database.read(self._workspace) as tx:
            return await get_letter(tx, letter)

    async def dismiss(self, letter: int) -> None:
        """A person decides that it needs nothing more."""
        async with self._database.write(self._workspace) as tx:
            await tx.execute(_END, {"of_id": letter, "new_status": "dismissed", "new_at": now()})


async def get_letter(tx: Transaction, letter: int) -> tuple[DeadLetter, bytes | None]:
    """The letter and the payload that was being mapped or sent. Raises NotFoundError."""
    query = select(dead_letters).where(mine(dead_letters), dead_letters.c.id == letter)
    found = _letter(await tx.one(query, f"dead letter {letter}"))
    return found, await read_payload(tx, found.payload_id)


def _letter(row: Any) -> DeadLetter:
    return DeadLetter(
        id=row.id,
        sync=row.sync,
        run=row.run_id,
        phase=row.phase,
        entity=row.entity,
        key=row.key,
        record_id=None if row.record_id is None else str(row.record_id),
        kind=row.kind,
        reason=row.reason,
        errors=row.errors,
        mapping=row.mapping,
        revision=row.revision,
        status=row.status,
        attempts=row.attempts,
        first_at=row.first_at,
        at=row.at,
        payload_id=row.payload_id,
    )
