"""SQLite: the words in the index become readable, for searches for the start of a word (engine/store/search.py)."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE record_words_terms USING fts5vocab(record_words, instance)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE record_words_terms")
