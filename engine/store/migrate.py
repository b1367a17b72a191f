"""Brings the database to the schema this version needs. Safe when several processes start at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from engine.errors import UsageError
from engine.store.database import Database

SCRIPTS = Path(__file__).resolve().parent / "migrations"
LOCK = 0x434F4449  # "CODI": the advisory lock that one migration at a time holds on Postgres


async def upgrade(database: Database, to: str = "head") -> None:
    """Migrates up to `to`. One process does it, the others wait for it: on SQLite the write lock of the transaction
    makes them, on Postgres an advisory lock. Raises UsageError when the database belongs to a later version of CODI."""
    if to == "head" and await is_current(database):
        return  # the usual start takes no lock
    await _run(database, lambda config: command.upgrade(config, to))


async def downgrade(database: Database, to: str) -> None:
    """Migrates down to `to` (`base`: no tables at all)."""
    await _run(database, lambda config: command.downgrade(config, to))


async def revision(database: Database) -> str | None:
    """The schema's revision; None for an empty database."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


async def is_current(database: Database) -> bool:
    """Whether the schema is the one this version needs."""
    return await revision(database) == ScriptDirectory(str(SCRIPTS)).get_current_head()


async def _run(database: Database, migrate: Any) -> None:
    def locked(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        _refuse_later(connection)
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        config.attributes["connection"] = connection
        migrate(config)

    writing = database.engine.execution_options(write=True)
    async with writing.begin() as connection:
        await connection.run_sync(locked)


def _refuse_later(connection: Connection) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory(str(SCRIPTS)).walk_revisions()}
    if current is not None and current not in known:
        raise UsageError(f"the database is at schema {current}, made by a later version of CODI: upgrade CODI")
