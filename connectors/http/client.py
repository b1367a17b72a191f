"""Sending one request: leave from the rate budget, proof of who we are, the answer read and judged.

Reads are tried again here, with full jitter and within a budget; a write is sent once, because whether it may be sent
again depends on what it does (the run decides, engine.sync.attempts). In every case a refused token is renewed once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from connectors.contract import SECRET, Message, Outside, RateBudget
from connectors.http.answers import Answer, OperationName, failure
from connectors.http.auth import Proof, Prover
from connectors.http.manifest import Errors, Http
from engine.encoding import decode
from engine.errors import AuthError, ConfigError, ConnectorError, RateLimitError, RetryError

ATTEMPTS = 5  # of one read
FIRST_WAIT = 0.5  # seconds; doubles with each attempt
LONGEST_WAIT = 30.0  # seconds; a longer wait is the run's business
_LIKE_A_KEY = 20  # characters of a word of a proof that is secret by itself: a token got on the way, base64
_TOLD = 8000  # bytes of an answer that is not JSON; errors keep fewer
_READING: tuple[OperationName, ...] = ("check", "read", "only", "lookup")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request with everything filled in."""

    method: str
    url: str  # whole, without `query`
    query: Mapping[str, str | list[str]]
    headers: Mapping[str, str]
    body: Any = None  # JSON; None: no body


class Client:
    """Speaks to one system with one connection's settings."""

    def __init__(
        self,
        *,
        http: Http,
        errors: Errors,
        base_url: str,
        prover: Prover,
        rates: RateBudget,
        client: httpx.AsyncClient,
        outside: Outside,
    ) -> None:
        self._http = http
        self._errors = errors
        self._origin = urlsplit(base_url)[:2]
        self._prover = prover
        self._rates = rates
        self._client = client
        self._outside = outside
        self._encoder = msgspec.json.Encoder(decimal_format=http.decimals)

    async def send(self, request: Prepared, operation: OperationName) -> Answer:
        """The answer to a request that succeeded. Raises ConnectorError by what is to be done; RetryError says whether
        the request may have been carried out."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._proven(request, operation)
            except (RetryError, RateLimitError) as error:
                if isinstance(error, RateLimitError):
                    self._rates.pause(error.after)
                wait = self._wait(error, attempt)
                if operation not in _READING or attempt >= ATTEMPTS or wait > LONGEST_WAIT:
                    raise
                await self._outside.sleep(wait)

    def _wait(self, error: ConnectorError, attempt: int) -> float:
        if isinstance(error, RateLimitError):
            return error.after
        return self._outside.random() * min(FIRST_WAIT * 2.0**attempt, LONGEST_WAIT)

    async def _proven(self, request: Prepared, operation: OperationName) -> Answer:
        proof = await self._prover.proof()
        try:
            return await self._judged(request, operation, proof)
        except AuthError:
            if not await self._prover.renew(proof):
                raise
        return await self._judged(request, operation, await self._prover.proof())

    async def _judged(self, request: Prepared, operation: OperationName, proof: Proof) -> Answer:
        if urlsplit(request.url)[:2] != self._origin:  # keys go there only, wherever an answer's link points
            raise ConfigError(f"the next page is at another address than the system: {urlsplit(request.url).netloc}")
        proofs = (*proof.headers.values(), *proof.query.values())
        self._outside.secrets.add(*(word for value in proofs for word in value.split() if len(word) >= _LIKE_A_KEY))
        answer = await self._exchange(self._message(request, proof), operation)
        now = self._outside.now()
        error = failure(answer, operation, self._errors, now)
        if error is not None:
            raise failure(self._told(answer), operation, self._errors, now) or error
        if not answer.is_json:
            said = self._told(answer).text[:80]
            raise RetryError(
                f"{operation}: the system answered {answer.status} with no JSON: {said!r}",
                in_doubt=operation not in _READING,
            )
        return answer

    def _told(self, answer: Answer) -> Answer:
        """The answer as it may be told. Before it is cut: half a secret would not be known as one."""
        secrets = self._outside.secrets
        return replace(answer, body=secrets.hide_in(answer.body), text=secrets.hide(answer.text))

    def shown(self, request: Prepared) -> Message:
        """The request as it would leave, for people to see."""
        message = self._message(request, self._prover.shown())
        return replace(message, url=message.url.replace(quote(SECRET), SECRET))

    def _message(self, request: Prepared, proof: Proof) -> Message:
        headers = {**request.headers, **proof.headers}
        if request.body is not None:
            headers.setdefault("Content-Type", "application/json")
        url = httpx.URL(request.url).copy_merge_params({**request.query, **proof.query})
        body = None if request.body is None else self._encoder.encode(request.body)
        return Message(method=request.method, url=str(url), headers=headers, body=body)

    async def _exchange(self, message: Message, operation: OperationName) -> Answer:
        built = self._client.build_request(
            message.method, message.url, headers=dict(message.headers), content=message.body
        )
        await self._rates.acquire()
        try:
            return await self._received(built)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise RetryError(f"{operation}: {built.url.host} cannot be reached ({_said(error)})") from error
        except httpx.TransportError as error:
            in_doubt = operation not in _READING
            raise RetryError(
                f"{operation}: no whole answer from {built.url.host} ({_said(error)})", in_doubt=in_doubt
            ) from error
        finally:
            self._rates.release()

    async def _received(self, request: httpx.Request) -> Answer:
        response = await self._client.send(request, stream=True)
        try:
            parts = []
            size = 0
            async for part in response.aiter_bytes():
                size += len(part)
                if size > self._http.max_bytes:
                    raise ConfigError(
                        f"{request.url.host} answers with more than {self._http.max_bytes} bytes; ask for less"
                    )
                parts.append(part)
        finally:
            await response.aclose()
        return _answer(response, b"".join(parts))


def _answer(response: httpx.Response, content: bytes) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    url = str(response.request.url)
    if not content.strip():
        return Answer(status=response.status_code, headers=headers, body=None, url=url)
    try:
        return Answer(status=response.status_code, headers=headers, body=decode(content), url=url)
    except (msgspec.DecodeError, ValueError, RecursionError):
        text = content[:_TOLD].decode(errors="replace")
        return Answer(status=response.status_code, headers=headers, body=None, text=text, url=url, is_json=False)


def _said(error: httpx.HTTPError) -> str:
    return str(error) or type(error).__name__
