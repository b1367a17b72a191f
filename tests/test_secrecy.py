"""Secrets planted everywhere, then everything a person does: nothing that is printed, shown, logged, exported or stored
has one in it. The system on the other side repeats what it is sent, headers and address, in all its answers."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from editor.app import create_app
from editor.cli import main
from editor.gateway import Gateway, open_gateway
from editor.settings import Settings
from engine.store.connections import Connections
from engine.store.payloads import unpack
from engine.store.revisions import Revisions
from engine.store.runs import Runs
from engine.store.syncs import Sync, Syncs
from tests.editor.conftest import HERE, PASSWORD, SignedIn, add_cast, running

KEY = "canary-of-the-installation-0001"
TOKEN, QUERY, DATABASE = "canary/bearer+0002", "canary-query-0003", "canary-database-0004"
CODI = Path(sys.executable).parent / "codi"

MANIFEST: dict[str, Any] = {
    "format": 1,
    "connector": {"name": "parrot", "title": "Parrot"},
    "settings": {"token": {"type": "text", "secret": True}, "key": {"type": "text", "secret": True}},
    "check": {"path": "/ping"},
    "streams": {
        "items": {
            "key": "id",
            "entity": "product",
            "read": {"request": {"path": "/items", "query": {"key": "{{ settings.key }}"}}, "records": "items"},
            "write": {
                "create": {"path": "/items", "query": {"key": "{{ settings.key }}"}},
                "idempotency_header": "Idempotency-Key",
            },
        }
    },
}
STREAMS = {"items": {"entity": "product", "read": {"table": "items", "key": ["code"]}}}
IN = """\
format: 1
mapping: {0}/product.in
from: {{stream: items}}
to: {{entity: product}}
fields: {{sku: code, name: name}}
"""
OUT = "format: 1\nmapping: parrot/product.out\nfrom: {entity: product}\nto: {stream: items}\nfields: {id: sku}\n"


class Parrot(BaseHTTPRequestHandler):
    """Refuses everything and repeats it."""

    def _repeat(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = f"{self.path}\n{self.headers}".encode()
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = _repeat

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def parrot() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Parrot)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@dataclass
class Told:
    """Everything that was told, by what told it; and the secrets that must not be in it."""

    texts: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(
        default_factory=lambda: {"key": KEY, "token": TOKEN, "query": QUERY, "database": DATABASE, "password": PASSWORD}
    )

    def leaks(self, what: str = "") -> list[str]:
        return [
            f"{name} is in {place}: …{text[max(0, text.find(form) - 60) : text.find(form) + 60]}…"
            for name, secret in self.secrets.items()
            for form in (secret, quote(secret), quote(secret, safe=""), base64.b64encode(secret.encode()).decode()[:-4])
            for place, text in self.texts.items()
            if form in text and place.startswith(what)
        ]


@pytest.fixture
async def home(tmp_path: Path, parrot: str) -> Path:
    """Two connections to a system that repeats, one to a database that is not there, one to a database that is."""
    with closing(sqlite3.connect(tmp_path / "erp.sqlite")) as database:
        database.executescript(
            "CREATE TABLE items (code TEXT PRIMARY KEY, name TEXT); INSERT INTO items VALUES ('A', 'Oak');"
        )
    async with open_gateway(settings(tmp_path)) as gateway:
        await add_cast(gateway)
        await _connect(gateway, parrot, tmp_path)
    return tmp_path


def settings(home: Path) -> Settings:
    return Settings(home=home / "home", secret_key=KEY, log_level="debug")  # type: ignore[arg-type]


async def _connect(gateway: Gateway, parrot: str, home: Path) -> None:
    connections = Connections(gateway.database, 1, gateway.seal)
    bearer = {**MANIFEST, "http": {"base_url": parrot, "auth": {"type": "bearer", "token": "{{ settings.token }}"}}}
    basic = {"type": "basic", "username": "codi", "password": "{{ settings.token }}"}
    secrets = {"secrets": f"token: {TOKEN}\nkey: {QUERY}"}
    for name, manifest in (("parrot", bearer), ("basic", {**MANIFEST, "http": {"base_url": parrot, "auth": basic}})):
        await connections.save(
            name, title=name.title(), connector="http", settings={"manifest": manifest}, secrets=secrets
        )
    nowhere = {"url": "postgresql+psycopg://codi@127.0.0.1:1/erp", "streams": STREAMS}
    await connections.save(
        "nowhere", title="Nowhere", connector="sql", settings=nowhere, secrets={"password": DATABASE}
    )
    here = {"url": f"sqlite:///{home / 'erp.sqlite'}", "streams": STREAMS}
    await connections.save("erp", title="ERP", connector="sql", settings=here)
    revisions = Revisions(gateway.database, 1)
    for name in ("parrot", "basic", "nowhere", "erp"):
        files = {"product.in.yaml": IN.format(name), **({"product.out.yaml": OUT} if name == "parrot" else {})}
        await revisions.import_files(name, files, who="owner@rimu.example")
        await revisions.publish(name, "live", reason="first", who="owner@rimu.example")
    syncs = Syncs(gateway.database, 1)
    for name in ("parrot", "basic", "nowhere"):
        await syncs.save(Sync(name=name, title=name, entity="product", source=name, source_stream="items"))
    await syncs.save(
        Sync(
            name="deliver",
            title="Deliver",
            entity="product",
            source="erp",
            source_stream="items",
            destination="parrot",
            destination_stream="items",
        )
    )


async def codi(told: Told, home: Path, *words: str, debug: bool = True, **environment: str) -> int:
    """`codi` with these words, here; its exit code."""
    line = ["codi", *(["--debug"] if debug else []), *words]
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(said):
        for name, value in {**_environment(home), **environment}.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", line)
        try:
            await asyncio.to_thread(main.run)  # it has an event loop of its own
        except SystemExit as ended:
            told.texts[" ".join(line)] = _read(said)
            return int(ended.code or 0)
    raise AssertionError("a command ends with an exit code")


def _read(said: io.TextIOWrapper) -> str:
    said.seek(0)
    return said.read()


def apart(told: Told, home: Path, *words: str) -> int:
    """The same in a process of its own: of what executes runs there is one in a process."""
    command = [str(CODI), "--debug", *words]
    environment = {**os.environ, **_environment(home)}
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, timeout=60)
    told.texts[" ".join(["codi", *words])] = done.stdout + done.stderr
    return done.returncode


def _environment(home: Path) -> dict[str, str]:
    return {"CODI_HOME": str(home / "home"), "CODI_SECRET_KEY": KEY, "CODI_LOG_LEVEL": "debug"}


async def test_the_command_line(home: Path) -> None:
    told = Told()
    ours = ("--workspace", "rimu-co")
    for name in ("parrot", "basic", "nowhere"):
        assert await codi(told, home, "connect", "check", name, *ours) == 1
    assert await codi(told, home, "connect", "read", "basic", "items", *ours) == 1
    for sync in ("parrot", "deliver"):
        assert apart(told, home, "sync", "run", sync, "--json", *ours) == 1
    for words in (
        ("mappings", "export", "parrot", str(home / "out")),
        ("connect", "list", "--json"),
        ("sync", "status", "--json"),
        ("records", "why", "product", "A", "--json"),
    ):
        assert await codi(told, home, *words, *ours) == 0, "\n".join(told.texts.values())[-3000:]
    assert "•••" in told.texts[f"codi --debug connect check parrot {' '.join(ours)}"], "the parrot was heard"
    told.texts |= {f"export {path}": path.read_text() for path in (home / "out").rglob("*.yaml")}
    told.texts |= stored(home)
    assert not told.leaks(), "\n".join(told.leaks())
    assert "•••" in "".join(text for place, text in told.texts.items() if place.startswith("codi.db"))


async def test_a_database_that_does_not_answer(home: Path) -> None:
    url = f"postgresql://codi:{DATABASE}@127.0.0.1:1/none"
    for debug in (False, True):
        told = Told()
        assert await codi(told, home, "connect", "list", debug=debug, CODI_DATABASE_URL=url) == 1
        (text,) = told.texts.values()
        assert ("Traceback" in text) is debug
        assert not told.leaks(), "\n".join(told.leaks())


async def test_the_pages(home: Path) -> None:
    told = Told()
    async with opened(home) as app:
        gateway = app.state.services.gateway
        await Runs(gateway.database, 1).queue_run("r1", "parrot", trigger="hand", dry_run=False)
        async with SignedIn(app, "owner") as owner:
            await _make_secrets(told, owner)
            for name in ("parrot", "basic", "nowhere"):
                form = {"title": name, **_typed(await _page(owner, f"connections/{name}"))}
                for button in ({"test": "1"}, {}):
                    reply = await owner.post(
                        f"{HERE}/connections/{name}", data={**form, **button}, follow_redirects=True
                    )
                    assert reply.status_code == 200
                    told.texts[f"page connections/{name} {button}"] = reply.text
            reply = await owner.post(f"{HERE}/mappings/parrot/samples/capture", data={"mapping": "product.in"})
            told.texts["page samples"] = reply.text
        for who in ("owner", "consultant", "operator", "viewer"):
            async with SignedIn(app, who) as client:
                for path in PAGES:
                    reply = await client.get(f"{HERE}/{path}", follow_redirects=True)
                    told.texts[f"page {path} as {who}"] = reply.text
                told.secrets[f"session of {who}"] = client.cookies["codi_session"]
    told.texts |= stored(home)
    tested = told.texts["page connections/parrot {'test': '1'}"]
    assert "the system answered 400" in tested and "•••" in tested, "the parrot was heard"
    assert not told.leaks(), "\n".join(told.leaks())


PAGES = (
    "", "connections", "connections/parrot", "connections/basic", "connections/nowhere", "syncs", "syncs/add",
    "syncs/parrot", "syncs/deliver", "runs", "runs/r1", "mappings", "mappings/parrot/product.in",
    "mappings/parrot/publish", "mappings/parrot/history", "mappings/parrot/samples", "mappings/parrot/lookups",
    "settings/people", "settings/keys", "settings/audit",
)  # fmt: skip


async def _make_secrets(told: Told, owner: httpx.AsyncClient) -> None:
    """A key, a link and a second factor: each is shown once, by the answer that makes it."""
    made = (await owner.post(f"{HERE}/settings/keys", data={"name": "website", "scope": "read"})).text
    told.secrets["api key"] = _found(r"codi_[\w-]{40,}", made)
    linked = (await owner.post(f"{HERE}/settings/people/2/link")).text
    told.secrets["link"] = _found(r"/link/([\w-]{20,})", linked)
    offered = (await owner.get(f"{HERE}/settings/account")).text
    told.secrets["second factor"] = _found(r"secret=([A-Z2-7]{32})", offered)


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, text[:2000]
    return found[found.lastindex or 0]


async def _page(client: httpx.AsyncClient, path: str) -> str:
    return (await client.get(f"{HERE}/{path}")).text


def _typed(page: str) -> dict[str, str]:
    """What a browser would send of the connection's form."""
    form = _Form()
    form.feed(page)
    return form.sent


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self._inside = False
        self._box: str | None = None  # a text box or a choice that is open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        with_names = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = with_names.get("id") == "connection_form"
        name = with_names.get("name", "")
        if self._inside and tag in ("textarea", "select") and name:
            self._box = name
            self.sent[name] = ""
        elif self._inside and tag == "option" and self._box and ("selected" in with_names or not self.sent[self._box]):
            self.sent[self._box] = with_names.get("value", "")
        elif self._inside and tag == "input" and name and not name.startswith("_"):
            ticked = with_names.get("type") not in ("checkbox", "radio") or "checked" in with_names
            self.sent |= {name: with_names.get("value", "")} if ticked else {}

    def handle_data(self, data: str) -> None:
        if self._box and not self.sent[self._box]:
            self.sent[self._box] = data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "select"):
            self._box = None


@asynccontextmanager
async def opened(home: Path) -> AsyncIterator[Any]:
    async with running(create_app(settings(home))) as app:
        yield app


def stored(home: Path) -> dict[str, str]:
    """Every cell of CODI's databases as text, what is packed unpacked; sealed columns are as good as noise."""
    found = {}
    for path in (home / "home").glob("*.db"):
        with closing(sqlite3.connect(path)) as database:
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                rows = database.execute(f'SELECT * FROM "{table}"').fetchall()
                found[f"{path.name} {table}"] = "\n".join(_text(cell) for row in rows for cell in row)
    return found


def _text(cell: Any) -> str:
    if not isinstance(cell, bytes):
        return str(cell)
    try:
        return b"\n".join(part for part in unpack(cell) if part).decode("latin-1")
    except Exception:
        return cell.decode("latin-1")
