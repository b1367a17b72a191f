"""Who else has a mapping open just now. Kept in this process: people on another one are not seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

GONE: Final = 30.0  # seconds without a sign after which somebody is not there any more
MOST: Final = 1000  # people on mappings remembered at most

Key = tuple[int, str, str]  # workspace, connection, `product.out`


@dataclass(frozen=True, kw_only=True)
class Present:
    """Somebody who has a mapping open."""

    name: str
    place: str  # the rule that is open; "": none

    @property
    def words(self) -> str:
        return f"{self.name} is also here{f', in rule {self.place}' if self.place else ''}"


class Presence:
    """The notes. The page asks every few seconds while it is looked at, which is a sign as well."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[tuple[Key, int], tuple[float, Present]] = {}

    def note(self, key: Key, person: int, name: str, place: str) -> tuple[Present, ...]:
        """A sign of a person; gives the others on the same mapping, the one seen last first."""
        at = self._clock()
        self._seen.pop((key, person), None)
        self._seen[key, person] = (at, Present(name=name, place=place[:200]))
        gone = [one for one, (seen, _) in self._seen.items() if at - seen > GONE]
        for one in [*gone, *list(self._seen)[: max(0, len(self._seen) - len(gone) - MOST)]]:
            self._seen.pop(one, None)
        others = [present for (on, who), (_, present) in self._seen.items() if on == key and who != person]
        return tuple(reversed(others))
