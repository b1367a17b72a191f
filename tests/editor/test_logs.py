"""Logs: one line for each thing that happened, as text or JSON, and no secret in any of them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from litestar import Litestar

from editor.logs import Handler, set_up_logging
from editor.settings import Settings
from engine.redaction import HIDDEN, Secrets
from tests.editor.conftest import client_of

SECRET = "karaka/77+x"


@pytest.fixture(autouse=True)
def afterwards() -> Iterator[None]:
    root = logging.getLogger()
    level = root.level
    yield
    for handler in [each for each in root.handlers if isinstance(each, Handler)]:
        root.removeHandler(handler)
    root.setLevel(level)


def fails(password: str) -> None:
    typed = f"typed {password}"
    raise ValueError(f"not {typed}"[:3])


@pytest.mark.parametrize("form", ["text", "json"])
def test_whoever_logs_tells_no_secret(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    secrets = Secrets([SECRET])
    set_up_logging("debug", form)
    logging.getLogger("httpx").setLevel(logging.DEBUG)
    logging.getLogger("httpx").info("HTTP Request: GET https://far.example/items?key=%s", "karaka%2F77%2Bx")
    logging.getLogger("engine.runtime").debug("url %s", SECRET)
    structlog.get_logger("editor.faults").error("request failed", path=f"/x/{SECRET}", said={"a": [SECRET]})
    try:
        fails(SECRET)
    except ValueError:
        structlog.get_logger("editor").exception("a defect")
        logging.getLogger("engine").exception("another")
    out, err = capsys.readouterr()
    assert out == "", "standard output is for what a command prints"
    assert err.count(HIDDEN) >= 4
    assert "karaka" not in err
    assert err.count("ValueError: not") == 2
    assert "locals" not in err and "password" not in err, "a traceback shows where, not what people typed"
    if form == "json":
        lines = [json.loads(line) for line in err.splitlines()]
        assert [line["level"] for line in lines] == ["info", "debug", "error", "error", "error"]
        assert lines[2]["path"] == f"/x/{HIDDEN}"
    assert secrets


def test_the_level_holds(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("warning", "text")
    structlog.get_logger("editor").info("quiet")
    logging.getLogger("engine").info("quiet")
    set_up_logging("warning", "text")
    structlog.get_logger("editor").warning("told once")
    err = capsys.readouterr().err
    assert "quiet" not in err
    assert err.count("told once") == 1


async def test_a_one_time_link_is_in_no_log(
    app: Litestar, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging("debug", "text")

    async def broken(*_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(app.state.services.people, "link_is_valid", broken, raising=False)
    monkeypatch.setattr("engine.store.people.People.link_is_valid", broken)
    reply = await client_of(app).get("/link/karaka-token")
    assert reply.status_code == 500
    assert "karaka" not in reply.text
    err = capsys.readouterr().err
    assert f"/link/{HIDDEN}" in err
    assert "karaka" not in err


async def test_the_keys_of_an_open_codi_are_hidden(app: Litestar, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("debug", "text")
    (key,) = app.state.services.gateway.settings.secret_keys()
    logging.getLogger("anybody").error("key %s", key)
    assert key not in capsys.readouterr().err


def test_settings_do_not_show_their_secrets() -> None:
    shown = repr(Settings(database_url="postgresql://codi:karaka@db.example/codi", secret_key="karaka"))
    assert "karaka" not in shown
