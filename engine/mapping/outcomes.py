"""What becomes of a record: mapped, dropped or rejected. Dropped and rejected are results, never exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Any  # dict, list, str, int, float, Decimal, bool or None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """Why one target field could not be made from this record."""

    message: str  # in plain words, for the person who mends the mapping or the record
    code: str  # CODI3xx, see diagnostics.CODES; a language's own code (T2001) stands in the message
    part: str = "expr"  # which text of the rule: expr, each, template, cases[0].when, let.main, skip_when …
    expression: str = ""  # that text; "" where no expression is to blame
    start: int | None = None  # offset into `expression`, in characters
    end: int | None = None  # exclusive
    reads: Mapping[str, Json] = field(default_factory=dict)  # source path → value the rule read; absent paths left out
    lookup: str | None = None  # the table that has no row, where a missing row is the reason
    key: str | None = None  # the value that has no row in it
    hold: bool = False  # True: nothing is wrong with the record, it waits for a row in `lookup`


@dataclass(frozen=True, slots=True)
class Mapped:
    """The record's output, plain JSON values; numbers may be Decimal."""

    output: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Dropped:
    """The mapping says that this record does not travel. Counted, not an error."""

    reason: str  # the text of `skip_when`


@dataclass(frozen=True, slots=True)
class Rejected:
    """At least one field failed; nothing half-made leaves."""

    errors: dict[str, FieldError]  # target field → why, every failing field


Outcome = Mapped | Dropped | Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One source value that a rule looked at."""

    path: str  # "variants.price", "$main.sku", "$links.category"
    value: Json | None  # None where nothing is there, see `found`
    found: bool  # False: the record has nothing at `path`


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPreview:
    """What one rule makes of one payload."""

    state: str  # value | undefined | error
    value: Json | None = None  # with state value
    error: FieldError | None = None  # with state error
    reads: tuple[Read, ...] = ()  # in the order of the rule's text


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A mapping over one payload, field by field, for the editor."""

    outcome: Outcome  # what `run` says
    output: dict[str, Json]  # all fields that could be made, even when others failed
    fields: dict[str, FieldPreview]  # target field → what its rule made
    names: dict[str, FieldPreview]  # $name of `let` → its value
