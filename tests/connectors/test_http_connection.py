"""Who we are, webhooks, templates and manifests that are wrong."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import jsonschema
import pytest
from ruamel.yaml import YAML

from connectors.contract import WebhookRequest
from connectors.http.loading import load_manifest
from connectors.http.schema import PATH, as_text
from connectors.http.templates import template
from connectors.registry import CONNECTORS, open_connector
from connectors.settings import with_secrets
from engine.errors import AuthError, ConfigError, RejectedError
from tests.connectors.conformance import pages_of
from tests.connectors.fake import NOW, manifest, opened
from tests.presence import ROOT

CASES = Path(__file__).parent / "cases"
THINGS = {"things": {"read": {"request": {"path": "/things"}}}}

# ------------------------------------------------------------------ who we are


@pytest.mark.parametrize(
    ("auth", "headers", "query"),
    [
        ({"type": "none"}, {}, {}),
        (
            {"type": "basic", "username": "{{ settings.user }}", "password": "{{ settings.key }}"},
            {"authorization": "Basic YW5uOnNlY3JldA=="},
            {},
        ),
        ({"type": "bearer", "token": "{{ settings.key }}"}, {"authorization": "Bearer secret"}, {}),
        ({"type": "api_key", "headers": {"X-Key": "{{ settings.key }}"}}, {"x-key": "secret"}, {}),
        ({"type": "api_key", "query": {"key": "{{ settings.key }}"}}, {}, {"key": "secret"}),
    ],
)
async def test_fixed_keys(auth: dict[str, Any], headers: dict[str, str], query: dict[str, str]) -> None:
    words = manifest(THINGS, http={"auth": auth}, settings={"user": {}, "key": {"secret": True}})
    async with opened(words, lambda _: httpx.Response(200, json=[]), {"user": "ann"}, "key: secret") as (
        connector,
        far,
    ):
        assert (await connector.check()).ok
    assert headers.items() <= dict(far.requests[0].headers).items()
    assert dict(far.requests[0].url.params) == query


OAUTH = {
    "type": "oauth2",
    "token_url": "https://id.example/token",
    "client_id": "{{ settings.id }}",
    "client_secret": "{{ settings.secret }}",
}
ASKED = {"id": {}, "secret": {"secret": True}, "refresh": {"secret": True, "required": False}}


class TokenPlace:
    """Gives tokens that last ten minutes; the system takes the newest only."""

    def __init__(self, *, rotates: bool = False) -> None:
        self.given = 0
        self.forms: list[dict[str, list[str]]] = []
        self.rotates = rotates
        self.refuses: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "id.example":
            self.forms.append(parse_qs(request.content.decode()))
            self.given += 1
            token = {"access_token": f"t{self.given}", "expires_in": 600}
            return httpx.Response(200, json={**token, "refresh_token": f"r{self.given}"} if self.rotates else token)
        good = request.headers.get("authorization") == f"Bearer t{self.given}"
        return httpx.Response(200 if good and f"t{self.given}" not in self.refuses else 401, json=[])


async def test_one_token_for_many_tasks() -> None:
    place = TokenPlace()
    async with opened(manifest(THINGS, http={"auth": OAUTH}, settings=ASKED), place, {"id": "me"}, "secret: s") as (
        connector,
        far,
    ):
        await asyncio.gather(*(pages_of(connector, "things") for _ in range(8)))
        assert place.given == 1
        await far.clock.sleep(590)  # about to run out
        await asyncio.gather(*(pages_of(connector, "things") for _ in range(8)))
        assert place.given == 2
        place.refuses.add("t2")
        await asyncio.gather(*(pages_of(connector, "things") for _ in range(8)))
        assert place.given == 3
    assert place.forms[0] == {"grant_type": ["client_credentials"], "client_id": ["me"], "client_secret": ["s"]}


async def test_a_rotating_refresh_token_is_used_once() -> None:
    place = TokenPlace(rotates=True)
    auth = {**OAUTH, "grant": "refresh_token", "refresh_token": "{{ settings.refresh }}", "credentials": "basic"}
    words = manifest(THINGS, http={"auth": auth}, settings=ASKED)
    async with opened(words, place, {"id": "me"}, "secret: s\nrefresh: r0") as (connector, far):
        for _ in range(3):
            await pages_of(connector, "things")
            await far.clock.sleep(600)
    assert [form["refresh_token"] for form in place.forms] == [["r0"], ["r1"], ["r2"]]
    assert all("client_secret" not in form for form in place.forms)


async def test_a_token_that_is_refused_twice_is_an_auth_error() -> None:
    place = TokenPlace()
    place.refuses = {"t1", "t2"}
    async with opened(manifest(THINGS, http={"auth": OAUTH}, settings=ASKED), place, {"id": "me"}, "secret: s") as (
        connector,
        _,
    ):
        with pytest.raises(AuthError):
            await pages_of(connector, "things")
    assert place.given == 2


# ------------------------------------------------------------------ webhooks


def hooks(verify: dict[str, Any], **more: Any) -> dict[str, Any]:
    routes = {
        "thing.changed": {"stream": "things"},
        "thing.sent": {"stream": "things", "mode": "upsert", "records": "data"},
    }
    words = {"verify": {"secret": "{{ settings.hook }}", **verify}, "topic_header": "X-Topic", "routes": routes, **more}
    return manifest(THINGS, settings={"hook": {"secret": True}}, webhooks=words)


@pytest.mark.parametrize("case", YAML(typ="safe").load(CASES / "webhooks.yaml"), ids=lambda case: case["name"])
async def test_signatures(case: dict[str, Any]) -> None:
    body = b'{"id": 7}'
    verify = case["verify"]
    secret = case.get("secret", "secret")
    key = case.get("key", secret).encode()
    if case.get("plain"):
        signature = secret
    else:
        algorithm = verify.get("algorithm", "sha256")
        digest = hmac.new(key, case["sign"].format(body=body.decode()).replace("{{", "{").encode(), algorithm).digest()
        signature = base64.b64encode(digest).decode() if verify.get("encoding") == "base64" else digest.hex()
        signature = " ".join([*case.get("others", []), verify.get("prefix", "") + signature])
    headers = {verify["header"].lower(): signature, "x-topic": "thing.changed", **case.get("headers", {})}
    request = WebhookRequest(url="https://codi.example/hooks/1", headers=headers, body=body)
    async with opened(hooks(verify), lambda _: httpx.Response(200), None, f"hook: {secret}") as (connector, _):
        events = connector.webhook(request)
        assert [(one.stream, one.mode, one.external_id) for one in events] == [("things", "refetch", "7")]
        for bad in (
            {**headers, verify["header"].lower(): "AAAA"},
            {**headers, verify["header"].lower(): ""},
            {**headers, verify["header"].lower(): "ünknown"},
        ):
            with pytest.raises(AuthError):
                connector.webhook(WebhookRequest(url=request.url, headers=bad, body=body))
        if not case.get("plain"):
            with pytest.raises(AuthError):
                connector.webhook(WebhookRequest(url=request.url, headers=headers, body=body + b" "))
        if "webhook-timestamp" in headers:
            late = {**headers, "webhook-timestamp": str(NOW.timestamp() - 301)}
            with pytest.raises(AuthError, match="301 s old"):
                connector.webhook(WebhookRequest(url=request.url, headers=late, body=body))


async def test_topics_lead_to_streams() -> None:
    verify = {"type": "header", "header": "X-Secret"}
    async with opened(hooks(verify), lambda _: httpx.Response(200), None, "hook: s") as (connector, _):

        def told(topic: str, body: bytes) -> list[Any]:
            headers = {"x-secret": "s", "x-topic": topic}
            return list(connector.webhook(WebhookRequest(url="u", headers=headers, body=body)))

        sent = told("thing.sent", b'{"data": [{"id": 1, "price": 1.10}, {"id": 2}]}')
        assert [(one.mode, one.external_id, str(one.payload.get("price"))) for one in sent] == [
            ("upsert", "1", "1.10"),
            ("upsert", "2", "None"),
        ]
        assert told("unheard.of", b"{}") == []
        for body in (b"<xml>", b'{"data": [{}]}', b"\xff"):
            with pytest.raises(RejectedError):
                told("thing.sent", body)


async def test_a_system_without_webhooks() -> None:
    async with opened(manifest(THINGS), lambda _: httpx.Response(200)) as (connector, _):
        with pytest.raises(ConfigError):
            connector.webhook(WebhookRequest(url="u", headers={}, body=b"{}"))


# ------------------------------------------------------------------ templates


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("{{ record.qty }}", 3),
        ("{{ record.list }}", [1, 2]),
        ("{{ record.list | join(',') }}", "1,2"),
        ("a {{ record.qty }} b", "a 3 b"),
        ("{{ record.items }}", "mine"),
        ("{{ record.none | default('x', true) }}", "x"),
        ("{{ record | pick('qty') | merge({'id': {'a': 1}}) }}", {"qty": 3, "id": {"a": 1}}),
        ("{{ record.at | date('%d/%m/%Y') }}", "24/11/2026"),
        ({"a": ["{{ record.qty }}", 1, None]}, {"a": [3, 1, None]}),
    ],
)
def test_templates(text: Any, value: Any) -> None:
    record = {"qty": 3, "list": [1, 2], "items": "mine", "none": None, "at": "2026-11-24T00:00:00Z"}
    assert template(text, "here")({"record": record}) == value


@pytest.mark.parametrize(
    "text",
    [
        "{{ record.nope }}",
        "{{ nope }}",
        "{{ record.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ record['__class__'] }}",
        "{{ record.keys() }}",
        "{{ 'x' * 1000000000 }}",
        "{{ [1] * 1000000000 }}",
        "{{ 9 ** 999999999 }}",
        "{{ range(10) }}",
        "{{ lipsum() }}",
        "{{ record | attr('__class__') }}",
        "{% for x in record %}{% endfor %}",
        "{{ record.qty | date('%Y') }}",
        "{{ (",
    ],
)
def test_templates_that_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="here"):
        template(text, "here")({"record": {"qty": 3}})


# ------------------------------------------------------------------ manifests


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 2}, "format: Input should be 1"),
        ({"streems": {}}, "streems: unknown word; did you mean streams?"),
        (
            {"streams": {"s": {"read": {"request": {"path": "/x"}, "record": "@"}}}},
            "read.record: unknown word; did you mean records?",
        ),
        (
            {"streams": {"s": {"read": {"request": {"path": "/x"}, "records": "[["}}}},
            "streams.s.read.records: not a JMESPath",
        ),
        ({"streams": {"s": {"read": {"request": {"path": "/{{ x"}}}}}, "streams.s.read.request.path"),
        ({"streams": {"s": {"read": {"request": {"path": "/x"}, "paging": {"type": "pages"}}}}}, "paging"),
        ({"streams": {"s": {}}}, "says neither `read` nor `write`"),
        ({"http": {"base_url": "far.example"}}, "'far.example' is not an address"),
        ({"http": {"base_url": "{{ settings.nope }}"}}, "http.base_url"),
        ({"settings": {"shop": {"title": "Shop"}}}, "shop: is required"),
        ({"errors": {"rules": [{"when": {}, "class": "ignore"}]}}, "errors.rules.0.class"),
        (
            {"webhooks": {"verify": {"header": "h", "secret": "s"}, "routes": {"t": {"stream": "nope"}}}},
            "no stream 'nope'",
        ),
    ],
)
async def test_manifests_that_are_wrong(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        async with opened({**manifest(THINGS), **change}, lambda _: httpx.Response(200)):
            pass
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "m.yaml:1:5: not YAML"),
        ("a: 1\na: 2", "not YAML"),
        ("- 1", "a manifest is a mapping"),
        ("format: 1\nstreams: {s: {read: {request: {path: /x}}, schema: ../../etc/x.json}}", "is required"),
    ],
)
def test_files_that_are_wrong(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"m\.yaml") as caught:
        load_manifest(path)
    assert said in caught.value.message


def test_a_schema_lies_in_the_manifests_folder(tmp_path: Path) -> None:
    words = manifest({"things": {**THINGS["things"], "schema": "../x.json"}})
    (tmp_path / "m.yaml").write_text(json.dumps(words))
    with pytest.raises(ConfigError, match="outside the manifest's folder"):
        load_manifest(tmp_path / "m.yaml")


def test_the_shipped_schema_is_the_models() -> None:
    assert PATH.read_text("utf-8") == as_text(), "run: python -m connectors.http.schema"


@pytest.mark.parametrize(
    "path", sorted((ROOT / "connectors").glob("*/manifest.yaml")), ids=lambda path: path.parent.name
)
def test_shipped_manifests_fit_the_schema(path: Path) -> None:
    words = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    jsonschema.validate(words, json.loads(PATH.read_text("utf-8")))
    assert load_manifest(path).connector.name in CONNECTORS


def test_secrets_go_to_their_places() -> None:
    settings = {"auth": {"user": "u"}, "hosts": [{"name": "a"}]}
    secrets = {"token": "t", "auth/password": "p", "hosts/0/key": "k", "tags/a~1b": "x"}
    assert with_secrets(settings, secrets) == {
        "token": "t",
        "auth": {"user": "u", "password": "p"},
        "hosts": [{"name": "a", "key": "k"}],
        "tags": {"a/b": "x"},
    }
    assert settings == {"auth": {"user": "u"}, "hosts": [{"name": "a"}]}, "the settings stay without them"


async def test_an_unknown_connector_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean sql"):
        async with open_connector("sq", {}):
            pass
