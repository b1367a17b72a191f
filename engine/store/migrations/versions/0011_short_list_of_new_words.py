"""Postgres: the index of words keeps a shorter list of new entries.

Every search reads all of that list. With the usual four megabytes this took most of the time of a search for rare
words; half a megabyte holds the entries of two pages of records, and imports are as fast.
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX ix_records_words SET (gin_pending_list_limit = 512)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX ix_records_words RESET (gin_pending_list_limit)")
