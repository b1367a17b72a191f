"""Asks for runs and follows them, from a page, a command or the API."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from editor.conductor import Conductor
from editor.gateway import Gateway
from editor.one_worker import worker_lock
from editor.settings import Settings
from engine.errors import UsageError
from engine.runtime.request import RunRequest
from engine.runtime.worker import RunQueue, Worker
from engine.store.runs import Runs
from engine.store.syncs import Syncs
from engine.sync.ports import RunRow

ENDED = frozenset({"done", "failed", "cancelled"})
_LOOK_EVERY = 0.1  # seconds between looks at a run in progress


class RunDesk:
    """Takes requests for runs."""

    def __init__(self, gateway: Gateway, queue: RunQueue) -> None:
        self._gateway = gateway
        self._queue = queue

    async def start(
        self,
        workspace: int,
        sync: str,
        *,
        by: str = "codi",
        trigger: str = "hand",
        only: Sequence[str] | None = None,
        full: bool = False,
        dry_run: bool = False,
    ) -> str:
        """Queues a run and gives its id. Raises NotFoundError for an unknown sync, UsageError for one that is off."""
        configured = await Syncs(self._gateway.database, workspace).get(sync)
        if not configured.enabled:
            reason = f": {configured.problem}" if configured.problem else ""
            raise UsageError(f"sync {sync!r} is off{reason}; switch it on first")
        if only is not None and not only:
            raise UsageError("a run of chosen records names at least one")
        run = new_run_id()
        await Runs(self._gateway.database, workspace).queue_run(
            run, configured.name, trigger=trigger, dry_run=dry_run, asked_by=by, options={"full": full, "only": only}
        )
        await self._queue.enqueue(
            RunRequest(
                workspace=workspace,
                sync=configured.name,
                run=run,
                only=None if only is None else list(only),
                full=full,
                dry_run=dry_run,
            )
        )
        return run

    async def cancel(self, workspace: int, run: str) -> None:
        """Stops the run after the page or batch it is at. Raises NotFoundError; a run that has ended stays as it is."""
        runs = Runs(self._gateway.database, workspace)
        if (await runs.get_run(run)).status not in ENDED:
            await self._queue.cancel(run)
            await runs.finish_run(run, status="cancelled")

    async def follow(self, workspace: int, run: str) -> AsyncIterator[RunRow]:
        """The run each time it has moved, until it has ended. Raises NotFoundError."""
        runs = Runs(self._gateway.database, workspace)
        last: RunRow | None = None
        while last is None or last.status not in ENDED:
            row = await runs.get_run(run)
            if row != last:
                yield row
                last = row
            else:
                await asyncio.sleep(_LOOK_EVERY)


@asynccontextmanager
async def run_desk(gateway: Gateway, *, work: bool = True) -> AsyncIterator[RunDesk]:
    """A desk; with `work`, this process also executes runs, unless another one does so already."""
    url = steps_url(gateway.settings)
    async with AsyncExitStack() as stack:
        if work and (not url.startswith("sqlite") or stack.enter_context(worker_lock(gateway.settings.home))):
            worker = Worker(url=url, executor=_executor(url), opener=Conductor(gateway.settings))
            await worker.start()
            stack.push_async_callback(worker.stop)
        queue = RunQueue(url)
        stack.callback(queue.close)
        yield RunDesk(gateway, queue)


def steps_url(settings: Settings) -> str:
    """Where the log of durable steps is: a file beside CODI's own on SQLite, the same database on Postgres."""
    url = settings.database()
    if url.startswith("sqlite:///"):
        return f"sqlite:///{Path(url.removeprefix('sqlite:///')).with_name('runs.db')}"
    return "postgresql+psycopg://" + url.split("://", 1)[1]


def _executor(url: str) -> str:
    """On SQLite the one worker keeps its name, so that a restart takes up its own runs."""
    return "local" if url.startswith("sqlite") else secrets.token_hex(8)


def new_run_id() -> str:
    """Sorts by time."""
    return f"{int(time.time() * 1000):011x}{secrets.token_hex(5)}"
