"""`codi mappings`, from import to rollback."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from editor.cli.map import app as map_app
from editor.cli.mappings import app
from editor.gateway import open_gateway
from editor.settings import load_settings
from engine.errors import CodiError, NotFoundError, UsageError
from engine.store.connections import Connections
from engine.store.workspaces import Workspaces
from tests.presence import ROOT

MAPPING = "format: 1  # kept as written\r\nmapping: erp/product.in\nfields: {sku: CODE}\n"
SECOND = MAPPING.replace("CODE", "code")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of mappings, beside a home with the workspace `main` and its connection `erp`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CODI_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CODI_DATABASE_URL", raising=False)
    asyncio.run(_workspace())
    files = tmp_path / "files"
    (files / "erp").mkdir(parents=True)
    (files / "erp" / "product.in.yaml").write_bytes(MAPPING.encode())
    return files


async def _workspace() -> None:
    async with open_gateway(load_settings()) as gateway:
        place = await Workspaces(gateway.database).ensure("main", "Main")
        connections = Connections(gateway.database, place.id, gateway.seal)
        await connections.save("erp", title="ERP", connector="sql", settings={})


def codi(*words: str) -> Any:
    done = CliRunner().invoke(app, list(words))
    if isinstance(done.exception, CodiError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return json.loads(done.output) if "--json" in words else done.output


def test_import_publish_roll_back_and_export(folder: Path, tmp_path: Path) -> None:
    codi("import", "erp", str(folder))
    assert codi("publish", "erp", "--reason", "first", "--json")["revision"] == 1
    (folder / "erp" / "product.in.yaml").write_bytes(SECOND.encode())
    codi("import", "erp", str(folder))
    (row,) = codi("list", "--json")
    assert row == {"connection": "erp", "files": 1, "test": None, "live": 1, "ahead": True}
    assert codi("publish", "erp", "--reason", "second", "--env", "test", "--json")["revision"] == 2
    assert codi("publish", "erp", "--reason", "tested", "--revision", "2", "--json")["revision"] == 2
    assert codi("rollback", "erp", "--reason", "wrong prices", "--json")["revision"] == 1
    history = codi("history", "erp", "--env", "live", "--json")
    assert [(each["action"], each["revision"], each["reason"]) for each in history] == [
        ("rollback", 1, "wrong prices"),
        ("publish", 2, "tested"),
        ("publish", 1, "first"),
    ]
    codi("export", "erp", str(tmp_path / "live"), "--env", "live")
    codi("export", "erp", str(tmp_path / "two"), "--revision", "2")
    codi("export", "erp", str(tmp_path / "draft"))
    assert (tmp_path / "live" / "erp" / "product.in.yaml").read_bytes() == MAPPING.encode()
    assert (tmp_path / "two" / "erp" / "product.in.yaml").read_bytes() == SECOND.encode()
    assert (tmp_path / "draft" / "erp" / "product.in.yaml").read_bytes() == SECOND.encode()
    assert "erp" in codi("list") and "wrong prices" in codi("history", "erp")


def test_a_set_keeps_the_base_it_extends(folder: Path, tmp_path: Path) -> None:
    """Out to files and in again, and the commands for files on them, with the base of the set and not of this CODI."""
    mapping = folder / "erp" / "category.out.yaml"
    mapping.write_text(
        "format: 1\nmapping: erp/category.out\nextend: sandbox_shop/category.out\nfields: {slug: code}\n"
    )
    base = "shipped/sandbox_shop/category.out.yaml"
    assert base in codi("import", "erp", str(folder))
    assert base in codi("publish", "erp", "--reason", "first", "--json")["files"]
    out = tmp_path / "out"
    codi("export", "erp", str(out), "--revision", "1")
    assert (out / base).read_bytes() == (ROOT / "mappings" / "sandbox_shop" / "category.out.yaml").read_bytes()
    assert (out / "erp" / "category.out.yaml").read_bytes() == mapping.read_bytes()
    (out / base).write_text((out / base).read_text().replace("default: 0", "default: 7"))
    codi("import", "erp", str(out))
    codi("export", "erp", str(tmp_path / "again"))
    files = [path.relative_to(out) for path in out.rglob("*.yaml")]
    assert len(files) == 3 and all(
        (out / path).read_bytes() == (tmp_path / "again" / path).read_bytes() for path in files
    )
    exported = str(out / "erp" / "category.out.yaml")
    assert CliRunner().invoke(map_app, ["check", exported]).exit_code == 0
    (out / "one.json").write_text('{"code": "A", "name": "B"}')
    made = CliRunner().invoke(map_app, ["run", exported, "--input", str(out / "one.json")])
    assert json.loads(made.stdout) == {"code": "A", "name": "B", "slug": "A", "position": 7, "active": True}


def test_wrong_use_is_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="'shop'"):
        codi("import", "shop", str(folder))
    with pytest.raises(NotFoundError, match="no mappings"):
        codi("publish", "erp", "--reason", "none yet")
    codi("import", "erp", str(folder))
    with pytest.raises(UsageError, match="nothing of erp was published to live"):
        codi("export", "erp", str(tmp_path / "out"), "--env", "live")
    with pytest.raises(UsageError, match="--env is test or live"):
        codi("publish", "erp", "--reason", "x", "--env", "prod")
    codi("publish", "erp", "--reason", "first")
    with pytest.raises(UsageError, match="nothing earlier"):
        codi("rollback", "erp", "--reason", "x")
    (folder / "picture.png").write_bytes(b"\x89PNG\xff")
    with pytest.raises(UsageError, match=r"picture\.png is not UTF-8"):
        codi("import", "erp", str(folder))
