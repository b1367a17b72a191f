"""Tables: records, their earlier versions, what each connection said about them, and the crosswalk.

The hot path of every sync. Ids of records are workspace number × 2³⁶ + a number counted in the workspace, so that they
are unique everywhere and those of one workspace lie together (SQLite's rowid order, which the full-text index shares).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint, false

from engine.store.schema import UTC, BigId, Bytes, Json, metadata, workspace_id

records = Table(
    "records",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    workspace_id(hot=True),
    Column("entity", Text, nullable=False),
    Column("key", Text, nullable=False),  # natural key as written
    Column("folded", Text, nullable=False),  # natural key as matched: case does not count
    Column("sequence", BigInteger, nullable=False),  # of its last change in the workspace
    Column("hash", Bytes, nullable=False),  # SHA-256 of the document
    Column("deleted", Boolean, nullable=False, server_default=false()),  # a tombstone
    Column("origin_id", Integer),  # connection whose contribution made the last change
    Column("other_sequence", BigInteger, nullable=False),  # last change that was not made by `origin_id`; 0: none
    Column("created_at", UTC, nullable=False),
    Column("changed_at", UTC, nullable=False),
    Column("run_id", Text),  # run that made the last change
    Column("payload_id", BigInteger),  # source payload behind the last change
    Column("search", Text, nullable=False),  # words people find it by
    Column("owners", Json),  # field → connection; none: one connection said everything
    Column("document", Bytes, nullable=False),  # JSON
    UniqueConstraint("workspace_id", "entity", "folded"),
    Index(None, "workspace_id", "entity", "sequence"),
)

# Versions before the current one, copied here when a record changes.
versions = Table(
    "versions",
    metadata,
    workspace_id(primary_key=True, hot=True),
    Column("record_id", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", Bytes, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("origin_id", Integer),
    Column("changed_at", UTC, nullable=False),
    Column("run_id", Text),
    Column("payload_id", BigInteger),
    Column("owners", Json),
    Column("document", Bytes),  # JSON; none: past its retention
)

# What a connection says about a record. `source_hash` and `mapping_hash` let an unchanged object be passed over.
contributions = Table(
    "contributions",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    workspace_id(hot=True),
    Column("connection_id", Integer, nullable=False),
    Column("stream", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("record_id", BigInteger, nullable=False),
    Column("source_hash", Bytes, nullable=False),
    Column("mapping_hash", Text, nullable=False),
    Column("mapping", Text, nullable=False),
    Column("revision", Integer),
    Column("version", Text),  # the system's own version of the object
    Column("payload_id", BigInteger),
    Column("changed_at", UTC, nullable=False),
    Column("erased", Boolean, nullable=False, server_default=false()),  # passed over until the source changes it
    Column("document", Bytes),  # JSON; none: the object was deleted there
    UniqueConstraint("workspace_id", "connection_id", "stream", "external_id"),
    Index(None, "workspace_id", "record_id"),
)

# Source payloads, sixty-four to a block, compressed together. The id of a payload is block id × 64 + its place.
payload_blocks = Table(
    "payload_blocks",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    workspace_id(hot=True),
    Column("connection_id", Integer, nullable=False),
    Column("run_id", Text),
    Column("at", UTC, nullable=False),
    Column("body", Bytes, nullable=False),
    Index(None, "workspace_id", "at"),
)

# External ids are unique within a stream of a connection. The stream of a delivered record is where it was delivered.
crosswalk = Table(
    "crosswalk",
    metadata,
    workspace_id(primary_key=True, hot=True),
    Column("connection_id", Integer, primary_key=True, autoincrement=False),
    Column("stream", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("record_id", BigInteger, nullable=False),
    Column("version", Text),  # the system's version after our last write or read
    Index(None, "workspace_id", "connection_id", "record_id"),
    sqlite_with_rowid=False,
)

# Names that are linked although they are no records of their own, such as the variants of a product.
links = Table(
    "links",
    metadata,
    workspace_id(primary_key=True, hot=True),
    Column("connection_id", Integer, primary_key=True, autoincrement=False),
    Column("entity", Text, primary_key=True),
    Column("folded", Text, primary_key=True),  # natural key as matched
    Column("external_id", Text, nullable=False),
    sqlite_with_rowid=False,
)
