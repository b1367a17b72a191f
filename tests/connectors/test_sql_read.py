"""Reading databases: pages that lose nothing, exact values, nested tables, and settings that do not fit."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.registry import open_connector
from connectors.settings import parse
from connectors.sql.settings import SqlSettings
from engine.encoding import encode
from engine.errors import ConfigError
from engine.sync.ports import SourceObject
from tests.connectors.conformance import objects_of, pages_of

READ = {"table": "t", "key": ["id"], "cursor": "at"}


def make(path: Path, *statements: str) -> str:
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
    return f"sqlite:///{path}"


async def read(url: str, spec: dict[str, Any], cursor: Any = None, **more: Any) -> list[SourceObject]:
    async with open_connector("sql", {"url": url, "streams": {"s": {"read": spec}}, **more}) as connector:
        return objects_of(await pages_of(connector, "s", cursor))


async def one(tmp_path: Path, table: str, row: str, **spec: Any) -> Any:
    url = make(tmp_path / "one.sqlite", f"CREATE TABLE t ({table})", f"INSERT INTO t VALUES ({row})")
    return (await read(url, {"table": "t", "key": ["id"], **spec}))[0].payload


# ------------------------------------------------------------------ paging

MOMENTS = ["2026-01-01 00:00:00", "2026-01-01 00:00:01", "2026-01-02 00:00:00.500", None]


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.sampled_from(MOMENTS), max_size=30),
    later=st.lists(st.sampled_from(MOMENTS[2:3]), max_size=5),
    page_size=st.integers(1, 7),
    overlap=st.sampled_from([0, 300]),
)
def test_no_row_is_lost_or_read_twice(rows: list[str | None], later: list[str], page_size: int, overlap: int) -> None:
    async def story(url: str, database: sqlite3.Connection) -> None:
        spec = {**READ, "page_size": page_size, "overlap": overlap}
        async with open_connector("sql", {"url": url, "streams": {"s": {"read": spec}}}) as connector:
            pages = await pages_of(connector, "s")
            ids = [int(found.external_id) for found in objects_of(pages)]
            assert sorted(ids) == list(range(len(rows)))
            assert {page.total for page in pages} == {len(rows)}
            cursor = pages[-1].cursor
            # committed later with a time that was read already
            new = range(100, 100 + len(later))
            database.executemany("INSERT INTO t VALUES (?, ?)", zip(new, later, strict=True))
            database.commit()
            found_ids = [int(found.external_id) for found in objects_of(await pages_of(connector, "s", cursor))]
            assert len(found_ids) == len(set(found_ids))
            assert set(new) <= set(found_ids)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.sqlite"
        url = make(path, "CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT)")
        with closing(sqlite3.connect(path)) as database:
            database.executemany("INSERT INTO t VALUES (?, ?)", enumerate(rows))
            database.commit()
            asyncio.run(story(url, database))


@settings(max_examples=25, deadline=None)
@given(
    keys=st.sets(st.tuples(st.sampled_from(["a", "b", "a|b", "%", ""]), st.integers(0, 4))), page_size=st.integers(1, 4)
)
def test_composite_keys_page_and_find_their_way_back(keys: set[tuple[str, int]], page_size: int) -> None:
    async def story(url: str) -> None:
        spec = {"table": "t", "key": ["a", "b"], "page_size": page_size}
        async with open_connector("sql", {"url": url, "streams": {"s": {"read": spec}}}) as connector:
            found = objects_of(await pages_of(connector, "s"))
            assert sorted((o.payload["a"], o.payload["b"]) for o in found if o.payload) == sorted(keys)
            for each in found:
                again = objects_of(await pages_of(connector, "s", only=[each.external_id]))
                assert [o.payload for o in again] == [each.payload]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.sqlite"
        url = make(path, "CREATE TABLE t (a TEXT, b INTEGER, PRIMARY KEY (a, b))")
        with closing(sqlite3.connect(path)) as database:
            database.executemany("INSERT INTO t VALUES (?, ?)", sorted(keys))
            database.commit()
        asyncio.run(story(url))


async def test_a_row_dated_ahead_of_the_clock_hides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite"
    rows = "INSERT INTO t VALUES (1, '2026-01-01 00:00:00'), (2, '2999-01-01 00:00:00')"
    url = make(path, "CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT)", rows)
    async with open_connector("sql", {"url": url, "streams": {"s": {"read": {**READ, "page_size": 1}}}}) as connector:
        cursor = (await pages_of(connector, "s"))[-1].cursor
        make(path, "INSERT INTO t VALUES (3, '2026-06-01 00:00:00')")
        found = objects_of(await pages_of(connector, "s", cursor))
    assert "3" in [each.external_id for each in found]


async def test_a_numeric_cursor(tmp_path: Path) -> None:
    url = make(
        tmp_path / "t.sqlite",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER)",
        "INSERT INTO t VALUES (1, 5), (2, 9)",
    )
    spec = {"table": "t", "key": ["id"], "cursor": "v"}
    assert [o.external_id for o in await read(url, spec, {"at": 6})] == ["2"]
    assert [o.external_id for o in await read(url, {**spec, "overlap": 1}, {"at": 6})] == ["1", "2"]


async def test_a_cursor_of_another_stream_is_refused(tmp_path: Path) -> None:
    url = make(tmp_path / "t.sqlite", "CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT)")
    with pytest.raises(ConfigError, match="read it whole"):
        await read(url, READ, {"page": 3})


# ------------------------------------------------------------------ values


async def test_prices_are_exact(tmp_path: Path) -> None:
    table = (
        "id INTEGER PRIMARY KEY, price NUMERIC(10,4), loose NUMERIC, real REAL, whole NUMERIC(10,2), odd NUMERIC(6,2)"
    )
    payload = await one(tmp_path, table, "1, 12.495, 0.1, 0.3, 12, 1.23456")
    assert payload == {
        "id": 1,
        "price": Decimal("12.4950"),
        "loose": Decimal("0.1"),
        "real": Decimal("0.3"),
        "whole": Decimal("12.00"),
        "odd": Decimal("1.23456"),  # SQLite does not hold to the scale; nothing may be cut off
    }
    assert encode(payload["price"]) == b"12.4950"


async def test_times_become_utc(tmp_path: Path) -> None:
    url = make(
        tmp_path / "t.sqlite",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, at DATETIME, day DATE, note TEXT)",
        "INSERT INTO t VALUES (1, '2026-01-15 10:30:00', '2026-01-15', '2026-01-15 10:30:00')",
    )
    found = (await read(url, READ, timezone="Pacific/Auckland"))[0]
    assert found.modified_at == datetime(2026, 1, 14, 21, 30, tzinfo=UTC)
    assert found.payload == {
        "id": 1,
        "at": "2026-01-14T21:30:00Z",
        "day": "2026-01-15",
        "note": "2026-01-15 10:30:00",
    }


async def test_odd_values_stay_json(tmp_path: Path) -> None:
    table = "id INTEGER PRIMARY KEY, flag BOOLEAN, blob BLOB, text TEXT, number NUMERIC(8,2), doc JSON"
    payload = await one(tmp_path, table, "1, 1, x'00ff', x'4142', 'n/a', '{\"a\": 1.10}'")
    assert payload == {
        "id": 1,
        "flag": True,
        "blob": "AP8=",
        "text": "QUI=",
        "number": "n/a",
        "doc": {"a": Decimal("1.10")},
    }


async def test_deleted_rows_are_tombstones(tmp_path: Path) -> None:
    url = make(
        tmp_path / "t.sqlite",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, gone TEXT)",
        "INSERT INTO t VALUES (1, 'N'), (2, 'Y')",
    )
    found = await read(url, {"table": "t", "key": ["id"], "deleted": {"column": "gone"}})
    assert [(o.external_id, o.payload is None) for o in found] == [("1", False), ("2", True)]
    found = await read(url, {"table": "t", "key": ["id"], "deleted": {"column": "gone", "values": ["N"]}})
    assert [(o.external_id, o.payload is None) for o in found] == [("1", True), ("2", False)]


async def test_columns_are_chosen_and_named(tmp_path: Path) -> None:
    payload = await one(tmp_path, "id INTEGER PRIMARY KEY, nm TEXT", "1, 'x'", columns={"name": "nm"})
    assert payload == {"name": "x"}


async def test_a_query_with_colons_and_percent_signs(tmp_path: Path) -> None:
    url = make(
        tmp_path / "t.sqlite", "CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT)", "INSERT INTO t VALUES (1, 'at 10:30')"
    )
    spec = {
        "query": "SELECT id, n || ' :x 5%' AS n FROM t;",
        "key": ["id"],
        "where": "n LIKE '%10:30%' AND ':a' = ':a'",
    }
    assert [o.payload for o in await read(url, spec)] == [{"id": 1, "n": "at 10:30 :x 5%"}]


# ------------------------------------------------------------------ children


async def test_children_take_one_query_for_a_page(tmp_path: Path) -> None:
    url = make(
        tmp_path / "t.sqlite",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, grp INTEGER)",
        "CREATE TABLE v (sku TEXT, parent INTEGER, pos INTEGER)",
        "CREATE TABLE p (sku TEXT, price NUMERIC(8,2))",
        "CREATE TABLE g (id INTEGER, name TEXT)",
        "INSERT INTO t VALUES (1, 7), (2, NULL), (3, 8)",
        "INSERT INTO v VALUES ('b', 1, 2), ('a', 1, 1), ('c', 3, 1)",
        "INSERT INTO p VALUES ('a', 1), ('a', 2.5), ('c', 3)",
        "INSERT INTO g VALUES (7, 'seven')",
    )
    prices = {"table": "p", "link": {"sku": "sku"}, "value": "price", "order_by": ["price desc"]}
    spec = {
        "table": "t",
        "key": ["id"],
        "children": {
            "variants": {
                "table": "v",
                "link": {"parent": "id"},
                "columns": {"sku": "sku"},
                "order_by": ["pos"],
                "children": {"prices": prices},
            },
            "group": {"table": "g", "link": {"id": "grp"}, "one": True, "columns": {"name": "name"}},
        },
    }
    statements: list[str] = []

    def note(_c: Any, _u: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    async with open_connector("sql", {"url": url, "streams": {"s": {"read": spec}}}) as connector:
        await connector.streams()
        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            found = objects_of(await pages_of(connector, "s"))
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert [o.payload for o in found] == [
        {
            "id": 1,
            "grp": 7,
            "variants": [{"sku": "a", "prices": [Decimal("2.50"), Decimal("1.00")]}, {"sku": "b", "prices": []}],
            "group": {"name": "seven"},
        },
        {"id": 2, "grp": None, "variants": [], "group": None},
        {"id": 3, "grp": 8, "variants": [{"sku": "c", "prices": [Decimal("3.00")]}], "group": None},
    ]
    selects = [statement for statement in statements if statement.startswith("SELECT")]
    assert len(selects) == 5  # the count, the page, variants, prices, groups


# ------------------------------------------------------------------ settings


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"table": "itemz", "key": ["id"]}, "streams.s.read.table: there is no table 'itemz'; did you mean items?"),
        ({"table": "items", "key": ["cod"]}, "there is no column 'cod'; did you mean code?"),
        ({"table": "items", "key": ["code"], "cursor": "chnged"}, "there is no column 'chnged'; did you mean changed?"),
        ({"table": "items", "key": ["code"], "columns": {"n": "nam"}}, "columns.n: there is no column 'nam'"),
        ({"table": "items", "key": ["code"], "types": {"nme": "text"}}, "types: there is no column 'nme'"),
        (
            {"table": "items", "key": ["code"], "children": {"v": {"table": "item", "link": {"code": "code"}}}},
            "children.v.table: there is no table 'item'; did you mean items?",
        ),
        ({"query": "SELECT nope FROM items", "key": ["nope"]}, "no such column: nope"),
        ({"table": "items", "key": ["code"], "where": "nonsense ("}, "incomplete input"),
    ],
)
async def test_settings_that_do_not_fit_the_database(tmp_path: Path, spec: dict[str, Any], said: str) -> None:
    url = make(tmp_path / "t.sqlite", "CREATE TABLE items (code TEXT PRIMARY KEY, name TEXT, changed TEXT)")
    with pytest.raises(ConfigError) as caught:
        await read(url, spec)
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"streams": {}}, "url: is required"),
        ({"url": "sqlite://", "streams": {}}, "streams: needs at least one"),
        ({"url": "x", "streams": {"s": {}}}, "says neither `read` nor `write`"),
        ({"url": "x", "streams": {"s": {"read": {"key": ["a"]}}}}, "needs either `table` or `query`"),
        ({"url": "x", "streams": {"s": {"read": {"query": "DELETE FROM t", "key": ["a"]}}}}, "must be one SELECT"),
        ({"url": "x", "streams": {"s": {"read": {"query": "SELECT 1; DROP TABLE t", "key": ["a"]}}}}, "one SELECT"),
        ({"url": "x", "streams": {"s": {"read": {"table": "t", "kye": ["a"]}}}}, "unknown word; did you mean key?"),
        ({"url": "x", "timezone": "Mars/Base", "streams": {"s": {"read": READ}}}, "'Mars/Base' is not a time zone"),
    ],
)
def test_settings_that_are_wrong_in_themselves(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(SqlSettings, values, "erp")
    assert said in caught.value.message


@pytest.mark.parametrize("url", ["nonsense", "nodb://x/y", "mysql+aiomysqlx://h/d"])
async def test_an_address_that_cannot_be_opened(url: str) -> None:
    with pytest.raises(ConfigError, match="url"):
        await read(url, READ)


async def test_a_password_is_never_shown(tmp_path: Path) -> None:
    settings = {"url": "postgresql+psycopg://codi@127.0.0.1:1/none", "streams": {"s": {"read": READ}}}
    async with open_connector("sql", settings, {"password": "hunter2"}) as connector:
        result = await connector.check()
    assert not result.ok and result.kind == "retry"
    assert "hunter2" not in repr(result)
