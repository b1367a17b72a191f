"""`codi connect` on a settings file: what it prints, and how it ends."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from editor.cli.connect import app
from engine.errors import CodiError, ConfigError, UsageError

SETTINGS = """
url: sqlite:///{folder}/erp.sqlite
streams:
  items:
    entity: product
    read: {{table: items, key: [code], cursor: changed, page_size: 1, deleted: {{column: gone}}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "erp.sqlite")) as database:
        database.executescript(
            "CREATE TABLE items (code TEXT PRIMARY KEY, price NUMERIC(8,2), changed TEXT, gone INTEGER DEFAULT 0);"
            "INSERT INTO items VALUES ('A', 1.1, '2026-01-01 00:00:00', 0), ('B', 2, '2026-01-02 00:00:00', 1);"
        )
    (tmp_path / "erp.yaml").write_text(SETTINGS.format(folder=tmp_path))
    whole = {"connection": "erp", "connector": "sql", "settings": json.loads("{}")}
    (tmp_path / "empty.json").write_text(json.dumps(whole))
    return tmp_path


def codi(folder: Path, *words: str, settings: str = "erp.yaml") -> Result:
    return CliRunner().invoke(app, [*words, "--connector", "sql", "--settings", str(folder / settings)])


def error_of(result: Result) -> CodiError:
    assert isinstance(result.exception, CodiError)
    return result.exception


def test_check(folder: Path) -> None:
    result = codi(folder, "check", "--json")
    assert result.exit_code == 0
    assert json.loads(result.output)["message"] == "Connected; 1 stream fits the tables"
    with closing(sqlite3.connect(folder / "erp.sqlite")) as database:
        database.execute("ALTER TABLE items RENAME TO item")
    result = codi(folder, "check")
    assert result.exit_code == 1
    assert result.output.startswith("config: streams.items.read.table: there is no table 'items'; did you mean item?")


def test_streams(folder: Path) -> None:
    assert "product" in codi(folder, "streams").output
    stream = json.loads(codi(folder, "streams", "--json").output)[0]
    assert (stream["name"], stream["direction"], stream["cursor"]) == ("items", "read", "changed")
    assert stream["schema"]["properties"]["price"]["type"] == ["number", "null"]


def test_read(folder: Path) -> None:
    lines = [json.loads(line) for line in codi(folder, "read", "items").output.splitlines()]
    assert [line and line["price"] for line in lines] == [1.1, None]
    assert codi(folder, "read", "items", "--limit", "1").output.startswith('{"code":"A","price":1.10,')
    assert len(codi(folder, "read", "items", "--limit", "1").output.splitlines()) == 1
    envelope = json.loads(codi(folder, "read", "items", "--only", "B", "--envelope").output)
    assert envelope["external_id"] == "B" and envelope["deleted"] is True
    cursor = json.dumps({"at": "2026-01-02 00:00:00"})
    assert codi(folder, "read", "items", "--cursor", cursor).output == "null\n"


def test_wrong_use(folder: Path) -> None:
    assert "did you mean items?" in error_of(codi(folder, "read", "item")).message
    assert isinstance(error_of(codi(folder, "read", "items", "--cursor", "{")), UsageError)
    assert isinstance(error_of(codi(folder, "check", settings="nowhere.yaml")), UsageError)
    assert "url: is required" in error_of(codi(folder, "check", settings="empty.json")).message
    with pytest.raises(ConfigError, match="there is no connector 'sqll'"):
        CliRunner().invoke(
            app, ["check", "--connector", "sqll", "--settings", str(folder / "erp.yaml")], catch_exceptions=False
        )
    with pytest.raises(UsageError, match="say which connection"):
        CliRunner().invoke(app, ["check"], catch_exceptions=False)
