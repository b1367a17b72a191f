"""How a run ends: done, failed with words, or taken over by another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from engine.errors import AuthError, FencedError, MappingError
from engine.runtime.conduct import OpenRun, StepResult, conduct
from engine.runtime.request import RunRequest
from engine.sync.counts import Counts
from engine.sync.ports import Pinned, RunStore
from engine.sync.run import Step, SyncRun

REQUEST = RunRequest(workspace=1, sync="products", run="r1")


class Notes:
    """Writes down what a run tells its store."""

    def __init__(self) -> None:
        self.counts: Mapping[str, int] = {}
        self.ended: tuple[str, str | None] | None = None

    async def start_run(self, run: str, pinned: Sequence[Pinned]) -> None: ...

    async def advance_run(self, run: str, *, phase: str, counts: Mapping[str, int], total: int | None) -> None:
        self.counts = counts

    async def finish_run(self, run: str, *, status: str, error: str | None = None) -> None:
        self.ended = (status, error)


class Scripted:
    """A run of two pages and one batch; fails where it is told to."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.pages = 0

    async def read_page(self) -> Step:
        self.pages += 1
        return Step(counts=Counts(read=10, changed=4, unchanged=6), done=self.pages == 2)

    async def deliver_batch(self) -> Step:
        if self.failure is not None:
            raise self.failure
        return Step(counts=Counts(delivered=8), done=True)


class Opener:
    def __init__(self, run: Scripted, notes: Notes, failure: Exception | None = None) -> None:
        self._run, self._notes, self._failure = run, notes, failure

    @asynccontextmanager
    async def runs(self, workspace: int) -> AsyncIterator[RunStore]:
        yield cast(RunStore, self._notes)

    @asynccontextmanager
    async def open(self, request: RunRequest) -> AsyncIterator[OpenRun]:
        if self._failure is not None:
            raise self._failure
        yield OpenRun(sync_run=cast(SyncRun, self._run), pinned=[])


async def at_once(name: str, work: Callable[[], Awaitable[StepResult]]) -> StepResult:
    return await work()


async def ending(failure: Exception | None = None, *, opening: Exception | None = None) -> Notes:
    notes = Notes()
    await conduct(REQUEST, Opener(Scripted(failure), notes, opening), at_once)
    return notes


async def test_a_run_adds_up_its_steps() -> None:
    notes = await ending()
    assert notes.ended == ("done", None)
    assert notes.counts == Counts(read=20, changed=8, unchanged=12, delivered=8).as_dict()


@pytest.mark.parametrize(
    ("failure", "ended"),
    [
        (AuthError("the shop refuses the key"), ("failed", "the shop refuses the key")),
        (FencedError("another run has started"), ("cancelled", "another run has started")),
    ],
)
async def test_a_failure_ends_it_in_words(failure: Exception, ended: Any) -> None:
    assert (await ending(failure)).ended == ended


async def test_a_defect_of_ours_ends_it_too() -> None:
    status, error = (await ending(ValueError("boom"))).ended or ("", "")
    assert status == "failed"
    assert error is not None and "defect in CODI" in error and "boom" in error


async def test_a_run_that_cannot_be_opened_says_why() -> None:
    assert (await ending(opening=MappingError("product.in: unknown function"))).ended == (
        "failed",
        "product.in: unknown function",
    )


async def test_steps_done_before_a_crash_are_not_done_again() -> None:
    """A durable log gives back what it has; the run goes on from there."""
    log: list[StepResult] = []

    async def recording(name: str, work: Callable[[], Awaitable[StepResult]]) -> StepResult:
        log.append(await work())
        return log[-1]

    first = Scripted()
    await conduct(REQUEST, Opener(first, Notes()), recording)
    kept = iter(log[:1])

    async def replaying(name: str, work: Callable[[], Awaitable[StepResult]]) -> StepResult:
        done = next(kept, None)
        return done if done is not None else await work()

    again = Scripted()
    again.pages = 1  # the store's cursor stands after the first page
    notes = Notes()
    await conduct(REQUEST, Opener(again, notes), replaying)
    assert notes.counts == Counts(read=20, changed=8, unchanged=12, delivered=8).as_dict()
