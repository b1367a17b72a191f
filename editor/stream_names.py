"""What streams the connections have, asked so that a page can offer them; a system that is silent costs little."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.contract import Stream
from connectors.registry import open_connector
from engine.errors import CodiError
from engine.store.connections import Connection, Connections

PATIENCE = 3.0  # seconds; most connectors know their streams without asking


@dataclass(frozen=True, kw_only=True)
class StreamNames:
    """What one connection says it has."""

    connection: Connection
    streams: tuple[Stream, ...] = ()
    problem: str = ""  # in words, why the streams are not known

    def usable(self, side: str) -> tuple[Stream, ...]:
        """The streams that can be read (side `source`) or written (side `destination`)."""
        needed = "read" if side == "source" else "write"
        return tuple(stream for stream in self.streams if stream.direction in (needed, "both"))


async def stream_names(store: Connections, wanted: Sequence[Connection]) -> tuple[StreamNames, ...]:
    """The streams of each connection, all asked at once. Raises nothing for a system that fails."""
    return tuple(await asyncio.gather(*(_ask(store, connection) for connection in wanted)))


async def _ask(store: Connections, connection: Connection) -> StreamNames:
    try:
        secrets = await store.secrets(connection.name)
        async with (
            asyncio.timeout(PATIENCE),
            open_connector(connection.connector, connection.settings, secrets) as opened,
        ):
            return StreamNames(connection=connection, streams=tuple(await opened.streams()))
    except TimeoutError:
        return StreamNames(connection=connection, problem=f"no answer within {PATIENCE:.0f} s")
    except CodiError as error:
        return StreamNames(connection=connection, problem=str(error))
