"""From a manifest and a connection's settings to readers and writers: every template compiled and checked once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.contract import Outside
from connectors.http.batches import Batches
from connectors.http.children import Child
from connectors.http.client import Client
from connectors.http.manifest import HttpStream, Manifest, Request, WriteTo
from connectors.http.outcome import Reading
from connectors.http.positions import Positions
from connectors.http.read import Reader
from connectors.http.requests import RequestTemplate, compile_request
from connectors.http.singles import Singles
from connectors.http.templates import template
from connectors.http.write import Writer


class Assembly:
    """Makes the parts of each stream. Raises ConfigError, naming the place in the manifest, for a wrong template."""

    def __init__(
        self, manifest: Manifest, settings: Mapping[str, Any], base_url: str, client: Client, outside: Outside
    ) -> None:
        self._manifest = manifest
        self._settings = settings
        self._base_url = base_url
        self._client = client
        self._outside = outside

    def reader(self, name: str, stream: HttpStream) -> Reader | None:
        read = stream.read
        if read is None:
            return None
        where = f"streams.{name}.read"
        return Reader(
            name=name,
            words=stream,
            read=read,
            request=self.request(read.request, f"{where}.request"),
            only=[(only, self.request(only, f"{where}.only[{i}]")) for i, only in enumerate(read.only)],
            children=[
                Child(
                    name=child,
                    words=words,
                    request=self.request(words.request, f"{where}.children.{child}.request"),
                    client=self._client,
                    settings=self._settings,
                )
                for child, words in read.children.items()
            ],
            positions=Positions(read.cursor, self._outside.now) if read.cursor else None,
            client=self._client,
            settings=self._settings,
        )

    def writer(self, name: str, stream: HttpStream) -> Writer | None:
        write = stream.write
        if write is None:
            return None
        where = f"streams.{name}.write"
        reading = Reading(
            stream=stream,
            write=write,
            external_id=template(write.external_id, f"{where}.external_id"),
            settings=self._settings,
        )
        headers = _write_headers(write)
        singles = Singles(
            words=write,
            reading=reading,
            client=self._client,
            lookup=(write.lookup, self.request(write.lookup, f"{where}.lookup")) if write.lookup else None,
            create=(write.create, self.request(write.create, f"{where}.create", headers)) if write.create else None,
            update=(write.update, self.request(write.update, f"{where}.update", headers)) if write.update else None,
            delete=(write.delete, self.request(write.delete, f"{where}.delete", headers)) if write.delete else None,
        )
        return Writer(singles=singles, batches=self._batches(write, reading, where))

    def _batches(self, write: WriteTo, reading: Reading, where: str) -> Batches | None:
        batch = write.batch
        if batch is None:
            return None
        address = batch.model_copy(update={"body": None})  # filled when the items are known
        return Batches(
            words=batch,
            request=self.request(address, f"{where}.batch"),
            item=template(batch.item, f"{where}.batch.item"),
            body=template(batch.body, f"{where}.batch.body"),
            reading=reading,
            errors=self._manifest.errors,
            client=self._client,
            outside=self._outside,
        )

    def request(self, request: Request, where: str, headers: Mapping[str, str] | None = None) -> RequestTemplate:
        return compile_request(request, self._base_url, where, {**self._manifest.http.headers, **(headers or {})})


def _write_headers(write: WriteTo) -> dict[str, str]:
    headers = {}
    if write.idempotency_header is not None:
        headers[write.idempotency_header] = "{{ idempotency_key }}"
    if write.precondition_header is not None:
        headers[write.precondition_header] = "{{ version }}"
    return headers
