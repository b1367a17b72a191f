"""A page of source objects becomes what the store keeps: mapped, skipped, dropped, parked, withdrawn."""

from __future__ import annotations

from typing import Any

from editor.conductor import entity_rules
from engine.encoding import canonical, digest
from engine.mapping.compile import compile_mapping
from engine.sync.counts import Counts
from engine.sync.ports import Known, Pinned, SourceObject
from engine.sync.read import NormalisedPage, normalise

PROGRAM = compile_mapping(
    {
        "format": 1,
        "mapping": "test/category.in",
        "from": {"stream": "groups"},
        "to": {"entity": "category"},
        "skip_when": "hidden",
        "fields": {"code": "code", "name": {"expr": "name", "required": True}},
    }
)
PINNED = Pinned(mapping="test/category.in", revision=1, hash=PROGRAM.hash)


def page(*payloads: dict[str, Any] | None, known: dict[str, Known] | None = None) -> NormalisedPage:
    objects = [SourceObject(external_id=str(i), payload=payload) for i, payload in enumerate(payloads, 1)]
    return normalise(
        objects, known=known or {}, program=PROGRAM, pinned=PINNED, rules=entity_rules("category"), bindings={}
    )


def seen(payload: Any, mapping_hash: str = PROGRAM.hash) -> Known:
    return Known(source_hash=digest(canonical(payload)), mapping_hash=mapping_hash)


SOFAS = {"code": "SOFAS", "name": "Sofas"}


def test_a_new_object_is_mapped_and_keyed() -> None:
    (made,) = page(SOFAS).objects
    assert (made.key, made.document) == ("SOFAS", SOFAS)
    assert made.payload == canonical(SOFAS)


def test_an_object_as_before_is_skipped() -> None:
    result = page(SOFAS, known={"1": seen(SOFAS)})
    assert (result.objects, result.counts) == ([], Counts(read=1, unchanged=1))


def test_another_mapping_maps_it_again() -> None:
    assert len(page(SOFAS, known={"1": seen(SOFAS, "another")}).objects) == 1


def test_the_order_of_keys_is_no_change() -> None:
    turned = {"name": "Sofas", "code": "SOFAS"}
    assert page(turned, known={"1": seen(SOFAS)}).counts.unchanged == 1


def test_what_the_mapping_leaves_out_is_dropped() -> None:
    result = page({**SOFAS, "hidden": True})
    assert (result.objects, result.counts.dropped) == ([], 1)


def test_what_it_leaves_out_from_now_on_is_withdrawn() -> None:
    (withdrawn,) = page({**SOFAS, "hidden": True}, known={"1": seen(SOFAS)}).objects
    assert withdrawn.document is None


def test_what_is_deleted_there_is_withdrawn() -> None:
    (withdrawn,) = page(None, known={"1": seen(SOFAS)}).objects
    assert withdrawn.document is None


def test_what_was_never_here_cannot_be_deleted() -> None:
    assert page(None).counts == Counts(read=1, unchanged=1)


def test_a_bad_object_is_parked_and_the_others_go_on() -> None:
    result = page({"code": "CHAIRS"}, SOFAS)
    assert [made.key for made in result.objects] == ["SOFAS"]
    (parked,) = result.parked
    assert (parked.phase, parked.key, parked.kind) == ("read", "1", "rejected")
    assert "name" in parked.errors
    assert parked.payload == canonical({"code": "CHAIRS"})


def test_what_does_not_fit_the_entity_is_parked() -> None:
    (parked,) = page({"code": "SOFAS", "name": 5}).parked
    assert "name" in parked.reason


def test_the_counts_agree() -> None:
    result = page(SOFAS, {"code": "CHAIRS"}, {**SOFAS, "hidden": True}, None)
    counts = result.counts
    assert counts.read == len(result.objects) + counts.unchanged + counts.dropped + counts.rejected
