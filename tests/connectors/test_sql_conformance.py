"""The `sql` connector meets the cases of every connector, on SQLite and on Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.contract import Connector
from connectors.registry import open_connector
from tests.connectors.conformance import Conformance
from tests.connectors.databases import postgres_answers, postgres_database
from tests.presence import require

TABLE = {
    "sqlite": "CREATE TABLE things (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
    " changed TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')))",
    "postgresql": "CREATE TABLE things (id SERIAL PRIMARY KEY, code VARCHAR(20) NOT NULL UNIQUE, name TEXT NOT NULL,"
    " changed TIMESTAMP NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'utc'))",
}
NOW = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')",
    "postgresql": "clock_timestamp() AT TIME ZONE 'utc'",
}
STREAMS = {
    "things": {
        "read": {"table": "things", "key": ["id"], "natural_key": "code", "cursor": "changed", "page_size": 5},
        "write": {"table": "things", "key": ["code"], "id": "id", "delete": {"mode": "row"}},
    }
}


class SqlFar:
    stream = "things"
    name_field = "name"

    def __init__(self, connector: Connector, url: str) -> None:
        self.connector = connector
        self.url = url
        self.engine = sa.create_engine(url)
        with self.engine.begin() as connection:
            connection.exec_driver_sql(TABLE[self.engine.dialect.name])

    async def put(self, code: str, name: str) -> str:
        now = NOW[self.engine.dialect.name]
        upsert = sa.text(
            f"INSERT INTO things (code, name) VALUES (:code, :name)"
            f" ON CONFLICT (code) DO UPDATE SET name = :name, changed = {now} RETURNING id"
        )
        with self.engine.begin() as connection:
            return str(connection.execute(upsert, {"code": code, "name": name}).scalar_one())

    async def remove(self, code: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM things WHERE code = :code"), {"code": code})

    async def all(self) -> list[tuple[str, str]]:
        with self.engine.begin() as connection:
            return [(row.code, row.name) for row in connection.execute(sa.text("SELECT * FROM things ORDER BY code"))]

    def payload(self, code: str, name: str | None) -> dict[str, Any]:
        return {"code": code, "name": name}

    @asynccontextmanager
    async def locked_out(self) -> AsyncIterator[Connector | None]:
        yield None  # neither the file nor the test server asks for a password


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'far.sqlite'}"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    require(postgres_answers(), "no Postgres server answers")
    with postgres_database() as url:
        yield url


async def far_at(url: str) -> AsyncIterator[SqlFar]:
    async with open_connector("sql", {"url": url, "streams": STREAMS}) as connector:
        far = SqlFar(connector, url)
        yield far
        far.engine.dispose()


class TestSqlite(Conformance):
    @pytest.fixture
    async def far(self, sqlite_url: str) -> AsyncIterator[SqlFar]:
        async for far in far_at(sqlite_url):
            yield far


class TestPostgres(Conformance):
    @pytest.fixture
    async def far(self, postgres_url: str) -> AsyncIterator[SqlFar]:
        async for far in far_at(postgres_url):
            yield far
