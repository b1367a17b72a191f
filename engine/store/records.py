"""Reads records: pages of changes, by key, by external id, by words; and everything kept about one of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from engine.encoding import decode
from engine.errors import NotFoundError
from engine.records.entities import ENTITIES
from engine.records.search import words
from engine.store.connections import connection_names
from engine.store.database import Database, Transaction
from engine.store.scope import mine
from engine.store.search import search_ids
from engine.store.tables_records import crosswalk, records

_FIELDS = (
    records.c.id,
    records.c.entity,
    records.c.key,
    records.c.sequence,
    records.c.deleted,
    records.c.created_at,
    records.c.changed_at,
    records.c.origin_id,
    records.c.owners,
    records.c.run_id,
    records.c.payload_id,
    records.c.document,
)
_ALL: Select[Any] = select(*_FIELDS).where(mine(records))
_CHANGES = (
    _ALL.where(records.c.entity == bindparam("of_entity"), records.c.sequence > bindparam("after"))
    .order_by(records.c.sequence)
    .limit(bindparam("most"))
)
_BY_KEY = _ALL.where(records.c.entity == bindparam("of_entity"), records.c.folded == bindparam("of_key"))
_EXACT = select(records.c.id).where(
    mine(records),
    records.c.entity.in_(bindparam("of_entities", expanding=True)),
    records.c.folded == bindparam("of_key"),
)
_BY_ID = _ALL.where(records.c.id == bindparam("of_id"))
_LINKED = select(crosswalk.c.record_id).where(
    mine(crosswalk),
    crosswalk.c.connection_id == bindparam("of_connection"),
    crosswalk.c.stream == bindparam("of_stream"),
    crosswalk.c.external_id == bindparam("of_external_id"),
)
_COUNTS = (
    select(records.c.entity, func.count().label("number"))
    .where(mine(records), records.c.deleted.is_(False))
    .group_by(records.c.entity)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """A record as it is read."""

    id: str
    entity: str
    key: str
    sequence: int  # of its last change; pages of changes go on after it
    deleted: bool
    created_at: dt.datetime
    changed_at: dt.datetime
    changed_by: str | None  # connection whose word changed it last
    owners: Mapping[str, str]  # field → connection; empty: all from `changed_by`
    run: str | None  # the run that changed it last
    payload_id: int | None  # the source payload behind that
    document: Mapping[str, Any]


class Records:
    """Records of one workspace."""

    def __init__(self, database: Database, workspace: int) -> None:
        self._database = database
        self._workspace = workspace

    async def changes(self, entity: str, after: int = 0, limit: int = 100) -> list[RecordRow]:
        """Records of the entity changed after the sequence `after`, the earliest change first, deleted ones too.
        Goes through all of them: each page begins after the last sequence of the page before."""
        values = {"of_entity": entity, "after": after, "most": limit}
        async with self._database.read(self._workspace) as tx:
            return await _rows(tx, _CHANGES, values)

    async def get(self, entity: str, key: str) -> RecordRow:
        """By natural key; case does not count. Raises NotFoundError."""
        values = {"of_entity": entity, "of_key": key.casefold()}
        return await self._one(_BY_KEY, values, f"{entity} {key!r}")

    async def by_id(self, record_id: str) -> RecordRow:
        """Raises NotFoundError, also for the id of another workspace's record."""
        if not record_id.isascii() or not record_id.isdigit():
            raise NotFoundError(f"there is no record {record_id!r}")
        return await self._one(_BY_ID, {"of_id": int(record_id)}, f"record {record_id!r}")

    async def by_external_id(self, connection: str, stream: str, external_id: str) -> RecordRow:
        """The record that an object of a connection's stream is linked to. Raises NotFoundError."""
        what = f"record for {connection} {stream} {external_id!r}"
        async with self._database.read(self._workspace) as tx:
            numbers = {name: number for number, name in (await connection_names(tx)).items()}
            values = {"of_connection": numbers.get(connection), "of_stream": stream, "of_external_id": external_id}
            link = await tx.one(_LINKED, what, values)
            found = await _rows(tx, _BY_ID, {"of_id": link.record_id})
        return found[0]

    async def search(self, typed: str, *, entity: str = "", limit: int = 20) -> list[RecordRow]:
        """Records that have all the words, the last of which may be the start of a longer one; an exact key first."""
        found = words(typed)
        if not found:
            return []
        async with self._database.read(self._workspace) as tx:
            values = {"of_entities": [entity] if entity else list(ENTITIES), "of_key": typed.strip().casefold()}
            exact = [row.id for row in await tx.rows(_EXACT, values)]
            ids = list(dict.fromkeys([*exact, *await search_ids(tx, self._workspace, found, entity, limit)]))[:limit]
            rows = await _rows(tx, _ALL.where(records.c.id.in_(ids)), {}) if ids else []
        place = {record_id: index for index, record_id in enumerate(ids)}
        return sorted(rows, key=lambda row: place[int(row.id)])

    async def counts(self) -> dict[str, int]:
        """entity → records that are not deleted."""
        async with self._database.read(self._workspace) as tx:
            return {row.entity: row.number for row in await tx.rows(_COUNTS)}

    async def _one(self, query: Select[Any], values: dict[str, Any], what: str) -> RecordRow:
        async with self._database.read(self._workspace) as tx:
            found = await _rows(tx, query, values)
        if not found:
            raise NotFoundError(f"there is no {what}")
        return found[0]


async def _rows(tx: Transaction, query: Select[Any], values: Mapping[str, Any]) -> list[RecordRow]:
    rows: Sequence[Any] = await tx.rows(query, values)
    names = await connection_names(tx) if rows else {}
    return [
        RecordRow(
            id=str(row.id),
            entity=row.entity,
            key=row.key,
            sequence=row.sequence,
            deleted=row.deleted,
            created_at=row.created_at,
            changed_at=row.changed_at,
            changed_by=names.get(row.origin_id),
            owners=row.owners or {},
            run=row.run_id,
            payload_id=row.payload_id,
            document=decode(row.document),
        )
        for row in rows
    ]
