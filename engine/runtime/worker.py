"""Durable execution of runs on DBOS: a run is a workflow, a page or a batch is a step.

Traps that shaped this file (measured on DBOS 3.4):
- Steps happen at least once: the store's fencing token and `sending` rows make a repeated step harmless.
- Queued workflows run on DBOS's own event loop, so the opener makes its clients and engines there.
- `application_version` is pinned: by default it hashes the workflow's source, and an upgrade would strand runs.
- The default serializer is pickle; ours is JSON, and steps return counts only.
- DBOS is one per process; so is Worker.
"""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, StepOptions

from engine.runtime.conduct import Opener, StepResult, conduct
from engine.runtime.request import RunRequest

QUEUE = "syncs"
WORKFLOW = "sync_run"
APPLICATION_VERSION = "1"  # raise it only when the order of steps in `conduct` changes

_POLL = 0.1  # seconds between looks for queued runs


class Worker:
    """Executes queued runs in this process."""

    def __init__(self, *, url: str, executor: str, opener: Opener) -> None:
        """`url`: SQLAlchemy URL of the log of durable steps. `executor`: unique among living processes; on SQLite
        there is only one, and it keeps its name so that a restart takes up its own runs."""
        self._url = url
        self._executor = executor
        self._opener = opener

    async def start(self) -> None:
        _prepare(self._url)
        DBOS(
            config={
                "name": "codi",
                "system_database_url": self._url,
                "application_version": APPLICATION_VERSION,
                "executor_id": self._executor,
                "serializer": DBOSPortableJSONSerializer(),
                "scheduler_polling_interval_sec": 1.0,
                "notification_listener_polling_interval_sec": 0.05,
                "console_log_level": "ERROR",
                "log_level": "ERROR",
            }
        )
        DBOS.workflow(name=WORKFLOW)(self._workflow())
        await asyncio.to_thread(DBOS.launch)
        # One run of a sync at a time: the sync is the partition.
        await DBOS.register_queue_async(QUEUE, partition_concurrency=1, polling_interval_sec=_POLL)
        # What the program consists of stays: looking for garbage in it every few pages took a seventh of an import.
        gc.freeze()

    def _workflow(self) -> Callable[[dict[str, Any]], Awaitable[str]]:
        opener = self._opener

        async def sync_run(request: dict[str, Any]) -> str:
            return await conduct(RunRequest.from_dict(request), opener, _durable_step)

        return sync_run

    async def stop(self, patience: int = 10) -> None:
        """Stops taking runs; waits up to `patience` seconds for those in flight, which a restart takes up again."""
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True, workflow_completion_timeout_sec=patience)
        # DBOS made its thread pool the loop's own and has shut it down with itself.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())


class RunQueue:
    """Asks for runs, from any process."""

    def __init__(self, url: str) -> None:
        self._client = DBOSClient(system_database_url=url, serializer=DBOSPortableJSONSerializer())

    async def enqueue(self, request: RunRequest) -> None:
        """Asking twice with the same run id runs once."""
        await self._client.enqueue_async(
            {
                "queue_name": QUEUE,
                "workflow_name": WORKFLOW,
                "workflow_id": request.run,
                "queue_partition_key": f"{request.workspace}/{request.sync}",
                "app_version": APPLICATION_VERSION,
            },
            request.as_dict(),
        )

    async def cancel(self, run: str) -> None:
        await asyncio.to_thread(self._client.cancel_workflow, run)

    def close(self) -> None:
        self._client.destroy()


async def _durable_step(name: str, work: Callable[[], Awaitable[StepResult]]) -> StepResult:
    async def step() -> StepResult:
        return await work()

    return await DBOS.run_step_async(StepOptions(name=name), step)


def _prepare(url: str) -> None:
    """SQLite files start without a write-ahead log; the mode, once set, stays with the file."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        path.parent.mkdir(parents=True, exist_ok=True)
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
