"""`codi records`: get one, search, and what is kept about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from editor.cli.runtime import JsonOption, WorkspaceOption, run, settings
from editor.gateway import open_gateway
from engine.encoding import encode
from engine.records.entities import entity as check_entity
from engine.store.record_history import deliveries_of, links_of_record, said_about, versions_of
from engine.store.records import RecordRow, Records

app = typer.Typer(help="Records: look one up, search.", no_args_is_help=True)
_out = Console()

Entity = Annotated[str, typer.Argument(help="Such as product, customer, sales_order.", metavar="ENTITY")]
Key = Annotated[str, typer.Argument(help="Natural key: sku, code, number …", metavar="KEY")]


@app.command("get")
def get_record(
    entity: Entity,
    key: Key,
    history: Annotated[
        bool, typer.Option("--history", help="Also contributions, earlier versions, links and deliveries.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Print a record as JSON."""
    check_entity(entity)
    typer.echo(_json(run(_get(entity, key, history, workspace))))


@app.command("search")
def search(
    words: Annotated[list[str], typer.Argument(help="Words of its key or name; the last may be unfinished.")],
    entity: Annotated[str, typer.Option("--entity", help="Only these.")] = "",
    limit: Annotated[int, typer.Option(help="How many.", min=1, max=1000)] = 20,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find records by words. Exit code 1 when there are none."""
    if entity:
        check_entity(entity)
    rows = run(_search(" ".join(words), entity, limit, workspace))
    if as_json:
        typer.echo(_json([_shown(row) for row in rows]))
    else:
        table = Table("entity", "key", "name", "changed", "by", box=None, padding=(0, 1, 0, 0), pad_edge=False)
        for row in rows:
            name = str(row.document.get("name", ""))
            table.add_row(row.entity, row.key, name, f"{row.changed_at:%Y-%m-%d %H:%M}", row.changed_by or "–")
        _out.print(table)
    raise typer.Exit(0 if rows else 1)


def _json(value: Any) -> str:
    return msgspec.json.format(encode(value), indent=2).decode()


def _shown(row: RecordRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "entity": row.entity,
        "key": row.key,
        "deleted": row.deleted,
        "changed_at": row.changed_at,
        "changed_by": row.changed_by,
        "run": row.run,
        "owners": row.owners,
        "record": row.document,
    }


async def _get(entity: str, key: str, history: bool, workspace: str | None) -> Mapping[str, Any]:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        row = await Records(gateway.database, place.id).get(entity, key)
        if not history:
            return _shown(row)
        async with gateway.database.read(place.id) as tx:
            return {
                **_shown(row),
                "said": await said_about(tx, row.id),
                "versions": await versions_of(tx, row.id),
                "links": await links_of_record(tx, row.id),
                "deliveries": await deliveries_of(tx, row.id),
            }


async def _search(words: str, entity: str, limit: int, workspace: str | None) -> list[RecordRow]:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        return await Records(gateway.database, place.id).search(words, entity=entity, limit=limit)
