"""The `http` connector: one declarative executor for every system a manifest describes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
from pydantic import BaseModel, Field, SecretStr, field_validator

from connectors.contract import (
    SECRET,
    CheckResult,
    Connector,
    ConnectorKind,
    Direction,
    Outside,
    Rehearse,
    Stream,
    WebhookEvent,
    WebhookRequest,
)
from connectors.http.assemble import Assembly
from connectors.http.auth import MemoryTokens, prover
from connectors.http.client import Client
from connectors.http.jmes import search
from connectors.http.loading import checked_url, load_manifest, load_yaml, settings_model
from connectors.http.manifest import HttpStream, Manifest
from connectors.http.rates import Bucket
from connectors.http.templates import template
from connectors.http.webhook import WebhookReader
from connectors.settings import Strict, near, parse, reveal
from engine.encoding import decode
from engine.errors import AuthError, ConfigError, ConnectorError, RetryError
from engine.sync.ports import Json, Page, Write, Written


class HttpConnector:
    """An open connection to the system a manifest describes."""

    def __init__(
        self, manifest: Manifest, settings: Mapping[str, Any], base_url: str, client: Client, outside: Outside
    ) -> None:
        self._manifest = manifest
        self._client = client
        self._settings = settings
        self._outside = outside
        context = {"settings": settings}
        assembly = Assembly(manifest, settings, base_url, client, outside)
        self._check = assembly.request(manifest.check, "check").fill(context)
        self._readers = {name: assembly.reader(name, stream) for name, stream in manifest.streams.items()}
        self._writers = {name: assembly.writer(name, stream) for name, stream in manifest.streams.items()}
        words = manifest.webhooks
        self._webhooks = WebhookReader(words, manifest.streams, settings, outside.now) if words else None

    async def check(self) -> CheckResult:
        """Sends the manifest's check request."""
        try:
            answer = await self._client.send(self._check, "check")
        except ConnectorError as error:
            return CheckResult(ok=False, kind=error.kind, message=error.message)
        expected = self._manifest.check.expect
        if expected is not None and (answer.body is None or search(expected, answer.body) is None):
            message = f"the system answers, but without {expected!r}: is the address right?"
            return CheckResult(ok=False, kind="config", message=message)
        return CheckResult(ok=True, message=f"Connected to {self._manifest.connector.title}")

    async def streams(self) -> list[Stream]:
        return [_stream(name, stream) for name, stream in self._manifest.streams.items()]

    async def read(
        self, stream: str, cursor: Json | None = None, only: Sequence[str] | None = None
    ) -> AsyncIterator[Page]:
        """As Source.read."""
        self._known(stream)
        reader = self._readers[stream]
        if reader is None:
            raise ConfigError(f"the stream {stream!r} is only written", field=f"streams.{stream}")
        async for page in reader.named(only) if only is not None else reader.pages(cursor):
            yield page

    async def write(self, stream: str, batch: Sequence[Write]) -> Sequence[Written]:
        """As Destination.write."""
        self._known(stream)
        writer = self._writers[stream]
        if writer is None:
            raise ConfigError(f"the stream {stream!r} is only read", field=f"streams.{stream}")
        return await writer.write(batch)

    def batch_size(self, stream: str) -> int:
        write = self._known(stream).write
        return write.batch.size if write is not None and write.batch is not None else 20

    async def rehearsal(self, stream: str) -> Rehearse:
        """As Connector.rehearsal: the writer of the stream, made with settings whose secrets are hidden."""
        secret = {name for name, words in self._manifest.settings.items() if words.secret}
        settings = {name: SECRET if name in secret and value else value for name, value in self._settings.items()}
        base_url = str(template(self._manifest.http.base_url, "http.base_url")({"settings": settings}))
        assembly = Assembly(self._manifest, settings, base_url, self._client, self._outside)
        writer = assembly.writer(stream, self._known(stream))
        if writer is None:
            raise ConfigError(f"the stream {stream!r} is only read", field=f"streams.{stream}")
        return writer.rehearse

    def webhook(self, request: WebhookRequest) -> Sequence[WebhookEvent]:
        if self._webhooks is None:
            raise ConfigError(f"{self._manifest.connector.title} sends no webhooks that the manifest knows")
        return self._webhooks.events(request)

    def _known(self, stream: str) -> HttpStream:
        if stream not in self._manifest.streams:
            raise ConfigError(f"there is no stream {stream!r}; {near(stream, self._manifest.streams)}", field="streams")
        return self._manifest.streams[stream]


def _stream(name: str, words: HttpStream) -> Stream:
    direction: Direction = "both" if words.read and words.write else ("read" if words.read else "write")
    return Stream(
        name=name,
        title=words.title or name.replace("_", " ").capitalize(),
        entity=words.entity,
        direction=direction,
        key=(words.key,),
        cursor=words.read.cursor.field if words.read and words.read.cursor else None,
        schema=words.schema_ if isinstance(words.schema_, dict) else {},
        write_schema=words.write.schema_ if words.write and isinstance(words.write.schema_, dict) else {},
    )


@asynccontextmanager
async def open_manifest(
    manifest: Manifest, settings: Mapping[str, Any], outside: Outside
) -> AsyncIterator[HttpConnector]:
    """A connection to the system `manifest` describes. `settings` hold the secrets in the clear. Raises ConfigError."""
    context = {"settings": settings}
    secret = [name for name, words in manifest.settings.items() if words.secret and settings.get(name)]
    outside.secrets.add(*(str(settings[name]) for name in secret))
    base_url = checked_url(str(template(manifest.http.base_url, "http.base_url")(context))).rstrip("/")
    rates = outside.rates or Bucket(manifest.rate, outside.now, outside.sleep)
    async with httpx.AsyncClient(transport=outside.transport, timeout=manifest.http.timeout) as network:

        async def post(url: str, form: dict[str, str], headers: dict[str, str]) -> dict[str, Any]:
            return await _token(network, url, form, headers)

        proofs = prover(manifest.http.auth, context, outside.tokens or MemoryTokens(), post, outside.now)
        client = Client(
            http=manifest.http,
            errors=manifest.errors,
            base_url=base_url,
            prover=proofs,
            rates=rates,
            client=network,
            outside=outside,
        )
        yield HttpConnector(manifest, settings, base_url, client, outside)


async def _token(network: httpx.AsyncClient, url: str, form: dict[str, str], headers: dict[str, str]) -> dict[str, Any]:
    """The answer of a token address. Raises AuthError when it refuses, RetryError when it does not answer."""
    try:
        response = await network.post(url, data=form, headers=headers)
        found = decode(response.content) if response.content else None
    except httpx.TransportError as error:
        raise RetryError(f"the token address does not answer ({error or type(error).__name__})") from error
    except (msgspec.DecodeError, ValueError):
        found = None
    if response.status_code >= 500 or response.status_code == 429:
        raise RetryError(f"the token address answered {response.status_code}")
    if not response.is_success or not isinstance(found, dict):
        said = found.get("error_description") or found.get("error") if isinstance(found, dict) else None
        raise AuthError(f"no token: the system answered {response.status_code}{f' ({said})' if said else ''}")
    return found


class HttpSettings(Strict):
    """A system described by a manifest of one's own."""

    manifest: Manifest = Field(
        title="Manifest", description="As docs/connectors.md describes it", json_schema_extra={"paste": True}
    )
    values: dict[str, str | int | bool] = Field(default_factory=dict, title="Settings the manifest asks for")
    secrets: dict[str, SecretStr] = Field(default_factory=dict, title="Secrets the manifest asks for")

    @field_validator("secrets", mode="before")
    @classmethod
    def _lines(cls, said: Any) -> Any:
        """Also text with one `name: value` on each line."""
        if not isinstance(said, str):
            return said
        try:
            found = load_yaml(said, "secrets")
        except ConfigError:
            found = None
        if not isinstance(found, dict):
            raise ValueError("write one on each line, as `name: value`")
        return {name: str(secret) for name, secret in found.items()}

    def given(self) -> dict[str, Any]:
        """Everything the manifest asks for, by name."""
        return {**self.values, **{name: secret.get_secret_value() for name, secret in self.secrets.items()}}


@asynccontextmanager
async def _open_own(settings: HttpSettings, outside: Outside) -> AsyncIterator[HttpConnector]:
    checked = parse(settings_model(settings.manifest), settings.given(), "settings the manifest asks for")
    async with open_manifest(settings.manifest, reveal(checked), outside) as connector:
        yield connector


def manifest_kind(folder: Path) -> ConnectorKind:
    """A shipped connector: the manifest in `folder`."""
    manifest = load_manifest(folder / "manifest.yaml")

    def opened(settings: BaseModel, outside: Outside) -> AbstractAsyncContextManager[Connector]:
        return open_manifest(manifest, reveal(settings), outside)

    return ConnectorKind(
        name=manifest.connector.name,
        title=manifest.connector.title,
        settings=settings_model(manifest),
        open=opened,
        webhooks=manifest.webhooks is not None,
    )


HTTP = ConnectorKind(name="http", title="REST API", settings=HttpSettings, open=_open_own)
