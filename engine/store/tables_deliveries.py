"""Tables: deliveries and dead letters."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, text

from engine.store.schema import UTC, BigId, Bytes, Json, identifier, metadata, workspace_id

# Every payload that was about to leave, and what became of it.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    workspace_id(hot=True),
    Column("connection_id", Integer, nullable=False),
    Column("stream", Text, nullable=False),
    Column("record_id", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),  # the record's change that is delivered
    Column("sync", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("mapping", Text, nullable=False),
    Column("mapping_hash", Text, nullable=False),
    Column("revision", Integer),
    Column("idempotency_key", Text, nullable=False),
    Column("payload_hash", Bytes, nullable=False),
    Column("status", Text, nullable=False),  # sending | delivered | failed | in_doubt | superseded
    Column("external_id", Text),
    Column("error", Text),  # kind and reason of what went wrong
    Column("response", Json),
    Column("at", UTC, nullable=False),
    Column("ended_at", UTC),
    Column("payload_id", BigInteger),  # JSON that was sent, in payload_blocks
    Index(None, "workspace_id", "connection_id", "record_id"),
    Index(None, "workspace_id", "run_id"),
    # An attempt without an answer: few rows, asked for before every delivery.
    Index(
        "ix_deliveries_in_doubt",
        "workspace_id",
        "connection_id",
        "stream",
        "record_id",
        sqlite_where=text("status in ('sending', 'in_doubt')"),
        postgresql_where=text("status in ('sending', 'in_doubt')"),
    ),
    Index(None, "workspace_id", "at"),
)

# What a destination has now, as far as we know.
last_deliveries = Table(
    "last_deliveries",
    metadata,
    workspace_id(primary_key=True, hot=True),
    Column("connection_id", Integer, primary_key=True, autoincrement=False),
    Column("stream", Text, primary_key=True),
    Column("record_id", BigInteger, primary_key=True, autoincrement=False),
    Column("delivery_id", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),  # the record's change it has
    Column("payload_hash", Bytes, nullable=False),
    sqlite_with_rowid=False,
)

dead_letters = Table(
    "dead_letters",
    metadata,
    identifier(),
    workspace_id(),
    Column("sync", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("phase", Text, nullable=False),  # read | deliver
    Column("entity", Text, nullable=False),
    Column("key", Text, nullable=False),  # external id while reading, natural key while delivering
    Column("record_id", BigInteger),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("errors", Json, nullable=False),  # target field → message
    Column("mapping", Text, nullable=False),
    Column("mapping_hash", Text, nullable=False),
    Column("revision", Integer),
    Column("status", Text, nullable=False),  # open | resolved | dismissed
    Column("attempts", Integer, nullable=False),
    Column("first_at", UTC, nullable=False),
    Column("at", UTC, nullable=False),
    Column("ended_at", UTC),
    Column("payload_id", BigInteger),  # what was being mapped or sent, in payload_blocks
    Index("uq_dead_letters_place", "workspace_id", "sync", "phase", "key", unique=True),
    Index(None, "workspace_id", "status", "at"),
)
