"""How often somebody tried to sign in and failed: after a few tries they wait."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

PER_EMAIL = 5
PER_ADDRESS = 30  # a whole office may share one address
WINDOW = 15 * 60  # seconds
_KEPT = 10_000  # keys remembered at most; the oldest go first


class Attempts:
    """Failures in the last 15 minutes, by e-mail and by network address. Kept in this process: a restart forgives."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[tuple[str, str], list[float]] = OrderedDict()
        self._codes: dict[int, int] = {}  # person → the 30-second step of the last code used

    def left(self, email: str, address: str) -> int:
        """Tries left before waiting; 0: wait."""
        by_email = PER_EMAIL - len(self._recent(("email", email.lower())))
        by_address = PER_ADDRESS - len(self._recent(("address", address)))
        return max(0, min(by_email, by_address))

    def failed(self, email: str, address: str) -> None:
        for key in (("email", email.lower()), ("address", address)):
            self._failures[key] = [*self._recent(key), self._clock()]
            self._failures.move_to_end(key)
        while len(self._failures) > _KEPT:
            self._failures.popitem(last=False)

    def succeeded(self, email: str) -> None:
        self._failures.pop(("email", email.lower()), None)

    def first_use(self, person_id: int, step: int) -> bool:
        """Whether this one-time code is used for the first time: a code read over a shoulder is worth nothing."""
        if self._codes.get(person_id, -1) >= step:
            return False
        self._codes[person_id] = step
        return True

    def _recent(self, key: tuple[str, str]) -> list[float]:
        since = self._clock() - WINDOW
        return [at for at in self._failures.get(key, []) if at > since]
