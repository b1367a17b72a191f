"""Forgets one customer everywhere: records, versions, contributions, payloads, deliveries, dead letters, samples, logs.

Hashes, ids, links, amounts and counts stay: a source that still has the customer unchanged does not bring them back,
orders still add up, and the audit log says that somebody was erased without saying who.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, bindparam, cast, delete, func, or_, select, text, update

from engine.encoding import canonical, decode
from engine.errors import NotFoundError
from engine.records.personal import ERASED, erase
from engine.store import audit
from engine.store.database import Database, Transaction, chunks
from engine.store.payloads import block_of, pack, place_of, unpack
from engine.store.schema import Bytes
from engine.store.scope import mine
from engine.store.tables_deliveries import dead_letters, deliveries
from engine.store.tables_mappings import samples
from engine.store.tables_records import contributions, payload_blocks, records, versions
from engine.store.tables_runs import run_log

_NAMING_A_CUSTOMER = ("sales_order", "invoice", "payment")
_NAMING_AN_ORDER = ("shipment", "refund", "invoice", "payment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How much was erased."""

    records: int  # the customer, and the orders, invoices, payments, shipments and refunds that named them
    payloads: int


@dataclass(slots=True, kw_only=True)
class _Person:
    """Who is to be forgotten, while it is being done."""

    record_id: int
    needles: list[bytes]  # JSON texts that only speak of them: e-mails
    related: dict[int, str]  # record id → key, of records that name them
    payload_ids: set[int]


async def erase_customer(database: Database, workspace: int, key: str, *, who: str) -> Erased:
    """Erases the customer with this natural key, all in one transaction or nothing. Raises NotFoundError."""
    erased = await _erase(database, workspace, key, who)
    if database.dialect == "sqlite":  # its full-text index keeps the words of changed records until parts are merged
        async with database.write_everywhere() as tx:
            await tx.execute(text("INSERT INTO record_words(record_words) VALUES ('optimize')"))
    return erased


async def _erase(database: Database, workspace: int, key: str, who: str) -> Erased:
    async with database.write(workspace) as tx:
        row = await tx.first(_CUSTOMER, {"of_key": key.casefold()})
        if row is None:
            raise NotFoundError(f"there is no customer {key!r}")
        person = await _find(tx, row)
        ids = [person.record_id, *person.related]
        await _erase_record(tx, person)
        for some in chunks(person.related):
            await _erase_related(tx, some)
        await _erase_traces(tx, ids, {row.key, *person.related.values()})
        payloads = await _erase_payloads(tx, person)
        await _erase_samples(tx, person.needles)
        await _erase_log(tx, person.needles)
        await audit.note(tx, who, "customer.erased", f"record {person.record_id}", {"records": len(ids)})
        return Erased(records=len(ids), payloads=payloads)


_CUSTOMER = select(records.c.id, records.c.key, records.c.document).where(
    mine(records), records.c.entity == "customer", records.c.folded == bindparam("of_key")
)


async def _find(tx: Transaction, row: Any) -> _Person:
    document = decode(row.document)
    emails = {document.get("email"), *(contact.get("email") for contact in document.get("contacts") or ())}
    needles = [canonical(email) for email in sorted(filter(None, emails))]
    named = [b'"customer_ref":' + canonical(row.key), *needles]
    related = await _naming(tx, _NAMING_A_CUSTOMER, named)
    orders = [b'"order_ref":' + canonical(key) for key in related.values()]
    related |= await _naming(tx, _NAMING_AN_ORDER, orders)
    person = _Person(record_id=row.id, needles=needles, related=related, payload_ids=set())
    person.payload_ids = await _payload_ids(tx, [row.id, *related])
    return person


async def _naming(tx: Transaction, entities: tuple[str, ...], needles: list[bytes]) -> dict[int, str]:
    """Records of the entities whose document has one of the texts."""
    found: dict[int, str] = {}
    for some in chunks(needles, 50):
        holds = or_(*(_holds(tx, records.c.document, needle) for needle in some))
        query = select(records.c.id, records.c.key).where(mine(records), records.c.entity.in_(entities), holds)
        found.update({row.id: row.key for row in await tx.rows(query)})
    return found


def _holds(tx: Transaction, column: Any, needle: bytes) -> Any:
    """Whether a column of bytes has the bytes in it."""
    value = bindparam(None, needle, type_=Bytes(), unique=True)
    if tx.dialect == "sqlite":
        return func.instr(column, value) > 0
    return func.position(value.op("IN")(column)) > 0


async def _payload_ids(tx: Transaction, ids: list[int]) -> set[int]:
    found: set[int] = set()
    for some in chunks(ids):
        queries = (
            select(records.c.payload_id).where(mine(records), records.c.id.in_(some)),
            select(versions.c.payload_id).where(mine(versions), versions.c.record_id.in_(some)),
            select(contributions.c.payload_id).where(mine(contributions), contributions.c.record_id.in_(some)),
            select(deliveries.c.payload_id).where(mine(deliveries), deliveries.c.record_id.in_(some)),
            select(dead_letters.c.payload_id).where(mine(dead_letters), dead_letters.c.record_id.in_(some)),
        )
        for query in queries:
            found.update(row.payload_id for row in await tx.rows(query) if row.payload_id is not None)
    return found


async def _erase_record(tx: Transaction, person: _Person) -> None:
    """The record stays as a tombstone with its hash; what was said about it goes."""
    name = f"{ERASED}-{person.record_id}"
    gone = {"deleted": True, "key": name, "folded": name, "search": "", "owners": None}
    document = canonical({"code": name, "name": ERASED})
    here = (mine(records), records.c.id == person.record_id)
    await tx.execute(update(records).where(*here).values(**gone, document=document))
    said = (mine(contributions), contributions.c.record_id == person.record_id)
    await tx.execute(update(contributions).where(*said).values(document=None, erased=True))


async def _erase_related(tx: Transaction, ids: list[int]) -> None:
    """Orders and the like keep their amounts; names and addresses in them go."""
    query = select(records.c.id, records.c.key, records.c.document).where(mine(records), records.c.id.in_(ids))
    for row in await tx.rows(query):
        document = canonical(_without_customer(decode(row.document)))
        change = update(records).where(mine(records), records.c.id == row.id)
        await tx.execute(change.values(document=document, search=row.key.casefold()))
    said = select(contributions.c.id, contributions.c.document).where(
        mine(contributions), contributions.c.record_id.in_(ids), contributions.c.document.is_not(None)
    )
    for row in await tx.rows(said):
        document = canonical(_without_customer(decode(row.document)))
        change = update(contributions).where(mine(contributions), contributions.c.id == row.id)
        await tx.execute(change.values(document=document, erased=True))


def _without_customer(document: dict[str, Any]) -> dict[str, Any]:
    left: dict[str, Any] = erase(document)
    if left.get("customer_ref"):
        left["customer_ref"] = ERASED
    return left


async def _erase_traces(tx: Transaction, ids: list[int], keys: Iterable[str]) -> None:
    for some in chunks(ids):
        old = (mine(versions), versions.c.record_id.in_(some))
        await tx.execute(update(versions).where(*old).values(document=None))
        sent = (mine(deliveries), deliveries.c.record_id.in_(some))
        await tx.execute(update(deliveries).where(*sent).values(response=None, error=None, payload_id=None))
        parked = (mine(dead_letters), dead_letters.c.record_id.in_(some))
        await tx.execute(update(dead_letters).where(*parked).values(reason=ERASED, errors={}, payload_id=None))
    for some_keys in chunks(keys):
        parked = (mine(dead_letters), dead_letters.c.key.in_(some_keys))
        await tx.execute(update(dead_letters).where(*parked).values(reason=ERASED, errors={}, payload_id=None))


async def _erase_payloads(tx: Transaction, person: _Person) -> int:
    """Blanks the payloads of the records, and every other payload that has one of their e-mails in it."""
    places: dict[int, set[int]] = {}
    for payload_id in person.payload_ids:
        places.setdefault(block_of(payload_id), set()).add(place_of(payload_id))
    erased = 0
    every = [row.id for row in await tx.rows(select(payload_blocks.c.id).where(mine(payload_blocks)))]
    for ids in chunks(every, 100):
        query = select(payload_blocks.c.id, payload_blocks.c.body).where(
            mine(payload_blocks), payload_blocks.c.id.in_(ids)
        )
        for row in await tx.rows(query):
            erased += await _erase_block(tx, row, places.get(row.id, set()), person.needles)
    return erased


async def _erase_block(tx: Transaction, row: Any, places: set[int], needles: list[bytes]) -> int:
    payloads = unpack(row.body)
    emails = [needle.strip(b'"').lower() for needle in needles]
    gone = {
        place
        for place, payload in enumerate(payloads)
        if payload is not None and (place in places or _mentions(payload, emails))
    }
    if gone:
        body = pack([None if place in gone else payload for place, payload in enumerate(payloads)])
        change = update(payload_blocks).where(mine(payload_blocks), payload_blocks.c.id == row.id)
        await tx.execute(change.values(body=body))
    return len(gone)


def _mentions(payload: bytes, emails: list[bytes]) -> bool:
    lower = payload.lower()
    return any(email in lower for email in emails)


async def _erase_samples(tx: Transaction, needles: list[bytes]) -> None:
    for needle in needles:
        await tx.execute(delete(samples).where(mine(samples), _holds(tx, samples.c.payload, needle)))


async def _erase_log(tx: Transaction, needles: list[bytes]) -> None:
    for needle in needles:
        email = needle.strip(b'"').decode()
        said = run_log.c.message + func.coalesce(cast(run_log.c.detail, String), "")
        told = (mine(run_log), func.lower(said).contains(email, autoescape=True))
        await tx.execute(update(run_log).where(*told).values(message=ERASED, detail=None))
