"""The workspaces of this installation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from engine.errors import NotFoundError, UsageError
from engine.store.database import Database
from engine.store.schema import now
from engine.store.tables_people import workspaces

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    id: int
    name: str  # in URLs and commands
    title: str
    settings: Mapping[str, Any]


class Workspaces:
    """Queries about workspaces over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Workspace]:
        async with self._database.read_everywhere() as transaction:
            rows = await transaction.rows(select(workspaces).order_by(workspaces.c.name))
        return [Workspace(id=row.id, name=row.name, title=row.title, settings=row.settings) for row in rows]

    async def get(self, name: str | None = None) -> Workspace:
        """The workspace of that name; without a name the only one there is. Raises NotFoundError, and UsageError
        when a name is needed to choose."""
        known = await self.all()
        if name is None and len(known) == 1:
            return known[0]
        if name is None and known:
            raise UsageError(f"say which workspace: --workspace {' | '.join(w.name for w in known)}")
        for workspace in known:
            if workspace.name == name:
                return workspace
        there = f"there is {', '.join(w.name for w in known)}" if known else "run `codi demo` or `codi user add` first"
        raise NotFoundError(f"there is no workspace{f' {name!r}' if name else ''}; {there}")

    async def ensure(self, name: str, title: str, settings: Mapping[str, Any] | None = None) -> Workspace:
        """The workspace of that name, made when it is not there."""
        if not _NAME.fullmatch(name):
            raise UsageError(f"a workspace's name has lower-case letters, digits and dashes, unlike {name!r}")
        async with self._database.write_everywhere() as transaction:
            if await transaction.first(select(workspaces.c.id).where(workspaces.c.name == name)) is None:
                values = {"name": name, "title": title, "settings": dict(settings or {}), "created_at": now()}
                await transaction.execute(insert(workspaces).values(**values))
        return await self.get(name)
