"""The form made of a connector's settings: drawn as what it is, read back as it was, faults beside their box."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import pytest
from litestar import Litestar
from pydantic import BaseModel, Field, SecretStr
from ruamel.yaml import YAML

from connectors.registry import CONNECTORS
from connectors.settings import with_secrets
from editor.connector_form import Setting, changed, form_of, read_settings, settings_form
from editor.gateway import Gateway
from engine.store.connections import Connections
from tests.editor.conftest import HERE, SignedIn
from tests.presence import ROOT

SignIn = Callable[[str], SignedIn]


def data(path: str) -> Any:
    return YAML(typ="safe", pure=True).load((ROOT / path).read_text("utf-8"))


ERP = data("mappings/demo/connections/erp.yaml")["settings"]
SHOP = data("connectors/sandbox_shop/manifest.yaml")
EVERYTHING = {
    "url": "postgresql+psycopg://codi@db.example/erp",
    "timezone": "Pacific/Auckland",
    "schema": "dbo",
    "streams": {
        "items": {
            "title": "Items",
            "read": {
                "query": "SELECT *\n  FROM items",
                "key": ["a", "b"],
                "columns": {"code": "A", "name": "B"},
                "types": {"code": "text"},
                "overlap": 2.5,
                "deleted": {"column": "gone", "values": ["Y", 1, True, "1"]},
                "children": {"lines": {"table": "l", "link": {"x": "y"}, "one": True, "children": {"deep": {}}}},
            },
            "write": {
                "table": "t",
                "key": ["a"],
                "existing": "keep",
                "delete": {"mode": "flag", "column": "gone", "value": False},
                "after_create": [{"sql": "UPDATE x"}, {"sql": "UPDATE y", "each": "lines"}],
            },
        }
    },
}
EVERYTHING["streams"]["items"]["read"]["children"]["lines"]["children"] = {  # type: ignore[index]
    "deep": {"query": "SELECT 1", "link": {"p": "q"}}
}
OWN = {**SHOP, "http": {**SHOP["http"], "auth": {"type": "oauth2", "token_url": "u", "client_id": "i"}}}
OWN["http"]["auth"] |= {"client_secret": "{{ settings.s }}", "prefix": " Bearer  ", "scopes": ["a", "b"]}
CASES: list[tuple[str, Mapping[str, Any], Mapping[str, str]]] = [
    ("sql", ERP, {"password": "s3cret"}),
    ("sql", EVERYTHING, {}),
    (
        "http",
        {"manifest": SHOP, "values": {"url": "u", "n": 5, "yes": True, "five": "5"}},
        {"secrets/a/b": "s3cret", "secrets/webhook_secret": "t"},
    ),
    ("http", {"manifest": OWN}, {}),
    ("sandbox_shop", {"url": "http://127.0.0.1:8100/api"}, {"token": "s3cret"}),
]


@pytest.mark.parametrize(
    ("kind", "settings", "secrets"), CASES, ids=[f"{case[0]}-{at}" for at, case in enumerate(CASES)]
)
def test_settings_come_back_as_they_were(kind: str, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
    model = CONNECTORS[kind].settings
    secrets = {place.replace("a/b", "a~1b"): secret for place, secret in secrets.items()}
    flat = form_of(model, settings, secrets)
    assert "s3cret" not in str(flat), "secrets are written only"
    sent = {name: value.replace("\n", "\r\n") for name, value in flat.items()}  # as browsers send lines
    read, kept, wrong = read_settings(model, changed(model, sent)[0], settings, secrets)
    assert (read, kept, wrong) == (settings, secrets, {})


def test_every_shipped_connector_has_a_case() -> None:
    assert {case[0] for case in CASES} == set(CONNECTORS)


@pytest.mark.parametrize("kind", CONNECTORS)
def test_an_empty_form_tells_what_is_missing(kind: str) -> None:
    model = CONNECTORS[kind].settings
    _, kept, wrong = read_settings(model, form_of(model, {}, {}), {}, {})
    assert kept == {} and wrong and set(wrong.values()) <= {"Fill this in.", "Add at least 1."}, wrong
    drawn = {fault[0] for each in settings_form(model, form_of(model, {}, {}), wrong) for fault in each.faults}
    assert len(drawn) == len(wrong), "each stands beside a box of the form"


@pytest.mark.parametrize("kind", CONNECTORS)
def test_only_what_is_wholly_free_is_yaml(kind: str) -> None:
    model = CONNECTORS[kind].settings
    settings = next(settings for name, settings, _ in CASES if name == kind)
    boxes = [box for each in settings_form(model, form_of(model, settings, {}), {}) for box in every(each)]
    free = {box.name.rpartition(".")[2] for box in boxes if box.kind == "free"}
    assert free <= {"query", "of"}, "query parameters, and templates and schemas that are structures"
    assert all(box.label for box in boxes if box.kind not in ("group",))


def every(setting: Setting) -> list[Setting]:
    inner = (*setting.parts, *(row.of for row in setting.rows))
    return [setting, *(box for each in inner for box in every(each))]


# ---------------------------------------------------------------- a model with everything in it


class Key(BaseModel):
    """A key that is sent along."""

    kind: Literal["key"]
    key: SecretStr
    header: str = "X-Key"


class Person(BaseModel):
    """User and password."""

    kind: Literal["person"]
    user: str = Field(min_length=1)
    password: SecretStr


class Limits(BaseModel):
    per_second: int = Field(5, ge=1, le=100)
    patient: bool = True


class Model(BaseModel):
    auth: Key | Person = Field(discriminator="kind")
    backup: Limits | None = None
    hosts: list[Person] = []
    tags: dict[str, SecretStr] = {}


SETTINGS = {"auth": {"kind": "key"}, "hosts": [{"kind": "person", "user": "a"}, {"kind": "person", "user": "b"}]}
SECRETS = {"auth/key": "k", "hosts/0/password": "pa", "hosts/1/password": "pb", "tags/x": "tx"}


def press(flat: Mapping[str, str], button: str, **typed: str) -> dict[str, str]:
    return changed(Model, {**flat, **typed, "do": button})[0]


def test_nested_secrets_stay_with_their_rows() -> None:
    flat = form_of(Model, SETTINGS, SECRETS)
    assert not {"k", "pa", "pb", "tx"} & set(flat.values())
    flat = press(flat, "remove:set.hosts.0")
    flat = press(flat, "add:set.hosts") | {"set.hosts.1.of.user": "c", "set.hosts.1.of.password": "pc"}
    read, kept, wrong = read_settings(Model, flat, SETTINGS, SECRETS)
    assert wrong == {}
    assert [host["user"] for host in read["hosts"]] == ["b", "c"]
    assert kept == {"auth/key": "k", "hosts/0/password": "pb", "hosts/1/password": "pc", "tags/x": "tx"}
    assert Model.model_validate(with_secrets(read, kept)).hosts[1].password.get_secret_value() == "pc"


def test_another_kind_shows_its_own_boxes() -> None:
    flat = press(form_of(Model, SETTINGS, SECRETS), "show:set.auth", **{"set.auth.as": "person"})
    (auth, *_) = settings_form(Model, flat, {})
    assert [box.label for box in auth.parts[0].parts] == ["User", "Password"]
    assert auth.choices == (("key", "key: a key that is sent along"), ("person", "person: user and password"))
    read, kept, wrong = read_settings(Model, flat | {"set.auth.of.password": "p"}, SETTINGS, SECRETS)
    assert read["auth"] == {"kind": "person"} and kept["auth/password"] == "p" and "auth/key" not in kept
    assert wrong == {"set.auth.of.user": "Fill this in."}


def test_a_group_is_off_until_it_is_opened() -> None:
    flat = form_of(Model, SETTINGS, SECRETS)
    assert not any(name.startswith("set.backup.") for name in flat)
    flat = press(flat, "on:set.backup")
    assert read_settings(Model, flat, SETTINGS, SECRETS)[0]["backup"] == {}, "with its defaults"
    flat |= {"set.backup.per_second": "500", "set.backup.of": ""}
    flat.pop("set.backup.patient")
    read, _, wrong = read_settings(Model, flat, SETTINGS, SECRETS)
    assert read["backup"] == {"per_second": 500, "patient": False}
    assert wrong == {"set.backup.per_second": "At most 100, please."}
    assert read_settings(Model, flat | {"set.backup.per_second": "many"}, {}, {})[2]["set.backup.per_second"] == (
        "A whole number, please."
    )
    flat = press(flat, "off:set.backup")
    assert "backup" not in read_settings(Model, flat, SETTINGS, SECRETS)[0]


def test_names_of_rows() -> None:
    flat = press(press(form_of(Model, SETTINGS, SECRETS), "add:set.tags"), "add:set.tags")
    assert read_settings(Model, flat, SETTINGS, SECRETS)[2] == {}, "empty rows say nothing"
    flat |= {"set.tags.1.key": "x", "set.tags.1.of": "other"}
    assert read_settings(Model, flat, SETTINGS, SECRETS)[2] == {
        "set.tags.1.key": "There is another x; give each its own name."
    }


async def test_the_page_works_by_sending_the_form(app: Litestar, sign_in: SignIn) -> None:
    """Without scripts: every button sends the form; what was typed comes back, secrets never do."""
    gateway: Gateway = app.state.services.gateway
    add = f"{HERE}/connections/add/sql"
    form = {"title": "Books ", "set.url": "sqlite:///no.db", "set.password": "geheim", "set.streams.n": "0"}
    async with sign_in("consultant") as client:
        page = (await client.post(add, data={**form, "do": "add:set.streams"})).text
        assert 'name="set.streams.0.key"' in page and 'value="Books "' in page and "geheim" not in page
        form |= {"set.streams.n": "1", "set.streams.0.row": "n0", "set.streams.0.key": "items"}
        page = (await client.post(add, data={**form, "do": "on:set.streams.0.of.read"})).text
        assert 'name="set.streams.0.of.read.table"' in page
        form |= {"set.streams.0.of.read.on": "1", "set.streams.0.of.read.page_size": "lots"}
        reply = await client.post(add, data=form)
        assert reply.status_code == 422
        for words in ("A whole number, please.", "Add at least 1.", "boxes need mending"):
            assert words in reply.text
        assert 'value="lots"' in reply.text and 'value="items"' in reply.text and "geheim" not in reply.text
        form |= {"set.streams.0.of.read.page_size": "50", "set.streams.0.of.read.table": "t"}
        form |= {"set.streams.0.of.read.key.n": "1", "set.streams.0.of.read.key.0.of": "id"}
        saved = await client.post(add, data=form, follow_redirects=False)
        assert saved.status_code == 303, saved.text
        store = Connections(gateway.database, 1, gateway.seal)
        kept = await store.get("books")
        read = {"table": "t", "key": ["id"], "page_size": 50}
        assert kept.settings == {"url": "sqlite:///no.db", "streams": {"items": {"read": read}}}
        assert await store.secrets("books") == {"password": "geheim"}
        for button in ("add:set.nothing", "remove:set.streams.x", "paste:set.streams", "add:"):
            reply = await client.post(add, data={**form, "do": button, "set.streams.yaml": "- [not a block"})
            assert reply.status_code == 422, button
            assert "- [not a block" in reply.text, "nothing that was typed is lost"
        pasted = {**form, "do": "paste:set.streams", "set.streams.yaml": "b: {read: {table: u, key: [k]}}"}
        page = (await client.post(add, data=pasted)).text
        assert 'name="set.streams.0.of.read.table"' in page and 'value="u"' in page and 'value="t"' not in page
    async with sign_in("viewer") as client:
        assert (await client.post(add, data=form)).status_code == 403
