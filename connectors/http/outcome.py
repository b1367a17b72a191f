"""What became of one record on its way to the system, and what its answer tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.http.jmes import search
from connectors.http.manifest import HttpStream, Links, WriteTo
from connectors.http.templates import Render
from engine.encoding import digest
from engine.errors import ConfigError, ConnectorError, DuplicateError, RejectedError
from engine.sync.ports import Json, Write, Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A Written, and whether it is worth trying again once the others of the call are there."""

    written: Written
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Takes ids, versions and links from what the system says of an object it wrote."""

    stream: HttpStream
    write: WriteTo
    external_id: Render
    settings: Mapping[str, Any]

    def context(self, write: Write) -> dict[str, Any]:
        """What templates know of a record."""
        return {
            "settings": self.settings,
            "record": write.payload if write.payload is not None else {},
            "key": write.key,
            "external_id": write.external_id,
            "version": write.version,
            "idempotency_key": request_key(write),
        }

    def written(self, write: Write, said: Json, *, id: str | None, version: str | None, outcome: str) -> Written:
        """`id` and `version` are JMESPath into `said`. Raises ConfigError when there is no id in it."""
        found = search(id or self.stream.key, said) if said is not None else None
        external = write.external_id if found in (None, "") else self.named(write, found)
        if external is None:
            raise ConfigError(f"the answer has no id at {id or self.stream.key!r}")
        version = version or self.stream.version
        seen = search(version, said) if version and said is not None else None
        return Written(
            external_id=external,
            version=None if seen is None else str(seen),
            links=self.links(said),
            response={"outcome": outcome},
        )

    def named(self, write: Write, id: Any) -> str:
        """The external id made of the system's id."""
        return str(self.external_id({**self.context(write), "id": id}))

    def links(self, said: Json) -> list[tuple[str, str, str]]:
        return [link for words in self.write.links for link in _links(words, said)]

    def adoptable(self, write: Write, error: ConnectorError) -> ConnectorError:
        """A DuplicateError with the external id in our form."""
        if isinstance(error, DuplicateError) and error.external_id is not None:
            external = self.named(write, error.external_id)
            return DuplicateError(error.message, external_id=external, response=error.response)
        return error


def request_key(write: Write) -> str:
    """The idempotency key of a request: the same for the same request, another when an attempt asks for something else
    (an update that becomes a create because the object is gone): systems refuse a key that comes with other content."""
    parts = (write.idempotency_key, write.external_id or "", write.version or "")
    return digest("\n".join(parts).encode()).hex()[:40]


def _links(words: Links, said: Json) -> Sequence[tuple[str, str, str]]:
    found = search(words.records, said) if said is not None else None
    pairs = [(search(words.key, part), search(words.id, part)) for part in found or []]
    return [(words.entity, str(key), str(id)) for key, id in pairs if key is not None and id is not None]


def of_record(error: ConfigError) -> RejectedError:
    """A template that one record does not fill is that record's fault."""
    return RejectedError(error.message, field=error.field)
