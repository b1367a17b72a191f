"""Connections of a workspace. Their secrets are sealed; they are opened for whoever talks to the system, and nowhere
shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, insert, select, update

from engine.errors import NotFoundError
from engine.records.merge import ENRICHMENT
from engine.store.database import Database, Transaction
from engine.store.schema import now
from engine.store.scope import mine
from engine.store.seal import Seal
from engine.store.tables_connections import connections


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A configured instance of a connector, without its secrets."""

    id: int
    name: str  # in URLs, commands and syncs
    title: str
    connector: str  # its name in connectors/registry.py
    settings: Mapping[str, Any]  # everything that is not secret
    has_secrets: bool
    status: str  # ready | paused | failing
    problem: str | None  # why it is not ready, in words
    checked_at: dt.datetime | None


class Connections:
    """Connections of one workspace."""

    def __init__(self, database: Database, workspace: int, seal: Seal) -> None:
        self._database = database
        self._workspace = workspace
        self._seal = seal

    async def all(self) -> list[Connection]:
        async with self._database.read(self._workspace) as transaction:
            return [_connection(row) for row in await transaction.rows(_ALL)]

    async def get(self, name: str) -> Connection:
        """Raises NotFoundError that names those there are."""
        known = await self.all()
        for connection in known:
            if connection.name == name:
                return connection
        names = ", ".join(connection.name for connection in known) or "none"
        raise NotFoundError(f"there is no connection {name!r}; there is {names}")

    async def secrets(self, name: str) -> dict[str, str]:
        """The secrets in the clear: for opening the connector, never for showing."""
        async with self._database.read(self._workspace) as transaction:
            sealed = await transaction.value(_SECRETS, {"name": name})
        return msgspec.json.decode(self._seal.open(sealed), type=dict[str, str]) if sealed else {}

    async def save(
        self,
        name: str,
        *,
        title: str,
        connector: str,
        settings: Mapping[str, Any],
        secrets: Mapping[str, str] | None = None,
    ) -> Connection:
        """Makes the connection or changes it. `secrets` None keeps those it has; otherwise it names all of them."""
        values: dict[str, Any] = {"title": title, "connector": connector, "settings": dict(settings)}
        if secrets is not None:
            values["secrets"] = self._seal.seal(msgspec.json.encode(dict(secrets))) if secrets else None
        async with self._database.write(self._workspace) as transaction:
            if await transaction.first(_ONE, {"name": name}):
                same = (mine(connections), connections.c.name == name)
                await transaction.execute(update(connections).where(*same).values(**values))
            else:
                await transaction.execute(insert(connections).values(name=name, created_at=now(), **values))
            row = await transaction.one(_ONE, f"connection {name!r}", {"name": name})
        return _connection(row)

    async def set_status(self, name: str, status: str, problem: str | None = None) -> None:
        """After trying the connection out, or when a run found that it needs a person."""
        async with self._database.write(self._workspace) as transaction:
            await transaction.execute(
                update(connections)
                .where(mine(connections), connections.c.name == name)
                .values(status=status, problem=problem, checked_at=now())
            )


_COLUMNS = [column for column in connections.c if column.name != "secrets"]
_SHOWN: Select[Any] = select(*_COLUMNS, connections.c.secrets.is_not(None).label("has_secrets")).where(
    mine(connections)
)
_ALL = _SHOWN.where(connections.c.connector != ENRICHMENT).order_by(connections.c.name)  # that one is CODI's own


_NAMED = connections.c.name == bindparam("name")
_ONE = _SHOWN.where(_NAMED)
_SECRETS = select(connections.c.secrets).where(mine(connections), _NAMED)


def _connection(row: Any) -> Connection:
    return Connection(
        id=row.id,
        name=row.name,
        title=row.title,
        connector=row.connector,
        settings=row.settings,
        has_secrets=bool(row.has_secrets),
        status=row.status,
        problem=row.problem,
        checked_at=row.checked_at,
    )


_NAMES = select(connections.c.id, connections.c.name).where(mine(connections))


async def connection_names(transaction: Transaction) -> dict[int, str]:
    """Id → name of all connections of the workspace."""
    return {row.id: row.name for row in await transaction.rows(_NAMES)}
