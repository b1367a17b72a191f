"""Tables: runs and what they wrote down."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text

from engine.store.schema import UTC, Json, identifier, metadata, workspace_id

runs = Table(
    "runs",
    metadata,
    workspace_id(primary_key=True),
    Column("id", Text, primary_key=True),
    Column("sync", Text, nullable=False),
    Column("trigger", Text, nullable=False),  # manual | schedule | event | replay | demo
    Column("asked_by", Text),  # who asked for it
    Column("status", Text, nullable=False),  # queued | running | done | failed | cancelled
    Column("phase", Text, nullable=False, default=""),  # read | deliver
    Column("counts", Json, nullable=False, default=dict),  # read, changed, unchanged, delivered, dropped, rejected …
    Column("total", BigInteger),  # objects the source expects, where it says so
    Column("pinned", Json, nullable=False, default=dict),  # mapping → hash it ran with
    Column("options", Json, nullable=False, default=dict),  # full, only, dry run
    Column("dry_run", Boolean, nullable=False, default=False),
    Column("error", Text),
    Column("queued_at", UTC, nullable=False),
    Column("started_at", UTC),
    Column("finished_at", UTC),
    Index(None, "workspace_id", "queued_at"),
    Index(None, "workspace_id", "sync", "queued_at"),
)

run_log = Table(
    "run_log",
    metadata,
    identifier(),
    workspace_id(),
    Column("run_id", Text, nullable=False),
    Column("at", UTC, nullable=False),
    Column("level", Text, nullable=False),  # info | warning | error
    Column("message", Text, nullable=False),
    Column("detail", Json),
    Index(None, "workspace_id", "run_id", "id"),
)
