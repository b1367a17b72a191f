"""Who is believed about which fields of an entity, as the workspace has set it."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from engine.records.merge import Authority
from engine.store.database import Transaction
from engine.store.scope import mine
from engine.store.tables_connections import authorities
from engine.store.upsert import Upsert

_READ = select(authorities).where(mine(authorities), authorities.c.entity == bindparam("of_entity"))
_SET = Upsert(authorities, ("workspace_id", "entity"), ("connections", "fields"))


async def get_authority(tx: Transaction, entity: str) -> Authority:
    """Nobody in particular when nothing was set."""
    row = await tx.first(_READ, {"of_entity": entity})
    if row is None:
        return Authority()
    fields = {name: tuple(order) for name, order in row.fields.items()}
    return Authority(connections=tuple(row.connections), fields=fields)


async def set_authority(tx: Transaction, entity: str, authority: Authority) -> None:
    """Holds from the next merge of each record on."""
    fields = {name: list(order) for name, order in authority.fields.items()}
    await tx.execute(_SET, {"entity": entity, "connections": list(authority.connections), "fields": fields})
