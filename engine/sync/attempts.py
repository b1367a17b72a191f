"""Trying a write again: how often, how long between, and which errors deserve it (DESIGN §7.6)."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from engine.errors import ConflictError, ConnectorError, DuplicateError, GoneError, RateLimitError, RetryError
from engine.sync.ports import Destination, Write, Written

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long one write is tried before it is parked or the run stops."""

    attempts: int = 5  # tries of the same write
    first_wait: float = 0.5  # seconds; doubles with each try, with full jitter
    longest_wait: float = 60.0  # seconds; also caps what a rate limit may ask for


async def write_patiently(
    destination: Destination, stream: str, batch: Sequence[Write], *, patience: Patience, sleep: Sleep
) -> list[Written]:
    """One Written for each Write, in order. Raises ConnectorError when the whole call fails for good."""
    results: dict[int, Written] = {}
    waiting = dict(enumerate(batch))
    for attempt in range(1, patience.attempts + 1):
        last = attempt == patience.attempts
        try:
            answers = await destination.write(stream, list(waiting.values()))
        except (RetryError, RateLimitError) as error:
            if last:
                raise
            waiting = {i: _again(write, error) for i, write in waiting.items()}
            await sleep(_wait(patience, attempt, error))
            continue
        again: dict[int, Write] = {}
        longest = 0.0
        for (index, write), answer in zip(waiting.items(), answers, strict=True):
            if answer.error is None or last or not _worth_another_try(answer.error):
                results[index] = answer
            else:
                again[index] = _again(write, answer.error)
                longest = max(longest, _wait(patience, attempt, answer.error))
        waiting = again
        if not waiting:
            break
        await sleep(longest)
    return [results[index] for index in range(len(batch))]


def _worth_another_try(error: ConnectorError) -> bool:
    if isinstance(error, DuplicateError):
        return error.external_id is not None
    return isinstance(error, (RetryError, RateLimitError, ConflictError, GoneError))


def _again(write: Write, error: ConnectorError) -> Write:
    """The write as it must be tried next, given how it failed."""
    if isinstance(error, DuplicateError):
        return replace(write, external_id=error.external_id, version=None)
    if isinstance(error, GoneError):
        return replace(write, external_id=None, version=None)
    if isinstance(error, ConflictError):
        return replace(write, version=None)
    if isinstance(error, RetryError) and error.in_doubt:
        return replace(write, in_doubt=True)
    return write


def _wait(patience: Patience, attempt: int, error: ConnectorError) -> float:
    """Seconds to wait after the attempt."""
    if isinstance(error, RateLimitError):
        return min(error.after, patience.longest_wait)
    if isinstance(error, RetryError):
        return random.uniform(0, min(patience.first_wait * 2**attempt, patience.longest_wait))
    return 0.0
