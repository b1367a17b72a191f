"""Lists that a system gives for one object at a time (a product's variations), nested in the records of a page."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.http.client import Client
from connectors.http.jmes import search
from connectors.http.manifest import ChildRead
from connectors.http.paging import RepeatGuard, pager
from connectors.http.records import records_in
from connectors.http.requests import RequestTemplate
from engine.sync.ports import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One nested list."""

    name: str  # under which it is nested
    words: ChildRead
    request: RequestTemplate
    client: Client
    settings: Mapping[str, Any]

    async def of(self, parent: Json) -> list[Json]:
        """All of one object's list; [] without asking where `when` says so. Raises ConnectorError."""
        if self.words.when is not None and not search(self.words.when, parent):
            return []
        paging = pager(self.words.paging)
        guard = RepeatGuard(self.words.paging)
        request = paging.first(self.request.fill({"settings": self.settings, "parent": parent}))
        found: list[Json] = []
        while True:
            answer = await self.client.send(request, "read")
            records = records_in(self.words.records, answer.body)
            if guard.repeats(request, records):
                return found
            found += records
            following = paging.next(request, answer, records)
            if following is None:
                return found
            request = following


async def nest(children: Sequence[Child], records: Sequence[Json]) -> None:
    """Adds the lists to the records. As many requests run at once as the connection's rate allows. Raises
    ConnectorError, with nothing left running."""
    for child in children:
        try:
            async with asyncio.TaskGroup() as group:
                lists = [group.create_task(child.of(record)) for record in records]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        for record, found in zip(records, lists, strict=True):
            record[child.name] = found.result()
