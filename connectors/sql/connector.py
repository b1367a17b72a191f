"""The `sql` connector: any database SQLAlchemy can open, its streams said in settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import sqlalchemy as sa

from connectors.contract import (
    CheckResult,
    ConnectorKind,
    Direction,
    Outside,
    Rehearse,
    Stream,
    WebhookEvent,
    WebhookRequest,
)
from connectors.settings import near
from connectors.sql import read as reading
from connectors.sql import target as writing
from connectors.sql.database import Database, open_database
from connectors.sql.rehearsal import rehearse
from connectors.sql.schema import read_schema, write_schema
from connectors.sql.settings import SqlSettings, SqlStream
from connectors.sql.write import write
from engine.errors import ConfigError, ConnectorError
from engine.sync.ports import Json, Page, Write, Written


class SqlConnector:
    """An open database. Tables and columns are looked up once, when a stream is first used."""

    def __init__(self, settings: SqlSettings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._readings: dict[str, reading.Reading] = {}
        self._targets: dict[str, writing.Target] = {}

    async def check(self) -> CheckResult:
        """Connects, and checks every stream's tables and columns."""
        problems = []
        try:
            version = await self._database.in_thread(self._version)
        except ConnectorError as error:
            return CheckResult(ok=False, kind=error.kind, message=error.message)
        for name in self._settings.streams:
            try:
                await self._database.in_thread(self._stream, name)
            except ConnectorError as error:
                problems.append(error.message)
        details = {"database": self._database.engine.dialect.name, "version": version}
        if problems:
            return CheckResult(ok=False, kind="config", message="; ".join(problems), details=details)
        count = len(self._settings.streams)
        fit = "1 stream fits" if count == 1 else f"{count} streams fit"
        return CheckResult(ok=True, message=f"Connected; {fit} the tables", details=details)

    async def streams(self) -> list[Stream]:
        return [await self._database.in_thread(self._stream, name) for name in self._settings.streams]

    async def read(
        self, stream: str, cursor: Json | None = None, only: Sequence[str] | None = None
    ) -> AsyncIterator[Page]:
        """As Source.read."""
        prepared = await self._database.in_thread(self._reading, stream)
        async for page in reading.read(self._database, prepared, cursor, only):
            yield page

    async def write(self, stream: str, batch: Sequence[Write]) -> Sequence[Written]:
        """As Destination.write."""
        target = await self._database.in_thread(self._target, stream)
        return await self._database.in_thread(write, self._database, target, batch)

    def batch_size(self, stream: str) -> int:
        spec = self._spec(stream).write
        return spec.batch if spec is not None else 1

    async def rehearsal(self, stream: str) -> Rehearse:
        """As Connector.rehearsal."""
        target = await self._database.in_thread(self._target, stream)
        return partial(rehearse, target, self._database.engine.dialect)

    def webhook(self, request: WebhookRequest) -> Sequence[WebhookEvent]:
        raise ConfigError("a database sends no webhooks")

    def _version(self) -> str:
        with self._database.reading(self._database.engine.url.render_as_string()) as connection:
            connection.execute(sa.select(sa.literal(1)))
            return ".".join(str(part) for part in connection.dialect.server_version_info or ())

    def _spec(self, stream: str) -> SqlStream:
        if stream not in self._settings.streams:
            raise ConfigError(f"there is no stream {stream!r}; {near(stream, self._settings.streams)}", field="streams")
        return self._settings.streams[stream]

    def _reading(self, stream: str) -> reading.Reading:
        spec = self._spec(stream).read
        if spec is None:
            raise ConfigError(f"the stream {stream!r} is only written", field=f"streams.{stream}")
        if stream not in self._readings:
            self._readings[stream] = reading.prepare(self._database, spec, f"streams.{stream}.read")
        return self._readings[stream]

    def _target(self, stream: str) -> writing.Target:
        spec = self._spec(stream).write
        if spec is None:
            raise ConfigError(f"the stream {stream!r} is only read", field=f"streams.{stream}")
        if stream not in self._targets:
            self._targets[stream] = writing.prepare(self._database, spec, f"streams.{stream}.write")
        return self._targets[stream]

    def _stream(self, name: str) -> Stream:
        spec = self._spec(name)
        read = self._reading(name) if spec.read else None
        target = self._target(name) if spec.write else None
        direction: Direction = "both" if read and target else ("read" if read else "write")
        key = spec.read.key if spec.read else spec.write.key if spec.write else ()
        return Stream(
            name=name,
            title=spec.title or name.replace("_", " ").capitalize(),
            entity=spec.entity,
            direction=direction,
            key=key,
            cursor=spec.read.cursor if spec.read else None,
            schema=read_schema(read.shape, read.children) if read else {},
            write_schema=write_schema(target) if target else {},
        )


@asynccontextmanager
async def _open(settings: SqlSettings, outside: Outside) -> AsyncIterator[SqlConnector]:
    database = open_database(settings, outside.now)
    try:
        yield SqlConnector(settings, database)
    finally:
        await database.in_thread(database.engine.dispose)


SQL = ConnectorKind(name="sql", title="SQL database", settings=SqlSettings, open=_open)
