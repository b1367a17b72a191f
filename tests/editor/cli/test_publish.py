"""`codi mappings publish` and `rollback` hold what the pages hold."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from editor.cli.mappings import app
from editor.gateway import open_gateway
from editor.settings import load_settings
from engine.errors import UsageError
from engine.store.workspaces import Workspaces
from tests.editor.sets import COUNT, edit, seed_sets

SKU = "sku: {expr: sku, required: true}"
TITLE = "title: name "


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with two published sets and forty stored products."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CODI_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CODI_DATABASE_URL", raising=False)

    async def seed() -> None:
        async with open_gateway(load_settings()) as gateway:
            await Workspaces(gateway.database).ensure("main", "Main")
            await seed_sets(gateway)

    asyncio.run(seed())
    return tmp_path


def drafted(old: str, new: str, path: str = "product.out.yaml") -> None:
    async def change() -> None:
        async with open_gateway(load_settings()) as gateway:
            await edit(gateway, "shop", path, old, new)

    asyncio.run(change())


def codi(*words: str) -> Result:
    done = CliRunner().invoke(app, [*words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def running() -> dict[str, int]:
    rows = json.loads(codi("list", "--json").stdout)
    (shop,) = (row for row in rows if row["connection"] == "shop")
    return {"test": shop["test"], "live": shop["live"]}


def test_a_draft_with_errors_is_not_published() -> None:
    drafted(TITLE, "title: $nosuch(name) ")
    done = codi("publish", "shop", "--reason", "never mind", "--confirm", "1")
    assert done.exit_code == 1
    assert "product.out.yaml:8:10 CODI2" in done.stderr
    assert "codi: not in live: 1 problem has to be mended first." in done.stderr
    assert codi("publish", "shop", "--reason", "to try", "--env", "test").exit_code == 1
    assert running() == {"test": 1, "live": 1}


def test_more_than_the_limit_needs_the_number_and_test_does_not() -> None:
    drafted(TITLE, "title: $uppercase(name) ")
    for confirm in ([], ["--confirm", str(COUNT - 1)]):
        done = codi("publish", "shop", "--reason", "capitals", *confirm)
        assert done.exit_code == 1
        words = "40 records come out differently, 100.0% of 40; the limit is 5 %. Mend it, or say --confirm 40."
        assert words in done.stderr
        assert running() == {"test": 1, "live": 1}
    assert codi("publish", "shop", "--reason", "to try", "--env", "test").exit_code == 0
    done = codi("publish", "shop", "--reason", "capitals", "--confirm", str(COUNT))
    assert (done.exit_code, "shop runs revision 2" in done.stdout) == (0, True)
    assert running() == {"test": 2, "live": 2}


def test_failing_golden_tests_are_named_and_need_their_number() -> None:
    drafted("title: Oak desk 1}", "title: Oak table}", "product.out.golden/desk.yaml")
    done = codi("publish", "shop", "--reason", "the test is wrong")
    assert done.exit_code == 1
    assert "product.out.golden/desk.yaml" in done.stderr
    assert "codi: not in live: 1 golden test fails. Mend it, or say --confirm 1." in done.stderr
    assert running()["live"] == 1
    assert codi("publish", "shop", "--reason", "the test is wrong", "--confirm", "1").exit_code == 0
    assert running()["live"] == 2


def test_going_back_asks_too_but_takes_what_ran_before() -> None:
    drafted(TITLE, "title: $uppercase(name) ")
    assert codi("publish", "shop", "--reason", "capitals", "--confirm", str(COUNT)).exit_code == 0
    done = codi("rollback", "shop", "--reason", "too loud")
    assert done.exit_code == 1
    assert "--confirm 40" in done.stderr
    assert running()["live"] == 2
    assert codi("rollback", "shop", "--reason", "too loud", "--confirm", "40").exit_code == 0
    assert codi("publish", "shop", "--reason", "after all", "--revision", "2").exit_code == 1
    assert running()["live"] == 1


def test_json_says_what_holds_it() -> None:
    drafted(TITLE, "title: $uppercase(name) ")
    done = codi("publish", "shop", "--reason", "capitals", "--json")
    assert done.exit_code == 1
    told: dict[str, Any] = json.loads(done.stdout)
    assert (told["confirm"], told["check"]["affected"], told["check"]["failing"]) == (COUNT, COUNT, 1)
    assert "revision" not in told
    done = codi("publish", "shop", "--reason", "capitals", "--json", "--confirm", "40")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["revision"], "held" in told) == (0, 2, False)


def test_a_reason_says_something() -> None:
    done = CliRunner().invoke(app, ["publish", "shop", "--reason", " "])
    assert isinstance(done.exception, UsageError)
