"""What a sync needs from the outside: a source, a destination and a place to keep things.

`connectors` implement Source and Destination, `engine.store` implements SyncStore. Everything that crosses a port is
frozen data made of JSON values (numbers may be Decimal), so that the pure logic between the ports can be tested alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from engine.errors import ConnectorError

Json = Any  # dict, list, str, int, float, Decimal, bool or None


# ---------------------------------------------------------------- source side


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceObject:
    """One object as a stream gave it."""

    external_id: str  # the system's own id, as text
    payload: Json | None  # what it said; None: the object was deleted there
    version: str | None = None  # RowVersion, etag, SyncToken … where the system has one
    modified_at: datetime | None = None  # by the system's clock, UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a stream."""

    objects: Sequence[SourceObject]
    cursor: Json | None = None  # where the next run may start once this page is stored; None: not safe to move yet
    total: int | None = None  # how many objects the whole reading will give, where the system says so


class Source(Protocol):
    def read(self, stream: str, cursor: Json | None = None, only: Sequence[str] | None = None) -> AsyncIterator[Page]:
        """Pages of `stream` changed since `cursor` (None: everything), or just the objects whose external id or
        natural key is in `only`. Raises ConnectorError."""
        ...


# ---------------------------------------------------------------- destination side


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One record on its way to a destination."""

    key: str  # the record's natural key (sku, code, order number …)
    external_id: str | None  # its id there, where the crosswalk knows it: update; else create
    payload: Json | None  # what the mapping made; None: take it away there
    idempotency_key: str  # the same for every attempt of the same content
    version: str | None = None  # the version we last saw there, for systems with preconditions
    in_doubt: bool = False  # an earlier attempt may have been carried out: look before creating


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of one Write: `error` is None when it arrived."""

    external_id: str | None = None
    version: str | None = None
    links: Sequence[tuple[str, str, str]] = ()  # further (entity, natural key, external id), e.g. a product's variants
    response: Json | None = None  # what the system answered, short
    error: ConnectorError | None = None


class Destination(Protocol):
    async def write(self, stream: str, batch: Sequence[Write]) -> Sequence[Written]:
        """One Written for each Write, in order. A failure of the whole call raises ConnectorError; a failure of one
        record is its Written.error."""
        ...

    def batch_size(self, stream: str) -> int:
        """How many records one write may carry."""
        ...


# ---------------------------------------------------------------- kept state


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPlan:
    """A sync with everything it needs pinned at the start of a run. At least one half is there."""

    workspace: str
    sync: str  # the sync's name, unique in the workspace
    entity: str
    source: str | None = None  # connection name; None: this sync only delivers what is stored
    source_stream: str | None = None
    destination: str | None = None  # connection name; None: this sync only reads
    destination_stream: str | None = None
    filter: str | None = None  # JSONata over the record; false keeps it from the destination
    deletions: str = "ignore"  # ignore | unpublish | delete
    settings: Mapping[str, Json] = field(default_factory=dict)  # $settings in the mappings


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A mapping pinned to the revision a run started with."""

    mapping: str  # connector/entity.direction
    revision: int | None  # None: shipped with CODI and not yet published in this workspace
    hash: str  # of the document and its lookups


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows about one external object before a page is stored."""

    source_hash: bytes  # of the payload as last read
    mapping_hash: str  # of the mapping that made the contribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalised:
    """One object of a page after the `in` mapping, ready to be stored."""

    external_id: str
    key: str | None  # natural key; None only for a deleted object
    payload: bytes | None  # the source payload, encoded once; None: deleted there
    source_hash: bytes
    document: dict[str, Json] | None  # the contribution; None: deleted there
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResult:
    """What storing one page did."""

    changed: int  # records that got a new version
    unchanged: int  # records the contribution did not alter


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A record waiting to be delivered."""

    id: str
    key: str
    sequence: int  # grows with every change in the workspace; delivery goes on after it
    document: dict[str, Json]
    deleted: bool
    external_id: str | None  # at the destination of the sync
    external_version: str | None
    delivered_hash: bytes | None  # of the payload last delivered to it, None: never
    in_doubt: bool  # the last attempt ended without an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A delivery about to be tried."""

    record_id: str
    key: str
    sequence: int  # of the record's change that is delivered
    payload: bytes  # encoded once: stored, hashed and pushed
    payload_hash: bytes
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """A record or delivery that cannot go on by itself: a dead letter."""

    phase: str  # read | deliver
    key: str  # external id while reading, natural key while delivering
    kind: str  # rejected (by our mapping or entity) or a ConnectorError.kind
    reason: str  # in words
    errors: Mapping[str, str]  # target field → message; {} where no field is to blame
    payload: bytes | None  # what was being mapped or sent
    record_id: str | None = None


class SyncStore(Protocol):
    """Kept state, already scoped to the workspace. Each method is one transaction.

    External ids are unique within one stream of a connection, not within the connection: a shop numbers its group
    prices and its customer prices apart. So the crosswalk is keyed by (connection, stream, external id), where the
    stream of a delivered record is the sync's destination stream, and the stream of a Written.links entry is
    `<destination stream>.<entity>`."""

    # fencing: the same sync never runs twice at once (DESIGN §7.1, durable-runs pitfall 2)
    async def take_fence(self, sync: str, run: str) -> int:
        """A token larger than every earlier one for this sync; older holders are fenced from now on."""
        ...

    async def check_fence(self, sync: str, token: int) -> None:
        """Raises FencedError when a later token was taken. Every method below with `token` checks it itself."""
        ...

    # reading
    async def cursor(self, sync: str, pinned: Pinned) -> Json | None:
        """Where to go on reading; None when never read, or read with another mapping (everything is read again)."""
        ...

    async def known(self, connection: str, stream: str, external_ids: Sequence[str]) -> dict[str, Known]: ...

    async def store_page(
        self,
        *,
        plan: SyncPlan,
        token: int,
        run: str,
        pinned: Pinned,
        objects: Sequence[Normalised],
        parked: Sequence[Parked],
        cursor: Json | None,
    ) -> PageResult:
        """Matches by crosswalk, then natural key; merges; stores records, versions, contributions, payloads, links,
        dead letters and the cursor (with the mapping's hash) in one transaction.

        A sync has at most one open dead letter for a phase and key: a new one replaces it, and an object that now
        arrives well closes it. A deleted object withdraws its contribution; a record with none left is `deleted`."""
        ...

    # delivering
    async def delivery_position(self, sync: str, pinned: Pinned) -> int:
        """The sequence up to which everything was delivered with this mapping; 0 when the mapping is another one."""
        ...

    async def to_deliver(
        self, plan: SyncPlan, after: int, limit: int, only: Sequence[str] | None = None
    ) -> list[StoredRecord]:
        """Records of the entity with sequence > after, in order of sequence; with `only`, just these natural keys.
        Records whose last change came from the destination itself are left out (echo, DESIGN §7.5)."""
        ...

    async def links(self, connection: str, wanted: Mapping[str, Sequence[str]]) -> dict[str, dict[str, str]]:
        """entity → natural key → external id at the connection, for the keys asked for."""
        ...

    async def begin_deliveries(
        self, *, plan: SyncPlan, token: int, run: str, pinned: Pinned, deliveries: Sequence[Sending]
    ) -> None:
        """Writes `sending` rows before anything leaves."""
        ...

    async def end_deliveries(
        self,
        *,
        plan: SyncPlan,
        token: int,
        run: str,
        pinned: Pinned,
        outcomes: Sequence[tuple[Sending, Written]],
        parked: Sequence[Parked],
        position: int,
    ) -> None:
        """Stores outcomes, external ids, versions, links and dead letters (closing those of records that arrived),
        and moves the delivery position; a position of 0 or less than the stored one leaves it where it is."""
        ...


# ---------------------------------------------------------------- runs


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run as it is kept and shown."""

    id: str
    sync: str
    status: str  # queued | running | done | failed | cancelled
    phase: str  # "" | read | deliver
    counts: Mapping[str, int]  # engine.sync.counts.Counts as a mapping
    total: int | None  # how many records the phase will see, where known
    dry_run: bool
    trigger: str  # manual | schedule | event | demo …
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    pinned: Mapping[str, str]  # mapping name → hash it ran with
    error: str | None  # in words, for status failed


class RunStore(Protocol):
    """Runs of one workspace."""

    async def queue_run(self, run: str, sync: str, *, trigger: str, dry_run: bool) -> None: ...

    async def start_run(self, run: str, pinned: Sequence[Pinned]) -> None: ...

    async def advance_run(self, run: str, *, phase: str, counts: Mapping[str, int], total: int | None) -> None:
        """Called once per page or batch; what the progress bars show."""
        ...

    async def finish_run(self, run: str, *, status: str, error: str | None = None) -> None: ...

    async def get_run(self, run: str) -> RunRow:
        """Raises NotFoundError."""
        ...

    async def list_runs(self, *, sync: str | None = None, limit: int = 50) -> list[RunRow]: ...
