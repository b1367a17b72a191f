"""Deliveries: what waits for a destination, what is about to leave, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, insert, or_, select, text, update

from engine.encoding import decode
from engine.errors import ConnectorError, RetryError
from engine.store.database import Transaction, chunks
from engine.store.ids import make_id, take_numbers
from engine.store.payloads import blocks_needed, keep_payloads
from engine.store.schema import now
from engine.store.scope import mine
from engine.store.tables_deliveries import deliveries, last_deliveries
from engine.store.tables_records import crosswalk, links, records
from engine.store.upsert import Upsert
from engine.sync.ports import Pinned, Sending, StoredRecord, SyncPlan, Written

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_DESTINATION: BindParameter[Any] = bindparam("of_connection")
_STREAM: BindParameter[Any] = bindparam("of_stream")

# One index each, looked up by the ids of a batch: joined, Postgres plans them badly before it has statistics.
_WAITING = (
    select(
        records.c.id,
        records.c.key,
        records.c.sequence,
        records.c.document,
        records.c.deleted,
        records.c.origin_id,
        records.c.other_sequence,
    )
    .where(mine(records), records.c.entity == bindparam("of_entity"), records.c.sequence > bindparam("after"))
    .order_by(records.c.sequence)
    .limit(bindparam("most"))
)
_EXTERNAL = select(crosswalk.c.record_id, crosswalk.c.external_id, crosswalk.c.version).where(
    mine(crosswalk),
    crosswalk.c.connection_id == _DESTINATION,
    crosswalk.c.record_id.in_(_IDS),
    crosswalk.c.stream == _STREAM,
)
_DELIVERED = select(last_deliveries.c.record_id, last_deliveries.c.sequence, last_deliveries.c.payload_hash).where(
    mine(last_deliveries),
    last_deliveries.c.connection_id == _DESTINATION,
    last_deliveries.c.stream == _STREAM,
    last_deliveries.c.record_id.in_(_IDS),
)
_BY_EXTERNAL_ID = select(crosswalk.c.record_id).where(
    mine(crosswalk),
    crosswalk.c.connection_id == bindparam("of_source"),
    crosswalk.c.stream == bindparam("of_source_stream"),
    crosswalk.c.external_id.in_(_KEYS),
)
_WAITING_ONLY: Select[Any] = _WAITING.where(
    or_(records.c.folded.in_(bindparam("folded", expanding=True)), records.c.id.in_(_IDS))
)
_OPEN = text("deliveries.status in ('sending', 'in_doubt')")  # word for word the condition of the partial index
_IN_DOUBT = select(deliveries.c.id, deliveries.c.record_id).where(
    mine(deliveries),
    deliveries.c.connection_id == _DESTINATION,
    deliveries.c.stream == _STREAM,
    deliveries.c.record_id.in_(_IDS),
    _OPEN,
)
_SUPERSEDE = (
    update(deliveries)
    .where(mine(deliveries), deliveries.c.id.in_(_IDS))
    .values(status="superseded", ended_at=bindparam("new_at", type_=deliveries.c.at.type))
)
_BEGIN = insert(deliveries)
_END = (
    update(deliveries)
    .where(mine(deliveries), deliveries.c.id == bindparam("of_id"))
    .values(
        status=bindparam("new_status"),
        external_id=bindparam("new_external_id"),
        error=bindparam("new_error"),
        response=bindparam("new_response", type_=deliveries.c.response.type),
        ended_at=bindparam("new_at", type_=deliveries.c.at.type),
    )
)
_ARRIVED = Upsert(
    last_deliveries,
    ("workspace_id", "connection_id", "stream", "record_id"),
    ("delivery_id", "sequence", "payload_hash"),
)
_LINK = Upsert(crosswalk, ("workspace_id", "connection_id", "stream", "external_id"), ("record_id", "version"))
_LINK_NAME = Upsert(links, ("workspace_id", "connection_id", "entity", "folded"), ("external_id",))
_RECORDS_OF_KEYS = select(records.c.id, records.c.folded).where(
    mine(records), records.c.entity == bindparam("of_entity"), records.c.folded.in_(_KEYS)
)
_LINKS_OF_RECORDS = (
    select(crosswalk.c.record_id, crosswalk.c.external_id)
    .where(mine(crosswalk), crosswalk.c.connection_id == _DESTINATION, crosswalk.c.record_id.in_(_IDS))
    .order_by(crosswalk.c.stream)
)
_LINKS_OF_NAMES = select(links.c.folded, links.c.external_id).where(
    mine(links),
    links.c.connection_id == _DESTINATION,
    links.c.entity == bindparam("of_entity"),
    links.c.folded.in_(_KEYS),
)


async def waiting(
    tx: Transaction,
    plan: SyncPlan,
    *,
    connection_id: int,
    source_id: int | None,
    after: int,
    limit: int,
    only: Sequence[str] | None,
) -> list[StoredRecord]:
    """Records of the plan's entity changed after `after`, in order; with `only`, those of these natural keys or of
    these external ids at the plan's source."""
    values: dict[str, Any] = {"of_entity": plan.entity, "after": after, "most": limit}
    query = _WAITING
    if only is not None:
        query = _WAITING_ONLY
        values["folded"] = [each.casefold() for each in only]
        values["ids"] = await _ids_at_source(tx, plan, source_id, only)
    while rows := await tx.rows(query, values):
        found = await _with_delivery(tx, plan, connection_id, rows)
        if found or len(rows) < limit:
            return found
        values["after"] = rows[-1].sequence  # all were echoes
    return []


async def _with_delivery(
    tx: Transaction, plan: SyncPlan, connection_id: int, rows: Sequence[Any]
) -> list[StoredRecord]:
    """The records with what the destination has of them, without echoes."""
    external: dict[int, Any] = {}
    delivered: dict[int, Any] = {}
    doubtful: set[int] = set()
    for ids in chunks(row.id for row in rows):
        values = {"of_connection": connection_id, "of_stream": plan.destination_stream, "ids": ids}
        external.update({row.record_id: row for row in await tx.rows(_EXTERNAL, values)})
        delivered.update({row.record_id: row for row in await tx.rows(_DELIVERED, values)})
        doubtful.update(row.record_id for row in await tx.rows(_IN_DOUBT, values))
    found = []
    for row in rows:
        last = delivered.get(row.id)
        # Echo: the destination itself made the last change, and it has everything that came before.
        if row.origin_id == connection_id and row.other_sequence <= (last.sequence if last is not None else 0):
            continue
        found.append(_stored(row, external.get(row.id), last, row.id in doubtful))
    return found


async def _ids_at_source(tx: Transaction, plan: SyncPlan, source_id: int | None, only: Sequence[str]) -> list[int]:
    if source_id is None:
        return []
    values = {"of_source": source_id, "of_source_stream": plan.source_stream, "keys": list(only)}
    return [row.record_id for row in await tx.rows(_BY_EXTERNAL_ID, values)]


def _stored(row: Any, external: Any | None, last: Any | None, in_doubt: bool) -> StoredRecord:
    return StoredRecord(
        id=str(row.id),
        key=row.key,
        sequence=row.sequence,
        document=decode(row.document),
        deleted=row.deleted,
        external_id=None if external is None else external.external_id,
        external_version=None if external is None else external.version,
        delivered_hash=None if last is None else last.payload_hash,
        in_doubt=in_doubt,
    )


async def links_of(
    tx: Transaction, connection_id: int, wanted: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, str]]:
    """entity → natural key → external id at the connection. A sku is looked for among variants (links of names), then
    among products: a simple product has no variants of its own there."""
    found: dict[str, dict[str, str]] = {}
    for entity, keys in wanted.items():
        spelled = {key.casefold(): key for key in keys}
        entities = ("product", "variant") if entity == "variant" else (entity,)
        of: dict[str, str] = {}
        for folded in chunks(spelled):
            for one in entities:
                of |= {spelled[key]: value for key, value in await _links(tx, connection_id, one, folded)}
        found[entity] = of
    return found


async def _links(tx: Transaction, connection_id: int, entity: str, folded: list[str]) -> list[tuple[str, str]]:
    values = {"of_connection": connection_id, "of_entity": entity, "keys": folded}
    keys = {row.id: row.folded for row in await tx.rows(_RECORDS_OF_KEYS, values)}
    linked = await tx.rows(_LINKS_OF_RECORDS, {**values, "ids": list(keys)}) if keys else []
    named = await tx.rows(_LINKS_OF_NAMES, values)
    return [(keys[row.record_id], row.external_id) for row in linked] + [(row.folded, row.external_id) for row in named]


async def begin_sending(
    tx: Transaction, plan: SyncPlan, run: str, pinned: Pinned, sendings: Sequence[Sending], connection_id: int
) -> None:
    """Writes `sending` rows; earlier attempts without an answer are superseded by these."""
    if not sendings:
        return
    at = now()
    blocks = blocks_needed(len(sendings))
    first = await take_numbers(tx, blocks + len(sendings))
    payloads = [each.payload for each in sendings]
    ids = await keep_payloads(tx, payloads, first=first, connection_id=connection_id, run=run, at=at)
    here = {"of_connection": connection_id, "of_stream": plan.destination_stream}
    for some in chunks(int(each.record_id) for each in sendings):
        earlier = [row.id for row in await tx.rows(_IN_DOUBT, {**here, "ids": some})]
        if earlier:
            await tx.execute(_SUPERSEDE, {"ids": earlier, "new_at": at})
    rows = [
        {
            "id": make_id(tx, first + blocks + place),
            "connection_id": connection_id,
            "stream": plan.destination_stream,
            "record_id": int(each.record_id),
            "sequence": each.sequence,
            "sync": plan.sync,
            "run_id": run,
            "mapping": pinned.mapping,
            "mapping_hash": pinned.hash,
            "revision": pinned.revision,
            "idempotency_key": each.idempotency_key,
            "payload_hash": each.payload_hash,
            "status": "sending",
            "at": at,
            "payload_id": ids[place],
        }
        for place, each in enumerate(sendings)
    ]
    await tx.execute(_BEGIN, rows)


async def end_sending(
    tx: Transaction, plan: SyncPlan, outcomes: Sequence[tuple[Sending, Written]], connection_id: int
) -> list[str]:
    """Stores the outcomes, external ids, versions and links. Gives the keys of those that arrived."""
    if not outcomes:
        return []
    here = {"of_connection": connection_id, "of_stream": plan.destination_stream}
    open_rows: dict[int, int] = {}
    for ids in chunks(int(sending.record_id) for sending, _ in outcomes):
        open_rows.update({row.record_id: row.id for row in await tx.rows(_IN_DOUBT, {**here, "ids": ids})})
    at = now()
    ended, arrived, linked, names, keys = [], [], [], [], []
    place = {"connection_id": connection_id, "stream": plan.destination_stream}
    for sending, written in outcomes:
        record_id = int(sending.record_id)
        delivery_id = open_rows.get(record_id)
        if delivery_id is None:
            continue  # begun by a run that was fenced off since
        ended.append({"of_id": delivery_id, "new_at": at, **_outcome(written)})
        if written.error is not None:
            continue
        keys.append(sending.key)
        row = {**place, "record_id": record_id, "delivery_id": delivery_id}
        arrived.append({**row, "sequence": sending.sequence, "payload_hash": sending.payload_hash})
        if written.external_id is not None:
            link = {**place, "external_id": written.external_id}
            linked.append({**link, "record_id": record_id, "version": written.version})
        for entity, key, external_id in written.links:
            name = {"connection_id": connection_id, "entity": entity, "folded": key.casefold()}
            names.append({**name, "external_id": external_id})
    await tx.execute(_END, ended)
    await tx.execute(_ARRIVED, arrived)
    await tx.execute(_LINK, linked)
    await tx.execute(_LINK_NAME, names)
    return keys


def _outcome(written: Written) -> dict[str, Any]:
    error = written.error
    return {
        "new_status": "delivered" if error is None else _status(error),
        "new_external_id": written.external_id,
        "new_error": None if error is None else f"{error.kind}: {error.message}",
        "new_response": written.response if error is None or error.response is None else error.response,
    }


def _status(error: ConnectorError) -> str:
    return "in_doubt" if isinstance(error, RetryError) and error.in_doubt else "failed"
