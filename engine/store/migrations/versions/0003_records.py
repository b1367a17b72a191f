"""Records, versions, contributions, payloads and the crosswalk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.schema import UTC, BigId, Bytes, Json

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "records",
        sa.Column("id", BigId, primary_key=True, autoincrement=False),
        sa.Column("workspace_id", sa.Integer, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("hash", Bytes, nullable=False),
        sa.Column("deleted", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("origin_id", sa.Integer),
        sa.Column("other_sequence", sa.BigInteger, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("changed_at", UTC, nullable=False),
        sa.Column("run_id", sa.Text),
        sa.Column("payload_id", sa.BigInteger),
        sa.Column("search", sa.Text, nullable=False),
        sa.Column("owners", Json),
        sa.Column("document", Bytes, nullable=False),
        sa.UniqueConstraint("workspace_id", "entity", "folded"),
    )
    op.create_index("ix_records_workspace_id_entity_sequence", "records", ["workspace_id", "entity", "sequence"])
    op.create_table(
        "versions",
        sa.Column("workspace_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("record_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", Bytes, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("origin_id", sa.Integer),
        sa.Column("changed_at", UTC, nullable=False),
        sa.Column("run_id", sa.Text),
        sa.Column("payload_id", sa.BigInteger),
        sa.Column("owners", Json),
        sa.Column("document", Bytes),
    )
    op.create_table(
        "contributions",
        sa.Column("id", BigId, primary_key=True, autoincrement=False),
        sa.Column("workspace_id", sa.Integer, nullable=False),
        sa.Column("connection_id", sa.Integer, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("record_id", sa.BigInteger, nullable=False),
        sa.Column("source_hash", Bytes, nullable=False),
        sa.Column("mapping_hash", sa.Text, nullable=False),
        sa.Column("mapping", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer),
        sa.Column("version", sa.Text),
        sa.Column("payload_id", sa.BigInteger),
        sa.Column("changed_at", UTC, nullable=False),
        sa.Column("erased", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("document", Bytes),
        sa.UniqueConstraint("workspace_id", "connection_id", "stream", "external_id"),
    )
    op.create_index("ix_contributions_workspace_id_record_id", "contributions", ["workspace_id", "record_id"])
    op.create_table(
        "payload_blocks",
        sa.Column("id", BigId, primary_key=True, autoincrement=False),
        sa.Column("workspace_id", sa.Integer, nullable=False),
        sa.Column("connection_id", sa.Integer, nullable=False),
        sa.Column("run_id", sa.Text),
        sa.Column("at", UTC, nullable=False),
        sa.Column("body", Bytes, nullable=False),
    )
    op.create_index("ix_payload_blocks_workspace_id_at", "payload_blocks", ["workspace_id", "at"])
    op.create_table(
        "crosswalk",
        sa.Column("workspace_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("connection_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("stream", sa.Text, primary_key=True, autoincrement=False),
        sa.Column("external_id", sa.Text, primary_key=True, autoincrement=False),
        sa.Column("record_id", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_crosswalk_workspace_id_connection_id_record_id",
        "crosswalk",
        ["workspace_id", "connection_id", "record_id"],
    )
    op.create_table(
        "links",
        sa.Column("workspace_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("connection_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("entity", sa.Text, primary_key=True, autoincrement=False),
        sa.Column("folded", sa.Text, primary_key=True, autoincrement=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in (
        "links",
        "crosswalk",
        "payload_blocks",
        "contributions",
        "versions",
        "records",
    ):
        op.drop_table(table)
