"""Databases to test on: SQLite always, Postgres where one answers. The fixed cast: `acme` and `other`, two workspaces;
`acme` has the connections `erp` and `shop`."""

from __future__ import annotations

import asyncio
import importlib
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from engine.store import migrate
from engine.store.connections import Connections
from engine.store.database import Database, open_database
from engine.store.seal import Seal
from engine.store.workspaces import Workspaces
from tests.presence import ROOT, require

for tables in (ROOT / "engine" / "store").glob("tables_*.py"):  # the tests look at the whole schema
    importlib.import_module(f"engine.store.{tables.stem}")

Server = psycopg.Connection[tuple[object, ...]]
POSTGRES = os.environ.get("CODI_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who plays in a test."""

    database: Database
    acme: int  # workspace with the connections erp and shop
    other: int  # somebody else's workspace, with an erp of its own
    seal: Seal


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    try:
        connection = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        require(False, "no Postgres answers at CODI_TEST_POSTGRES")
        raise
    with connection:
        yield connection


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'codi.db'}"
    else:
        yield from _postgres_database(request.getfixturevalue("postgres_server"), "template1")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "codi.db"
    asyncio.run(_migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_template(postgres_server: Server) -> Iterator[str]:
    for url in _postgres_database(postgres_server, "template1"):
        asyncio.run(_migrate(url))
        yield url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgres"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database: a copy of one that was migrated once."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "codi.db")
        yield f"sqlite:///{tmp_path / 'codi.db'}"
    else:
        template = request.getfixturevalue("migrated_template")
        yield from _postgres_database(request.getfixturevalue("postgres_server"), template)


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    opened = open_database(migrated_url)
    yield opened
    await opened.close()


def _postgres_database(server: Server, template: str) -> Iterator[str]:
    name = f"codi_test_{uuid.uuid4().hex[:12]}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield f"{POSTGRES.rpartition('/')[0]}/{name}"
    finally:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def _migrate(url: str) -> None:
    opened = open_database(url)
    await migrate.upgrade(opened)
    await opened.close()


@pytest.fixture
async def cast(database: Database) -> Cast:
    workspaces = Workspaces(database)
    acme = await workspaces.ensure("acme", "Acme")
    other = await workspaces.ensure("other", "Other")
    seal = Seal(["first key"])
    for name in ("erp", "shop"):
        await Connections(database, acme.id, seal).save(name, title=name.upper(), connector="test", settings={})
    await Connections(database, other.id, seal).save("erp", title="ERP", connector="test", settings={})
    return Cast(database=database, acme=acme.id, other=other.id, seal=seal)
