"""Writing databases: orders with their lines, whole or not at all, once."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Connector
from connectors.registry import open_connector
from engine.errors import ConfigError, ConflictError, GoneError, RejectedError, RetryError
from engine.sync.ports import Write, Written
from tests.connectors.conformance import objects_of, pages_of
from tests.connectors.databases import postgres_answers, postgres_database
from tests.presence import require

TABLES = """
CREATE TABLE head (id INTEGER PRIMARY KEY, web_no VARCHAR(10) UNIQUE, customer TEXT NOT NULL, total NUMERIC(10,4),
  placed DATETIME, state TEXT NOT NULL DEFAULT 'new', ver INTEGER NOT NULL DEFAULT 1);
CREATE TABLE line (id INTEGER PRIMARY KEY, head_id INTEGER NOT NULL REFERENCES head (id), no INTEGER NOT NULL,
  sku TEXT NOT NULL, qty NUMERIC CHECK (qty > 0), UNIQUE (head_id, no));
CREATE TABLE move (sku TEXT NOT NULL, qty NUMERIC NOT NULL, ref TEXT, head_id INTEGER, line_no INTEGER);
CREATE TABLE stock (sku TEXT PRIMARY KEY, qty NUMERIC NOT NULL CHECK (qty >= 0));
CREATE TABLE level (sku TEXT, place TEXT, qty NUMERIC, PRIMARY KEY (sku, place));
INSERT INTO stock VALUES ('A', 10), ('B', 10);
CREATE TRIGGER bump AFTER UPDATE ON head WHEN NEW.ver = OLD.ver
BEGIN UPDATE head SET ver = ver + 1 WHERE id = NEW.id; END;
"""
ORDERS = {
    "table": "head",
    "key": ["web_no"],
    "id": "id",
    "version": "ver",
    "children": {"lines": {"table": "line", "link": {"head_id": "id"}, "line_number": "no"}},
    "after_create": [
        {
            "sql": "INSERT INTO move VALUES (:sku, -:qty, 'web:' || :web_no, :external_id, :line_number)",
            "each": "lines",
        },
        {"sql": "UPDATE stock SET qty = qty - :qty WHERE sku = :sku", "each": "lines"},
    ],
}
STREAMS = {
    "orders": {"write": ORDERS},
    "kept": {"write": {**ORDERS, "existing": "keep"}},
    "flagged": {"write": {**ORDERS, "delete": {"mode": "flag", "column": "state", "value": "gone"}}},
    "removed": {"write": {**ORDERS, "delete": {"mode": "row"}}},
    "levels": {"write": {"table": "level", "key": ["sku", "place"]}},
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "erp.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(TABLES)
    return path


@pytest.fixture
async def erp(path: Path) -> AsyncIterator[Connector]:
    said = {"url": f"sqlite:///{path}", "timezone": "Australia/Sydney", "streams": STREAMS}
    async with open_connector("sql", said) as connector:
        yield connector


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def order(number: str = "W1", *lines: tuple[str, Any], **more: Any) -> Write:
    payload = {
        "web_no": number,
        "customer": "Ann",
        "total": Decimal("12.4950"),
        "lines": [{"sku": sku, "qty": qty} for sku, qty in lines],
        **more,
    }
    return Write(key=number, external_id=None, payload=payload, idempotency_key=number)


async def put(erp: Connector, stream: str, *writes: Write) -> list[Written]:
    return list(await erp.write(stream, writes))


async def test_an_order_with_lines_and_stock_in_one_go(erp: Connector, path: Path) -> None:
    written = await put(erp, "orders", order("W1", ("A", 2), ("B", Decimal("1.5")), placed="2026-01-15T00:30:00Z"))
    assert (written[0].error, written[0].external_id, written[0].version) == (None, "1", "1")
    assert rows(path, "SELECT web_no, customer, total, placed, state FROM head") == [
        ("W1", "Ann", 12.495, "2026-01-15 11:30:00", "new")
    ]
    assert rows(path, "SELECT head_id, no, sku, qty FROM line") == [(1, 1, "A", 2), (1, 2, "B", 1.5)]
    assert rows(path, "SELECT * FROM move") == [("A", -2, "web:W1", 1, 1), ("B", -1.5, "web:W1", 1, 2)]
    assert rows(path, "SELECT * FROM stock") == [("A", 8), ("B", 8.5)]


async def test_writing_it_again_moves_no_stock_again(erp: Connector, path: Path) -> None:
    for stream in ("orders", "kept", "orders"):
        written = await put(erp, stream, replace(order("W1", ("A", 2)), in_doubt=True))
        assert (written[0].error, written[0].external_id) == (None, "1")
    assert rows(path, "SELECT count(*) FROM line") == [(1,)]
    assert rows(path, "SELECT qty FROM stock WHERE sku = 'A'") == [(8,)]


async def test_what_the_other_side_did_meanwhile_is_kept(erp: Connector, path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("INSERT INTO head (web_no, customer) VALUES ('W1', 'Bob')")
        database.commit()
    kept = await put(erp, "kept", order("W1", ("A", 2)))
    assert (kept[0].external_id, kept[0].response) == ("1", {"outcome": "adopted"})
    assert rows(path, "SELECT customer FROM head") == [("Bob",)]
    updated = await put(erp, "orders", order("W1", ("A", 2)))
    assert updated[0].response == {"outcome": "adopted and updated"}
    assert rows(path, "SELECT customer FROM head") == [("Ann",)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"customer": None}, "customer"),
        ({"custmer": "x"}, "custmer"),
        ({"web_no": "W2 is too long"}, "web_no"),
        ({"web_no": None}, "web_no"),
        ({"lines": [{"sku": "A", "qty": 1}, {"sku": None, "qty": 1}]}, "sku"),
        ({"lines": [{"sku": "A", "qty": 1}, {"sku": "B", "qty": 0}]}, "qty"),
        ({"lines": [{"sku": "A", "qty": 100}]}, "qty"),  # the stock is not there: the follow-up fails
        ({"lines": [{"sku": "A"}]}, "qty"),  # the follow-up's parameter is missing
        ({"lines": {"sku": "A"}}, "lines"),
    ],
)
async def test_a_refused_order_leaves_nothing(erp: Connector, path: Path, change: dict[str, Any], field: str) -> None:
    bad = order("W2", ("A", 1))
    bad.payload.update(change)  # type: ignore[union-attr]
    written = await put(erp, "orders", order("W1", ("A", 1)), bad, order("W3", ("B", 1)))
    assert [one.error is None for one in written] == [True, False, True]
    error = written[1].error
    assert isinstance(error, RejectedError)
    assert error.field == field, error.message
    assert rows(path, "SELECT web_no FROM head ORDER BY 1") == [("W1",), ("W3",)]
    assert rows(path, "SELECT count(*) FROM line UNION ALL SELECT count(*) FROM move") == [(2,), (2,)]
    assert rows(path, "SELECT * FROM stock") == [("A", 9), ("B", 9)]


async def test_changed_lines_keep_their_rows(erp: Connector, path: Path) -> None:
    await put(erp, "orders", order("W1", ("A", 1), ("B", 1), ("A", 3)))
    before = dict(rows(path, "SELECT no, id FROM line"))
    changed = replace(order("W1", ("A", 2), ("B", 1)), external_id="1")
    assert (await put(erp, "orders", changed))[0].error is None
    after = rows(path, "SELECT no, id, sku, qty FROM line ORDER BY no")
    assert after == [(1, before[1], "A", 2), (2, before[2], "B", 1)]
    await put(erp, "orders", replace(order("W1", ("A", 2), ("B", 1), ("B", 4)), external_id="1"))
    assert rows(path, "SELECT no, sku, qty FROM line WHERE no = 3") == [(3, "B", 4)]
    assert rows(path, "SELECT qty FROM stock WHERE sku = 'A'") == [(6,)]  # only creating moves stock


async def test_fields_left_out_stay_and_null_clears(erp: Connector, path: Path) -> None:
    await put(erp, "orders", order("W1", ("A", 1)))
    change = Write(key="W1", external_id="1", payload={"web_no": "W1", "total": None}, idempotency_key="x")
    assert (await put(erp, "orders", change))[0].error is None
    assert rows(path, "SELECT customer, total FROM head") == [("Ann", None)]
    assert rows(path, "SELECT count(*) FROM line") == [(1,)]


async def test_a_version_that_moved_on_is_a_conflict(erp: Connector, path: Path) -> None:
    created = (await put(erp, "orders", order("W1", ("A", 1))))[0]
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE head SET state = 'packed'")
        database.commit()
    change = replace(order("W1", ("A", 1)), external_id="1", version=created.version)
    assert isinstance((await put(erp, "orders", change))[0].error, ConflictError)
    forced = (await put(erp, "orders", replace(change, version=None)))[0]
    assert (forced.error, forced.version) == (None, "3")


async def test_taking_away(erp: Connector, path: Path) -> None:
    await put(erp, "orders", order("W1", ("A", 1)), order("W2", ("A", 1)))
    gone = Write(key="W1", external_id="1", payload=None, idempotency_key="x")
    assert isinstance((await put(erp, "orders", gone))[0].error, RejectedError)
    assert (await put(erp, "flagged", gone))[0].error is None
    assert rows(path, "SELECT web_no, state FROM head") == [("W1", "gone"), ("W2", "new")]
    assert (await put(erp, "removed", gone))[0].error is None
    assert rows(path, "SELECT web_no FROM head") == [("W2",)]
    assert rows(path, "SELECT count(*) FROM line") == [(1,)]
    assert isinstance((await put(erp, "removed", gone))[0].error, GoneError)


async def test_a_composite_key_is_the_external_id(erp: Connector, path: Path) -> None:
    def level(qty: int, **more: Any) -> Write:
        payload = {"sku": "A", "place": "S|1", "qty": qty}
        return Write(key="A@S", payload=payload, idempotency_key="k", **{"external_id": None, **more})

    written = (await put(erp, "levels", level(1)))[0]
    assert written.external_id == "A|S%7C1"
    assert (await put(erp, "levels", level(2, external_id=written.external_id)))[0].error is None
    assert rows(path, "SELECT * FROM level") == [("A", "S|1", 2)]


async def test_a_locked_database_is_tried_later(path: Path) -> None:
    said = {"url": f"sqlite:///{path}?timeout=0.05", "streams": STREAMS}
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with open_connector("sql", said) as connector:
            with pytest.raises(RetryError) as caught:
                await connector.write("orders", [order("W1", ("A", 1))])
    assert not caught.value.in_doubt


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"table": "haed", "key": ["web_no"]}, "streams.s.write.table: there is no table 'haed'; did you mean head?"),
        ({"table": "head", "key": ["webno"]}, "streams.s.write.key: there is no column 'webno'; did you mean web_no?"),
        (
            {"table": "head", "key": ["web_no"], "children": {"lines": {"table": "line", "link": {"head": "id"}}}},
            "children.lines.link: there is no column 'head'; did you mean head_id?",
        ),
    ],
)
async def test_settings_that_do_not_fit(path: Path, spec: dict[str, Any], said: str) -> None:
    async with open_connector("sql", {"url": f"sqlite:///{path}", "streams": {"s": {"write": spec}}}) as connector:
        result = await connector.check()
        assert not result.ok and said in result.message
        with pytest.raises(ConfigError) as caught:
            await connector.write("s", [order()])
        assert said in caught.value.message


async def test_a_key_that_is_no_key_is_a_config_error(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("INSERT INTO head (web_no, customer) VALUES ('W1', 'Ann'), ('W2', 'Ann')")
        database.commit()
    spec = {"table": "head", "key": ["customer"], "id": "id"}
    async with open_connector("sql", {"url": f"sqlite:///{path}", "streams": {"s": {"write": spec}}}) as connector:
        payload = {"customer": "Ann"}
        with pytest.raises(ConfigError, match="it is no key"):
            error = (
                await connector.write("s", [Write(key="a", external_id=None, payload=payload, idempotency_key="k")])
            )[0].error
            assert error is not None
            raise error


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)
PAYLOADS = st.fixed_dictionaries(
    {"web_no": st.text(max_size=12)},
    optional=dict.fromkeys(("customer", "total", "placed", "state", "lines", "nonsense"), VALUES),
)


@settings(max_examples=40, deadline=None)
@given(payload=PAYLOADS)
def test_whatever_comes_is_written_or_refused(payload: dict[str, Any]) -> None:
    async def story(url: str) -> None:
        async with open_connector("sql", {"url": url, "streams": STREAMS}) as erp:
            odd = Write(key="odd", external_id=None, payload=payload, idempotency_key="k")
            written = await erp.write("orders", [odd, order("good", ("A", 1))])
            assert written[0].error is None or isinstance(written[0].error, RejectedError)
            assert written[1].error is None

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "erp.sqlite"
        with closing(sqlite3.connect(path)) as database:
            database.executescript(TABLES)
        asyncio.run(story(f"sqlite:///{path}"))


async def test_two_who_create_the_same_order_at_once() -> None:
    require(postgres_answers(), "no Postgres server answers")
    spec = {"write": {"table": "t", "key": ["code"], "id": "id"}}
    with postgres_database() as url:
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE t (id SERIAL PRIMARY KEY, code TEXT UNIQUE)")
        writes = [Write(key=f"{i}", external_id=None, payload={"code": f"{i}"}, idempotency_key="k") for i in range(40)]
        async with open_connector("sql", {"url": url, "streams": {"t": spec}}) as erp:
            results = await asyncio.gather(*(erp.write("t", writes) for _ in range(4)))
        engine.dispose()
    assert all(one.error is None for written in results for one in written)
    assert len({one.external_id for written in results for one in written}) == 40


async def test_postgres_keeps_every_kind_of_value() -> None:
    require(postgres_answers(), "no Postgres server answers")
    table = """CREATE TABLE t (code VARCHAR(8) PRIMARY KEY, price NUMERIC(10, 4), qty INTEGER, ok BOOLEAN, day DATE,
      local TIMESTAMP, at TIMESTAMPTZ, doc JSONB, postcode TEXT, ref UUID)"""
    payload = {
        "code": "A",
        "price": Decimal("12.495"),
        "qty": 3,
        "ok": True,
        "day": "2026-01-15",
        "local": "2026-01-15T00:30:00Z",
        "at": "2026-01-15T00:30:00.250Z",
        "doc": {"a": [1, None]},
        "postcode": 2204,
        "ref": "00000000-0000-0000-0000-000000000007",
    }
    spec = {"read": {"table": "t", "key": ["code"], "cursor": "at"}, "write": {"table": "t", "key": ["code"]}}
    with postgres_database() as url:
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql(table)
        async with open_connector("sql", {"url": url, "timezone": "Australia/Sydney", "streams": {"t": spec}}) as erp:
            write = Write(key="A", external_id=None, payload=payload, idempotency_key="k")
            assert (await erp.write("t", [write]))[0].error is None
            with engine.connect() as connection:
                local = connection.execute(sa.text("SELECT local::text FROM t")).scalar_one()
            pages = await pages_of(erp, "t")
            again = await pages_of(erp, "t", pages[-1].cursor)
            wrong = replace(write, key="B", payload={**payload, "code": "B", "qty": "many"})
            refused = (await erp.write("t", [wrong]))[0].error
        engine.dispose()
    assert local == "2026-01-15 11:30:00"
    times = {"local": "2026-01-15T00:30:00Z", "at": "2026-01-15T00:30:00.250000Z"}
    assert objects_of(pages)[0].payload == {**payload, **times, "price": Decimal("12.4950"), "postcode": "2204"}
    assert [one.external_id for one in objects_of(again)] == ["A"]
    assert isinstance(refused, RejectedError)
