"""Enrichment: data that people keep in CODI because no system has a place for it. One more contribution to a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select

from engine.encoding import canonical, decode, digest
from engine.records.merge import ENRICHMENT
from engine.records.validate import natural_key, validate
from engine.store import audit
from engine.store.authorities import get_authority
from engine.store.connections import connection_names
from engine.store.database import Database, Transaction
from engine.store.page import store_objects
from engine.store.page_state import Origin
from engine.store.schema import now
from engine.store.scope import mine
from engine.store.tables_connections import connections
from engine.store.tables_records import contributions
from engine.store.upsert import Upsert
from engine.sync.ports import Normalised, Pinned

_CONNECTION = Upsert(connections, ("workspace_id", "name"), ())
_SAID = select(contributions.c.document).where(
    mine(contributions),
    contributions.c.connection_id == bindparam("of_connection"),
    contributions.c.stream == bindparam("of_stream"),
    contributions.c.external_id == bindparam("of_key"),
)
_BY_HAND = Pinned(mapping="enrichment", revision=None, hash="")  # no mapping made it


class Enrichments:
    """What people add to the records of one workspace."""

    def __init__(self, database: Database, workspace: int) -> None:
        self._database = database
        self._workspace = workspace

    async def get(self, entity: str, key: str) -> dict[str, Any]:
        """The fields people added; empty when there are none."""
        async with self._database.read(self._workspace) as tx:
            numbers = {name: number for number, name in (await connection_names(tx)).items()}
            values = {"of_connection": numbers.get(ENRICHMENT), "of_stream": entity, "of_key": key.casefold()}
            stored = await tx.value(_SAID, values)
        return {} if stored is None else dict(decode(stored))

    async def save(self, entity: str, document: Mapping[str, Any], *, who: str) -> int:
        """Makes these all the fields that people add to the record; the document has the natural key's fields too.
        Gives how many records changed (0 or 1). Raises RecordError."""
        checked = validate(entity, dict(document), partial=True)
        key = natural_key(entity, checked)
        payload = canonical(checked)
        said = Normalised(
            external_id=key.casefold(), key=key, payload=None, source_hash=digest(payload), document=checked
        )
        return await self._store(entity, said, "enrichment.saved", key, who)

    async def remove(self, entity: str, key: str, *, who: str) -> int:
        """Takes back everything people added to the record."""
        gone = Normalised(external_id=key.casefold(), key=None, payload=None, source_hash=b"", document=None)
        return await self._store(entity, gone, "enrichment.removed", key, who)

    async def _store(self, entity: str, said: Normalised, action: str, key: str, who: str) -> int:
        async with self._database.write(self._workspace) as tx:
            origin = await _origin(tx, entity)
            result = await store_objects(tx, origin, [said])
            await audit.note(tx, who, action, f"{entity} {key}")
            return result.changed


async def _origin(tx: Transaction, entity: str) -> Origin:
    made = {"name": ENRICHMENT, "title": "Enrichment", "connector": ENRICHMENT, "settings": {}, "status": "ready"}
    await tx.execute(_CONNECTION, {**made, "created_at": now()})
    names = await connection_names(tx)
    return Origin(
        connection_id=next(number for number, name in names.items() if name == ENRICHMENT),
        connection=ENRICHMENT,
        stream=entity,
        entity=entity,
        run=None,
        pinned=_BY_HAND,
        authority=await get_authority(tx, entity),
        names=names,
    )
