"""Renews every sealed secret with the newest key, so that older keys can be taken away."""

from __future__ import annotations

from sqlalchemy import select, update

from engine.store.database import Database
from engine.store.seal import Seal
from engine.store.tables_connections import connections
from engine.store.tables_people import users


async def reseal(database: Database, seal: Seal) -> int:
    """Gives how many secrets were renewed. All or none: raises UsageError when one cannot be opened."""
    renewed = 0
    async with database.write_everywhere() as tx:
        for table, column in ((connections, connections.c.secrets), (users, users.c.totp_secret)):
            for row in await tx.rows(select(table.c.id, column.label("sealed")).where(column.is_not(None))):
                change = update(table).where(table.c.id == row.id).values({column: seal.renew(row.sealed)})
                await tx.execute(change)
                renewed += 1
    return renewed
