"""Mapping sets, drafts, revisions, publications, environments and samples."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.schema import UTC, BigId, Bytes, Json

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "mapping_sets",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("workspace_id", sa.Integer, sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("connection_id", sa.Integer, sa.ForeignKey("connections.id", ondelete="RESTRICT"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.UniqueConstraint("workspace_id", "connection_id"),
        sa.UniqueConstraint("workspace_id", "name"),
    )
    op.create_table(
        "draft_files",
        sa.Column(
            "workspace_id",
            sa.Integer,
            sa.ForeignKey("workspaces.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column(
            "set_id",
            sa.Integer,
            sa.ForeignKey("mapping_sets.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("path", sa.Text, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text),
        sa.Column("saved_by", sa.Text, nullable=False),
        sa.Column("saved_at", UTC, nullable=False),
    )
    op.create_table(
        "draft_saves",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("workspace_id", sa.Integer, sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("set_id", sa.Integer, sa.ForeignKey("mapping_sets.id", ondelete="CASCADE"), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("refused", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text),
        sa.Column("saved_by", sa.Text, nullable=False),
        sa.Column("saved_at", UTC, nullable=False),
    )
    op.create_index(
        "ix_draft_saves_workspace_id_set_id_path_id", "draft_saves", ["workspace_id", "set_id", "path", "id"]
    )
    op.create_table(
        "revision_bodies",
        sa.Column(
            "workspace_id",
            sa.Integer,
            sa.ForeignKey("workspaces.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("hash", sa.LargeBinary, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "revisions",
        sa.Column(
            "workspace_id",
            sa.Integer,
            sa.ForeignKey("workspaces.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column(
            "set_id",
            sa.Integer,
            sa.ForeignKey("mapping_sets.id", ondelete="RESTRICT"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("files", Json, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", UTC, nullable=False),
        sa.UniqueConstraint("workspace_id", "set_id", "hash"),
    )
    op.create_table(
        "publications",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("workspace_id", sa.Integer, sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("set_id", sa.Integer, sa.ForeignKey("mapping_sets.id", ondelete="RESTRICT"), nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", UTC, nullable=False),
    )
    op.create_index(
        "ix_publications_workspace_id_set_id_environment_id",
        "publications",
        ["workspace_id", "set_id", "environment", "id"],
    )
    op.create_table(
        "environments",
        sa.Column(
            "workspace_id",
            sa.Integer,
            sa.ForeignKey("workspaces.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("name", sa.Text, primary_key=True, autoincrement=False),
        sa.Column("settings", Json, nullable=False),
    )
    op.create_table(
        "samples",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("workspace_id", sa.Integer, sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("mapping", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("masked", sa.Boolean, nullable=False),
        sa.Column("payload", Bytes, nullable=False),
        sa.Column("saved_by", sa.Text, nullable=False),
        sa.Column("saved_at", UTC, nullable=False),
        sa.UniqueConstraint("workspace_id", "mapping", "name"),
    )


def downgrade() -> None:
    for table in (
        "samples",
        "environments",
        "publications",
        "revisions",
        "revision_bodies",
        "draft_saves",
        "draft_files",
        "mapping_sets",
    ):
        op.drop_table(table)
