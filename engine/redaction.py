"""Takes secrets out of what people, logs and the store are told.

Whoever holds secrets keeps a `Secrets` with them for as long as it does: an open connection, CODI itself. What comes
back from a system goes through the connection's own (connectors/discreet.py); logs and tracebacks through all that are
held at the moment.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus
from weakref import WeakSet

HIDDEN = "•••"
SHORTEST = 4  # characters; shorter ones would hide half of every text

_held: WeakSet[Secrets] = WeakSet()


class Secrets:
    """Words that nobody may read, however they are written: as they are, in addresses, in JSON, in base64."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._words: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.add(*words)
        _held.add(self)

    def add(self, *words: str) -> None:
        """More of them."""
        new = {word for word in words if len(word) >= SHORTEST} - self._words
        if new:
            self._words |= new
            forms = {form for word in self._words for form in _forms(word)}
            self._pattern = re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))), re.IGNORECASE)

    def __bool__(self) -> bool:
        """Whether there is anything to hide."""
        return self._pattern is not None

    def hide(self, text: str) -> str:
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)

    def hide_in(self, value: Any) -> Any:
        """JSON with every text in it gone through."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self.hide(value)
        if isinstance(value, dict):
            return {self.hide_in(key): self.hide_in(entry) for key, entry in value.items()}
        if isinstance(value, list | tuple):
            return [self.hide_in(entry) for entry in value]
        return value

    def hide_in_error(self, error: BaseException) -> bool:
        """Goes through what the error says and all that caused it: a traceback shows the causes too. False where the
        error says a secret all the same."""
        seen: set[int] = set()
        cause: BaseException | None = error
        while cause is not None and id(cause) not in seen and self._pattern is not None:
            seen.add(id(cause))
            cause.args = tuple(self.hide_in(argument) for argument in cause.args)
            for name in ("response", "field"):  # of a ConnectorError
                if isinstance(said := getattr(cause, name, None), str | dict | list):
                    setattr(cause, name, self.hide_in(said))
            following = cause.__cause__ or cause.__context__
            if following is not None and self._cannot_be_quiet(following):
                cause.__cause__, cause.__suppress_context__, following = None, True, None
            cause = following
        return self.hide(str(error)) == str(error)

    def _cannot_be_quiet(self, error: BaseException) -> bool:
        """Whether the error says a secret that is not among its arguments."""
        rest = str(error)
        for argument in error.args:
            rest = rest.replace(str(argument), "")
        return self.hide(rest) != rest


def hide_held(text: str) -> str:
    """The text without any secret that is held at the moment: for logs and tracebacks."""
    for secrets in list(_held):
        text = secrets.hide(text)
    return text


def _forms(word: str) -> set[str]:
    """Ways to write the word."""
    plain = word.encode()
    coded = {base64.b64encode(plain).decode(), base64.urlsafe_b64encode(plain).decode()}
    return {
        word,
        quote(word),
        quote(word, safe=""),
        quote_plus(word),
        json.dumps(word)[1:-1],
        json.dumps(word, ensure_ascii=False)[1:-1],
        repr(word)[1:-1],
        repr(plain)[2:-1],
        *coded,
        *(form.rstrip("=") for form in coded),
    }
