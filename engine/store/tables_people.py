"""Tables: workspaces, the people in them, their sessions and keys, and the audit log."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from engine.store.schema import UTC, Bytes, Json, identifier, metadata, workspace_id

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False, unique=True),  # in URLs and commands: lower-case letters, digits, dashes
    Column("title", Text, nullable=False),
    Column(
        "settings", Json, nullable=False, default=dict
    ),  # currency, time zone, retention (engine/store/retention.py)
    Column("sequence", BigInteger, nullable=False, server_default=text("0")),  # last number given to a change
    Column("created_at", UTC, nullable=False),
)

users = Table(
    "users",
    metadata,
    identifier(),
    Column("email", Text, nullable=False, unique=True),  # lower case
    Column("name", Text, nullable=False),
    Column("password_hash", Text),  # argon2; none: this person signs in by link only
    Column("totp_secret", Bytes),  # sealed; none: no second factor
    Column("active", Boolean, nullable=False, default=True),
    Column("created_at", UTC, nullable=False),
    Column("signed_in_at", UTC),
)

memberships = Table(
    "memberships",
    metadata,
    workspace_id(primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("role", Text, nullable=False),  # owner | admin | consultant | operator | viewer
    Column("created_at", UTC, nullable=False),
)

# A session belongs to a person, not to a workspace: `current_workspace` is what they look at.
sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Bytes, primary_key=True),  # SHA-256 of the cookie
    Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE"), index=True),
    Column("current_workspace", Integer),
    Column("data", Bytes, nullable=False),
    Column("created_at", UTC, nullable=False),
    Column("seen_at", UTC, nullable=False),
    Column("expires_at", UTC, nullable=False, index=True),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("token_hash", Bytes, primary_key=True),  # SHA-256 of the token in the link
    Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", UTC, nullable=False),
    Column("used_at", UTC),
)

api_keys = Table(
    "api_keys",
    metadata,
    identifier(),
    workspace_id(),
    Column("name", Text, nullable=False),
    Column("start", Text, nullable=False),  # first characters, for people to tell keys apart
    Column("key_hash", Bytes, nullable=False, unique=True),  # SHA-256: keys are long and random
    Column("scopes", Json, nullable=False),  # list of words such as records:read
    Column("created_by", Text),
    Column("created_at", UTC, nullable=False),
    Column("expires_at", UTC),
    Column("used_at", UTC),
    Column("revoked_at", UTC),
    Index(None, "workspace_id"),
)

# Answers given to requests with an Idempotency-Key, so that a repeated request gets the same answer.
api_answers = Table(
    "api_answers",
    metadata,
    workspace_id(primary_key=True),
    Column("key", Text, primary_key=True),  # API key id and Idempotency-Key
    Column("request_hash", Bytes, nullable=False),
    Column("status", Integer),  # none: still being worked on
    Column("body", Bytes),
    Column("at", UTC, nullable=False, index=True),
)

# Append-only: triggers refuse changes. Each entry's hash covers the one before it.
audit_log = Table(
    "audit_log",
    metadata,
    workspace_id(primary_key=True, hot=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UTC, nullable=False),
    Column("who", Text, nullable=False),  # e-mail, `key:NAME` or `codi`
    Column("action", Text, nullable=False),  # such as mapping.published
    Column("subject", Text, nullable=False),  # what it was done to
    Column("detail", Json, nullable=False),
    Column("previous_hash", Bytes, nullable=False),
    Column("hash", Bytes, nullable=False),
    UniqueConstraint("workspace_id", "hash"),
)
