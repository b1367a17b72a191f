"""Conducts one run from its first page to its last batch. Knows nothing of how steps are made durable."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from engine.errors import CodiError, FencedError
from engine.runtime.request import RunRequest
from engine.sync.counts import Counts
from engine.sync.ports import Pinned, RunStore
from engine.sync.run import Step, SyncRun

_log = logging.getLogger(__name__)

StepResult = dict[str, Any]  # counts, done, error, fenced: all a durable step may return
DurableStep = Callable[[str, Callable[[], Awaitable[StepResult]]], Awaitable[StepResult]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRun:
    """A run with everything opened for it."""

    sync_run: SyncRun
    pinned: Sequence[Pinned]  # the mappings it runs with, to its end


class Opener(Protocol):
    """Opens what a run needs: the application knows connections, settings and the store."""

    def runs(self, workspace: int) -> AbstractAsyncContextManager[RunStore]: ...

    def open(self, request: RunRequest) -> AbstractAsyncContextManager[OpenRun]: ...


async def conduct(request: RunRequest, opener: Opener, step: DurableStep) -> str:
    """Runs the request to its end and returns its status: done, failed or cancelled."""
    async with opener.runs(request.workspace) as runs:
        try:
            async with opener.open(request) as opened:
                await runs.start_run(request.run, opened.pinned)
                failure = await _phases(request, opened.sync_run, runs, step)
        except Exception as error:  # opening failed, or a defect of ours: either way the run must not seem to go on
            failure = _failure(error)
        status = "done" if failure is None else "cancelled" if failure["fenced"] else "failed"
        await runs.finish_run(request.run, status=status, error=failure["error"] if failure else None)
        return status


async def _phases(request: RunRequest, run: SyncRun, runs: RunStore, step: DurableStep) -> StepResult | None:
    """Both phases, step by step; the failure that ended them early, if any."""
    counts = Counts()
    for phase, work in (("read", run.read_page), ("deliver", run.deliver_batch)):
        done = False
        while not done:
            result = await step(phase, partial(_one_step, request.run, runs, phase, counts, work))
            if result["error"] is not None:
                return result
            counts += Counts(**result["counts"])
            done = result["done"]
    return None


async def _one_step(
    run: str, runs: RunStore, phase: str, before: Counts, work: Callable[[], Awaitable[Step]]
) -> StepResult:
    """A page or a batch. What goes wrong is returned, not raised: the durable log keeps words, not exceptions."""
    try:
        did = await work()
        await runs.advance_run(run, phase=phase, counts=(before + did.counts).as_dict(), total=did.total)
    except Exception as error:
        return _failure(error)
    return {"counts": did.counts.as_dict(), "done": did.done, "error": None, "fenced": False}


def _failure(error: Exception) -> StepResult:
    if isinstance(error, CodiError):
        message = error.message
    else:
        _log.exception("a run met a defect")
        message = f"a defect in CODI stopped the run: {type(error).__name__}: {error}"
    return {"counts": {}, "done": True, "error": message, "fenced": isinstance(error, FencedError)}
