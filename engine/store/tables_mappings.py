"""Tables: mapping sets, drafts, revisions, publications, environments and samples.

A mapping set is a set of files: mappings, lookups and golden tests, each a path and its text exactly as written.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from engine.store.schema import UTC, Bytes, Json, identifier, metadata, workspace_id

mapping_sets = Table(
    "mapping_sets",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    workspace_id(),
    Column("connection_id", Integer, ForeignKey("connections.id", ondelete="RESTRICT"), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", UTC, nullable=False),
    UniqueConstraint("workspace_id", "name"),
    UniqueConstraint("workspace_id", "connection_id"),
)

# The files of a draft as they are now. `version` is what an editor must have seen to save.
draft_files = Table(
    "draft_files",
    metadata,
    workspace_id(primary_key=True),
    Column("set_id", Integer, ForeignKey("mapping_sets.id", ondelete="CASCADE"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", Text),  # none: taken out of the draft
    Column("saved_by", Text, nullable=False),
    Column("saved_at", UTC, nullable=False),
)

# Every save, also those refused because somebody else had saved meanwhile: nothing is lost.
draft_saves = Table(
    "draft_saves",
    metadata,
    identifier(),
    workspace_id(),
    Column("set_id", Integer, ForeignKey("mapping_sets.id", ondelete="CASCADE"), nullable=False),
    Column("path", Text, nullable=False),
    Column("version", Integer, nullable=False),  # the version it became, or the one it was made from when refused
    Column("refused", Boolean, nullable=False),
    Column("body", Text),
    Column("saved_by", Text, nullable=False),
    Column("saved_at", UTC, nullable=False),
    Index(None, "workspace_id", "set_id", "path", "id"),
)

# Immutable (triggers): the text of every file of every revision, once.
revision_bodies = Table(
    "revision_bodies",
    metadata,
    workspace_id(primary_key=True),
    Column("hash", LargeBinary, primary_key=True),  # SHA-256 of the UTF-8 text
    Column("body", Text, nullable=False),
)

# Immutable (triggers).
revisions = Table(
    "revisions",
    metadata,
    workspace_id(primary_key=True),
    Column("set_id", Integer, ForeignKey("mapping_sets.id", ondelete="RESTRICT"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),  # SHA-256 over paths and hashes of the files
    Column("files", Json, nullable=False),  # path → hash, hexadecimal
    Column("made_by", Text, nullable=False),
    Column("made_at", UTC, nullable=False),
    UniqueConstraint("workspace_id", "set_id", "hash"),
)

# Immutable (triggers): history only grows. The newest of an environment is what runs.
publications = Table(
    "publications",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    workspace_id(),
    Column("set_id", Integer, ForeignKey("mapping_sets.id", ondelete="RESTRICT"), nullable=False),
    Column("environment", Text, nullable=False),  # test | live
    Column("revision", Integer, nullable=False),
    Column("action", Text, nullable=False),  # publish | rollback
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UTC, nullable=False),
    Index(None, "workspace_id", "set_id", "environment", "id"),
)

environments = Table(
    "environments",
    metadata,
    workspace_id(primary_key=True),
    Column("name", Text, primary_key=True),
    Column("settings", Json, nullable=False, default=dict),  # thresholds of the publish gate
)

samples = Table(
    "samples",
    metadata,
    identifier(),
    workspace_id(),
    Column("mapping", Text, nullable=False),  # connector/entity.direction
    Column("name", Text, nullable=False),
    Column("origin", Text, nullable=False),  # where it came from, in words
    Column("masked", Boolean, nullable=False),
    Column("payload", Bytes, nullable=False),  # JSON
    Column("saved_by", Text, nullable=False),
    Column("saved_at", UTC, nullable=False),
    UniqueConstraint("workspace_id", "mapping", "name"),
)
