"""What is known about a page while it is being stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.records.merge import Authority
from engine.store.schema import now
from engine.sync.ports import Normalised, Pinned


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a page came from."""

    connection_id: int
    connection: str
    stream: str
    entity: str
    run: str | None
    pinned: Pinned
    authority: Authority
    names: Mapping[int, str]  # connection id → name, for all of the workspace


@dataclass(slots=True, kw_only=True)
class Touched:
    """A record that the page says something about."""

    id: int
    key: str  # as the page has it
    row: Any | None  # as stored before; None: new
    objects: list[Normalised] = field(default_factory=list)  # of this page
    left: bool = False  # an object of this page used to speak of this record and now speaks of another
    changed: dict[str, Any] | None = None  # of its new row; without a document it is deleted; None: nothing changed


@dataclass(slots=True, kw_only=True)
class PageState:
    """A page from match to write."""

    origin: Origin
    objects: Sequence[Normalised]  # each external id once
    at: dt.datetime = field(default_factory=now)
    next_number: int = 0  # see engine/store/ids.py
    known: dict[str, Any] = field(default_factory=dict)  # external id → its contribution as stored
    linked: dict[str, Any] = field(default_factory=dict)  # external id → its crosswalk row
    touched: dict[int, Touched] = field(default_factory=dict)  # record id → what happens to it
    record_of: dict[str, int] = field(default_factory=dict)  # external id → record id
    payload_ids: dict[str, int] = field(default_factory=dict)  # external id → its payload

    def number(self) -> int:
        """The next of the numbers taken for this page."""
        number = self.next_number
        self.next_number += 1
        return number

    def touch(self, record_id: int, key: str, row: Any | None) -> Touched:
        touched = self.touched.get(record_id)
        if touched is None:
            touched = self.touched[record_id] = Touched(id=record_id, key=key, row=row)
        return touched
