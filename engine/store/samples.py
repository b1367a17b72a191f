"""Samples: payloads kept to show values beside rules and to try rules on; and the newest payloads of real traffic."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import delete, desc, select

from engine.store.connections import connection_names
from engine.store.database import Transaction
from engine.store.deliveries import links_of
from engine.store.payloads import read_payload
from engine.store.schema import now
from engine.store.scope import mine
from engine.store.tables_mappings import samples
from engine.store.tables_records import contributions, crosswalk, records
from engine.store.upsert import Upsert

_DECODER = msgspec.json.Decoder(float_hook=Decimal)  # numbers are exact, as they are in a run
_KEEP = Upsert(samples, ("workspace_id", "mapping", "name"), ("origin", "masked", "payload", "saved_by", "saved_at"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One payload to try a mapping on."""

    name: str
    origin: str  # where it came from, in words
    masked: bool  # people's data is replaced
    payload: Any
    external_id: str | None = None  # of the record named so, at the destination of an `out` mapping
    version: str | None = None  # … and the version last seen there
    saved_by: str = ""  # "": not kept, seen in traffic
    saved_at: dt.datetime | None = None

    @property
    def kept(self) -> bool:
        return self.saved_at is not None


def decode_payload(body: bytes | str) -> Any:
    """JSON with exact numbers. Raises msgspec.DecodeError."""
    return _DECODER.decode(body)


async def list_samples(transaction: Transaction, mapping: str) -> list[Sample]:
    """The samples kept for a mapping, by name."""
    query = select(samples).where(mine(samples), samples.c.mapping == mapping).order_by(samples.c.name)
    return [
        Sample(
            name=row.name,
            origin=row.origin,
            masked=row.masked,
            payload=decode_payload(row.payload),
            saved_by=row.saved_by,
            saved_at=row.saved_at,
        )
        for row in await transaction.rows(query)
    ]


async def save_sample(
    transaction: Transaction, mapping: str, name: str, payload: bytes, *, origin: str, masked: bool, who: str
) -> None:
    """Keeps it; one of the same name is replaced."""
    row = {"mapping": mapping, "name": name, "origin": origin, "masked": masked, "payload": payload}
    await transaction.execute(_KEEP, {**row, "saved_by": who, "saved_at": now()})


async def remove_sample(transaction: Transaction, mapping: str, name: str) -> None:
    await transaction.execute(
        delete(samples).where(mine(samples), samples.c.mapping == mapping, samples.c.name == name)
    )


async def recent_records(transaction: Transaction, entity: str, limit: int) -> list[Sample]:
    """The records of an entity that changed last, as an `out` mapping sees them."""
    query = (
        select(records.c.key, records.c.document)
        .where(mine(records), records.c.entity == entity, records.c.deleted.is_(False))
        .order_by(desc(records.c.sequence))
        .limit(limit)
    )
    return [
        Sample(name=row.key, origin="a stored record", masked=False, payload=decode_payload(row.document))
        for row in await transaction.rows(query)
    ]


async def linked(
    transaction: Transaction, connection: str, stream: str, entity: str, names: Sequence[str]
) -> dict[str, tuple[str, str | None]]:
    """Natural key → external id and version at the connection, of the records of an entity that it has."""
    ids = {name: number for number, name in (await connection_names(transaction)).items()}
    query = (
        select(records.c.key, crosswalk.c.external_id, crosswalk.c.version)
        .join(crosswalk, (crosswalk.c.record_id == records.c.id) & (crosswalk.c.workspace_id == records.c.workspace_id))
        .where(
            mine(records),
            records.c.entity == entity,
            records.c.key.in_(names),
            crosswalk.c.connection_id == ids.get(connection, -1),
            crosswalk.c.stream == stream,
        )
    )
    return {row.key: (row.external_id, row.version) for row in await transaction.rows(query)}


async def links_at(
    transaction: Transaction, connection: str, wanted: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, str]]:
    """As SyncStore.links: what `$links` is for records that refer to these."""
    ids = {name: number for number, name in (await connection_names(transaction)).items()}
    return await links_of(transaction, ids[connection], wanted) if connection in ids and wanted else {}


async def recent_payloads(transaction: Transaction, connection: str, stream: str, limit: int) -> list[Sample]:
    """What a connection said last, as an `in` mapping sees it."""
    ids = {name: number for number, name in (await connection_names(transaction)).items()}
    if connection not in ids:
        return []
    query = (
        select(contributions.c.external_id, contributions.c.payload_id)
        .where(
            mine(contributions),
            contributions.c.connection_id == ids[connection],
            contributions.c.stream == stream,
            contributions.c.payload_id.is_not(None),
        )
        .order_by(desc(contributions.c.id))
        .limit(limit)
    )
    found = []
    for row in await transaction.rows(query):
        body = await read_payload(transaction, row.payload_id)
        if body is not None:
            payload = decode_payload(body)
            found.append(Sample(name=row.external_id, origin="the last run", masked=False, payload=payload))
    return found
