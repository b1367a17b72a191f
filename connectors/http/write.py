"""Writing a stream: in batches where the manifest has them, one by one else, and again what waited for others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.contract import Rehearsal
from connectors.http.batches import Batches
from connectors.http.outcome import Outcome
from connectors.http.singles import Singles
from engine.errors import ConnectorError
from engine.sync.ports import Write, Written

_ROUNDS = 10  # as deep as a tree of categories may be


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """One stream's writing."""

    singles: Singles
    batches: Batches | None

    async def write(self, batch: Sequence[Write]) -> list[Written]:
        """As Destination.write. A record refused only because another is not there yet is sent again, as long as
        others get there."""
        outcomes: dict[int, Outcome] = {}
        left = list(range(len(batch)))
        for _ in range(_ROUNDS):
            found = await self._round([batch[i] for i in left], first=not outcomes)
            outcomes.update(zip(left, found, strict=True))
            arrived = any(outcome.written.error is None for outcome in found)
            left = [i for i in left if outcomes[i].again]
            if not left or not arrived:
                break
        return [outcomes[i].written for i in range(len(batch))]

    async def _round(self, batch: Sequence[Write], *, first: bool) -> list[Outcome]:
        """Raises ConnectorError when the connection fails in the first round: later ones have outcomes to report."""
        together = [i for i, write in enumerate(batch) if self._batched(write)]
        alone = [i for i in range(len(batch)) if i not in set(together)]
        outcomes: dict[int, Outcome] = {}
        try:
            if self.batches is not None and together:
                found = await self.batches.put([batch[i] for i in together])
                outcomes.update(zip(together, found, strict=True))
            outcomes.update(zip(alone, await self._one_by_one([batch[i] for i in alone]), strict=True))
        except ConnectorError as error:
            if first and not outcomes:
                raise
            for i in range(len(batch)):
                outcomes.setdefault(i, Outcome(written=Written(external_id=batch[i].external_id, error=error)))
        return [outcomes[i] for i in range(len(batch))]

    def rehearse(self, write: Write) -> Rehearsal:
        """As contract.Rehearse."""
        if self.batches is not None and self._batched(write):
            message = self.batches.client.shown(self.batches.request_of(write))
            return Rehearsal(sent=(message,), together=self.batches.words.size)
        request = self.singles.request(write)
        return Rehearsal(sent=() if request is None else (self.singles.client.shown(request),))

    def _batched(self, write: Write) -> bool:
        """Deletions go alone, and so does a create that may have been carried out, unless a repetition does no harm."""
        if self.batches is None or write.payload is None:
            return False
        return write.external_id is not None or not write.in_doubt or self.batches.words.upserts

    async def _one_by_one(self, batch: Sequence[Write]) -> list[Outcome]:
        """The first goes ahead: when the connection is at fault, only one request finds out. Raises ConnectorError."""
        if not batch:
            return []
        first = await self.singles.put(batch[0])
        rest = await asyncio.gather(*(self.singles.put(write) for write in batch[1:]), return_exceptions=True)
        found = [first]
        for write, result in zip(batch[1:], rest, strict=True):
            if isinstance(result, ConnectorError):
                found.append(Outcome(written=Written(external_id=write.external_id, error=result)))
            elif isinstance(result, BaseException):
                raise result
            else:
                found.append(result)
        return found
