"""Webhooks: is it really the system, and what does it tell us."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from connectors.contract import WebhookEvent, WebhookRequest
from connectors.http.jmes import search
from connectors.http.manifest import HttpStream
from connectors.http.records import records_in
from connectors.http.templates import Render, template
from connectors.http.webhook_words import Route, Verify, Webhooks
from engine.encoding import decode
from engine.errors import AuthError, ConfigError, RejectedError


class WebhookReader:
    """Checks and reads what a system sends us. Constant time where it compares secrets."""

    def __init__(
        self,
        words: Webhooks,
        streams: Mapping[str, HttpStream],
        settings: Mapping[str, Any],
        now: Callable[[], datetime],
    ) -> None:
        self._words = words
        self._streams = streams
        self._settings = settings
        self._now = now
        self._secret = template(words.verify.secret, "webhooks.verify.secret")
        self._signed: Render = template(words.verify.signed, "webhooks.verify.signed")

    def events(self, request: WebhookRequest) -> list[WebhookEvent]:
        """Raises AuthError for a wrong signature, RejectedError for a body that cannot be read; a topic the manifest
        does not name gives no events."""
        self._verify(self._words.verify, request)
        try:
            body = decode(request.body)
        except (msgspec.DecodeError, ValueError) as error:
            raise RejectedError(f"webhook: the body is not JSON ({error})") from None
        topic = self._topic(request, body)
        route = self._words.routes.get(topic) or self._words.routes.get("*")
        if route is None:
            return []
        delivery = request.headers.get(self._words.id_header.lower()) if self._words.id_header else None
        return [self._event(route, record, topic, delivery) for record in records_in(route.records, body)]

    def _topic(self, request: WebhookRequest, body: Any) -> str:
        if self._words.topic_header is not None:
            return request.headers.get(self._words.topic_header.lower(), "")
        found = search(self._words.topic, body) if self._words.topic else None
        return "*" if found is None else str(found)

    def _event(self, route: Route, record: Any, topic: str, delivery: str | None) -> WebhookEvent:
        key = route.id or self._streams[route.stream].key
        found = search(key, record)
        if found in (None, ""):
            raise RejectedError(f"webhook {topic}: the object has no {key!r}")
        return WebhookEvent(
            stream=route.stream,
            mode=route.mode,
            external_id=str(found),
            id=delivery,
            topic=topic,
            payload=record if route.mode == "upsert" else None,
        )

    def _verify(self, words: Verify, request: WebhookRequest) -> None:
        given = request.headers.get(words.header.lower(), "")
        secret = self._secret({"settings": self._settings})
        if not secret:
            raise ConfigError("webhooks: the secret is not set", field="webhooks.verify.secret")
        if words.type == "header":
            if not hmac.compare_digest(given.encode(), str(secret).encode()):
                raise AuthError(f"webhook: {words.header} is not the secret agreed on")
            return
        timestamp = self._timestamp(words, request)
        message = self._message(request, timestamp, words)
        digest = hmac.new(_key(str(secret), words), message, _ALGORITHMS[words.algorithm]).digest()
        wanted = digest.hex() if words.encoding == "hex" else base64.b64encode(digest).decode()
        if not any(hmac.compare_digest(one.encode(), wanted.encode()) for one in _signatures(given, words.prefix)):
            raise AuthError(f"webhook: the signature in {words.header} is wrong")

    def _timestamp(self, words: Verify, request: WebhookRequest) -> str:
        if words.timestamp_header is None:
            return ""
        said = request.headers.get(words.timestamp_header.lower(), "")
        try:
            late = abs(self._now().timestamp() - float(said))
        except ValueError:
            raise AuthError(f"webhook: {words.timestamp_header} is no time") from None
        if late > words.tolerance:
            raise AuthError(f"webhook: it is {late:.0f} s old; {words.tolerance:.0f} s are allowed")
        return said

    def _message(self, request: WebhookRequest, timestamp: str, words: Verify) -> bytes:
        """What was signed. The body is put in as the bytes that came, whatever they are."""
        id = request.headers.get(words.id_header.lower(), "") if words.id_header else ""
        context = {"body": _BODY, "url": request.url, "timestamp": timestamp, "id": id}
        return str(self._signed(context)).encode().replace(_BODY.encode(), request.body)


_BODY = "\x00body\x00"
_ALGORITHMS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha512": hashlib.sha512}


def _key(secret: str, words: Verify) -> bytes:
    if words.secret_encoding == "text":
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise ConfigError("webhooks: the secret is not base64", field="webhooks.verify.secret") from None


def _signatures(given: str, prefix: str) -> Sequence[str]:
    """Some systems send several, divided by spaces, one for each secret that is valid."""
    return [part.removeprefix(prefix) for part in given.split() if part.startswith(prefix)]
