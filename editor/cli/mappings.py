"""`codi mappings`: what is published where, publish, roll back, take out to files and in again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from editor.bases import unpinned
from editor.cli.impact import impact, known_environment
from editor.cli.publish import ConnectionName, Number, publish, roll_back
from editor.cli.runtime import WHO, JsonOption, WorkspaceOption, run, settings
from editor.gateway import open_gateway
from engine.errors import UsageError
from engine.store.drafts import Drafts
from engine.store.mapping_sets import ENVIRONMENTS
from engine.store.revisions import Publication, Revisions, content_hash

app = typer.Typer(help="Mapping sets: publish, roll back, export, import.", no_args_is_help=True)
_out = Console()
app.command("impact")(impact)
app.command("publish")(publish)
app.command("rollback")(roll_back)


@app.command("list")
def list_sets(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Mapping sets, what runs in test and live, and whether the draft is ahead of live."""
    rows = run(_list(workspace))
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("connection", "files", "test", "live", "draft", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for row in rows:
        numbers = [str(row[name]) if row[name] else "–" for name in ENVIRONMENTS]
        table.add_row(row["connection"], str(row["files"]), *numbers, "ahead of live" if row["ahead"] else "as live")
    _out.print(table)


@app.command("history")
def history(
    connection: ConnectionName,
    env: Annotated[str | None, typer.Option("--env", help="test or live; both when left out.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What was published where, when, by whom and why, the newest first."""
    rows = [
        _publication(each) for each in run(_history(connection, known_environment(env) if env else None, workspace))
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("at", "env", "revision", "action", "who", "why", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for row in rows:
        at = row["at"][:16].replace("T", " ")
        table.add_row(at, row["environment"], str(row["revision"]), row["action"], row["who"], row["reason"])
    _out.print(table)


@app.command("export")
def export(
    connection: ConnectionName,
    folder: Annotated[Path, typer.Argument(help="Folder to write to; made when it is not there.")],
    env: Annotated[str | None, typer.Option("--env", help="What runs there; the draft when left out.")] = None,
    revision: Number = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Write a set's files, byte for byte as they were saved."""
    files = run(_export(connection, known_environment(env) if env else None, revision, workspace))
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
    typer.echo(f"{len(files)} files written to {folder}")


@app.command("import")
def import_files(
    connection: ConnectionName,
    folder: Annotated[Path, typer.Argument(help="Folder whose files become the draft.", exists=True, file_okay=False)],
    workspace: WorkspaceOption = None,
) -> None:
    """Make a folder's files the draft. What runs changes only when they are published."""
    files = _read(folder)
    bases = unpinned(files)
    run(_import(connection, {**files, **bases}, workspace))
    typer.echo(f"{len(files)} files are the draft of {connection} now")
    for path in bases:
        typer.echo(f"{path} was added: a mapping extends it, and a set keeps the base it was made with")


def _publication(each: Publication) -> dict[str, Any]:
    return {
        "at": each.at.isoformat(),
        "environment": each.environment,
        "revision": each.revision,
        "action": each.action,
        "who": each.who,
        "reason": each.reason,
    }


def _read(folder: Path) -> dict[str, str]:
    """path → text of every file below the folder that is not hidden. Raises UsageError for one that is no text."""
    files: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_dir() or any(part.startswith(".") for part in inside.parts):
            continue
        try:
            files[inside.as_posix()] = path.read_bytes().decode()
        except UnicodeDecodeError as error:
            raise UsageError(f"{path} is not UTF-8 text: byte {error.start}") from None
    if not files:
        raise UsageError(f"{folder} has no files to import")
    return files


async def _list(workspace: str | None) -> list[dict[str, Any]]:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        revisions = Revisions(gateway.database, place.id)
        rows = []
        for found in await Drafts(gateway.database, place.id).sets():
            draft = await revisions.export_files(found.connection)
            row: dict[str, Any] = {"connection": found.connection, "files": len(draft)}
            running = {name: await revisions.published(found.connection, name) for name in ENVIRONMENTS}
            row |= {name: revision.number if revision else None for name, revision in running.items()}
            live = running["live"]
            rows.append({**row, "ahead": live is None or live.hash != content_hash(draft)})
        return rows


async def _history(connection: str, environment: str | None, workspace: str | None) -> list[Publication]:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        return await Revisions(gateway.database, place.id).history(connection, environment)


async def _export(
    connection: str, environment: str | None, number: int | None, workspace: str | None
) -> Mapping[str, str]:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        revisions = Revisions(gateway.database, place.id)
        if environment is None:
            return await revisions.export_files(connection, number)
        running = await revisions.published(connection, environment)
        if running is None:
            raise UsageError(f"nothing of {connection} was published to {environment} yet")
        return running.files


async def _import(connection: str, files: Mapping[str, str], workspace: str | None) -> None:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        await Revisions(gateway.database, place.id).import_files(connection, files, who=WHO)
