"""The audit log: who did what to what, when. It only grows, and each entry's hash covers the one before it, so that a
change or a gap made behind our back shows."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import desc, func, or_, select

from engine.store.database import Transaction
from engine.store.schema import now
from engine.store.scope import mine
from engine.store.tables_people import audit_log, workspaces

START = bytes(32)  # what the first entry's hash covers


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    number: int  # counts up from 1 in each workspace, without gaps
    at: dt.datetime
    who: str  # e-mail, `key:NAME` or `codi`
    action: str  # such as mapping.published
    subject: str  # what it was done to
    detail: Mapping[str, Any]


async def note(
    transaction: Transaction, who: str, action: str, subject: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Appends an entry, in the transaction of what it tells of: both happen or neither."""
    # One at a time: on Postgres two transactions would else follow from the same entry. A lock that rows which only
    # refer to the workspace do not stand in the way of: both may have added some already.
    await transaction.execute(
        select(workspaces.c.id).where(workspaces.c.id == transaction.workspace).with_for_update(key_share=True)
    )
    last = await transaction.first(
        select(audit_log.c.number, audit_log.c.hash).where(mine(audit_log)).order_by(desc(audit_log.c.number)).limit(1)
    )
    entry = {
        "number": last.number + 1 if last else 1,
        "at": now(),
        "who": who,
        "action": action,
        "subject": subject,
        "detail": dict(detail or {}),
        "previous_hash": last.hash if last else START,
    }
    await transaction.execute(audit_log.insert(), {**entry, "hash": entry_hash(entry)})


def entry_hash(entry: Mapping[str, Any]) -> bytes:
    """SHA-256 over everything the entry says and the hash before it."""
    at = entry["at"].astimezone(dt.UTC).isoformat(timespec="microseconds")
    said = [entry["number"], at, entry["who"], entry["action"], entry["subject"], entry["detail"]]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(entry["previous_hash"] + text.encode()).digest()


async def entries(
    transaction: Transaction, *, before: int | None = None, limit: int = 100, search: str = ""
) -> tuple[AuditEntry, ...]:
    """The newest first; `before` a number, and only those that have `search` in who, action or subject."""
    query = select(audit_log).where(mine(audit_log)).order_by(desc(audit_log.c.number)).limit(limit)
    if before is not None:
        query = query.where(audit_log.c.number < before)
    if search:
        columns = (audit_log.c.who, audit_log.c.action, audit_log.c.subject)
        query = query.where(or_(*(func.lower(column).contains(search.lower(), autoescape=True) for column in columns)))
    return tuple(
        AuditEntry(number=row.number, at=row.at, who=row.who, action=row.action, subject=row.subject, detail=row.detail)
        for row in await transaction.rows(query)
    )


async def first_broken(transaction: Transaction) -> int | None:
    """The number of the first entry that does not follow from the one before it; None where all do."""
    previous, expected = START, 1
    for row in await transaction.rows(select(audit_log).where(mine(audit_log)).order_by(audit_log.c.number)):
        entry = dict(row._mapping)
        if row.number != expected or row.previous_hash != previous or row.hash != entry_hash(entry):
            return int(row.number)
        previous, expected = row.hash, expected + 1
    return None
