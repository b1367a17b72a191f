"""Shows runs: bars while they go, a table when they are done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from editor.runs import RunDesk
from engine.sync.counts import Counts
from engine.sync.ports import RunRow

COLUMNS = ("read", "changed", "delivered", "unchanged", "dropped", "rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A run that has ended, as the summary shows it."""

    row: RunRow
    seconds: float  # from its start to its end

    @property
    def summary(self) -> Mapping[str, int]:
        return Counts(**self.row.counts).summary()

    def as_dict(self) -> dict[str, object]:
        return {
            "sync": self.row.sync,
            "run": self.row.id,
            "status": self.row.status,
            **self.summary,
            "seconds": round(self.seconds, 2),
            "error": self.row.error,
        }


async def watch(desk: RunDesk, workspace: int, run: str, progress: Progress) -> Finished:
    """Draws the run's bar until it has ended."""
    bar = progress.add_task("", total=None, sync="", counts="")
    row: RunRow | None = None
    async for row in desk.follow(workspace, run):
        summary = Counts(**row.counts).summary()
        seen = summary["read"] if row.phase != "deliver" else row.counts.get("changed", 0)
        done = seen if row.phase != "deliver" else row.counts.get("delivered", 0) + row.counts.get("same", 0)
        total = row.total if row.phase == "read" else seen
        words = {"read": "reading", "deliver": "delivering"}.get(row.phase or "", row.status)
        progress.update(bar, completed=done, total=total, sync=row.sync, counts=f"{words} {done}")
    assert row is not None  # follow yields at least once
    progress.update(bar, completed=1, total=1, counts=row.status)
    return Finished(row=row, seconds=_seconds(row))


def bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.fields[sync]:<18}"),
        BarColumn(bar_width=32),
        TextColumn("{task.fields[counts]}"),
        TimeElapsedColumn(),
        console=console,
    )


def summary_table(finished: Sequence[Finished]) -> Table:
    """One line per run: what was read and what became of it. The status shows where one did not end well."""
    table = Table(header_style="bold", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("sync", no_wrap=True, min_width=15)
    for column in (*COLUMNS, "seconds"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("")
    for run in finished:
        numbers = [f"{run.summary[column]:,}" for column in COLUMNS]
        status = "" if run.row.status == "done" else run.row.status
        table.add_row(run.row.sync, *numbers, f"{run.seconds:.2f}", status)
    return table


def _seconds(row: RunRow) -> float:
    if row.started_at is None or row.finished_at is None:
        return 0.0
    return (row.finished_at - row.started_at).total_seconds()
