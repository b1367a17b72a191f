"""`codi records`: one record, where it comes from and went to, a search, and forgetting a customer."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from editor.cli.runtime import WHO, JsonOption, WorkspaceOption, run, settings
from editor.gateway import open_gateway
from engine.encoding import decode
from engine.store.erasure import Erased, erase_customer
from engine.store.payloads import read_payload
from engine.store.record_history import deliveries_of, links_of_record, said_about
from engine.store.records import RecordRow, Records

app = typer.Typer(help="Normalised records.", no_args_is_help=True)
_out = Console()

Entity = Annotated[str, typer.Argument(help="product, customer, sales_order …")]
Key = Annotated[str, typer.Argument(help="The natural key: SKU, code, order number …")]


@app.command("get")
def get(entity: Entity, key: Key, workspace: WorkspaceOption = None) -> None:
    """Print one record as JSON."""
    _print(run(_get(entity, key, workspace)))


@app.command("search")
def search(
    words: Annotated[str, typer.Argument(help="Words of a name, or a key; the last may be a beginning.")],
    entity: Annotated[str, typer.Option(help="Only records of this entity.")] = "",
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=200)] = 20,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find records by key or words."""
    rows = run(_search(words, entity, limit, workspace))
    if as_json:
        _print([{"entity": row.entity, "key": row.key, "name": _name(row)} for row in rows])
        return
    table = Table("entity", "key", "name", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for row in rows:
        table.add_row(row.entity, row.key, _name(row))
    _out.print(table)


@app.command("why")
def why(entity: Entity, key: Key, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Show what each system said of a record, which mapping made that, and what was delivered where."""
    story = run(_why(entity, key, workspace))
    if as_json:
        _print(story)
        return
    _out.print(f"{entity} {key}, changed {story['changed_at']} by {story['changed_by'] or 'nobody'}", highlight=False)
    for said in story["said"]:
        _out.print(f"  ← {said['from']}  {said['mapping']} r{said['revision']}  {said['at']}", highlight=False)
    for sent in story["sent"]:
        _out.print(f"  → {sent['to']}  {sent['mapping']} r{sent['revision']}  {sent['at']}  {sent['status']}")


@app.command("erase")
def erase(
    customer: Annotated[str, typer.Argument(help="The customer's code.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Forget a customer everywhere; hashes and counts stay."""
    if not yes:
        typer.confirm(
            f"Erase customer {customer} and all personal data kept of them? This cannot be undone", abort=True
        )
    erased = run(_erase(customer, workspace))
    typer.echo(f"erased {erased.records} records and {erased.payloads} payloads")


async def _get(entity: str, key: str, workspace: str | None) -> Any:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        return (await Records(gateway.database, place.id).get(entity, key)).document


async def _search(words: str, entity: str, limit: int, workspace: str | None) -> list[RecordRow]:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        return await Records(gateway.database, place.id).search(words, entity=entity, limit=limit)


async def _why(entity: str, key: str, workspace: str | None) -> dict[str, Any]:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        row = await Records(gateway.database, place.id).get(entity, key)
        async with gateway.database.read(place.id) as tx:
            said = await said_about(tx, row.id)
            sent = await deliveries_of(tx, row.id)
            kept = {each.payload_id for each in said} | {each.payload_id for each in sent}
            payloads = {p: await read_payload(tx, p) for p in kept}
            links = await links_of_record(tx, row.id)
    bodies = {p: None if body is None else decode(body) for p, body in payloads.items()}
    return {
        "entity": entity,
        "key": row.key,
        "changed_at": _at(row.changed_at),
        "changed_by": row.changed_by,
        "record": row.document,
        "said": [
            {
                "from": f"{each.connection}/{each.stream}/{each.external_id}",
                "mapping": each.mapping,
                "revision": each.revision,
                "at": _at(each.changed_at),
                "payload": bodies[each.payload_id],
                "contribution": each.document,
            }
            for each in said
        ],
        "sent": [
            {
                "to": f"{each.connection}/{each.stream}/{each.external_id or '?'}",
                "mapping": each.mapping,
                "revision": each.revision,
                "at": _at(each.at),
                "status": each.status,
                "error": each.error,
                "payload": bodies[each.payload_id],
            }
            for each in sent
        ],
        "links": {f"{link.connection}/{link.stream}": link.external_id for link in links},
    }


async def _erase(customer: str, workspace: str | None) -> Erased:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        return await erase_customer(gateway.database, place.id, customer, who=WHO)


def _name(row: RecordRow) -> str:
    return str(row.document.get("name") or "")


def _at(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"


def _print(value: Any) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
