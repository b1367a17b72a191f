"""Reading 100,000 rows of 19 columns from SQLite, against `sqlite3` giving the same rows as dictionaries."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from connectors.contract import Connector
from connectors.registry import open_connector

ROWS = 100_000
ROUNDS = 5


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "items.sqlite"
    texts = ", ".join(f"text{i} TEXT" for i in range(11))
    with closing(sqlite3.connect(path)) as database:
        database.execute(
            f"CREATE TABLE items (code TEXT PRIMARY KEY, {texts}, price NUMERIC(10,4), cost NUMERIC(10,4),"
            " qty INTEGER, width INTEGER, height INTEGER, depth INTEGER, changed TEXT)"
        )
        rows = (
            (f"S{i:06}", *(f"text {i} {n}" for n in range(11)), i / 100, i / 37, i, 1, 2, 3, f"2026-01-01 {i:08}")
            for i in range(ROWS)
        )
        database.executemany(f"INSERT INTO items VALUES ({', '.join('?' * 19)})", rows)
        database.commit()
    return path


@pytest.fixture
async def erp(path: Path) -> AsyncIterator[Connector]:
    streams = {"items": {"read": {"table": "items", "key": ["code"]}}}
    async with open_connector("sql", {"url": f"sqlite:///{path}", "streams": streams}) as connector:
        yield connector


async def test_reading(erp: Connector, path: Path) -> None:
    ours, theirs = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        read = 0
        async for page in erp.read("items"):
            read += len(page.objects)
        ours.append(time.perf_counter() - start)
        start = time.perf_counter()
        with closing(sqlite3.connect(path)) as database:
            cursor = database.execute("SELECT * FROM items ORDER BY code")
            names = [column[0] for column in cursor.description]
            while rows := cursor.fetchmany(1000):
                _ = [dict(zip(names, row, strict=True)) for row in rows]
        theirs.append(time.perf_counter() - start)
        assert read == ROWS
    best, peer = min(ours) / ROWS * 1e6, min(theirs) / ROWS * 1e6
    print(f"\nsql connector {best:.1f} µs a row, sqlite3 and dict {peer:.1f} µs a row: {best / peer:.1f} ×")
