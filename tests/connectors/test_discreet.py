"""Systems that repeat what they were sent (headers, addresses, forms) do not make a connection tell its secrets."""

from __future__ import annotations

import base64
import traceback
from typing import Any

import httpx
import pytest

from connectors.contract import Connector
from connectors.registry import open_connector
from connectors.settings import parse
from connectors.sql.settings import SqlSettings
from engine.errors import ConfigError, ConnectorError
from engine.sync.ports import Write
from tests.connectors.fake import manifest, opened

SECRET = "karaka-77/é+x"
SETTINGS = {"user": {"type": "text", "default": "codi"}, "key": {"type": "text", "secret": True}}
STREAMS = {
    "items": {
        "key": "id",
        "read": {"request": {"path": "/items"}, "records": "items"},
        "write": {"create": {"path": "/items"}, "idempotency_header": "Idempotency-Key"},
    },
    "many": {
        "key": "id",
        "write": {
            "batch": {
                "path": "/many",
                "size": 10,
                "upserts": True,
                "body": {"all": "{{ items }}"},
                "results": "results",
                "status": "code",
                "failed": "error != null",
                "error": "{detail: error}",
            }
        },
    },
}
AUTHS: dict[str, dict[str, Any]] = {
    "bearer": {"type": "bearer", "token": "{{ settings.key | path }}"},
    "basic": {"type": "basic", "username": "{{ settings.user }}", "password": "{{ settings.key }}"},
    "header": {"type": "api_key", "headers": {"X-Key": "{{ settings.key | path }}"}},
    "query": {"type": "api_key", "query": {"key": "{{ settings.key }}"}},
    "oauth2": {
        "type": "oauth2",
        "token_url": "https://far.example/token",
        "client_id": "codi",
        "client_secret": "{{ settings.key }}",
    },
}
ACCESS = "access-granted-to-karaka-only"


def known_forms() -> list[str]:
    basic = base64.b64encode(f"codi:{SECRET}".encode()).decode()
    return ["karaka", ACCESS, basic, base64.b64encode(SECRET.encode()).decode()]


def repeats(request: httpx.Request) -> str:
    head = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
    return f"{request.method} {request.url}\n{head}\n\n{request.content.decode()}"


def as_text(request: httpx.Request) -> httpx.Response:
    return httpx.Response(400, text=repeats(request))


def as_html_with_200(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, text=f"<pre>{repeats(request)}</pre>")


def as_json(request: httpx.Request) -> httpx.Response:
    said = {"detail": repeats(request), "you": dict(request.headers), "at": str(request.url)}
    return httpx.Response(422, json={**said, "field": str(request.url)})


def unauthorised(request: httpx.Request) -> httpx.Response:
    return httpx.Response(401, text=repeats(request))


def cut_in_the_middle(request: httpx.Request) -> httpx.Response:
    """A message keeps 200 characters, an answer 2,000: the secret stands across both ends."""
    proof = request.headers.get("authorization") or request.headers.get("x-key") or str(request.url)
    return httpx.Response(400, text="y" * (195 - len(proof) // 2) + f" {proof} {'z' * 1770} {proof}")


def in_each_result(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"results": [{"error": repeats(request)}]})


def breaks(request: httpx.Request) -> httpx.Response:
    raise httpx.LocalProtocolError(f"Illegal header value {request.headers.raw!r} for {request.url}")


ANSWERS = (as_text, as_html_with_200, as_json, unauthorised, cut_in_the_middle, in_each_result, breaks)


@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.__name__)
async def test_what_is_repeated_is_hidden(auth: str, answer: Any) -> None:
    def answering(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            return httpx.Response(200, json={"access_token": ACCESS})
        return answer(request)  # type: ignore[no-any-return]

    words = manifest(
        STREAMS, http={"auth": AUTHS[auth]}, settings=SETTINGS, errors={"message": "detail", "field": "field"}
    )
    async with opened(words, answering, secrets=f'key: "{SECRET}"') as (connector, _):
        said = await everything(connector)
    assert any(said)
    for form in known_forms():
        assert form not in said, said


async def test_a_token_address_that_repeats_the_form() -> None:
    def answering(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"error": "invalid", "error_description": repeats(request)})

    words = manifest(STREAMS, http={"auth": AUTHS["oauth2"]}, settings=SETTINGS)
    async with opened(words, answering, secrets=f'key: "{SECRET}"') as (connector, _):
        said = await everything(connector)
    assert "no token" in said
    assert "karaka" not in said


async def everything(connector: Connector) -> str:
    """All that a connector tells, tracebacks included."""
    told = [repr(await connector.check())]
    record = Write(key="A", external_id=None, payload={"id": "A"}, idempotency_key="k")
    for work in (
        lambda: _read(connector),
        lambda: connector.write("items", [record]),
        lambda: connector.write("many", [record]),
    ):
        try:
            told += [f"{each!r} {_of_error(each.error)}" for each in await work() or ()]
        except Exception as error:
            told.append(_of_error(error))
    return "\n".join(told)


async def _read(connector: Connector) -> Any:
    async for page in connector.read("items"):
        assert page.objects is not None


def _of_error(error: BaseException | None) -> str:
    if error is None:
        return ""
    more = f"{getattr(error, 'response', '')} {getattr(error, 'field', '')}"
    return f"{error} {error!r} {more} {''.join(traceback.format_exception(error))}"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://codi:karaka-77@db.example/erp",
        "postgresql+psycopg://codi@db.example/erp?password=karaka-77",
        "mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BUID%3Dcodi%3BPWD%3Dkaraka-77",
    ],
)
def test_a_password_has_no_place_in_an_address(url: str) -> None:
    with pytest.raises(ConfigError, match="leave the password out of the address") as caught:
        parse(SqlSettings, {"url": url, "streams": {"s": {"read": {"table": "t", "key": ["a"]}}}}, "erp")
    assert "karaka" not in str(caught.value)


async def test_nor_has_it_in_that_of_a_shop() -> None:
    with pytest.raises(ConfigError, match="leave the password out") as caught:
        async with open_connector("sandbox_shop", {"url": "https://codi:karaka-77@shop.example"}, {"token": "token"}):
            pass
    assert "karaka" not in str(caught.value)


async def test_errors_of_whoever_uses_the_connection_are_gone_through_too() -> None:
    with pytest.raises(ConnectorError) as caught:
        async with opened(manifest(STREAMS, settings=SETTINGS), as_text, secrets="key: karaka-77"):
            raise ConnectorError("it said karaka-77")
    assert caught.value.message == "it said •••"
