"""Writing many records with one request: one result for each, in the order sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.contract import Outside
from connectors.http.answers import Answer, OperationName, failure
from connectors.http.client import Client, Prepared
from connectors.http.jmes import search
from connectors.http.manifest import Batch, Errors
from connectors.http.outcome import Outcome, Reading, of_record, request_key
from connectors.http.requests import RequestTemplate
from connectors.http.templates import Render
from engine.encoding import digest
from engine.errors import ConfigError, ConnectorError, RejectedError, RetryError
from engine.sync.ports import Json, Write, Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """One stream's batch request."""

    words: Batch
    request: RequestTemplate
    item: Render
    body: Render
    reading: Reading
    errors: Errors
    client: Client
    outside: Outside

    async def put(self, batch: Sequence[Write]) -> list[Outcome]:
        """One Outcome for each Write. Records whose requests differ in address go separately. Raises ConnectorError
        when a request as a whole fails before any record was written."""
        outcomes: dict[int, Outcome] = {}
        for indices, address in self._addresses(batch, outcomes):
            for start in range(0, len(indices), self.words.size):
                part = indices[start : start + self.words.size]
                try:
                    found = await self._send([batch[i] for i in part], address)
                except ConnectorError as error:
                    if not any(outcome.written.error is None for outcome in outcomes.values()):
                        raise
                    found = [_refused(batch[i], error) for i in part]
                outcomes.update(zip(part, found, strict=True))
        return [outcomes[i] for i in range(len(batch))]

    def request_of(self, write: Write) -> Prepared:
        """The request that would carry this record alone. Raises ConfigError where it does not fill the templates."""
        context = self.reading.context(write)
        return self._filled([write], [self.item(context)], self.request.fill(context))

    def _addresses(self, batch: Sequence[Write], outcomes: dict[int, Outcome]) -> list[tuple[list[int], Prepared]]:
        """Indices of the records that go together, with their request. Records that do not fill the templates are
        refused here."""
        groups: dict[str, tuple[list[int], Prepared]] = {}
        for index, write in enumerate(batch):
            try:
                address = self.request.fill(self.reading.context(write))
            except ConfigError as error:
                outcomes[index] = _refused(write, of_record(error))
                continue
            groups.setdefault(f"{address.url} {sorted(address.query.items())}", ([], address))[0].append(index)
        return list(groups.values())

    async def _send(self, batch: Sequence[Write], address: Prepared) -> list[Outcome]:
        items = []
        for write in batch:
            try:
                items.append(self.item(self.reading.context(write)))
            except ConfigError as error:
                rest = [other for other in batch if other is not write]
                found = await self._send(rest, address) if rest else []
                found.insert(batch.index(write), _refused(write, of_record(error)))
                return found
        try:
            answer = await self.client.send(self._filled(batch, items, address), "batch")
        except RejectedError as error:
            return await self._halves(batch, address, error)
        return self._results(batch, answer)

    async def _halves(self, batch: Sequence[Write], address: Prepared, error: RejectedError) -> list[Outcome]:
        """The request was refused as a whole: find out whose fault it is."""
        if len(batch) == 1:
            return [_refused(batch[0], error)]
        middle = len(batch) // 2
        return [*await self._send(batch[:middle], address), *await self._send(batch[middle:], address)]

    def _filled(self, batch: Sequence[Write], items: Sequence[Json], address: Prepared) -> Prepared:
        creates = [item for write, item in zip(batch, items, strict=True) if write.external_id is None]
        updates = [item for write, item in zip(batch, items, strict=True) if write.external_id is not None]
        context = {"settings": self.reading.settings, "items": items, "creates": creates, "updates": updates}
        headers = dict(address.headers)
        name = self.reading.write.idempotency_header
        if name is not None and not self.words.upserts:
            # Not where a repetition is harmless: a kept answer would refuse again what has been mended meanwhile.
            headers[name] = digest("\n".join(request_key(write) for write in batch).encode()).hex()[:40]
        return Prepared(
            method=address.method, url=address.url, query=address.query, headers=headers, body=self.body(context)
        )

    def _results(self, batch: Sequence[Write], answer: Answer) -> list[Outcome]:
        """Raises RetryError when there are not as many results as records: nobody knows what was written."""
        updating = [i for i, write in enumerate(batch) if write.external_id is not None]
        creating = [i for i, write in enumerate(batch) if write.external_id is None]
        if isinstance(self.words.results, str):
            groups = [(list(range(len(batch))), search(self.words.results, answer.body))]
        else:
            said = self.words.results
            groups = [(creating, search(said.get("create", "[]"), answer.body))]
            groups.append((updating, search(said.get("update", "[]"), answer.body)))
        outcomes: dict[int, Outcome] = {}
        for indices, results in groups:
            results = results or []
            if not isinstance(results, list) or len(results) != len(indices):
                got = len(results) if isinstance(results, list) else "no"
                raise RetryError(f"batch: {len(indices)} records sent, {got} results came back", in_doubt=True)
            for index, result in zip(indices, results, strict=True):
                outcomes[index] = self._outcome(batch[index], result, answer)
        return [outcomes[i] for i in range(len(batch))]

    def _outcome(self, write: Write, result: Json, answer: Answer) -> Outcome:
        status = search(self.words.status, result) if self.words.status else None
        if not search(self.words.failed, result):
            words = "updated" if write.external_id else "created"
            said: Any = search(self.words.record, result)
            try:
                return Outcome(written=self.reading.written(write, said, id=None, version=None, outcome=words))
            except ConfigError as odd:
                return _refused(write, RetryError(f"batch: {odd.message}", in_doubt=True))
        operation: OperationName = "update" if write.external_id else "create"
        one = Answer(
            status=int(status) if status is not None else 422,
            headers=answer.headers,
            body=search(self.words.error, result),
        )
        error = failure(one, operation, self.errors, self.outside.now()) or RejectedError("batch: refused")
        return _refused(write, self.reading.adoptable(write, error))


def _refused(write: Write, error: ConnectorError) -> Outcome:
    again = isinstance(error, RejectedError) and error.after_others
    return Outcome(written=Written(external_id=write.external_id, error=error), again=again)
