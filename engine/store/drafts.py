"""Drafts: the editable state of a mapping set, saved file by file as people type.

Whoever saves says which version of the file they had in front of them. When somebody else saved it meanwhile, the save
is refused with the current state, and the refused text is kept in the file's history all the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, desc, insert, select

from engine.errors import StaleError
from engine.store.database import Database, Transaction
from engine.store.mapping_sets import MappingSet, check_file, find_set, list_sets, lock_set, make_set
from engine.store.schema import now
from engine.store.scope import mine
from engine.store.tables_mappings import draft_files, draft_saves
from engine.store.upsert import Upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFile:
    """A file of a draft."""

    path: str
    version: int  # what a save must name; 0: not there yet
    body: str | None  # None: taken out of the draft
    saved_by: str
    saved_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """One save of a file, as the file's history keeps it."""

    id: int
    version: int  # the version it became, or the one it was made from when it was refused
    refused: bool  # somebody else had saved meanwhile
    body: str | None
    saved_by: str
    saved_at: dt.datetime


_FILE = select(draft_files).where(
    mine(draft_files), draft_files.c.set_id == bindparam("of_set"), draft_files.c.path == bindparam("of_path")
)
_FILES = (
    select(draft_files)
    .where(mine(draft_files), draft_files.c.set_id == bindparam("of_set"), draft_files.c.body.is_not(None))
    .order_by(draft_files.c.path)
)
_KEEP = Upsert(draft_files, ("workspace_id", "set_id", "path"), ("version", "body", "saved_by", "saved_at"))
_NOTE = insert(draft_saves)
KEPT_SAVES = 200  # saves of one file that are kept


class Drafts:
    """Drafts of one workspace's mapping sets, each named by its connection."""

    def __init__(self, database: Database, workspace: int) -> None:
        self._database = database
        self._workspace = workspace

    async def sets(self) -> list[MappingSet]:
        async with self._database.read(self._workspace) as tx:
            return await list_sets(tx)

    async def files(self, connection: str) -> dict[str, DraftFile]:
        """path → file, of everything in the draft; empty when the connection has no mappings yet."""
        async with self._database.read(self._workspace) as tx:
            found = await find_set(tx, connection)
            if found is None:
                return {}
            return {row.path: _file(row) for row in await tx.rows(_FILES, {"of_set": found.id})}

    async def save(self, connection: str, path: str, body: str | None, *, version: int, who: str) -> DraftFile:
        """Saves the file (None takes it out) over the version the person had in front of them (0: a new file).

        Raises StaleError, whose `current` is the DraftFile there is now, when somebody saved meanwhile; the refused
        text is kept in the history.
        """
        check_file(path, body)
        async with self._database.write(self._workspace) as tx:
            found = await make_set(tx, connection)
            await lock_set(tx, found.id)
            saved, refused = await _save(tx, found.id, path, body, version, who)
        if refused:  # told after the commit: the refused text is kept
            at = saved.saved_at.strftime("%H:%M:%S")
            raise StaleError(f"{saved.saved_by} saved {path} at {at} UTC, after you opened it", current=saved)
        return saved

    async def saves(self, connection: str, path: str, limit: int = 50) -> list[Save]:
        """The file's history, the newest first, refused saves among them."""
        async with self._database.read(self._workspace) as tx:
            found = await find_set(tx, connection)
            if found is None:
                return []
            query = select(draft_saves).where(
                mine(draft_saves), draft_saves.c.set_id == found.id, draft_saves.c.path == path
            )
            rows = await tx.rows(query.order_by(desc(draft_saves.c.id)).limit(limit))
        return [
            Save(
                id=row.id,
                version=row.version,
                refused=row.refused,
                body=row.body,
                saved_by=row.saved_by,
                saved_at=row.saved_at,
            )
            for row in rows
        ]


async def _save(
    tx: Transaction, set_id: int, path: str, body: str | None, version: int, who: str
) -> tuple[DraftFile, bool]:
    """The file as it is afterwards, and whether the save was refused."""
    place = {"of_set": set_id, "of_path": path}
    row = await tx.first(_FILE, place)
    current = None if row is None else _file(row)
    at = now()
    latest = 0 if current is None else current.version
    if current is not None and current.body == body:
        return current, False
    refused = current is not None and latest != version
    note = {"set_id": set_id, "path": path, "version": version if refused else latest + 1, "refused": refused}
    await tx.execute(_NOTE, {**note, "body": body, "saved_by": who, "saved_at": at})
    if refused and current is not None:
        return current, True
    saved = {"version": latest + 1, "body": body, "saved_by": who, "saved_at": at}
    await tx.execute(_KEEP, {"set_id": set_id, "path": path, **saved})
    await _forget_old(tx, set_id, path)
    return DraftFile(path=path, version=latest + 1, body=body, saved_by=who, saved_at=at), False


async def _forget_old(tx: Transaction, set_id: int, path: str) -> None:
    here = (mine(draft_saves), draft_saves.c.set_id == set_id, draft_saves.c.path == path)
    oldest = select(draft_saves.c.id).where(*here).order_by(desc(draft_saves.c.id)).offset(KEPT_SAVES).limit(1)
    last: Any = await tx.value(oldest)
    if last is not None:
        await tx.execute(delete(draft_saves).where(*here, draft_saves.c.id <= last))


async def draft_texts(tx: Transaction, set_id: int) -> dict[str, str]:
    """path → text of everything in the draft."""
    return {row.path: row.body for row in await tx.rows(_FILES, {"of_set": set_id})}


async def replace_draft(tx: Transaction, set_id: int, files: Mapping[str, str], who: str) -> None:
    """Makes the draft exactly these files. What was there stays in the files' histories."""
    existing = {row.path: row for row in await tx.rows(_FILES, {"of_set": set_id})}
    for path in sorted({*existing, *files}):
        row = await tx.first(_FILE, {"of_set": set_id, "of_path": path})
        await _save(tx, set_id, path, files.get(path), 0 if row is None else row.version, who)


def _file(row: Any) -> DraftFile:
    return DraftFile(path=row.path, version=row.version, body=row.body, saved_by=row.saved_by, saved_at=row.saved_at)
