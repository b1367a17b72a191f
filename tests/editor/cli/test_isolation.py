"""`--workspace` says whose things a command is about: those of another workspace are not there, and stay."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from editor.cli.main import app
from editor.gateway import open_gateway
from editor.settings import load_settings
from engine.errors import CodiError, UsageError
from engine.store.workspaces import Workspaces
from tests import somebody_else as they

COMMANDS = {
    "mappings impact": ["mappings", "impact", they.SHOP],
    "mappings history": ["mappings", "history", they.SHOP],
    "mappings publish": ["mappings", "publish", they.SHOP, "--reason", "mine", "--revision", "1"],
    "mappings rollback": ["mappings", "rollback", they.SHOP, "--reason", "mine", "--to", "1"],
    "mappings export": ["mappings", "export", they.SHOP, "out"],
    "mappings import": ["mappings", "import", they.SHOP, "in"],
    "connect check": ["connect", "check", they.ERP],
    "connect streams": ["connect", "streams", they.ERP],
    "connect read": ["connect", "read", they.ERP, "zephyr_items"],
    "sync run": ["sync", "run", they.SYNC],
    "sync status": ["sync", "status", they.SYNC],
    "sync cancel": ["sync", "cancel", they.RUN],
    "sync resume": ["sync", "resume", they.SYNC],
    "sync replay": ["sync", "replay", they.SYNC],
    "records get": ["records", "get", "product", they.KEY],
    "records why": ["records", "why", "product", they.KEY],
    "records erase": ["records", "erase", they.KEY, "--yes"],
}
LISTS = {
    "mappings list": ["mappings", "list"],
    "connect list": ["connect", "list"],
    "sync list": ["sync", "list"],
    "records search": ["records", "search", "quillfish"],
    "prune": ["prune"],
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with the workspace `mine`, which is empty, and theirs."""
    folder = tmp_path_factory.mktemp("codi")
    (folder / "in").mkdir()
    (folder / "in" / "a.yaml").write_text("format: 1\n")

    async def fill() -> None:
        async with open_gateway(load_settings({"CODI_HOME": str(folder)}, folder)) as gateway:
            workspaces = Workspaces(gateway.database)
            await workspaces.ensure("mine", "Mine")
            theirs = await workspaces.ensure("theirs", "Theirs")
            await they.fill(gateway.database, gateway.seal, theirs.id)

    asyncio.run(fill())
    return folder


@pytest.fixture(autouse=True)
def here(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    monkeypatch.setenv("CODI_HOME", str(home))


def rows(home: Path) -> dict[str, list[tuple[object, ...]]]:
    async def read() -> dict[str, list[tuple[object, ...]]]:
        async with open_gateway(load_settings({"CODI_HOME": str(home)}, home)) as gateway:
            theirs = await Workspaces(gateway.database).get("theirs")
            return await they.everything(gateway.database, theirs.id)

    return asyncio.run(read())


def test_their_things_are_not_there(home: Path) -> None:
    before = rows(home)
    for name, words in {**COMMANDS, **LISTS}.items():
        done = CliRunner().invoke(app, [*words, "--workspace", "mine"])
        told = f"{done.output} {done.exception!r}".lower()
        assert they.SECRET not in told, f"{name} told {told}"
        if name in COMMANDS:
            assert isinstance(done.exception, CodiError) and not isinstance(done.exception, UsageError), (name, told)
    assert rows(home) == before


def test_whose_things_has_to_be_said() -> None:
    for words in (COMMANDS["records get"], LISTS["sync list"]):
        done = CliRunner().invoke(app, words)
        assert isinstance(done.exception, UsageError)
        assert "--workspace mine | theirs" in done.exception.message
