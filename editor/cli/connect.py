"""`codi connect`: which systems can be connected, and what a connection says.

Works on the connections of a workspace, or with `--connector` and `--settings` on a file, without CODI's database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from connectors.contract import CheckResult, Connector, Stream
from connectors.http.loading import load_yaml
from connectors.registry import CONNECTORS, open_connector
from editor.cli.runtime import JsonOption, WorkspaceOption, run, settings
from editor.gateway import open_gateway
from engine.encoding import decode, encode
from engine.errors import UsageError
from engine.store.connections import Connections
from engine.sync.ports import SourceObject

app = typer.Typer(help="Connected systems: what there is, whether it answers, what it holds.", no_args_is_help=True)
_out = Console()

Name = Annotated[str | None, typer.Argument(help="The connection's name.", metavar="CONNECTION")]
ConnectorOption = Annotated[str | None, typer.Option("--connector", help="A connector, with --settings.")]
SettingsOption = Annotated[Path | None, typer.Option("--settings", help="YAML or JSON file with its settings.")]


@app.command("list")
def list_connections(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The connections of a workspace, and the connectors there are."""
    rows = run(_listed(workspace))
    if as_json:
        kinds = [{"connector": kind.name, "title": kind.title} for kind in CONNECTORS.values()]
        typer.echo(encode({"connections": rows, "connectors": kinds}))
        return
    table = Table("connection", "title", "connector", "status", show_edge=False, pad_edge=False)
    for row in rows:
        table.add_row(row["connection"], row["title"], row["connector"], row["status"])
    _out.print(table)
    _out.print(f"\nConnectors: {', '.join(CONNECTORS)}", highlight=False)


@app.command("check")
def check(
    name: Name = None,
    connector: ConnectorOption = None,
    settings_file: SettingsOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try a connection out. Exit code 1 when it does not work."""
    result = run(_check(name, connector, settings_file, workspace))
    if as_json:
        shown = {"ok": result.ok, "kind": result.kind, "message": result.message, "details": result.details}
        typer.echo(encode(shown))
    else:
        typer.echo(result.message if result.ok else f"{result.kind}: {result.message}")
    raise typer.Exit(0 if result.ok else 1)


@app.command("streams")
def streams(
    name: Name = None,
    connector: ConnectorOption = None,
    settings_file: SettingsOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What a system holds: its streams, with their schemas under --json."""
    found = run(_streams(name, connector, settings_file, workspace))
    if as_json:
        typer.echo(encode(msgspec.to_builtins(found)))
        return
    table = Table("stream", "title", "entity", "direction", "key", "cursor", show_edge=False, pad_edge=False)
    for stream in found:
        key = ", ".join(stream.key)
        table.add_row(stream.name, stream.title, stream.entity or "–", stream.direction, key, stream.cursor or "–")
    _out.print(table)


@app.command("read")
def read(
    name: Annotated[str, typer.Argument(help="The connection's name, or the stream with --connector.")],
    stream: Annotated[str | None, typer.Argument(help="The stream.")] = None,
    connector: ConnectorOption = None,
    settings_file: SettingsOption = None,
    workspace: WorkspaceOption = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Just this key; may be said again.")] = None,
    cursor: Annotated[str | None, typer.Option(help="Read from here on: JSON, as a run keeps it.")] = None,
    limit: Annotated[int | None, typer.Option(help="Stop after so many records.", min=1)] = None,
    envelope: Annotated[bool, typer.Option("--envelope", help="Id, version and time around each record.")] = False,
) -> None:
    """Print a stream's records as JSONL."""
    connection = None if connector else name
    wanted = (name if stream is None else stream) if connector else stream
    if wanted is None:
        raise UsageError("say which stream: codi connect read CONNECTION STREAM")
    try:
        start = decode(cursor) if cursor else None
    except ValueError as error:
        raise UsageError(f"--cursor is not JSON: {error}") from None
    run(_read(connection, wanted, connector, settings_file, workspace, start, only, limit, envelope))


@asynccontextmanager
async def _opened(
    name: str | None, connector: str | None, file: Path | None, workspace: str | None
) -> AsyncIterator[Connector]:
    """Raises UsageError when it is not clear which connection is meant, ConfigError for wrong settings."""
    if connector is not None:
        async with open_connector(connector, _settings(file)) as opened:
            yield opened
        return
    if name is None:
        raise UsageError("say which connection, or --connector with --settings")
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        connections = Connections(gateway.database, place.id, gateway.seal)
        connection = await connections.get(name)
        secrets = await connections.secrets(name)
    async with open_connector(connection.connector, connection.settings, secrets) as opened:
        yield opened


def _settings(file: Path | None) -> dict[str, Any]:
    """The settings in a file; in one that holds a whole connection, its `settings`."""
    if file is None:
        raise UsageError("--connector needs --settings FILE")
    try:
        values = load_yaml(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {file}: {error}") from None
    if not isinstance(values, dict):
        raise UsageError(f"{file}: settings are a mapping")
    inner = values.get("settings")
    return inner if isinstance(inner, dict) and "connector" in values else values


async def _listed(workspace: str | None) -> list[dict[str, Any]]:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        found = await Connections(gateway.database, place.id, gateway.seal).all()
        return [{"connection": c.name, "title": c.title, "connector": c.connector, "status": c.status} for c in found]


async def _check(name: str | None, connector: str | None, file: Path | None, workspace: str | None) -> CheckResult:
    async with _opened(name, connector, file, workspace) as opened:
        return await opened.check()


async def _streams(name: str | None, connector: str | None, file: Path | None, workspace: str | None) -> list[Stream]:
    async with _opened(name, connector, file, workspace) as opened:
        return await opened.streams()


async def _read(
    name: str | None,
    stream: str,
    connector: str | None,
    file: Path | None,
    workspace: str | None,
    cursor: Any,
    only: list[str] | None,
    limit: int | None,
    envelope: bool,
) -> None:
    left = limit
    async with _opened(name, connector, file, workspace) as opened:
        async for page in opened.read(stream, cursor, only or None):
            for found in page.objects[:left]:
                typer.echo(encode(_envelope(found) if envelope else found.payload))
            if left is not None and (left := left - len(page.objects)) <= 0:
                return


def _envelope(found: SourceObject) -> dict[str, Any]:
    return {
        "external_id": found.external_id,
        "version": found.version,
        "modified_at": found.modified_at,
        "deleted": found.payload is None,
        "payload": found.payload,
    }
