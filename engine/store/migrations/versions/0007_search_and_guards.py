"""Full-text search over records, and triggers that keep revisions, publications and the audit log as they are."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

IMMUTABLE = ("revision_bodies", "revisions", "publications", "audit_log")

SQLITE_SEARCH = (
    "CREATE VIRTUAL TABLE record_words USING fts5("
    "search, content='records', content_rowid='id', "
    "tokenize='unicode61 remove_diacritics 2', detail='none', columnsize=0)",
    "CREATE TRIGGER records_words_insert AFTER INSERT ON records BEGIN "
    "INSERT INTO record_words(rowid, search) VALUES (new.id, new.search); END",
    "CREATE TRIGGER records_words_delete AFTER DELETE ON records BEGIN "
    "INSERT INTO record_words(record_words, rowid, search) VALUES ('delete', old.id, old.search); END",
    "CREATE TRIGGER records_words_update AFTER UPDATE OF search ON records WHEN old.search IS NOT new.search BEGIN "
    "INSERT INTO record_words(record_words, rowid, search) VALUES ('delete', old.id, old.search); "
    "INSERT INTO record_words(rowid, search) VALUES (new.id, new.search); END",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE_SEARCH:
            op.execute(statement)
        op.execute("INSERT INTO record_words(record_words) VALUES ('rebuild')")
        for table in IMMUTABLE:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} never change'); END"
                )
        return
    op.execute("CREATE INDEX ix_records_words ON records USING gin (to_tsvector('simple', search))")
    op.execute(
        "CREATE FUNCTION codi_never_changes() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% never change', TG_TABLE_NAME; END $$"
    )
    for table in IMMUTABLE:
        op.execute(
            f"CREATE TRIGGER {table}_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION codi_never_changes()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER records_words_{name}")
        op.execute("DROP TABLE record_words")
        for table in IMMUTABLE:
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_no_{verb}")
        return
    op.execute("DROP INDEX ix_records_words")
    for table in IMMUTABLE:
        op.execute(f"DROP TRIGGER {table}_never_changes ON {table}")
    op.execute("DROP FUNCTION codi_never_changes()")
