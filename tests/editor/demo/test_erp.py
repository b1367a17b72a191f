"""The demo ERP: it builds whole, its data is as messy as promised, and its triggers keep stock and times right."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from editor.demo.erp import build_demo_erp
from engine.errors import UsageError
from tests.presence import ROOT

SCRIPTS = ROOT / "mappings" / "demo" / "erp"


@pytest.fixture
def erp(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    build_demo_erp(tmp_path / "erp.sqlite", SCRIPTS)
    connection = sqlite3.connect(tmp_path / "erp.sqlite", isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    yield connection
    connection.close()


def one(erp: sqlite3.Connection, statement: str, *values: object) -> object:
    return erp.execute(statement, values).fetchone()[0]


def place_order(erp: sqlite3.Connection, state: str, quantity: int = 3, web_order_no: str | None = "W9") -> int:
    cursor = erp.execute(
        "INSERT INTO SALESORD_HDR (ACCNO, STATE, ORDERDATE, WEB_ORDER_NO, LOCNO, CURRENCY)"
        " VALUES (10000, ?, '2026-01-05', ?, 1, 'AUD')",
        (state, web_order_no),
    )
    order = cursor.lastrowid
    assert order is not None
    erp.execute(
        "INSERT INTO SALESORD_LINES (HDR_SEQNO, LINENO, STOCKCODE, QUANTITY, UNITPRICE, LINE_NET, LINE_TOTAL)"
        " VALUES (?, 1, 'MIR-002', ?, 599, 544.55, 599)",
        (order, quantity),
    )
    erp.execute(
        "INSERT INTO SALESORD_LINES (HDR_SEQNO, LINENO, STOCKCODE, QUANTITY, UNITPRICE, LINE_NET, LINE_TOTAL)"
        " VALUES (?, 2, 'SRV-001', 1, 89, 80.91, 89)",
        (order,),
    )
    return order


def stock(erp: sqlite3.Connection) -> tuple[int, int]:
    on_hand, committed = erp.execute(
        "SELECT QTY, COMMITTED FROM STOCK_LOC_INFO WHERE STOCKCODE = 'MIR-002' AND LOCNO = 1"
    ).fetchone()
    return on_hand, committed


def test_every_reference_holds(erp: sqlite3.Connection) -> None:
    assert erp.execute("PRAGMA foreign_key_check").fetchall() == []
    assert one(erp, "PRAGMA integrity_check") == "ok"


@pytest.mark.parametrize(
    ("statement", "least"),
    [
        ("SELECT count(*) FROM STOCK_ITEMS", 120),
        ("SELECT count(*) FROM STOCK_ITEMS WHERE PARENTCODE IS NOT NULL AND X_COLOUR IS NOT NULL", 30),
        ("SELECT count(*) FROM STOCK_ITEMS WHERE X_SIZE IS NOT NULL", 20),
        ("SELECT count(*) FROM STOCK_ITEMS WHERE SPEC_PDF_URL LIKE '%.pdf'", 20),
        ("SELECT count(*) FROM STOCK_ITEMS WHERE VIDEO_URL IS NOT NULL", 10),
        ("SELECT count(*) FROM STOCK_ITEMS WHERE DISCONTINUED = 'Y' AND ISACTIVE = 'N'", 1),
        ("SELECT count(*) FROM STOCK_ITEMS WHERE TAXCODE = 'GSTFREE'", 3),
        ("SELECT count(*) FROM STOCK_ITEMS WHERE STATUS = 'L'", 2),
        ("SELECT count(*) FROM STOCK_ITEMS WHERE DESCRIPTION LIKE '% '", 3),
        ("SELECT count(*) FROM STOCK_ITEMS WHERE DESCRIPTION LIKE '%\"%'", 3),
        ("SELECT count(*) FROM STOCK_ITEMS WHERE DESCRIPTION GLOB '*[āēīōūéüø]*'", 10),
        ("SELECT count(DISTINCT GROUPLEVEL) FROM STOCK_GROUPS", 3),
        ("SELECT count(*) FROM LOCATIONS", 3),
        ("SELECT count(*) FROM DR_ACCS WHERE CASHSALE = 'N'", 40),
        ("SELECT count(*) FROM DR_ACCS WHERE EMAIL <> lower(trim(EMAIL))", 5),
        ("SELECT count(*) FROM DR_ACCS WHERE CURRENCY = 'NZD' AND STATE = ''", 5),
        ("SELECT count(*) FROM (SELECT 1 FROM DR_ADDRESSES GROUP BY ACCNO HAVING count(*) > 2)", 3),
        ("SELECT count(*) FROM STOCK_PRICES WHERE MINQTY > 1", 50),
        ("SELECT count(*) FROM STOCK_PRICES WHERE round(PRICE, 2) <> PRICE", 50),
        ("SELECT count(*) FROM DR_PRICES", 20),
    ],
)
def test_the_mess_real_data_has(erp: sqlite3.Connection, statement: str, least: int) -> None:
    assert int(str(one(erp, statement))) >= least


def test_exactly_one_item_on_the_web_has_no_price(erp: sqlite3.Connection) -> None:
    rows = erp.execute(
        "SELECT STOCKCODE FROM STOCK_ITEMS I WHERE WEB_SHOW = 'Y' AND ISACTIVE = 'Y' AND HASCHILDREN = 'N'"
        " AND NOT EXISTS (SELECT 1 FROM STOCK_PRICES P WHERE P.STOCKCODE = I.STOCKCODE AND PRICENO = 1)"
    ).fetchall()
    assert rows == [("LMP-090",)]


def test_addresses_telephone_numbers_and_e_mails_are_nobodys(erp: sqlite3.Connection) -> None:
    for (email,) in erp.execute("SELECT EMAIL FROM DR_ACCS UNION SELECT EMAIL FROM DR_CONTACTS"):
        if email:
            domain = email.strip().lower().split("@")[1]
            assert domain.endswith(".example") or domain in ("example.com", "example.net")
    for (url,) in erp.execute("SELECT IMAGE_URL1 FROM STOCK_ITEMS WHERE IMAGE_URL1 IS NOT NULL"):
        assert url.startswith("https://cdn.wattlekowhai.example/")


def test_a_change_moves_last_updated(erp: sqlite3.Connection) -> None:
    tables = [
        row[0]
        for row in erp.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        if row[0] not in ("STOCK_MOVES", "SALESORD_HDR", "SALESORD_LINES")
    ]
    assert len(tables) >= 12
    for table in tables:
        before = one(erp, f"SELECT LAST_UPDATED FROM {table} WHERE rowid = (SELECT min(rowid) FROM {table})")
        column = erp.execute(f"PRAGMA table_info({table})").fetchall()[1][1]
        erp.execute(f"UPDATE {table} SET {column} = {column} WHERE rowid = (SELECT min(rowid) FROM {table})")
        after = one(erp, f"SELECT LAST_UPDATED FROM {table} WHERE rowid = (SELECT min(rowid) FROM {table})")
        assert str(after) > str(before), table


@pytest.mark.parametrize(("state", "promised"), [("PENDING", 3), ("CONFIRMED", 3), ("DRAFT", 0)])
def test_an_open_order_promises_stock(erp: sqlite3.Connection, state: str, promised: int) -> None:
    on_hand, committed = stock(erp)
    place_order(erp, state)
    assert stock(erp) == (on_hand, committed + promised)
    assert one(erp, "SELECT count(*) FROM STOCK_MOVES") == (1 if promised else 0)


def test_an_order_through_its_states(erp: sqlite3.Connection) -> None:
    on_hand, committed = stock(erp)
    order = place_order(erp, "DRAFT")
    erp.execute("UPDATE SALESORD_HDR SET STATE = 'CONFIRMED' WHERE SEQNO = ?", (order,))
    assert stock(erp) == (on_hand, committed + 3)
    erp.execute("UPDATE SALESORD_LINES SET QUANTITY = 2 WHERE HDR_SEQNO = ? AND LINENO = 1", (order,))
    assert stock(erp) == (on_hand, committed + 2)
    erp.execute("UPDATE SALESORD_HDR SET STATE = 'COMPLETED' WHERE SEQNO = ?", (order,))
    assert stock(erp) == (on_hand - 2, committed)
    moves = erp.execute("SELECT MOVETYPE, QUANTITY, REFERENCE FROM STOCK_MOVES").fetchall()
    assert sorted(moves) == [("COMMIT", -1, "W9"), ("COMMIT", 3, "W9"), ("RELEASE", 2, "W9"), ("SALE", -2, "W9")]


def test_cancelling_or_deleting_frees_the_stock(erp: sqlite3.Connection) -> None:
    before = stock(erp)
    order = place_order(erp, "PENDING")
    erp.execute("UPDATE SALESORD_HDR SET STATE = 'CANCELLED' WHERE SEQNO = ?", (order,))
    assert stock(erp) == before
    order = place_order(erp, "PENDING", web_order_no="W10")
    erp.execute("DELETE FROM SALESORD_HDR WHERE SEQNO = ?", (order,))
    assert stock(erp) == before


def test_a_web_order_is_in_the_erp_once(erp: sqlite3.Connection) -> None:
    place_order(erp, "PENDING", web_order_no="W77")
    with pytest.raises(sqlite3.IntegrityError, match="WEB_ORDER_NO"):
        place_order(erp, "PENDING", web_order_no="W77")
    place_order(erp, "PENDING", web_order_no=None)
    place_order(erp, "PENDING", web_order_no=None)


def test_a_stock_move_counts_once_and_is_never_changed(erp: sqlite3.Connection) -> None:
    on_hand, committed = stock(erp)
    move = (
        "INSERT INTO STOCK_MOVES (STOCKCODE, LOCNO, MOVETYPE, QUANTITY, MOVE_KEY)"
        " VALUES ('MIR-002', 1, 'DAMAGE', -1, 'k1')"
    )
    erp.execute(move)
    with pytest.raises(sqlite3.IntegrityError, match="MOVE_KEY"):
        erp.execute(move)
    assert stock(erp) == (on_hand - 1, committed)
    with pytest.raises(sqlite3.IntegrityError, match="post another"):
        erp.execute("UPDATE STOCK_MOVES SET QUANTITY = 5")


def test_it_never_overwrites_and_never_leaves_half_a_file(tmp_path: Path) -> None:
    target = tmp_path / "erp.sqlite"
    target.write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        build_demo_erp(target, SCRIPTS)
    with pytest.raises(UsageError, match=r"no \*\.sql"):
        build_demo_erp(tmp_path / "new.sqlite", tmp_path)
    (tmp_path / "1.sql").write_text("CREATE TABLE A (B);")
    (tmp_path / "2.sql").write_text("CREATE TABLE C (;")
    with pytest.raises(UsageError, match=r"2\.sql"):
        build_demo_erp(tmp_path / "new.sqlite", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.sql", "2.sql", "erp.sqlite"]
