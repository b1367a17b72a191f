"""Writing one record with requests of its own: create, update, delete, and finding what may be there already."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from connectors.http.client import Client, Prepared
from connectors.http.jmes import search
from connectors.http.manifest import Lookup, Operation, WriteTo
from connectors.http.outcome import Outcome, Reading, of_record
from connectors.http.requests import RequestTemplate
from engine.errors import ConfigError, ConnectorError, DuplicateError, GoneError, RejectedError
from engine.sync.ports import Json, Write, Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Singles:
    """One stream's writing, record by record."""

    words: WriteTo
    reading: Reading
    client: Client
    lookup: tuple[Lookup, RequestTemplate] | None
    create: tuple[Operation, RequestTemplate] | None
    update: tuple[Operation, RequestTemplate] | None
    delete: tuple[Operation, RequestTemplate] | None

    async def put(self, write: Write) -> Outcome:
        """Never raises for what concerns this record alone. Raises AuthError, and ConfigError for the connection."""
        try:
            if write.payload is None:
                return Outcome(written=await self._remove(write))
            return Outcome(written=await self._store(write))
        except ConnectorError as error:
            if error.kind in ("auth", "config"):
                raise
            refused = self.reading.adoptable(write, error)
            return Outcome(written=Written(external_id=write.external_id, error=refused), again=_again(error))

    def request(self, write: Write) -> Prepared | None:
        """What is sent to store a record, or to take it away; None where nothing is: it is there, and the manifest
        says no way to change it. Raises RejectedError, GoneError."""
        if write.payload is None:
            if self.delete is None:
                raise RejectedError(f"the manifest says no way to take {write.key} away")
            if write.external_id is None:
                raise GoneError(f"{write.key} was never written there")
            return self._filled(self.delete[1], write, None)
        if write.external_id is not None:
            return None if self.update is None else self._filled(self.update[1], write, write.payload)
        if self.create is None:
            raise RejectedError(f"the manifest says no way to create {write.key}")
        return self._filled(self.create[1], write, write.payload)

    async def _store(self, write: Write) -> Written:
        external = write.external_id
        if external is None and write.in_doubt and self.lookup is not None:
            there = await self._look(write)
            external = None if there is None else self._external_id(write, there)
        if external is not None:
            return await self._change(replace(write, external_id=external), external)
        return await self._make(write)

    async def _make(self, write: Write) -> Written:
        request = self.request(write)
        assert request is not None and self.create is not None
        words = self.create[0]
        try:
            answer = await self.client.send(request, "create")
        except DuplicateError as error:
            if error.external_id is not None or self.lookup is None:
                raise
            there = await self._look(write)
            found = None if there is None else str(search(self.reading.stream.key, there))
            raise DuplicateError(error.message, external_id=found, response=error.response) from error
        said = answer.body
        if search(words.id or self.reading.stream.key, said) in (None, "") and self.lookup is not None:
            said = await self._look(write)  # some systems answer a create without the object
        return self.reading.written(write, said, id=words.id, version=words.version, outcome="created")

    async def _change(self, write: Write, external: str) -> Written:
        request = self.request(write)
        if request is None or self.update is None:
            return Written(external_id=external, response={"outcome": "adopted"})
        words = self.update[0]
        answer = await self.client.send(request, "update")
        return self.reading.written(write, answer.body, id=words.id, version=words.version, outcome="updated")

    async def _remove(self, write: Write) -> Written:
        request = self.request(write)
        assert request is not None
        try:
            await self.client.send(request, "delete")
        except GoneError:
            return Written(external_id=write.external_id, response={"outcome": "was gone"})
        return Written(external_id=write.external_id, response={"outcome": "removed"})

    async def _look(self, write: Write) -> Json | None:
        """The object that is there for this record, by what we know of it; None when there is none."""
        assert self.lookup is not None
        words, template = self.lookup
        try:
            answer = await self.client.send(self._filled(template, write, None), "lookup")
        except GoneError:
            return None
        return search(words.first, answer.body) if answer.body is not None else None

    def _external_id(self, write: Write, there: Json) -> str:
        found = search(self.reading.stream.key, there)
        if found in (None, ""):
            raise ConfigError(f"lookup: the object found has no {self.reading.stream.key!r}")
        return self.reading.named(write, found)

    def _filled(self, template: RequestTemplate, write: Write, body: Any) -> Prepared:
        try:
            return template.fill(self.reading.context(write), body=body)
        except ConfigError as error:
            raise of_record(error) from error


def _again(error: ConnectorError) -> bool:
    return isinstance(error, RejectedError) and error.after_others
