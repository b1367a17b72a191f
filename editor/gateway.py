"""CODI opened: the database, brought up to date, and the keys that seal secrets. Commands and the web start here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from editor.settings import Settings
from engine.redaction import Secrets
from engine.store.database import Database, database_url, open_database
from engine.store.migrate import upgrade
from engine.store.seal import Seal
from engine.store.workspaces import Workspace, Workspaces


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """What everything that does something for a person or a run is given. Belongs to one event loop."""

    settings: Settings
    database: Database
    seal: Seal
    hidden: Secrets  # held while CODI is open, so that no log tells them

    async def workspace(self, name: str | None = None) -> Workspace:
        """Raises NotFoundError, UsageError as Workspaces.get."""
        return await Workspaces(self.database).get(name)


@asynccontextmanager
async def open_gateway(settings: Settings, *, migrate: bool = True) -> AsyncIterator[Gateway]:
    """Opens CODI; several processes may do so at once."""
    hidden = Secrets([*settings.secret_keys(), database_url(settings.database()).password or ""])
    database = open_database(settings.database())
    try:
        if migrate:
            await upgrade(database)
        yield Gateway(settings=settings, database=database, seal=Seal(settings.secret_keys()), hidden=hidden)
    finally:
        await database.close()
