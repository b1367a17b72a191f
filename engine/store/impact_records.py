"""The newest records and source payloads, in pages: what a change of a mapping is tried on before it is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import desc, func, select

from engine.encoding import decode
from engine.store.connections import connection_names
from engine.store.database import Transaction
from engine.store.payloads import block_of, place_of, unpack
from engine.store.scope import mine
from engine.store.tables_records import contributions, payload_blocks, records


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPayload:
    """What a connection said last about one object."""

    id: int  # of the contribution; pages go on below it
    external_id: str
    payload: Any


async def start_of_newest(tx: Transaction, entity: str, most: int) -> tuple[int, int]:
    """The sequence after which the newest `most` records of the entity stand, and how many they are."""
    here = (mine(records), records.c.entity == entity, records.c.deleted.is_(False))
    newest = select(records.c.sequence).where(*here).order_by(desc(records.c.sequence))
    after = await tx.value(newest.offset(most).limit(1), {})
    count = await tx.value(select(func.count()).select_from(records).where(*here), {})
    return int(after or 0), min(int(count or 0), most)


async def count_payloads(tx: Transaction, connection: str, stream: str) -> int:
    """How many objects of the stream still have their payload."""
    query = select(func.count()).select_from(contributions).where(*await _of(tx, connection, stream))
    return int(await tx.value(query, {}) or 0)


async def newest_payloads(
    tx: Transaction, connection: str, stream: str, *, before: int | None = None, limit: int = 500
) -> list[StoredPayload]:
    """A page of the newest payloads, numbers exact; `before` is the id the page before ended with."""
    query = select(contributions.c.id, contributions.c.external_id, contributions.c.payload_id)
    query = query.where(*await _of(tx, connection, stream)).order_by(desc(contributions.c.id)).limit(limit)
    if before is not None:
        query = query.where(contributions.c.id < before)
    rows = await tx.rows(query)
    blocks = await _blocks(tx, {block_of(row.payload_id) for row in rows})
    found = []
    for row in rows:
        block = blocks.get(block_of(row.payload_id))
        body = block[place_of(row.payload_id)] if block else None
        payload = decode(body) if body is not None else None  # none: past its retention
        found.append(StoredPayload(id=row.id, external_id=row.external_id, payload=payload))
    return found


async def _of(tx: Transaction, connection: str, stream: str) -> Sequence[Any]:
    ids = {name: number for number, name in (await connection_names(tx)).items()}
    return (
        mine(contributions),
        contributions.c.connection_id == ids.get(connection, -1),
        contributions.c.stream == stream,
        contributions.c.payload_id.is_not(None),
    )


async def _blocks(tx: Transaction, wanted: set[int]) -> dict[int, list[bytes | None]]:
    query = select(payload_blocks.c.id, payload_blocks.c.body).where(
        mine(payload_blocks), payload_blocks.c.id.in_(sorted(wanted))
    )
    return {row.id: unpack(row.body) for row in await tx.rows(query)} if wanted else {}
