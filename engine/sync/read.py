"""The reading half of a run, without I/O: a page of source objects becomes what the store keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.encoding import canonical, digest
from engine.errors import RecordError
from engine.mapping.outcomes import Dropped, Rejected
from engine.mapping.program import Program
from engine.sync.counts import Counts
from engine.sync.ports import Json, Known, Normalised, Parked, Pinned, SourceObject


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRules:
    """What the sync needs to know of an entity (engine.records)."""

    validate: Callable[[Any], dict[str, Json]]  # a document in canonical form; raises RecordError
    natural_key: Callable[[Mapping[str, Json]], str]
    references: Callable[[Mapping[str, Json]], Mapping[str, Sequence[str]]]  # entity → natural keys it refers to


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalisedPage:
    """A page, ready to be stored."""

    objects: Sequence[Normalised]
    parked: Sequence[Parked]
    counts: Counts  # `changed` counts what is handed to the store; it says how many really altered a record


def normalise(
    objects: Sequence[SourceObject],
    *,
    known: Mapping[str, Known],
    program: Program,
    pinned: Pinned,
    rules: EntityRules,
    bindings: Mapping[str, Json],
) -> NormalisedPage:
    """Maps and validates what changed. An object whose payload and mapping are as before is skipped at once."""
    out: list[Normalised] = []
    parked: list[Parked] = []
    unchanged = dropped = 0
    for item in objects:
        before = known.get(item.external_id)
        if item.payload is None:
            if before is None:
                unchanged += 1
            else:
                out.append(_gone(item))
            continue
        payload = canonical(item.payload)
        source_hash = digest(payload)
        if before is not None and before.source_hash == source_hash and before.mapping_hash == pinned.hash:
            unchanged += 1
            continue
        outcome = program.run(item.payload, **bindings)
        if isinstance(outcome, Dropped):
            dropped += 1
            if before is not None:  # it was kept once: now the source's own rules leave it out
                out.append(_gone(item))
            continue
        if isinstance(outcome, Rejected):
            parked.append(_rejected(item, payload, {k: e.message for k, e in outcome.errors.items()}))
            continue
        try:
            document = rules.validate(outcome.output)
        except RecordError as error:
            parked.append(_rejected(item, payload, dict(error.problems) or {"": error.message}))
            continue
        out.append(
            Normalised(
                external_id=item.external_id,
                key=rules.natural_key(document),
                payload=payload,
                source_hash=source_hash,
                document=document,
                version=item.version,
            )
        )
    counts = Counts(read=len(objects), unchanged=unchanged, dropped=dropped, rejected=len(parked))
    return NormalisedPage(objects=out, parked=parked, counts=counts)


def _gone(item: SourceObject) -> Normalised:
    return Normalised(external_id=item.external_id, key=None, payload=None, source_hash=b"", document=None)


def _rejected(item: SourceObject, payload: bytes, errors: Mapping[str, str]) -> Parked:
    reason = "; ".join(f"{path}: {message}" if path else message for path, message in errors.items())
    return Parked(
        phase="read", key=item.external_id, kind="rejected", reason=reason, errors=dict(errors), payload=payload
    )
