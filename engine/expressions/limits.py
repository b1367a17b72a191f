"""How much an expression may use, and how compiled code keeps count.

Compiled code holds its budget in a list of one or two numbers, because a list entry is the cheapest counter there is:
`budget[0]` is what may be spent before somebody looks at the clock. Each loop pays for its entries and each call of a
function for itself before it starts; when the entry falls below zero, `Limits.refill` looks at steps and time and either
fills it again or raises LimitError. Recursion is stopped by the interpreter's own limit, which becomes a LimitError too.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Final

from engine.expressions.messages import fault

SLICE: Final = 50_000  # steps between two looks at the clock: a few milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one evaluation may use."""

    steps: int = 2_000_000  # list entries visited and functions called
    depth: int = 300  # calls inside calls
    seconds: float = 0.9  # wall time, looked at once in every SLICE steps
    entries: int = 1_000_000  # entries of one list
    characters: int = 10_000_000  # characters of one string

    def refill(self, budget: list[float]) -> None:
        """Called with budget[0] below zero. The first time it notes when it was and how much is left for later."""
        if len(budget) == 1:
            budget += [self.steps - SLICE, monotonic() + self.seconds]
        spent = -budget[0]
        budget[1] -= spent
        if budget[1] < 0 or monotonic() > budget[2]:
            raise fault("D1012")
        budget[0] = min(SLICE, budget[1])
        budget[1] -= budget[0]


LIMITS: Final = Limits()


def check_characters(count: float, limit: int = LIMITS.characters) -> None:
    """Call before building a string of that many characters. Raises LimitError."""
    if count > limit:
        raise fault("L1001", value=limit)


def check_entries(count: float, limit: int = LIMITS.entries) -> None:
    """Call before building a list of that many entries. Raises LimitError."""
    if count > limit:
        raise fault("D2015", value=limit)
