"""Tables: connections with sealed secrets, authority, syncs with their positions, schedules and request budgets."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from engine.store.schema import UTC, Bytes, Json, identifier, metadata, workspace_id

connections = Table(
    "connections",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    workspace_id(),
    Column("name", Text, nullable=False),  # in URLs, commands and mappings
    Column("title", Text, nullable=False),
    Column("connector", Text, nullable=False),
    Column("settings", Json, nullable=False, default=dict),
    Column("secrets", Bytes),  # sealed JSON object (engine/store/seal.py)
    Column("status", Text, nullable=False, default="ready"),  # ready | paused | failing
    Column("problem", Text),  # why it is not ready, in words
    Column("checked_at", UTC),
    Column("created_at", UTC, nullable=False),
    UniqueConstraint("workspace_id", "name"),
)

# Which connection owns which fields of an entity, first wins. No row: see engine/records/merge.py.
authorities = Table(
    "authorities",
    metadata,
    workspace_id(primary_key=True),
    Column("entity", Text, primary_key=True),
    Column("connections", Json, nullable=False),  # names, most trusted first
    Column("fields", Json, nullable=False),  # field → names, where a field has its own order
)

syncs = Table(
    "syncs",
    metadata,
    identifier(),
    workspace_id(),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("source_id", Integer, ForeignKey("connections.id", ondelete="RESTRICT")),
    Column("source_stream", Text),
    Column("destination_id", Integer, ForeignKey("connections.id", ondelete="RESTRICT")),
    Column("destination_stream", Text),
    Column("filter", Text),  # JSONata over the record
    Column("deletions", Text, nullable=False, default="ignore"),  # ignore | unpublish | delete
    Column("settings", Json, nullable=False, default=dict),  # $settings in the mappings
    Column("environment", Text, nullable=False, default="live"),
    Column("enabled", Boolean, nullable=False, default=True),
    Column("position", Integer, nullable=False, default=100),  # order among the syncs of the workspace
    Column("problem", Text),  # why it is paused, in words
    Column("created_at", UTC, nullable=False),
    UniqueConstraint("workspace_id", "name"),
)

# One row per sync that ever ran: who may write, and how far reading and delivering have come.
sync_positions = Table(
    "sync_positions",
    metadata,
    workspace_id(primary_key=True),
    Column("sync", Text, primary_key=True),
    Column("fence", BigInteger, nullable=False, server_default=text("0")),  # latest token; older runs must stop
    Column("run_id", Text),  # the run that took it
    Column("cursor", Json),
    Column("read_mapping", Text),  # hash of the mapping everything up to the cursor was read with
    Column("delivered_to", BigInteger, nullable=False, server_default=text("0")),  # workspace sequence
    Column("delivered_mapping", Text),  # hash of the mapping it was delivered with
    Column("moved_at", UTC),
)

schedules = Table(
    "schedules",
    metadata,
    identifier(),
    workspace_id(),
    Column("sync", Text, nullable=False),
    Column("kind", Text, nullable=False),  # cron | interval | event
    Column("expression", Text, nullable=False),  # cron line, seconds, or event pattern
    Column("timezone", Text, nullable=False, default="UTC"),
    Column("enabled", Boolean, nullable=False, default=True),
    Column("options", Json, nullable=False, default=dict),
    Column("fired_at", UTC),
    Column("created_at", UTC, nullable=False),
    Index(None, "workspace_id", "sync"),
)

# Token buckets of the systems' rate limits, shared between processes.
request_budgets = Table(
    "request_budgets",
    metadata,
    workspace_id(primary_key=True),
    Column("connection_id", Integer, ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True),
    Column("bucket", Text, primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("updated_at", UTC, nullable=False),
    Column("blocked_until", UTC),
)
