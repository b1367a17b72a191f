"""Environments: how much of what runs may change with one publication before somebody types a confirmation."""

from __future__ import annotations

from sqlalchemy import select, update

from engine.store.database import Transaction
from engine.store.scope import mine
from engine.store.tables_mappings import environments

IMPACT_LIMIT = 0.05  # of the records compared, where the workspace says nothing


async def impact_limit(tx: Transaction, environment: str) -> float:
    """The share of records, 0 to 1, that may change without a confirmation."""
    query = select(environments.c.settings).where(mine(environments), environments.c.name == environment)
    row = await tx.first(query, {})
    return float((row.settings if row else {}).get("impact_limit", IMPACT_LIMIT))


async def set_impact_limit(tx: Transaction, environment: str, share: float) -> None:
    row = await tx.one(
        select(environments.c.settings).where(mine(environments), environments.c.name == environment),
        f"environment {environment!r}",
    )
    await tx.execute(
        update(environments)
        .where(mine(environments), environments.c.name == environment)
        .values(settings={**row.settings, "impact_limit": share})
    )
