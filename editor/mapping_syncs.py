"""Which syncs run a mapping: a preview and a check try it with what they would give it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.store.syncs import Sync


def syncs_of(document: Mapping[str, Any], connection: str, syncs: Sequence[Sync]) -> list[Sync]:
    """The syncs that run this mapping of the connection, in the order they run."""
    source, target = document.get("from") or {}, document.get("to") or {}
    if source.get("entity"):
        wanted = (source["entity"], connection, target.get("stream"))
        return [sync for sync in syncs if (sync.entity, sync.destination, sync.destination_stream) == wanted]
    wanted = (target.get("entity"), connection, source.get("stream"))
    return [sync for sync in syncs if (sync.entity, sync.source, sync.source_stream) == wanted]


def sync_of(document: Mapping[str, Any], connection: str, syncs: Sequence[Sync], environment: str) -> Sync | None:
    """The sync whose settings and filter the mapping is tried with: the first of its environment, else the first."""
    found = syncs_of(document, connection, syncs)
    return next((sync for sync in found if sync.environment == environment), found[0] if found else None)
