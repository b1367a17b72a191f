"""Not asking a system for more than it gives: a token bucket and a limit on requests under way, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from connectors.http.manifest import Rate
from engine.errors import RateLimitError

LONGEST_WAIT = 60.0  # seconds spent waiting here


class Bucket:
    """A RateBudget for one process. Tokens come back evenly; `pause` holds everybody."""

    def __init__(
        self, rate: Rate | None, now: Callable[[], datetime], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._rate = rate
        self._now = now
        self._sleep = sleep
        self._tokens = float(rate.limit) if rate else 0.0
        self._filled = now()
        self._paused_until: datetime | None = None
        self._under_way = asyncio.Semaphore(rate.concurrency if rate else 8)
        self._turn = asyncio.Lock()

    async def acquire(self) -> None:
        """Returns when one more request may be sent; in the order asked. Raises RateLimitError when that is far off:
        then other work should go on meanwhile."""
        await self._under_way.acquire()
        try:
            async with self._turn:
                while (wait := self._wait()) > 0:
                    if wait > LONGEST_WAIT:
                        raise RateLimitError(f"the system asked us to wait for another {wait:.0f} s", after=wait)
                    await self._sleep(wait)
                self._tokens -= 1
        except BaseException:
            self._under_way.release()
            raise

    def release(self) -> None:
        self._under_way.release()

    def pause(self, seconds: float) -> None:
        until = self._now() + timedelta(seconds=seconds)
        self._paused_until = max(until, self._paused_until) if self._paused_until else until

    def _wait(self) -> float:
        """Seconds until a request may go; 0 when one may go now."""
        now = self._now()
        if self._paused_until is not None:
            if now < self._paused_until:
                return (self._paused_until - now).total_seconds()
            self._paused_until = None
        if self._rate is None:
            return 0.0
        per_second = self._rate.limit / self._rate.per
        self._tokens = min(float(self._rate.limit), self._tokens + (now - self._filled).total_seconds() * per_second)
        self._filled = now
        return 0.0 if self._tokens >= 1 else max((1 - self._tokens) / per_second, 0.001)
