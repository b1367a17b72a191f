"""SQLite: new records go into the index of words a page at a time (engine/store/page_write.py), not by a trigger.

With the trigger each record was a statement of its own to the index, which writes its buffers out at the end of each:
four times the work. Changes and deletions still come by trigger: they need the words there were before, and are few.
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER records_words_insert")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER records_words_insert AFTER INSERT ON records BEGIN "
            "INSERT INTO record_words(rowid, search) VALUES (new.id, new.search); END"
        )
