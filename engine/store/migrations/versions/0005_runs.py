"""Runs and their log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.schema import UTC, BigId, Json

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column(
            "workspace_id",
            sa.Integer,
            sa.ForeignKey("workspaces.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("id", sa.Text, primary_key=True, autoincrement=False),
        sa.Column("sync", sa.Text, nullable=False),
        sa.Column("trigger", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("counts", Json, nullable=False),
        sa.Column("total", sa.BigInteger),
        sa.Column("pinned", Json, nullable=False),
        sa.Column("options", Json, nullable=False),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("queued_at", UTC, nullable=False),
        sa.Column("started_at", UTC),
        sa.Column("finished_at", UTC),
    )
    op.create_index("ix_runs_workspace_id_queued_at", "runs", ["workspace_id", "queued_at"])
    op.create_index("ix_runs_workspace_id_sync_queued_at", "runs", ["workspace_id", "sync", "queued_at"])
    op.create_table(
        "run_log",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("workspace_id", sa.Integer, sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("detail", Json),
    )
    op.create_index("ix_run_log_workspace_id_run_id_id", "run_log", ["workspace_id", "run_id", "id"])


def downgrade() -> None:
    for table in (
        "run_log",
        "runs",
    ):
        op.drop_table(table)
