"""Samples without the people in them: personal values are replaced, everything a mapping cares about stays.

A masked value keeps its length, its punctuation, and which characters are capitals, small letters or digits, so that
rules behave on it as on the real one. The same value always gets the same mask under one salt, so that records still
fit together; without the salt a mask cannot be turned back or looked up.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.mapping.difference import join_path
from engine.mapping.names import meanings_of
from engine.mapping.shapes import EMAIL

PERSONAL: Final = frozenset(  # meanings (names.py) and plain words
    {"email", "phone", "first name", "last name", "company", "line1", "line2", "address", "instructions", "note"}
    | {"tax number", "attention", "attn", "birthday", "dob", "password", "secret", "token", "iban"}
)
SIGNS: Final = frozenset(
    {"email", "phone", "first name", "last name", "line1"}
)  # what shows an object is about a person
ABOUT_PEOPLE: Final = frozenset({"customer", "billing", "delivery", "attention", "buyer", "recipient", "contact"})
SMALL: Final = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedSample:
    """A payload with its personal values replaced."""

    payload: Any
    masked: tuple[str, ...]  # paths without list places (`addresses.line1`), in the order of first sight


def mask(payload: Any, *, salt: str, extra: Collection[str] = (), keep: Collection[str] = ()) -> MaskedSample:
    """Masks what names and values show to be personal. `extra` paths are masked too, `keep` paths never."""
    masked: dict[str, None] = {}
    masker = _Masker(salt, frozenset(extra), frozenset(keep), masked)
    return MaskedSample(payload=masker.value(payload, "", personal=False), masked=tuple(masked))


class _Masker:
    def __init__(self, salt: str, extra: frozenset[str], keep: frozenset[str], masked: dict[str, None]) -> None:
        self.salt = salt.encode()
        self.extra = extra
        self.keep = keep
        self.masked = masked  # filled on the way

    def value(self, value: Any, path: str, *, personal: bool) -> Any:
        if isinstance(value, Mapping):
            about = _about_a_person(value, path)
            return {
                key: self.value(entry, join_path(path, key), personal=_is_personal(key, entry, about))
                for key, entry in value.items()
            }
        if isinstance(value, list):
            return [self.value(entry, path, personal=personal) for entry in value]
        if path in self.keep or not isinstance(value, str) or not value.strip():
            return value
        if personal or path in self.extra or EMAIL.fullmatch(value.strip()):
            self.masked.setdefault(path)
            return self.text(value)
        return value

    def text(self, value: str) -> str:
        """The same kinds of characters, others in their place; an address of no real host for an e-mail."""
        if EMAIL.fullmatch(value.strip()):
            local = self.text(value.strip().split("@")[0])
            return f"{local}@example.invalid"
        digest = hmac.new(self.salt, value.strip().casefold().encode(), hashlib.sha256).digest()
        return "".join(_other(character, digest[place % 32] + place) for place, character in enumerate(value))


def _is_personal(key: str, entry: Any, about: bool) -> bool:
    """Whether a field holds something personal; objects are decided field by field inside."""
    if isinstance(entry, Mapping):
        return False
    meanings = set(meanings_of(key))
    return bool(meanings & PERSONAL) or (about and "name" in meanings)


def _other(character: str, number: int) -> str:
    if character.isdigit():
        return str(number % 10)
    if not character.isalpha():
        return character
    letter = SMALL[number % 26]
    return letter.upper() if character.isupper() else letter


def _about_a_person(value: Mapping[str, Any], path: str) -> bool:
    """Whether a `name` in this object is a person's or an account's: it stands beside an e-mail or a street."""
    inside = {meaning for key in value for meaning in meanings_of(key)}
    around = set(meanings_of(path.rsplit(".", 1)[-1])) if path else set()
    return bool(inside & SIGNS or around & ABOUT_PEOPLE)
