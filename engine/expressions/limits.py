"""How much an expression may use, and how compiled code keeps count.

Compiled code holds its budget in a list, because a list entry is the cheapest counter there is. `budget[0]` is what may
be spent before somebody looks at the clock, `budget[1]` how many more calls may be inside each other. A loop pays for
its entries and a function for each call before they start; when `budget[0]` falls below zero, `refill` looks at steps
and time, and either fills it again or raises LimitError.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

from engine.expressions.messages import fault

Budget = list[Any]  # slice left, depth left, limits; from the first refill on also steps left and deadline

CHARACTERS: Final = 10_000_000  # of one string, for every evaluation alike
PICTURE: Final = 1000  # characters of a picture for numbers or dates
SLICE: Final = 50_000  # steps between two looks at the clock: a few milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one evaluation may use."""

    steps: int = 2_000_000  # list entries visited and functions called
    depth: int = 300  # calls inside calls
    seconds: float = 0.9  # wall time, looked at once in every SLICE steps
    entries: int = 200_000  # entries of one list that the expression makes
    slice: int = field(init=False)  # steps before the first look at the clock

    def __post_init__(self) -> None:
        object.__setattr__(self, "slice", min(SLICE, self.steps))

    def budget(self) -> Budget:
        """What one evaluation starts with."""
        return [self.slice, self.depth, self]


LIMITS: Final = Limits()


def refill(budget: Budget) -> None:
    """Called with budget[0] below zero. The first time it notes when it was, and how many steps are left for later."""
    limits = budget[2]
    if len(budget) == 3:
        budget += [max(0, limits.steps - SLICE), monotonic() + limits.seconds]
    budget[3] += budget[0]
    if budget[3] < 0 or monotonic() > budget[4]:
        raise fault("D1012")
    budget[0] = min(SLICE, budget[3])
    budget[3] -= budget[0]


def spend(budget: Budget, steps: int) -> None:
    """Pay for `steps` steps."""
    budget[0] -= steps
    if budget[0] < 0:
        refill(budget)


def check_characters(count: float, limit: int = CHARACTERS) -> None:
    """Call before building a string of that many characters. Raises LimitError."""
    if count > limit:
        raise fault("L1001", value=limit)


def check_picture(picture: str) -> None:
    """Call before taking a picture or a date format apart. Raises LimitError."""
    if len(picture) > PICTURE:
        raise fault("L1003", value=PICTURE)


def check_entries(count: float, limit: int = LIMITS.entries) -> None:
    """Call before building a list of that many entries. Raises LimitError."""
    if count > limit:
        raise fault("D2015", value=limit)
