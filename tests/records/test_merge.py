"""Merging contributions."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.records.merge import Authority, Contribution, merge
from engine.records.validate import defaults

CONNECTIONS = ["erp", "shop", "pos", "enrichment", "3pl"]
FIELDS = ["sku", "name", "brand", "slug", "status", "tags", "custom_fields"]
VALUES = st.one_of(st.none(), st.text(max_size=3), st.lists(st.text(max_size=2), max_size=2))
SAID = st.builds(
    lambda connection, source, document: Contribution(connection=connection, source=source, document=document),
    st.sampled_from(CONNECTIONS),
    st.sampled_from(["a/1", "a/2", "b/1"]),
    st.dictionaries(st.sampled_from(FIELDS), VALUES),
)
CONTRIBUTIONS = st.lists(SAID, max_size=6, unique_by=lambda each: (each.connection, each.source))
ORDERS = st.lists(st.sampled_from(CONNECTIONS), unique=True, max_size=4).map(tuple)
AUTHORITY = st.builds(
    lambda connections, fields: Authority(connections=connections, fields=fields),
    ORDERS,
    st.dictionaries(st.sampled_from(FIELDS), ORDERS, max_size=3),
)


@given(CONTRIBUTIONS, AUTHORITY, st.randoms())
def test_the_order_of_arrival_never_matters(said: list[Contribution], authority: Authority, dice: Any) -> None:
    shuffled = list(said)
    dice.shuffle(shuffled)
    one, other = merge("product", said, authority), merge("product", shuffled, authority)
    assert one == other and list(one.document) == list(other.document)


@given(CONTRIBUTIONS, SAID, AUTHORITY)
def test_taking_a_contribution_back_restores(
    said: list[Contribution], more: Contribution, authority: Authority
) -> None:
    """Neither the merge nor what it was given remembers that there once was more."""
    before = merge("product", said, authority)
    merge("product", [*said, more], authority)
    assert merge("product", said, authority) == before
    silent = Contribution(connection=more.connection, source="later/9", document={})
    assert merge("product", [*said, silent], authority) == before


@given(CONTRIBUTIONS, AUTHORITY)
def test_every_field_is_its_owners_word(said: list[Contribution], authority: Authority) -> None:
    merged = merge("product", said, authority)
    for field, value in merged.document.items():
        owner = merged.owners.get(field)
        if owner is None:
            assert value == defaults("product")[field]
            continue
        assert any(each.connection == owner and each.document.get(field, ...) == value for each in said)
        order = authority.fields.get(field, authority.connections)
        saying = {each.connection for each in said if field in each.document}
        named = [name for name in order if name in saying]
        if "enrichment" in saying and "enrichment" not in order:
            assert owner == "enrichment"
        elif named:
            assert owner == named[0]
    assert set(merged.document) == {field for each in said for field in each.document} | set(defaults("product"))


def said(connection: str, **document: Any) -> Contribution:
    return Contribution(connection=connection, source="items/1", document=document)


def test_null_is_something_said_and_absent_is_not() -> None:
    authority = Authority(connections=("erp", "shop"))
    merged = merge("product", [said("erp", sku="A", brand=None), said("shop", sku="A", brand="B", slug="s")], authority)
    assert merged.document["brand"] is None and merged.document["slug"] == "s"
    assert (merged.owners["brand"], merged.owners["slug"]) == ("erp", "shop")


def test_a_field_may_have_its_own_order() -> None:
    authority = Authority(connections=("erp",), fields={"brand": ("shop",)})
    merged = merge("product", [said("erp", name="E", brand="E"), said("shop", name="S", brand="S")], authority)
    assert (merged.document["name"], merged.document["brand"]) == ("E", "S")


def test_what_nobody_says_has_its_default() -> None:
    merged = merge("product", [said("erp", sku="A", status="draft")], Authority())
    assert merged.document == {
        "sku": "A",
        "type": "simple",
        "status": "draft",
        "track_stock": True,
        "items_per_sell_uom": "1",
    }
    assert merged.owners == {"sku": "erp", "status": "erp"}
