"""Mapping sets: drafts, immutable revisions, publishing and rolling back.

A set belongs to one connection and is a set of files, path → text exactly as written: mappings, lookups and golden
tests together. A revision is its content: the same files are the same revision, whoever publishes them. What runs in an
environment is its newest publication; rolling back is one more publication.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, desc, insert, select

from engine.encoding import canonical
from engine.errors import NotFoundError, StaleError, UsageError
from engine.store import audit
from engine.store.database import Database, Transaction
from engine.store.drafts import draft_texts, replace_draft
from engine.store.mapping_sets import check_file, find_set, lock_set, make_set
from engine.store.schema import now
from engine.store.scope import mine
from engine.store.tables_mappings import environments, publications, revision_bodies, revisions
from engine.store.upsert import Upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """An immutable state of a mapping set."""

    number: int  # counts up from 1 in each set
    hash: str  # SHA-256 of paths and texts, hexadecimal
    made_by: str
    made_at: dt.datetime
    files: Mapping[str, str]  # path → text, byte for byte as written


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """An entry of a set's history."""

    environment: str  # test | live
    revision: int
    action: str  # publish | rollback
    reason: str
    who: str
    at: dt.datetime


_BODIES = Upsert(revision_bodies, ("workspace_id", "hash"), ())
_SAME = select(revisions.c.number).where(
    mine(revisions), revisions.c.set_id == bindparam("of_set"), revisions.c.hash == bindparam("of_hash")
)
_LAST = (
    select(revisions.c.number)
    .where(mine(revisions), revisions.c.set_id == bindparam("of_set"))
    .order_by(desc(revisions.c.number))
    .limit(1)
)
_ONE = select(revisions).where(
    mine(revisions), revisions.c.set_id == bindparam("of_set"), revisions.c.number == bindparam("of_number")
)
_TEXTS = select(revision_bodies.c.hash, revision_bodies.c.body).where(
    mine(revision_bodies), revision_bodies.c.hash.in_(bindparam("hashes", expanding=True))
)
_CURRENT = (
    select(publications.c.revision)
    .where(
        mine(publications),
        publications.c.set_id == bindparam("of_set"),
        publications.c.environment == bindparam("of_environment"),
    )
    .order_by(desc(publications.c.id))
    .limit(1)
)
_ENVIRONMENT = select(environments.c.name).where(mine(environments), environments.c.name == bindparam("of_environment"))


class Revisions:
    """Revisions and publications of one workspace's mapping sets, each named by its connection."""

    def __init__(self, database: Database, workspace: int) -> None:
        self._database = database
        self._workspace = workspace

    async def published(self, connection: str, environment: str, *, known: Revision | None = None) -> Revision | None:
        """What runs in the environment; None when nothing was ever published there. `known`: what ran when one asked
        last; its texts are not read again where it still does."""
        async with self._database.read(self._workspace) as tx:
            found = await find_set(tx, connection)
            if found is None:
                return None
            number = await tx.value(_CURRENT, {"of_set": found.id, "of_environment": environment})
            return None if number is None else await _read(tx, found.id, number, known)

    async def get(self, connection: str, number: int) -> Revision:
        """Raises NotFoundError."""
        async with self._database.read(self._workspace) as tx:
            return await _read(tx, await _set_id(tx, connection), number)

    async def publish(
        self,
        connection: str,
        environment: str,
        *,
        reason: str,
        who: str,
        number: int | None = None,
        seen: str | None = None,
    ) -> Revision:
        """Makes a revision of the draft as it is, and has the environment run it; with `number`, a revision there is
        already (what ran in test goes live). Publishing what already runs changes nothing. `seen` is the content_hash
        of the draft that was checked. Raises NotFoundError, UsageError for an empty draft, and StaleError where the
        draft is not the one `seen` any more."""
        async with self._database.write(self._workspace) as tx:
            set_id = await _set_id(tx, connection)
            await lock_set(tx, set_id)
            if number is None:
                files = await draft_texts(tx, set_id)
                if not files:
                    raise UsageError(f"the draft of {connection!r} is empty: there is nothing to publish")
                if seen is not None and content_hash(files) != seen:
                    raise StaleError(f"the draft of {connection!r} was changed while it was looked at; check it again")
                number = await _make(tx, set_id, files, who)
            revision = await _read(tx, set_id, number)
            await _point(tx, connection, set_id, environment, number, "publish", reason, who)
            return revision

    async def roll_back(self, connection: str, environment: str, number: int, *, reason: str, who: str) -> Revision:
        """Has the environment run an earlier (or later) revision again. The draft stays as it is."""
        async with self._database.write(self._workspace) as tx:
            set_id = await _set_id(tx, connection)
            await lock_set(tx, set_id)
            revision = await _read(tx, set_id, number)
            await _point(tx, connection, set_id, environment, number, "rollback", reason, who)
            return revision

    async def history(self, connection: str, environment: str | None = None, limit: int = 200) -> list[Publication]:
        """What was published where, when, by whom and why, the newest first."""
        async with self._database.read(self._workspace) as tx:
            set_id = await _set_id(tx, connection)
            query = select(publications).where(mine(publications), publications.c.set_id == set_id)
            if environment is not None:
                query = query.where(publications.c.environment == environment)
            rows = await tx.rows(query.order_by(desc(publications.c.id)).limit(limit))
        return [
            Publication(
                environment=row.environment,
                revision=row.revision,
                action=row.action,
                reason=row.reason,
                who=row.by,
                at=row.at,
            )
            for row in rows
        ]

    async def numbers(self, connection: str) -> list[int]:
        """The revisions there are, the newest first."""
        async with self._database.read(self._workspace) as tx:
            set_id = await _set_id(tx, connection)
            query = select(revisions.c.number).where(mine(revisions), revisions.c.set_id == set_id)
            return [row.number for row in await tx.rows(query.order_by(desc(revisions.c.number)))]

    async def import_files(self, connection: str, files: Mapping[str, str], *, who: str) -> None:
        """Makes the draft of the connection's set exactly these files; makes the set when there is none."""
        for path, text in files.items():
            check_file(path, text)
        async with self._database.write(self._workspace) as tx:
            found = await make_set(tx, connection)
            await lock_set(tx, found.id)
            await replace_draft(tx, found.id, files, who)
            await audit.note(tx, who, "mapping.imported", connection, {"files": len(files)})

    async def export_files(self, connection: str, number: int | None = None) -> Mapping[str, str]:
        """The files of a revision, or of the draft when no number is given: the same bytes that were imported."""
        async with self._database.read(self._workspace) as tx:
            set_id = await _set_id(tx, connection)
            if number is None:
                return await draft_texts(tx, set_id)
            return (await _read(tx, set_id, number)).files


def content_hash(files: Mapping[str, str]) -> str:
    """SHA-256 over paths and texts, whatever their order."""
    return hashlib.sha256(canonical({path: _digest(text).hex() for path, text in files.items()})).hexdigest()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


async def _set_id(tx: Transaction, connection: str) -> int:
    found = await find_set(tx, connection)
    if found is None:
        raise NotFoundError(f"the connection {connection!r} has no mappings")
    return found.id


async def _make(tx: Transaction, set_id: int, files: Mapping[str, str], who: str) -> int:
    """The number of the revision with this content; a new one where there is none yet."""
    hashed = content_hash(files)
    same = await tx.value(_SAME, {"of_set": set_id, "of_hash": hashed})
    if same is not None:
        return int(same)
    number = int(await tx.value(_LAST, {"of_set": set_id}) or 0) + 1
    await tx.execute(_BODIES, [{"hash": _digest(text), "body": text} for text in files.values()])
    row = {"set_id": set_id, "number": number, "hash": hashed, "made_by": who, "made_at": now()}
    row["files"] = {path: _digest(text).hex() for path, text in files.items()}
    await tx.execute(insert(revisions), row)
    return number


async def _point(
    tx: Transaction, connection: str, set_id: int, environment: str, number: int, action: str, reason: str, who: str
) -> None:
    await tx.one(_ENVIRONMENT, f"environment {environment!r}", {"of_environment": environment})
    if await tx.value(_CURRENT, {"of_set": set_id, "of_environment": environment}) == number:
        return
    row = {"set_id": set_id, "environment": environment, "revision": number, "action": action, "reason": reason}
    await tx.execute(insert(publications), {**row, "by": who, "at": now()})
    done = "mapping.published" if action == "publish" else "mapping.rolled_back"
    detail = {"environment": environment, "revision": number, "reason": reason}
    await audit.note(tx, who, done, connection, detail)


async def _read(tx: Transaction, set_id: int, number: int, known: Revision | None = None) -> Revision:
    row: Any = await tx.one(_ONE, f"revision {number}", {"of_set": set_id, "of_number": number})
    if known is not None and (known.number, known.hash) == (number, row.hash):
        return known
    hashes = {path: bytes.fromhex(digest) for path, digest in row.files.items()}
    texts = {each.hash: each.body for each in await tx.rows(_TEXTS, {"hashes": list(set(hashes.values()))})}
    files = {path: texts[digest] for path, digest in sorted(hashes.items())}
    return Revision(number=row.number, hash=row.hash, made_by=row.made_by, made_at=row.made_at, files=files)
