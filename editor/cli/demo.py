"""`codi demo`: the whole story on embedded SQLite."""

from __future__ import annotations

import socket
from contextlib import nullcontext
from typing import Annotated

import typer
from rich.console import Console

from connectors.sandbox_shop.server import SandboxShop
from editor.cli.progress import Finished, bars, summary_table, watch
from editor.cli.runtime import run, settings
from editor.cli.serve import address, listen, serve_until_stopped
from editor.demo.seed import WHO, DemoPaths, demo_folder, seed
from editor.demo.sign_in import sign_in_path
from editor.gateway import Gateway, open_gateway
from editor.runs import RunDesk, run_desk
from editor.settings import Settings
from engine.store.dead_letters import DeadLetters
from engine.store.syncs import Syncs

SHOP_PORT = 8100  # where people find the shop; any free port when it is taken
_SHOWN = 10  # rejected records in the summary

_out = Console()


def demo(
    no_serve: Annotated[bool, typer.Option("--no-serve", help="End after the summary, with exit code 0.")] = False,
    host: Annotated[str | None, typer.Option(help="Address to serve on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to serve on; 0: any free one.")] = None,
) -> None:
    """Sync a demo ERP with a demo web shop, show what happened, then serve the editor."""
    changes = {"host": host, "port": port}
    found = settings().model_copy(update={k: v for k, v in changes.items() if v is not None})
    with _shop(DemoPaths.under(found.home)) as shop:
        raise typer.Exit(run(_demo(found, shop, serving=not no_serve)))


def _shop(paths: DemoPaths) -> SandboxShop:
    paths.shop.parent.mkdir(parents=True, exist_ok=True)
    port = SHOP_PORT if _free(SHOP_PORT) else 0
    return SandboxShop(data=paths.shop, seed=demo_folder() / "shop", port=port)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


async def _demo(found: Settings, shop: SandboxShop, *, serving: bool) -> int:
    """Exit code: 0 when every sync ran to its end."""
    bound = listen(found) if serving else None  # a taken port is said before the work, not after it
    async with open_gateway(found) as gateway:
        paths = DemoPaths.under(found.home)
        workspace = await seed(gateway, paths, shop_url=shop.api_url, shop_token=shop.token)
        _out.print(f"[bold]{workspace.title}[/]: ERP {paths.erp}, web shop {shop.url}\n")
        async with run_desk(gateway) as desk:
            finished = await _run_all(gateway, desk, workspace.id)
            await _summarise(gateway, workspace.id, finished)
            if bound is not None:
                here = address(found, bound)
                path = await sign_in_path(gateway, workspace)
                _out.print(f"\nSign in once: [bold]{here}{path}[/]\nThe web shop: {shop.url}\nCtrl-C stops both.")
                await serve_until_stopped(found, bound, lambda _: nullcontext(desk))
    return 0 if all(each.row.status == "done" for each in finished) else 1


async def _run_all(gateway: Gateway, desk: RunDesk, workspace: int) -> list[Finished]:
    """One sync after the other: a product needs its category, an order its customer."""
    finished = []
    with bars(_out) as progress:
        for sync in await Syncs(gateway.database, workspace).all():
            if sync.enabled:
                run_id = await desk.start(workspace, sync.name, by=WHO, trigger="demo", full=True)
                finished.append(await watch(desk, workspace, run_id, progress))
    return finished


async def _summarise(gateway: Gateway, workspace: int, finished: list[Finished]) -> None:
    _out.print()
    _out.print(summary_table(finished))
    for each in finished:
        if each.row.error:
            _out.print(f"[red]{each.row.sync}: {each.row.error}[/]", highlight=False)
    letters = await DeadLetters(gateway.database, workspace).open(limit=_SHOWN)
    if letters:
        _out.print("\nCould not go on by themselves:")
        for letter in letters:
            _out.print(f"  {letter.sync} {letter.key}: {letter.reason}", highlight=False, markup=False)
