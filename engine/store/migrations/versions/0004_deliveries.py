"""Deliveries and dead letters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.schema import UTC, BigId, Bytes, Json

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", BigId, primary_key=True, autoincrement=False),
        sa.Column("workspace_id", sa.Integer, nullable=False),
        sa.Column("connection_id", sa.Integer, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("record_id", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("sync", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("mapping", sa.Text, nullable=False),
        sa.Column("mapping_hash", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer),
        sa.Column("idempotency_key", sa.Text, nullable=False),
        sa.Column("payload_hash", Bytes, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("response", Json),
        sa.Column("at", UTC, nullable=False),
        sa.Column("ended_at", UTC),
        sa.Column("payload_id", sa.BigInteger),
    )
    op.create_index(
        "ix_deliveries_in_doubt",
        "deliveries",
        ["workspace_id", "connection_id", "stream", "record_id"],
        sqlite_where=sa.text("status in ('sending', 'in_doubt')"),
        postgresql_where=sa.text("status in ('sending', 'in_doubt')"),
    )
    op.create_index(
        "ix_deliveries_workspace_id_connection_id_record_id",
        "deliveries",
        ["workspace_id", "connection_id", "record_id"],
    )
    op.create_index("ix_deliveries_workspace_id_run_id", "deliveries", ["workspace_id", "run_id"])
    op.create_index("ix_deliveries_workspace_id_at", "deliveries", ["workspace_id", "at"])
    op.create_table(
        "last_deliveries",
        sa.Column("workspace_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("connection_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("stream", sa.Text, primary_key=True, autoincrement=False),
        sa.Column("record_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("delivery_id", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("payload_hash", Bytes, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dead_letters",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("workspace_id", sa.Integer, sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("sync", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("record_id", sa.BigInteger),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("errors", Json, nullable=False),
        sa.Column("mapping", sa.Text, nullable=False),
        sa.Column("mapping_hash", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("first_at", UTC, nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("ended_at", UTC),
        sa.Column("payload_id", sa.BigInteger),
    )
    op.create_index("ix_dead_letters_workspace_id_status_at", "dead_letters", ["workspace_id", "status", "at"])
    op.create_index("uq_dead_letters_place", "dead_letters", ["workspace_id", "sync", "phase", "key"], unique=True)


def downgrade() -> None:
    for table in (
        "dead_letters",
        "last_deliveries",
        "deliveries",
    ):
        op.drop_table(table)
