"""Stored records become writes: translated, compared with the last delivery, withheld, refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from editor.conductor import entity_rules
from engine.encoding import canonical, digest
from engine.errors import RejectedError
from engine.expressions.compile import compile_expression
from engine.mapping.compile import compile_mapping
from engine.sync.deliver import Translated, settle, translate, wanted_links
from engine.sync.ports import StoredRecord, SyncPlan, Written

PROGRAM = compile_mapping(
    {
        "format": 1,
        "mapping": "test/category.out",
        "from": {"entity": "category"},
        "to": {"stream": "groups"},
        "skip_when": "active = false",
        "fields": {
            "code": "code",
            "title": {"expr": "name", "required": True},
            "parent_id": {"expr": "$lookup($links.category, parent)", "omit_empty": True},
        },
    }
)
PLAN = SyncPlan(
    workspace="1", sync="groups", entity="category", destination="shop", destination_stream="groups", deletions="delete"
)
SOFAS = StoredRecord(
    id="7",
    key="SOFAS",
    sequence=41,
    document={"code": "SOFAS", "name": "Sofas", "parent": "LIVING"},
    deleted=False,
    external_id=None,
    external_version=None,
    delivered_hash=None,
    in_doubt=False,
)
PAYLOAD = {"code": "SOFAS", "title": "Sofas", "parent_id": "12"}


def out(record: StoredRecord, *, plan: SyncPlan = PLAN, keep: str | None = None) -> Translated:
    return translate(
        [record],
        plan=plan,
        program=PROGRAM,
        keep=compile_expression(keep) if keep else None,
        links={"category": {"LIVING": "12"}},
        bindings={},
    )


def test_a_record_is_translated_with_its_links() -> None:
    (write,) = out(SOFAS).writes
    assert (write.key, write.external_id, write.payload) == ("SOFAS", None, PAYLOAD)


def test_links_are_asked_for_by_what_records_name() -> None:
    assert wanted_links([SOFAS, SOFAS], entity_rules("category")) == {"category": ["LIVING"]}


def test_the_payload_last_delivered_is_not_pushed_again() -> None:
    result = out(replace(SOFAS, delivered_hash=digest(canonical(PAYLOAD))))
    assert (result.writes, result.counts.same) == ([], 1)


def test_a_delivery_in_doubt_is_pushed_again() -> None:
    (write,) = out(replace(SOFAS, delivered_hash=digest(canonical(PAYLOAD)), in_doubt=True)).writes
    assert write.in_doubt


def test_every_attempt_of_a_change_has_one_key_and_the_next_change_another() -> None:
    first = out(SOFAS).writes[0].idempotency_key
    assert out(replace(SOFAS, in_doubt=True)).writes[0].idempotency_key == first
    assert out(replace(SOFAS, sequence=42)).writes[0].idempotency_key != first


def test_the_filter_and_the_mapping_withhold() -> None:
    assert out(SOFAS, keep="code = 'CHAIRS'").counts.withheld == 1
    assert out(replace(SOFAS, document={**SOFAS.document, "active": False})).counts.withheld == 1
    assert out(SOFAS, keep="code = 'SOFAS'").counts.withheld == 0
    assert out(SOFAS, keep="name").counts.withheld == 0, "what is filled counts as true, as in conditions"
    assert out(SOFAS, keep="nothing").counts.withheld == 1


def test_a_filter_that_fails_refuses_the_record() -> None:
    (parked,) = out(SOFAS, keep="name + 1 = 2").parked
    assert "filter" in parked.reason


def test_a_record_the_mapping_cannot_make_is_parked() -> None:
    (parked,) = out(replace(SOFAS, document={"code": "SOFAS"})).parked
    assert (parked.phase, parked.record_id, list(parked.errors)) == ("deliver", "7", ["title"])


def test_a_deletion_follows_the_policy() -> None:
    gone = replace(SOFAS, deleted=True, external_id="31")
    (write,) = out(gone).writes
    assert (write.external_id, write.payload) == ("31", None)
    assert out(gone, plan=replace(PLAN, deletions="ignore")).counts.withheld == 1
    assert out(replace(gone, external_id=None)).counts.withheld == 1


def test_what_the_destination_refuses_is_parked_with_its_words() -> None:
    sendings: Any = out(SOFAS).sendings
    parked, counts = settle(sendings, [Written(error=RejectedError("is taken", field="code"))])
    assert (parked[0].kind, parked[0].errors, counts.refused, counts.delivered) == (
        "record",
        {"code": "is taken"},
        1,
        0,
    )
