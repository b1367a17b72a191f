"""The output as the request that would be sent: words where there is none, both cases, marks, the command."""

from __future__ import annotations

import shlex
from decimal import Decimal
from typing import Any

import pytest

from connectors.contract import Message, Rehearsal
from editor.mapping.request_view import Destination, RequestView, request_view
from engine.encoding import encode
from engine.errors import RejectedError
from engine.store.samples import Sample
from engine.sync.ports import Write

SAMPLE = Sample(name="OAK-1", origin="pasted", masked=True, payload={})


def rehearse(write: Write) -> Rehearsal:
    """A system that creates and changes one by one."""
    method, path = ("POST", "") if write.external_id is None else ("PUT", f"/{write.external_id}")
    headers = {"Authorization": "Bearer •••", "Idempotency-Key": write.idempotency_key}
    message = Message(
        method=method, url=f"https://s.example/things{path}?key=•••", headers=headers, body=encode(write.payload)
    )
    return Rehearsal(sent=(message,))


def view(output: Any, live: Any = None, *, sample: Sample | None = SAMPLE, stops: str = "", **more: Any) -> RequestView:
    said = {"connection": "shop", "to": {"stream": "things"}, "rehearse": rehearse, **more}
    return request_view(Destination(**said), sample, output, live, new=output, stops=stops)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"to": {"entity": "price_list"}}, "CODI keeps this price list itself: no request is sent."),
        ({"sample": None}, "There is no sample"),
        ({"rehearse": None, "unsent": "The shop sleeps."}, "The shop sleeps."),
        ({"rehearse": None, "to": {}}, "does not say which stream"),
    ],
)
def test_where_there_is_no_request_words_say_why(more: dict[str, Any], words: str) -> None:
    shown = view({"a": 1}, **more)
    assert words in shown.words and not shown.cases


def test_new_and_known() -> None:
    new, known = view({"a": Decimal("1.50")}).cases
    assert (new.title, known.title) == ("When shop does not have it yet", "Once shop has it")
    assert new.sent[0].title == "POST https://s.example/things?key=•••"
    assert known.sent[0].title == "PUT https://s.example/things/1?key=•••"
    assert known.notes == ("1 stands for the id that shop gives.",)
    assert [text for text, _ in new.sent[0].body] == ["{", '  "a": 1.50', "}"]


def test_a_record_that_is_there_comes_with_its_id() -> None:
    there = Sample(name="OAK-1", origin="", masked=True, payload={}, external_id="77", version="3")
    known, new = view({}, sample=there).cases
    assert (known.title, known.sent[0].title) == ("shop has it as 77", "PUT https://s.example/things/77?key=•••")
    assert new.sent[0].title.startswith("POST")


def test_lines_that_live_would_not_send_are_marked() -> None:
    for case in view({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 9, "c": 3}).cases:
        assert [text.strip() for text, differs in case.sent[0].body if differs] == ['"b": 2,']
    assert not any(differs for case in view({"a": 1}).cases for _, differs in case.sent[0].body)


def test_what_the_connector_refuses_and_what_stops_the_record_is_said() -> None:
    def only_changes(write: Write) -> Rehearsal:
        if write.external_id is None:
            raise RejectedError("the manifest says no way to create OAK-1")
        return Rehearsal(sent=(), together=20)

    new, known = view({}, rehearse=only_changes, stops="As it is, nothing is sent.").cases
    assert new.notes == ("As it is, nothing is sent.", "Nothing is sent: the manifest says no way to create OAK-1.")
    assert known.notes[-1] == "Nothing is sent: the connector has no way to change it."


def test_the_command_sends_what_is_shown_and_takes_secrets_from_outside() -> None:
    (new, _) = view({"name": "it's $HOME `x`\n"}).cases
    curl = new.sent[0].curl
    assert "•" not in curl
    words = shlex.split(curl.replace('"$SECRET"', "sesame"))
    assert words[:4] == ["curl", "-X", "POST", "https://s.example/things?key=sesame"]
    assert "Authorization: Bearer sesame" in words
    assert words[-2:] == ["--data-raw", encode({"name": "it's $HOME `x`\n"}).decode()]


def test_a_huge_body_is_not_drawn() -> None:
    (new, _) = view({"a": "x" * 400_000}).cases
    assert [text for text, _ in new.sent[0].body] == ["(400,008 bytes of JSON, too many to show here)"]
    assert len(new.sent[0].curl) < 500
