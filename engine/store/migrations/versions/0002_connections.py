"""Connections, authority, syncs, schedules and request budgets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.schema import UTC, BigId, Bytes, Json

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "connections",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("workspace_id", sa.Integer, sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("connector", sa.Text, nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("secrets", Bytes),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("checked_at", UTC),
        sa.Column("created_at", UTC, nullable=False),
        sa.UniqueConstraint("workspace_id", "name"),
    )
    op.create_table(
        "authorities",
        sa.Column(
            "workspace_id",
            sa.Integer,
            sa.ForeignKey("workspaces.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("entity", sa.Text, primary_key=True, autoincrement=False),
        sa.Column("connections", Json, nullable=False),
        sa.Column("fields", Json, nullable=False),
    )
    op.create_table(
        "syncs",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("workspace_id", sa.Integer, sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("source_id", sa.Integer, sa.ForeignKey("connections.id", ondelete="RESTRICT")),
        sa.Column("source_stream", sa.Text),
        sa.Column("destination_id", sa.Integer, sa.ForeignKey("connections.id", ondelete="RESTRICT")),
        sa.Column("destination_stream", sa.Text),
        sa.Column("filter", sa.Text),
        sa.Column("deletions", sa.Text, nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("created_at", UTC, nullable=False),
        sa.UniqueConstraint("workspace_id", "name"),
    )
    op.create_table(
        "sync_positions",
        sa.Column(
            "workspace_id",
            sa.Integer,
            sa.ForeignKey("workspaces.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("sync", sa.Text, primary_key=True, autoincrement=False),
        sa.Column("fence", sa.BigInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("run_id", sa.Text),
        sa.Column("cursor", Json),
        sa.Column("read_mapping", sa.Text),
        sa.Column("delivered_to", sa.BigInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("delivered_mapping", sa.Text),
        sa.Column("moved_at", UTC),
    )
    op.create_table(
        "schedules",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("workspace_id", sa.Integer, sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("sync", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("expression", sa.Text, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("options", Json, nullable=False),
        sa.Column("fired_at", UTC),
        sa.Column("created_at", UTC, nullable=False),
    )
    op.create_index("ix_schedules_workspace_id_sync", "schedules", ["workspace_id", "sync"])
    op.create_table(
        "request_budgets",
        sa.Column(
            "workspace_id",
            sa.Integer,
            sa.ForeignKey("workspaces.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column(
            "connection_id",
            sa.Integer,
            sa.ForeignKey("connections.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("bucket", sa.Text, primary_key=True, autoincrement=False),
        sa.Column("tokens", sa.Float, nullable=False),
        sa.Column("updated_at", UTC, nullable=False),
        sa.Column("blocked_until", UTC),
    )


def downgrade() -> None:
    for table in (
        "request_budgets",
        "schedules",
        "sync_positions",
        "syncs",
        "authorities",
        "connections",
    ):
        op.drop_table(table)
