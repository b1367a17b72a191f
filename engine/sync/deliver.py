"""The delivering half of a run, without I/O: stored records become writes for a destination."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.encoding import canonical, decode, digest
from engine.errors import ExpressionError
from engine.expressions.values import truthy
from engine.mapping.outcomes import Dropped, Rejected
from engine.mapping.program import Program
from engine.sync.counts import Counts
from engine.sync.ports import Json, Parked, Sending, StoredRecord, SyncPlan, Write, Written
from engine.sync.read import EntityRules

RecordFilter = Callable[[Mapping[str, Json]], object]

_TOMBSTONE = b"null"


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """A batch of records, translated."""

    sendings: Sequence[Sending]
    writes: Sequence[Write]  # one for each sending, in the same order
    parked: Sequence[Parked]
    counts: Counts


def wanted_links(records: Sequence[StoredRecord], rules: EntityRules) -> dict[str, list[str]]:
    """The natural keys, by entity, whose external ids the mapping of these records may ask for."""
    wanted: dict[str, dict[str, None]] = {}
    for record in records:
        for entity, keys in rules.references(record.document).items():
            wanted.setdefault(entity, {}).update(dict.fromkeys(keys))
    return {entity: list(keys) for entity, keys in wanted.items() if keys}


def keeps(keep: RecordFilter | None, document: Mapping[str, Json]) -> bool:
    """Whether the sync's filter lets the record through; what it gives is taken as conditions in mappings take it."""
    return keep is None or truthy(keep(document))


def translate(
    records: Sequence[StoredRecord],
    *,
    plan: SyncPlan,
    program: Program,
    keep: RecordFilter | None,
    links: Mapping[str, Mapping[str, str]],
    bindings: Mapping[str, Json],
) -> Translated:
    """Maps each record for the destination; a payload equal to the last one delivered is left out."""
    sendings: list[Sending] = []
    writes: list[Write] = []
    parked: list[Parked] = []
    same = withheld = 0
    for record in records:
        if record.deleted:
            payload = _TOMBSTONE
            if plan.deletions == "ignore" or record.external_id is None:
                withheld += 1
                continue
        else:
            try:
                kept = keeps(keep, record.document)
            except ExpressionError as error:
                parked.append(_refused(record, None, {"": f"the sync's filter fails: {error.message}"}))
                continue
            if not kept:
                withheld += 1
                continue
            outcome = program.run(record.document, id=record.external_id, links=links, **bindings)
            if isinstance(outcome, Dropped):
                withheld += 1
                continue
            if isinstance(outcome, Rejected):
                errors = {path: error.message for path, error in outcome.errors.items()}
                parked.append(_refused(record, canonical(record.document), errors))
                continue
            payload = canonical(outcome.output)
        payload_hash = digest(payload)
        if payload_hash == record.delivered_hash and not record.in_doubt:
            same += 1
            continue
        sending = Sending(
            record_id=record.id,
            key=record.key,
            sequence=record.sequence,
            payload=payload,
            payload_hash=payload_hash,
            idempotency_key=_idempotency_key(plan, record, payload_hash),
        )
        sendings.append(sending)
        writes.append(
            Write(
                key=record.key,
                external_id=record.external_id,
                payload=None if record.deleted else decode(payload),
                idempotency_key=sending.idempotency_key,
                version=record.external_version,
                in_doubt=record.in_doubt,
            )
        )
    counts = Counts(same=same, withheld=withheld, refused=len(parked))
    return Translated(sendings=sendings, writes=writes, parked=parked, counts=counts)


def settle(sendings: Sequence[Sending], results: Sequence[Written]) -> tuple[list[Parked], Counts]:
    """What a batch of writes comes to: dead letters for those refused, and the counts."""
    parked = [
        Parked(
            phase="deliver",
            key=sending.key,
            kind=result.error.kind,
            reason=result.error.message,
            errors={result.error.field: result.error.message} if result.error.field else {},
            payload=sending.payload,
            record_id=sending.record_id,
        )
        for sending, result in zip(sendings, results, strict=True)
        if result.error is not None
    ]
    return parked, Counts(delivered=len(sendings) - len(parked), refused=len(parked))


def _idempotency_key(plan: SyncPlan, record: StoredRecord, payload_hash: bytes) -> str:
    """The same for every attempt of one change, another for the next change: a price that goes back to what it was
    must not look like a repetition of its first delivery."""
    destination = f"{plan.destination}/{plan.destination_stream}"
    parts = (plan.workspace, destination, record.id, str(record.sequence), payload_hash.hex())
    return digest("\n".join(parts).encode()).hex()[:40]


def _refused(record: StoredRecord, payload: bytes | None, errors: Mapping[str, str]) -> Parked:
    reason = "; ".join(f"{path}: {message}" if path else message for path, message in errors.items())
    return Parked(
        phase="deliver",
        key=record.key,
        kind="rejected",
        reason=reason,
        errors=dict(errors),
        payload=payload,
        record_id=record.id,
    )
