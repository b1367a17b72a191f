"""What is asked of a worker, as plain data: it is stored with the run and survives a crash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """One run of one sync."""

    workspace: int
    sync: str  # the sync's name
    run: str  # the run's id; also the id of the durable workflow, so that asking twice runs once
    only: Sequence[str] | None = None  # just these natural keys or external ids
    full: bool = False  # read everything, whatever the cursor says
    dry_run: bool = False  # look, write nothing

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> RunRequest:
        return cls(**values)
