"""Which failures of a write are tried again, and how."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.errors import (
    AuthError,
    ConflictError,
    ConnectorError,
    DuplicateError,
    GoneError,
    RateLimitError,
    RejectedError,
    RetryError,
)
from engine.sync.attempts import Patience, write_patiently
from engine.sync.ports import Write, Written

PATIENCE = Patience(attempts=4)


class Scripted:
    """A destination that answers each call with the next of its answers."""

    def __init__(self, *answers: ConnectorError | list[Written]) -> None:
        self.answers = list(answers)
        self.calls: list[list[Write]] = []

    async def write(self, stream: str, batch: Sequence[Write]) -> Sequence[Written]:
        self.calls.append(list(batch))
        answer = self.answers.pop(0)
        if isinstance(answer, ConnectorError):
            raise answer
        return answer

    def batch_size(self, stream: str) -> int:
        return 100


class Naps:
    """Records how long it was asked to sleep."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def write(key: str, external_id: str | None = None) -> Write:
    return Write(key=key, external_id=external_id, payload={}, idempotency_key=f"i-{key}", version="7")


async def push(destination: Scripted, *writes: Write) -> tuple[list[Written], Naps]:
    naps = Naps()
    return await write_patiently(destination, "things", writes, patience=PATIENCE, sleep=naps), naps


async def test_a_rate_limit_waits_as_told() -> None:
    shop = Scripted(RateLimitError("slow down", after=3.5), [Written(external_id="1")])
    results, naps = await push(shop, write("a"))
    assert [r.external_id for r in results] == ["1"]
    assert naps.seconds == [3.5]


async def test_no_answer_leaves_the_next_try_in_doubt() -> None:
    shop = Scripted(RetryError("timed out", in_doubt=True), [Written(external_id="1")])
    await push(shop, write("a"))
    assert [w.in_doubt for call in shop.calls for w in call] == [False, True]
    assert {w.idempotency_key for call in shop.calls for w in call} == {"i-a"}


async def test_patience_ends() -> None:
    shop = Scripted(*[RetryError("down")] * PATIENCE.attempts)
    with pytest.raises(RetryError, match="down"):
        await push(shop, write("a"))
    assert len(shop.calls) == PATIENCE.attempts


async def test_wrong_credentials_are_not_tried_again() -> None:
    shop = Scripted(AuthError("who are you"))
    with pytest.raises(AuthError):
        await push(shop, write("a"))
    assert len(shop.calls) == 1


async def test_only_what_failed_is_tried_again() -> None:
    shop = Scripted(
        [Written(external_id="1"), Written(error=RetryError("busy")), Written(error=RejectedError("no name"))],
        [Written(external_id="2")],
    )
    results, _ = await push(shop, write("a"), write("b"), write("c"))
    assert [w.key for w in shop.calls[1]] == ["b"]
    assert [r.external_id for r in results] == ["1", "2", None]
    assert isinstance(results[2].error, RejectedError)


async def test_a_duplicate_is_adopted() -> None:
    shop = Scripted([Written(error=DuplicateError("exists", external_id="99"))], [Written(external_id="99")])
    await push(shop, write("a"))
    assert shop.calls[1][0].external_id == "99"


async def test_what_is_gone_is_created_anew() -> None:
    shop = Scripted([Written(error=GoneError("no such product"))], [Written(external_id="5")])
    await push(shop, write("a", external_id="4"))
    assert shop.calls[1][0].external_id is None


async def test_a_conflict_drops_the_version_seen() -> None:
    shop = Scripted([Written(error=ConflictError("changed"))], [Written(external_id="4")])
    await push(shop, write("a", external_id="4"))
    assert shop.calls[1][0].version is None
