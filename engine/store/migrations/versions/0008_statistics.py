"""Statistics for SQLite's planner: how many rows there are to each value of an index in a workspace worth a plan.

Without them SQLite takes ten rows to belong to a workspace, and looks up a thousand records by id by reading all of the
workspace's. Measured statistics would follow whatever the first import was; these keep every plan the same. Postgres is
told to measure (engine/store/ids.py).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# (table, index, rows, then rows to each value of the first column, the first two …)
STATISTICS = (
    ("records", "sqlite_autoindex_records_1", "1000000 1000000 200000 1"),
    ("records", "ix_records_workspace_id_entity_sequence", "1000000 1000000 200000 1"),
    ("versions", "sqlite_autoindex_versions_1", "1000000 1000000 3 1"),
    ("contributions", "sqlite_autoindex_contributions_1", "1000000 1000000 500000 200000 1"),
    ("contributions", "ix_contributions_workspace_id_record_id", "1000000 1000000 2"),
    ("payload_blocks", "ix_payload_blocks_workspace_id_at", "100000 100000 16"),
    ("crosswalk", "crosswalk", "1000000 1000000 500000 200000 1"),
    ("crosswalk", "ix_crosswalk_workspace_id_connection_id_record_id", "1000000 1000000 500000 1"),
    ("links", "links", "1000000 1000000 500000 200000 1"),
    ("deliveries", "ix_deliveries_workspace_id_connection_id_record_id", "1000000 1000000 500000 3"),
    ("deliveries", "ix_deliveries_workspace_id_run_id", "1000000 1000000 1000"),
    ("deliveries", "ix_deliveries_workspace_id_at", "1000000 1000000 500"),
    ("deliveries", "ix_deliveries_in_doubt", "100 100 50 20 1"),
    ("last_deliveries", "last_deliveries", "1000000 1000000 500000 200000 1"),
    ("dead_letters", "uq_dead_letters_place", "10000 10000 1000 500 1"),
    ("dead_letters", "ix_dead_letters_workspace_id_status_at", "10000 10000 5000 1"),
)
_INSERT = sa.text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :index, :stat)")


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute("ANALYZE sqlite_schema")  # makes the table of statistics
    op.execute("DELETE FROM sqlite_stat1")
    for table, index, stat in STATISTICS:
        op.get_bind().execute(_INSERT, {"table": table, "index": index, "stat": stat})
    op.execute("ANALYZE sqlite_schema")  # has them read


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DELETE FROM sqlite_stat1")
