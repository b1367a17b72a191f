"""`codi serve` and `codi worker`."""

from __future__ import annotations

import asyncio
import signal
import socket
from functools import partial
from typing import Annotated

import typer
import uvicorn
from rich.console import Console

from editor.app import create_app
from editor.cli.runtime import run, settings
from editor.gateway import open_gateway
from editor.ports import OpenRunner
from editor.runs import run_desk
from editor.settings import Settings
from engine.errors import UsageError

_out = Console()


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0: any free one.")] = None,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Leave runs to other processes.")] = False,
) -> None:
    """Serve the editor, and run syncs in the same process."""
    changes = {"host": host, "port": port}
    found = settings().model_copy(update={k: v for k, v in changes.items() if v is not None})
    bound = listen(found)
    _out.print(f"CODI is at [bold]{address(found, bound)}[/]")
    run(serve_until_stopped(found, bound, partial(run_desk, work=not no_worker)))


def worker() -> None:
    """Run syncs, without the editor. Several workers share the runs on Postgres."""
    run(_work(settings()))


async def _work(found: Settings) -> None:
    if not found.database().startswith("postgresql"):
        raise UsageError(
            "several workers need Postgres: set CODI_DATABASE_URL; on SQLite `codi serve` is the one worker"
        )
    async with open_gateway(found) as gateway, run_desk(gateway):
        _out.print("Working; Ctrl-C stops after the page or batch at hand.")
        await _stopped()


async def _stopped() -> None:
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    await stop.wait()


def listen(found: Settings) -> socket.socket:
    """A bound socket. Raises UsageError when the port is taken."""
    family = socket.AF_INET6 if ":" in found.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((found.host, found.port))
    except OSError as error:
        bound.close()
        raise UsageError(
            f"cannot listen on {found.host}:{found.port}: {error.strerror}; choose another --port"
        ) from None
    return bound


def address(found: Settings, bound: socket.socket) -> str:
    """What people open."""
    host = f"[{found.host}]" if ":" in found.host else found.host
    return found.base_url or f"http://{host}:{bound.getsockname()[1]}"


async def serve_until_stopped(found: Settings, bound: socket.socket, open_runner: OpenRunner) -> None:
    """Serves until SIGINT or SIGTERM."""
    config = uvicorn.Config(
        create_app(found, open_runner),
        log_level=found.log_level,
        log_config=None,  # its lines go the way of all others
        access_log=False,
        proxy_headers=bool(found.base_url),
        timeout_graceful_shutdown=5,  # pages that watch a run hold their connection open
    )
    await uvicorn.Server(config).serve([bound])
