"""Migrations: up, down and up again with data in place, many processes at once, schema as the tables say."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from engine.errors import UsageError
from engine.store import migrate
from engine.store.database import Database, open_database
from engine.store.records import Records
from engine.store.schema import metadata
from engine.store.sync_store import WorkspaceSyncStore
from tests.presence import ROOT
from tests.store.conftest import Cast
from tests.store.pages import product, store


def _ours(name: str | None) -> bool:
    """Full-text search is written by hand for each database; SQLAlchemy does not know it."""
    return name is None or not (name.startswith("record_words") or name in ("ix_records_words", "alembic_version"))


def _differences(connection: Connection) -> list[Any]:
    options = {"include_object": lambda _object, name, _type, _reflected, _compared: _ours(name)}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def test_the_migrations_make_what_the_tables_say(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


@pytest.mark.parametrize("revision", ["0010", "0008", "0006"])
async def test_down_and_up_again_with_data_in_place(cast: Cast, revision: str) -> None:
    database = cast.database
    await store(WorkspaceSyncStore(database, cast.acme), [product("1", "A"), product("2", "B")])
    await migrate.downgrade(database, revision)
    async with database.engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM records"))).scalar_one() == 2
    await migrate.upgrade(database)
    records = Records(database, cast.acme)
    assert [row.key for row in await records.changes("product")] == ["A", "B"]
    await store(WorkspaceSyncStore(database, cast.acme), [product("3", "C")])
    for key in ("A", "B", "C"):
        assert [row.key for row in await records.search(f"product {key}")] == [key], "in the search index, once"
    await migrate.downgrade(database, "base")
    async with database.engine.connect() as connection:
        left = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert left == ["alembic_version"]
    await migrate.upgrade(database)
    assert await migrate.is_current(database)


async def test_a_database_of_a_later_version_is_left_alone(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UsageError, match="later version"):
        await migrate.upgrade(database)


def test_looking_up_a_page_reads_no_more_than_the_page(migrated_file: Path) -> None:
    """SQLite's plans for a thousand ids or keys: left alone, its planner prefers reading the whole workspace."""
    plans = {
        "workspace_id = 1 AND id IN {}": "SEARCH records USING INTEGER PRIMARY KEY (rowid=?)",
        "workspace_id = 1 AND entity = 'product' AND folded IN {}": (
            "SEARCH records USING INDEX sqlite_autoindex_records_1 (workspace_id=? AND entity=? AND folded=?)"
        ),
        "id >= 7 AND +workspace_id = 1": "SEARCH records USING INTEGER PRIMARY KEY (rowid>?)",
    }
    thousand = ", ".join(f"'{number}'" for number in range(1000))
    with sqlite3.connect(migrated_file) as connection:
        for condition, plan in plans.items():
            for keys in (f"({thousand})", "(SELECT value FROM json_each('[1, 2]'))"):
                query = f"EXPLAIN QUERY PLAN SELECT document FROM records WHERE {condition.format(keys)}"
                assert connection.execute(query).fetchone()[3] == plan


MIGRATE = """
import asyncio, sys
from engine.store import migrate
from engine.store.database import open_database
async def main():
    database = open_database(sys.argv[1])
    await migrate.upgrade(database)
    await database.close()
asyncio.run(main())
"""


async def test_several_processes_may_start_at_once(empty_url: str) -> None:
    command = [sys.executable, "-c", MIGRATE, empty_url]
    started = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    told = [process.communicate(timeout=120)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0, 0], told
    database = open_database(empty_url)
    assert await migrate.is_current(database)
    await database.close()
