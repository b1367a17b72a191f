"""Reading a stream: page by page, from a position on, or single objects."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.http.children import Child, nest
from connectors.http.client import Client
from connectors.http.jmes import search
from connectors.http.manifest import HttpStream, Only, Read
from connectors.http.paging import RepeatGuard, pager
from connectors.http.positions import Positions
from connectors.http.records import records_in
from connectors.http.requests import RequestTemplate
from engine.errors import ConfigError, GoneError
from engine.sync.ports import Json, Page, SourceObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One stream's reading."""

    name: str
    words: HttpStream
    read: Read
    request: RequestTemplate
    only: Sequence[tuple[Only, RequestTemplate]]
    children: Sequence[Child]
    positions: Positions | None
    client: Client
    settings: Mapping[str, Any]

    async def pages(self, cursor: Json | None) -> AsyncIterator[Page]:
        """The position is given with the last page, or with each when the system sorts by it."""
        start = self.positions.start(cursor) if self.positions else None
        reached = self.positions.parse(cursor["at"]) if self.positions and isinstance(cursor, dict) else None
        paging = pager(self.read.paging)
        guard = RepeatGuard(self.read.paging)
        request = paging.first(self._first(start))
        while True:
            answer = await self.client.send(request, "read")
            records = records_in(self.read.records, answer.body)
            if guard.repeats(request, records):
                following = None
                records = []
            else:
                following = paging.next(request, answer, records)
            wanted = []
            for record in records:
                position = self.positions.of(record) if self.positions else None
                if self.positions:
                    reached = self.positions.further(reached, position)
                if not self._seen(position, start):
                    wanted.append((record, position))
            await nest(self.children, [record for record, _ in wanted])
            objects = [self._object(record, position) for record, position in wanted]
            safe = self.positions and (following is None or (self.read.cursor and self.read.cursor.sorted))
            total = search(self.read.total, answer.body) if self.read.total else None
            if objects or following is None:
                kept = self.positions.kept(reached) if self.positions and safe else None
                yield Page(objects=objects, cursor=kept, total=None if total is None else int(total))
            if following is None:
                return
            request = following

    async def named(self, keys: Sequence[str]) -> AsyncIterator[Page]:
        """The objects with these ids or natural keys. A key that is not there gives a tombstone when it looks like an
        id this stream gave (the first way of asking answered 404), nothing otherwise."""
        if not self.only:
            raise ConfigError(f"streams.{self.name}.read: the manifest says no way to read single objects (`only`)")
        size = self.only[0][0].size
        for start in range(0, len(keys), size):
            objects = await self._named(list(keys[start : start + size]))
            if objects:
                yield Page(objects=objects)

    def _first(self, start: Any) -> Any:
        cursor = self.positions.sent(start) if self.positions else None
        request = self.request.fill({"settings": self.settings, "cursor": cursor})
        words = self.read.cursor
        if cursor is None or words is None or words.param is None or words.mode == "client":
            return request
        return replace(request, query={**request.query, words.param: cursor})

    def _seen(self, position: Any, start: Any) -> bool:
        """With a system that cannot filter: whether a record is older than where we start."""
        client = self.read.cursor is not None and self.read.cursor.mode == "client"
        return bool(client and start is not None and position is not None and position < start)

    async def _named(self, keys: list[str]) -> list[SourceObject]:
        found: list[SourceObject] = []
        missing = False
        for words, request in self.only:
            try:
                context = {"settings": self.settings, "keys": keys, "key": keys[0]}
                answer = await self.client.send(request.fill(context), "only")
            except GoneError:
                missing = True
                continue
            records = records_in(words.records, answer.body)
            await nest(self.children, records)
            found = [self._object(record, self.positions.of(record) if self.positions else None) for record in records]
            if found:
                return found
        return [SourceObject(external_id=keys[0], payload=None)] if missing and len(keys) == 1 else found

    def _object(self, record: Json, position: Any) -> SourceObject:
        key = search(self.words.key, record)
        if key is None or key == "":
            raise ConfigError(f"streams.{self.name}.key: a record has no {self.words.key!r}")
        version = search(self.words.version, record) if self.words.version else None
        deleted = bool(search(self.read.deleted, record)) if self.read.deleted else False
        return SourceObject(
            external_id=str(key),
            payload=None if deleted else record,
            version=None if version is None else str(version),
            modified_at=position if isinstance(position, datetime) else None,
        )
