"""Secrets are taken out of texts however they are written, and out of errors with all that caused them."""

from __future__ import annotations

import base64
import json
import traceback
from urllib.parse import quote, quote_plus

import pytest

from engine.errors import AuthError, RejectedError
from engine.redaction import HIDDEN, Secrets, hide_held

WORD = "karaka-7"
SECRET = 'ka/ra+ki "7" é&'


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower(),
        quote_plus(SECRET),
        json.dumps(SECRET)[1:-1],
        repr(SECRET)[1:-1],
        repr(SECRET.encode()),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    ],
)
def test_a_secret_is_hidden_however_it_is_written(written: str) -> None:
    hidden = Secrets([SECRET]).hide(f"before {written} after")
    assert HIDDEN in hidden
    assert "7" not in hidden
    assert written not in hidden
    assert hidden.startswith("before ") and hidden.endswith(" after")


def test_short_words_and_no_words_hide_nothing() -> None:
    assert Secrets(["abc", ""]).hide("abc") == "abc"
    assert Secrets().hide_in({"a": ["b"]}) == {"a": ["b"]}


def test_json_is_gone_through() -> None:
    secrets = Secrets(["karaka-7"])
    said = {"karaka-7": [1, None, {"a": "x karaka-7 y"}]}
    assert secrets.hide_in(said) == {HIDDEN: [1, None, {"a": f"x {HIDDEN} y"}]}


def test_errors_and_their_causes() -> None:
    secrets = Secrets(["karaka-7"])
    try:
        try:
            raise ValueError(f"header {WORD}")
        except ValueError as error:
            raise RejectedError(f"no {WORD}", field=WORD, response={"you": WORD}) from error
    except RejectedError as error:
        assert secrets.hide_in_error(error)
        assert (error.message, error.field, error.response) == (f"no {HIDDEN}", HIDDEN, {"you": HIDDEN})
        assert "karaka" not in traceback.format_exc() and f"header {HIDDEN}" in traceback.format_exc()
        assert "karaka" not in repr(error)


class _Stubborn(Exception):
    def __str__(self) -> str:
        return "karaka-7"


def test_a_cause_that_cannot_be_mended_is_left_out() -> None:
    secrets = Secrets(["karaka-7"])
    error = AuthError("refused")
    error.__cause__ = _Stubborn()
    assert secrets.hide_in_error(error)
    assert error.__cause__ is None
    assert not secrets.hide_in_error(_Stubborn())


def test_what_is_held_is_hidden_until_it_is_let_go() -> None:
    secrets = Secrets(["pohutukawa"])
    assert hide_held("pohutukawa") == HIDDEN
    del secrets
    assert hide_held("pohutukawa") == "pohutukawa"
