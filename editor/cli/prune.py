"""`codi prune`: takes away what is past its retention."""

from __future__ import annotations

import json

import typer
from rich.console import Console
from rich.table import Table

from editor.cli.runtime import JsonOption, WorkspaceOption, run, settings
from editor.gateway import open_gateway
from engine.store.retention import Pruned, prune
from engine.store.workspaces import Workspaces

_out = Console()


def prune_workspaces(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Take away payloads, versions, deliveries, dead letters and runs that are past their retention; all workspaces
    unless one is named."""
    pruned = run(_prune(workspace))
    if as_json:
        typer.echo(json.dumps({name: each.as_dict() for name, each in pruned.items()}, indent=2))
        return
    columns = ("payload_blocks", "versions", "deliveries", "letters", "runs")
    table = Table("workspace", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), justify="right")
    for name, each in pruned.items():
        table.add_row(name, *(f"{each.as_dict()[column]:,}" for column in columns))
    _out.print(table)


async def _prune(workspace: str | None) -> dict[str, Pruned]:
    async with open_gateway(settings()) as gateway:
        workspaces = Workspaces(gateway.database)
        chosen = [await workspaces.get(workspace)] if workspace else await workspaces.all()
        return {each.name: await prune(gateway.database, each.id) for each in chosen}
