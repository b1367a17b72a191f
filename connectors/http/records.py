"""The records of an answer."""

from __future__ import annotations

from connectors.http.jmes import search
from engine.errors import ConfigError
from engine.sync.ports import Json


def records_in(expression: str, body: Json | None) -> list[Json]:
    """The records of an answer; one object counts as a list of it. Raises ConfigError for anything else."""
    found = search(expression, body) if body is not None else None
    if found is None:
        return []
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise ConfigError(f"records: {expression!r} finds no list of objects in the answer")
    return found
