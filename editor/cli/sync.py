"""`codi sync`: list, run, follow, cancel."""

from __future__ import annotations

import json
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from editor.cli.progress import Finished, bars, summary_table, watch
from editor.cli.runtime import WHO, JsonOption, WorkspaceOption, run, settings
from editor.gateway import open_gateway
from editor.runs import run_desk
from engine.store.dead_letters import DeadLetters
from engine.store.runs import Runs
from engine.store.syncs import Syncs
from engine.sync.counts import Counts
from engine.sync.ports import RunRow

app = typer.Typer(help="Syncs and their runs.", no_args_is_help=True)
_out = Console()
_err = Console(stderr=True)

SyncName = Annotated[str, typer.Argument(help="The sync's name.", metavar="NAME")]
RunId = Annotated[str, typer.Argument(help="The run's id.", metavar="RUN")]


@app.command("list")
def list_syncs(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The syncs in the order they run, with their last run."""
    rows = run(_list(workspace))
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("sync", "from", "to", "last run", "status", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for row in rows:
        ended = (row["last_run"] or "never").replace("T", " ")[:16]
        table.add_row(row["sync"], row["from"] or "–", row["to"] or "–", ended, row["status"] or "–")
    _out.print(table)


@app.command("run")
def run_sync(
    name: SyncName,
    workspace: WorkspaceOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look, write nothing.")] = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="Just this key; may be said again.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything, whatever was read before.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run a sync now and wait for its end. Exit code 1 when it failed or left records behind."""
    finished = run(_run(name, workspace, dry_run=dry_run, only=only, full=full))
    _show(finished, as_json)


@app.command("status")
def status(
    name: Annotated[str | None, typer.Argument(help="A sync's name; all syncs where left out.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    limit: Annotated[int, typer.Option(help="How many runs.", min=1, max=1000)] = 20,
) -> None:
    """The last runs, the newest first."""
    rows = run(_status(name, workspace, limit))
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode([_shown(row) for row in rows]), indent=2).decode())
        return
    table = Table("run", "sync", "status", "started", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.columns[0].no_wrap = True
    for column in ("read", "delivered", "rejected"):
        table.add_column(column, justify="right")
    for row in rows:
        summary = Counts(**row.counts).summary()
        numbers = [f"{summary[column]:,}" for column in ("read", "delivered", "rejected")]
        table.add_row(row.id, row.sync, row.status, f"{row.started_at or row.queued_at:%m-%d %H:%M:%S}", *numbers)
    _out.print(table)


@app.command("cancel")
def cancel(run_id: RunId, workspace: WorkspaceOption = None) -> None:
    """Stop a run after the page or batch it is at."""
    run(_cancel(run_id, workspace))


@app.command("resume")
def resume(name: SyncName, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Switch a paused sync on and go on where its last run ended, however that one ended."""
    finished = run(_run(name, workspace, dry_run=False, only=None, full=False, enable=True))
    _show(finished, as_json)


@app.command("replay")
def replay(
    name: SyncName,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try the sync's dead letters again, and nothing else."""
    finished = run(_replay(name, workspace))
    if finished is None:
        typer.echo(f"{name} has no dead letters")
        return
    _show(finished, as_json)


def _show(finished: Finished, as_json: bool) -> None:
    """Prints how a run ended, and ends the command with the exit code for it."""
    if as_json:
        typer.echo(json.dumps(finished.as_dict(), indent=2))
    else:
        _out.print(summary_table([finished]))
        if finished.row.error:
            _err.print(f"codi: {finished.row.error}", markup=False, highlight=False)
    raise typer.Exit(0 if finished.row.status == "done" and finished.summary["rejected"] == 0 else 1)


async def _list(workspace: str | None) -> list[dict[str, Any]]:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        runs = Runs(gateway.database, place.id)
        rows = []
        for sync in await Syncs(gateway.database, place.id).all():
            last = next(iter(await runs.list_runs(sync=sync.name, limit=1)), None)
            rows.append(
                {
                    "sync": sync.name,
                    "title": sync.title,
                    "entity": sync.entity,
                    "from": f"{sync.source}/{sync.source_stream}" if sync.source else None,
                    "to": f"{sync.destination}/{sync.destination_stream}" if sync.destination else None,
                    "enabled": sync.enabled,
                    "last_run": last.queued_at.isoformat() if last else None,
                    "status": last.status if last else None,
                }
            )
        return rows


async def _run(
    name: str, workspace: str | None, *, dry_run: bool, only: list[str] | None, full: bool, enable: bool = False
) -> Finished:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        await Syncs(gateway.database, place.id).get(name)  # before a worker is started for nothing
        if enable:
            await Syncs(gateway.database, place.id).enable(name)
        async with run_desk(gateway) as desk:
            run_id = await desk.start(place.id, name, by=WHO, only=only or None, full=full, dry_run=dry_run)
            with bars(_err) as progress:
                return await watch(desk, place.id, run_id, progress)


async def _replay(name: str, workspace: str | None) -> Finished | None:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        await Syncs(gateway.database, place.id).get(name)
        letters = await DeadLetters(gateway.database, place.id).open(sync=name)
        if not letters:
            return None
        async with run_desk(gateway) as desk:
            keys = [letter.key for letter in letters]
            run_id = await desk.start(place.id, name, by=WHO, trigger="replay", only=keys)
            with bars(_err) as progress:
                return await watch(desk, place.id, run_id, progress)


async def _status(name: str | None, workspace: str | None, limit: int) -> list[RunRow]:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        if name is not None:
            await Syncs(gateway.database, place.id).get(name)
        return await Runs(gateway.database, place.id).list_runs(sync=name, limit=limit)


async def _cancel(run_id: str, workspace: str | None) -> None:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        await Runs(gateway.database, place.id).get_run(run_id)
        async with run_desk(gateway, work=False) as desk:
            await desk.cancel(place.id, run_id)


def _shown(row: RunRow) -> dict[str, Any]:
    return {
        "run": row.id,
        "sync": row.sync,
        "status": row.status,
        "trigger": row.trigger,
        "dry_run": row.dry_run,
        **Counts(**row.counts).summary(),
        "queued_at": row.queued_at,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "error": row.error,
    }
