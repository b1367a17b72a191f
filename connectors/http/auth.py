"""Proving who we are with every request, and renewing what runs out."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from connectors.contract import SECRET, TokenStore
from connectors.http.auth_words import ApiKeyAuth, Auth, BasicAuth, BearerAuth, OAuth2Auth
from connectors.http.templates import template
from engine.errors import AuthError

Post = Callable[[str, dict[str, str], dict[str, str]], Awaitable[dict[str, Any]]]  # url, form, headers → JSON object
Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is added to a request."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    token: str | None = None  # which token it is, where there is one that can be renewed


class Prover(Protocol):
    async def proof(self) -> Proof: ...

    def shown(self) -> Proof:
        """The proof with its secrets hidden, for people to see; asks nobody."""
        ...

    async def renew(self, refused: Proof) -> bool:
        """Gets a new token after `refused` was turned away; False where there is nothing to renew."""
        ...


@dataclass(frozen=True, slots=True)
class FixedProver:
    """Keys that do not change."""

    fixed: Proof

    async def proof(self) -> Proof:
        return self.fixed

    def shown(self) -> Proof:
        headers = {name: _hidden(value) for name, value in self.fixed.headers.items()}
        return Proof(headers=headers, query=dict.fromkeys(self.fixed.query, SECRET))

    async def renew(self, refused: Proof) -> bool:
        return False


class MemoryTokens:
    """A TokenStore for one process."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._token: dict[str, Any] | None = None

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        async with self._lock:
            yield

    async def load(self) -> dict[str, Any] | None:
        return self._token

    async def save(self, token: dict[str, Any]) -> None:
        self._token = token


class OAuth2Prover:
    """A token, renewed by one task at a time: whoever waited finds the new one stored and does not spend another
    refresh token."""

    def __init__(
        self, words: OAuth2Auth, context: Mapping[str, Any], tokens: TokenStore, post: Post, now: Callable[[], datetime]
    ) -> None:
        self._words = words
        self._filled = {
            name: template(value, f"http.auth.{name}")(context) for name, value in words.model_dump().items()
        }
        self._tokens = tokens
        self._post = post
        self._now = now

    async def proof(self) -> Proof:
        token = await self._tokens.load()
        if token is None or self._runs_out(token):
            token = await self._renewed(None if token is None else token["access_token"])
        access = str(token["access_token"])
        return Proof(headers={self._words.header: self._words.prefix + access}, token=access)

    def shown(self) -> Proof:
        return Proof(headers={self._words.header: self._words.prefix + SECRET})

    async def renew(self, refused: Proof) -> bool:
        await self._renewed(refused.token)
        return True

    def _runs_out(self, token: Mapping[str, Any]) -> bool:
        expires = token.get("expires_at")
        return expires is not None and self._now().timestamp() >= float(expires) - self._words.early

    async def _renewed(self, old: str | None) -> dict[str, Any]:
        async with self._tokens.lock():
            token = await self._tokens.load()
            if token is not None and token["access_token"] != old and not self._runs_out(token):
                return token  # another task renewed it while we waited
            answer = await self._post(self._filled["token_url"], self._form(token), self._headers())
            if not isinstance(answer.get("access_token"), str):
                raise AuthError("the token address answered without an access_token")
            fresh = {"access_token": answer["access_token"], "refresh_token": answer.get("refresh_token")}
            fresh["refresh_token"] = fresh["refresh_token"] or (token or {}).get("refresh_token")
            if answer.get("expires_in") is not None:
                fresh["expires_at"] = self._now().timestamp() + float(answer["expires_in"])
            await self._tokens.save(fresh)
            return fresh

    def _form(self, token: Mapping[str, Any] | None) -> dict[str, str]:
        form = {"grant_type": self._words.grant, **self._filled["params"]}
        if self._words.grant == "refresh_token":
            refresh = (token or {}).get("refresh_token") or self._filled["refresh_token"]
            if not refresh:
                raise AuthError("there is no refresh token: connect this connection again")
            form["refresh_token"] = refresh
        if self._words.scopes:
            form["scope"] = " ".join(self._words.scopes)
        if self._words.credentials == "body":
            form |= {"client_id": self._filled["client_id"], "client_secret": self._filled["client_secret"]}
        return form

    def _headers(self) -> dict[str, str]:
        if self._words.credentials == "body":
            return {}
        return {"Authorization": basic(self._filled["client_id"], self._filled["client_secret"])}


def _hidden(value: str) -> str:
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {SECRET}" if space and scheme.isalpha() else SECRET


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def prover(
    words: Auth, context: Mapping[str, Any], tokens: TokenStore, post: Post, now: Callable[[], datetime]
) -> Prover:
    """`context` holds the settings, secrets in the clear. Raises ConfigError for a template that does not come out."""
    if isinstance(words, OAuth2Auth):
        return OAuth2Prover(words, context, tokens, post, now)

    def filled(value: Any, name: str) -> Any:
        return template(value, f"http.auth.{name}")(context)

    if isinstance(words, BasicAuth):
        value = basic(filled(words.username, "username"), filled(words.password, "password"))
        return FixedProver(Proof(headers={"Authorization": value}))
    if isinstance(words, BearerAuth):
        return FixedProver(Proof(headers={"Authorization": f"Bearer {filled(words.token, 'token')}"}))
    if isinstance(words, ApiKeyAuth):
        return FixedProver(Proof(headers=filled(words.headers, "headers"), query=filled(words.query, "query")))
    return FixedProver(Proof())
