"""What the pages ask of whatever executes runs. editor/runs.py is it in `codi serve`; tests bring their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from editor.gateway import Gateway
from engine.errors import UsageError
from engine.sync.ports import RunRow


class Runner(Protocol):
    """Starts, stops and follows runs."""

    async def start(
        self,
        workspace: int,
        sync: str,
        *,
        trigger: str = "manual",
        only: Sequence[str] | None = None,
        full: bool = False,
        dry_run: bool = False,
    ) -> str:
        """The id of the run, queued. Raises NotFoundError for an unknown sync."""
        ...

    async def cancel(self, workspace: int, run: str) -> None:
        """Stops a run after the page or batch it is at. Raises NotFoundError."""
        ...

    def follow(self, workspace: int, run: str) -> AsyncIterator[RunRow]:
        """The run each time it has moved, until it has ended. Raises NotFoundError."""
        ...


OpenRunner = Callable[[Gateway], AbstractAsyncContextManager[Runner]]


class NoRunner:
    """Where the application runs without anything that executes runs."""

    async def start(
        self,
        workspace: int,
        sync: str,
        *,
        trigger: str = "manual",
        only: Sequence[str] | None = None,
        full: bool = False,
        dry_run: bool = False,
    ) -> str:
        raise UsageError("This process starts no runs. Start CODI with `codi serve`.")

    async def cancel(self, workspace: int, run: str) -> None:
        raise UsageError("This process stops no runs. Start CODI with `codi serve`.")

    async def follow(self, workspace: int, run: str) -> AsyncIterator[RunRow]:
        nothing: tuple[RunRow, ...] = ()  # the page shows the run as it is stored
        for row in nothing:
            yield row
