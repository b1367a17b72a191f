"""A connector that never tells its secrets: what systems answer, and what goes wrong, may have them in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, SecretStr

from connectors.contract import CheckResult, Connector, Rehearse, Stream, WebhookEvent, WebhookRequest
from engine.errors import ConnectorError
from engine.redaction import Secrets
from engine.sync.ports import Json, Page, Write, Written


class Discreet:
    """Another connector, with the secrets taken out of messages, answers and errors. Records pass as they are."""

    def __init__(self, connector: Connector, secrets: Secrets) -> None:
        self._connector = connector
        self._secrets = secrets

    async def check(self) -> CheckResult:
        with discreetly(self._secrets):
            result = await self._connector.check()
        details: Mapping[str, Json] = self._secrets.hide_in(dict(result.details))
        return replace(result, message=self._secrets.hide(result.message), details=details)

    async def streams(self) -> list[Stream]:
        with discreetly(self._secrets):
            return await self._connector.streams()

    async def read(
        self, stream: str, cursor: Json | None = None, only: Sequence[str] | None = None
    ) -> AsyncIterator[Page]:
        """As Source.read."""
        with discreetly(self._secrets):
            async with aclosing(self._connector.read(stream, cursor, only)) as pages:  # type: ignore[type-var]
                async for page in pages:
                    yield page

    async def write(self, stream: str, batch: Sequence[Write]) -> Sequence[Written]:
        """As Destination.write."""
        with discreetly(self._secrets):
            results = await self._connector.write(stream, batch)
        return [self._quiet(written) for written in results] if self._secrets else results

    def _quiet(self, written: Written) -> Written:
        if written.error is not None:
            self._secrets.hide_in_error(written.error)
        return replace(written, response=self._secrets.hide_in(written.response))

    async def rehearsal(self, stream: str) -> Rehearse:
        with discreetly(self._secrets):
            return await self._connector.rehearsal(stream)

    def batch_size(self, stream: str) -> int:
        return self._connector.batch_size(stream)

    def webhook(self, request: WebhookRequest) -> Sequence[WebhookEvent]:
        with discreetly(self._secrets):
            return self._connector.webhook(request)


@contextmanager
def discreetly(secrets: Secrets) -> Iterator[None]:
    """Errors on their way out lose the secrets they have in them."""
    try:
        yield
    except Exception as error:
        if not secrets.hide_in_error(error):
            raise ConnectorError(f"{type(error).__name__}: {secrets.hide(str(error))}") from None
        raise


def secret_values(settings: Any) -> Iterator[str]:
    """Every secret among a connection's settings, however deep."""
    if isinstance(settings, SecretStr):
        yield settings.get_secret_value()
    elif isinstance(settings, BaseModel):
        for name in type(settings).model_fields:
            yield from secret_values(getattr(settings, name))
    elif isinstance(settings, Mapping):
        for value in settings.values():
            yield from secret_values(value)
    elif isinstance(settings, list | tuple):
        for value in settings:
            yield from secret_values(value)
