"""How contributions become a record: each field from the connection that has authority over it. Pure.

A contribution says only the fields it has; null is something said, absent is not. A field is taken whole (the list of
variants comes from one connection). The order in which contributions arrive never matters, and without a contribution
the record is what it would have been had that one never come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from engine.records.entities import entity as entity_named
from engine.records.entity import Document
from engine.records.validate import defaults

ENRICHMENT = "enrichment"  # the connection that stands for what people keep in CODI


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who is believed. Connections that are not named come after those that are, in order of their names;
    the enrichment, where it is not named, comes first: people enter there what they want to hold."""

    connections: tuple[str, ...] = ()  # for all fields, most trusted first
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # field → its own order


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one connection says about a record."""

    connection: str
    source: str  # stream and external id: orders several contributions of one connection
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The record, and which connection each field came from. Defaults of the entity belong to nobody."""

    document: Document
    owners: Mapping[str, str]


def merge(entity: str, contributions: Iterable[Contribution], authority: Authority) -> Merged:
    """The record that the contributions make together; fields in the entity's own order."""
    ranked = sorted(contributions, key=lambda each: _rank(each, authority.connections))
    chosen: dict[str, Contribution] = {}
    for each in reversed(ranked):  # the most trusted last, over all others
        chosen.update(dict.fromkeys(each.document, each))
    for name, order in authority.fields.items():
        saying = [each for each in ranked if name in each.document]
        if saying:
            chosen[name] = min(saying, key=lambda each: _rank(each, order))
    known = defaults(entity)
    document = {}
    for name in field_order(entity):
        if name in chosen:
            document[name] = chosen[name].document[name]
        elif name in known:
            document[name] = known[name]
    return Merged(document=document, owners={name: chosen[name].connection for name in document if name in chosen})


@cache
def field_order(entity: str) -> tuple[str, ...]:
    """The names of the entity's fields, custom fields last."""
    names = [name for name in entity_named(entity).model_fields if name != "custom_fields"]
    return (*names, "custom_fields")


def _rank(contribution: Contribution, order: tuple[str, ...]) -> tuple[int, str, str]:
    name = contribution.connection
    if name in order:
        place = order.index(name)
    else:
        place = -1 if name == ENRICHMENT else len(order)
    return place, name, contribution.source
