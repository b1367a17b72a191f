"""Everything kept about one record: earlier versions, contributions, links, deliveries. What "why?" reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import desc, select

from engine.encoding import decode
from engine.store.connections import connection_names
from engine.store.database import Transaction
from engine.store.scope import mine
from engine.store.tables_deliveries import deliveries
from engine.store.tables_records import contributions, crosswalk, versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An earlier state of a record."""

    sequence: int
    changed_at: dt.datetime
    changed_by: str | None  # connection
    deleted: bool
    run: str | None
    payload_id: int | None  # source payload behind the change
    owners: Mapping[str, str]
    document: Mapping[str, Any] | None  # None: past its retention


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a connection says about the record."""

    connection: str
    stream: str
    external_id: str
    changed_at: dt.datetime
    mapping: str  # that made it
    revision: int | None
    payload_id: int | None  # source payload it was made from
    document: Mapping[str, Any] | None  # None: deleted there


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What the record is called elsewhere."""

    connection: str
    stream: str
    external_id: str
    version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A payload that left for a destination, and what became of it."""

    id: int
    connection: str
    stream: str
    sync: str
    run: str
    mapping: str
    revision: int | None
    sequence: int  # the record's change it carried
    status: str  # sending | delivered | failed | in_doubt | superseded
    external_id: str | None
    error: str | None
    response: Any
    at: dt.datetime
    ended_at: dt.datetime | None
    payload_id: int | None


async def versions_of(tx: Transaction, record_id: str, limit: int = 100) -> list[Version]:
    """Earlier versions, the newest first. The current one is the record itself."""
    names = await connection_names(tx)
    query = select(versions).where(mine(versions), versions.c.record_id == int(record_id))
    return [
        Version(
            sequence=row.sequence,
            changed_at=row.changed_at,
            changed_by=names.get(row.origin_id),
            deleted=row.deleted,
            run=row.run_id,
            payload_id=row.payload_id,
            owners=row.owners or {},
            document=None if row.document is None else decode(row.document),
        )
        for row in await tx.rows(query.order_by(desc(versions.c.sequence)).limit(limit))
    ]


async def said_about(tx: Transaction, record_id: str) -> list[Said]:
    """What each connection says, by its name."""
    names = await connection_names(tx)
    query = select(contributions).where(mine(contributions), contributions.c.record_id == int(record_id))
    found = [
        Said(
            connection=names.get(row.connection_id, ""),
            stream=row.stream,
            external_id=row.external_id,
            changed_at=row.changed_at,
            mapping=row.mapping,
            revision=row.revision,
            payload_id=row.payload_id,
            document=None if row.document is None else decode(row.document),
        )
        for row in await tx.rows(query)
    ]
    return sorted(found, key=lambda said: (said.connection, said.stream, said.external_id))


async def links_of_record(tx: Transaction, record_id: str) -> list[Link]:
    """What the record is called in each connection."""
    names = await connection_names(tx)
    query = select(crosswalk).where(
        mine(crosswalk), crosswalk.c.connection_id.in_(list(names)), crosswalk.c.record_id == int(record_id)
    )
    return [
        Link(connection=names[row.connection_id], stream=row.stream, external_id=row.external_id, version=row.version)
        for row in await tx.rows(query.order_by(crosswalk.c.connection_id, crosswalk.c.stream))
    ]


async def deliveries_of(tx: Transaction, record_id: str, limit: int = 100) -> list[Delivery]:
    """The newest first."""
    names = await connection_names(tx)
    query = select(deliveries).where(
        mine(deliveries), deliveries.c.connection_id.in_(list(names)), deliveries.c.record_id == int(record_id)
    )
    return [
        Delivery(
            id=row.id,
            connection=names[row.connection_id],
            stream=row.stream,
            sync=row.sync,
            run=row.run_id,
            mapping=row.mapping,
            revision=row.revision,
            sequence=row.sequence,
            status=row.status,
            external_id=row.external_id,
            error=row.error,
            response=row.response,
            at=row.at,
            ended_at=row.ended_at,
            payload_id=row.payload_id,
        )
        for row in await tx.rows(query.order_by(desc(deliveries.c.id)).limit(limit))
    ]
