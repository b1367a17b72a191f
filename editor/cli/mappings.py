"""`codi mappings`: what is published where, publish, roll back, take out to files and in again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from editor.cli.impact import impact
from editor.cli.runtime import WHO, JsonOption, WorkspaceOption, run, settings
from editor.gateway import open_gateway
from engine.errors import UsageError
from engine.store.drafts import Drafts
from engine.store.mapping_sets import ENVIRONMENTS
from engine.store.revisions import Publication, Revision, Revisions, content_hash

app = typer.Typer(help="Mapping sets: publish, roll back, export, import.", no_args_is_help=True)
_out = Console()
app.command("impact")(impact)

ConnectionName = Annotated[str, typer.Argument(help="The connection whose mappings they are.", metavar="CONNECTION")]
Environment = Annotated[str, typer.Option("--env", help=" or ".join(ENVIRONMENTS))]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the history.")]
Number = Annotated[int | None, typer.Option("--revision", help="A revision there is; the draft when left out.")]


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
    rows = [_publication(each) for each in run(_history(connection, _known(env) if env else None, workspace))]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("at", "env", "revision", "action", "who", "why", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for row in rows:
        at = row["at"][:16].replace("T", " ")
        table.add_row(at, row["environment"], str(row["revision"]), row["action"], row["who"], row["reason"])
    _out.print(table)


@app.command("publish")
def publish(
    connection: ConnectionName,
    reason: Reason,
    env: Environment = "live",
    revision: Number = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have an environment run the draft as it is now, or a revision there is already."""
    _told(run(_publish(connection, _known(env), reason, revision, workspace)), connection, env, as_json)


@app.command("rollback")
def roll_back(
    connection: ConnectionName,
    reason: Reason,
    to: Annotated[int | None, typer.Option("--to", help="Revision; the one before the last when left out.")] = None,
    env: Environment = "live",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have an environment run an earlier revision again."""
    _told(run(_roll_back(connection, _known(env), reason, to, workspace)), connection, env, as_json)


@app.command("export")
def export(
    connection: ConnectionName,
    folder: Annotated[Path, typer.Argument(help="Folder to write to; made when it is not there.")],
    env: Annotated[str | None, typer.Option("--env", help="What runs there; the draft when left out.")] = None,
    revision: Number = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Write a set's files, byte for byte as they were saved."""
    files = run(_export(connection, _known(env) if env else None, revision, workspace))
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
    run(_import(connection, files, workspace))
    typer.echo(f"{len(files)} files are the draft of {connection} now")


def _known(environment: str) -> str:
    if environment not in ENVIRONMENTS:
        raise UsageError(f"--env is {' or '.join(ENVIRONMENTS)}, not {environment!r}")
    return environment


def _told(revision: Revision, connection: str, environment: str, as_json: bool) -> None:
    if as_json:
        made = {"connection": connection, "environment": environment, "revision": revision.number}
        typer.echo(json.dumps({**made, "hash": revision.hash, "files": sorted(revision.files)}, indent=2))
        return
    typer.echo(f"{connection} runs revision {revision.number} ({revision.hash[:12]}) in {environment}")


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


async def _publish(
    connection: str, environment: str, reason: str, number: int | None, workspace: str | None
) -> Revision:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        revisions = Revisions(gateway.database, place.id)
        return await revisions.publish(connection, environment, reason=reason, who=WHO, number=number)


async def _roll_back(
    connection: str, environment: str, reason: str, number: int | None, workspace: str | None
) -> Revision:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        revisions = Revisions(gateway.database, place.id)
        if number is None:
            before = await revisions.history(connection, environment, limit=2)
            if len(before) < 2:
                raise UsageError(f"{connection} has nothing earlier in {environment} to go back to")
            number = before[1].revision
        return await revisions.roll_back(connection, environment, number, reason=reason, who=WHO)


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
