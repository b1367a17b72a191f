"""Samples on their way in: pasted or uploaded text, or objects read from a connection now; masked as a rule."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from connectors.registry import open_connector
from editor.gateway import Gateway
from engine.encoding import encode
from engine.errors import ConnectorError, RetryError, UsageError
from engine.mapping.masking import mask
from engine.store.connections import Connections
from engine.store.samples import decode_payload

LARGEST = 5 * 1024 * 1024  # bytes of one text
MOST = 20  # samples taken at once
PATIENCE = 20.0  # seconds a system has to give its first page

Named = tuple[str, Any]  # name, payload


def read_samples(text: bytes, name: str) -> list[Named]:
    """JSON, one object or a list of them; or one object a line. Raises UsageError that says where it cannot be read."""
    if len(text) > LARGEST:
        raise UsageError("That is more than 5 MB. Take a few objects out of it; a sample is one of them.")
    try:
        payload = decode_payload(text.strip().removeprefix(b"\xef\xbb\xbf"))
    except RecursionError:
        raise UsageError("It is nested too deeply to be a sample.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        lines = _lines(text)
        if lines is None:
            raise UsageError(f"It is not JSON: {error}.") from None
        payload = lines
    objects = payload if isinstance(payload, list) else [payload]
    if not objects or not all(isinstance(each, dict) for each in objects):
        raise UsageError("A sample is an object such as {…}, or a list of them.")
    if len(objects) == 1:
        return [(name, objects[0])]
    return [(f"{name}-{place}", each) for place, each in enumerate(objects[:MOST], 1)]


def _lines(text: bytes) -> list[Any] | None:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return None
    try:
        return [decode_payload(line) for line in lines[:MOST]]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def sealed(payload: Any, *, masked: bool, salt: str) -> bytes:
    """The payload as it is kept. Raises UsageError where it is nested too deeply."""
    try:
        return encode(mask(payload, salt=salt).payload if masked else payload)
    except RecursionError:
        raise UsageError("It is nested too deeply to be a sample.") from None


async def capture(gateway: Gateway, workspace: int, connection: str, stream: str, most: int) -> Sequence[Named]:
    """The first objects a system gives now, by their external ids. Raises ConnectorError, UsageError."""
    store = Connections(gateway.database, workspace, gateway.seal)
    configured = await store.get(connection)
    secrets: Mapping[str, str] = await store.secrets(connection)
    try:
        async with (
            asyncio.timeout(PATIENCE),
            open_connector(configured.connector, configured.settings, secrets) as opened,
        ):
            found: list[Named] = []
            async for page in opened.read(stream):
                found += [(each.external_id, each.payload) for each in page.objects if each.payload is not None]
                if len(found) >= most:
                    break
            return found[:most]
    except TimeoutError:
        raise RetryError(f"{configured.title} gave nothing within {PATIENCE:.0f} s") from None
    except ConnectorError as error:
        raise UsageError(f"{configured.title} could not be read: {error}") from error
