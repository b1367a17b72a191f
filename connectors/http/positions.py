"""Cursor positions: read from records, kept as JSON, sent as the system wants them."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connectors.http.jmes import search
from connectors.http.manifest import Cursor
from engine.errors import ConfigError
from engine.sync.ports import Json

_STEPS = ("number", "text")  # formats that are no times


class Positions:
    """The arithmetic of one stream's cursor. A position is a UTC time, or the value itself where it is no time."""

    def __init__(self, words: Cursor, now: Callable[[], datetime]) -> None:
        self._words = words
        self._zone = ZoneInfo(words.timezone)
        self._now = now

    def of(self, record: Json) -> Any:
        """Where a record stands; None when it does not say. Raises ConfigError when the value cannot be read."""
        value = search(self._words.field, record)
        return None if value is None else self._parsed(value)

    def start(self, cursor: Json | None) -> Any:
        """Where to read from: the stored position, moved back. None: from the beginning."""
        if cursor is None:
            return None
        if not isinstance(cursor, dict) or "at" not in cursor:
            raise ConfigError(f"the stored cursor {cursor!r} is not one of this stream; read it whole")
        back = self._words.lookback
        if self._words.format == "text":
            return cursor["at"]
        if self._words.format == "number":
            return int(cursor["at"]) - int(back) - (1 if self._words.exclusive else 0)
        return datetime.fromisoformat(cursor["at"]) - timedelta(seconds=back + (1 if self._words.exclusive else 0))

    def sent(self, position: Any) -> str | None:
        """A position as the system wants it."""
        if position is None:
            return None
        if self._words.format in _STEPS:
            return str(position)
        if self._words.format == "rfc3339":
            return str(position.isoformat().replace("+00:00", "Z"))
        if self._words.format == "seconds":
            return str(math.floor(position.timestamp()))
        if self._words.format == "milliseconds":
            return str(math.floor(position.timestamp() * 1000))
        return str(position.astimezone(self._zone).strftime(self._words.format))

    def further(self, reached: Any, position: Any) -> Any:
        """The later of two positions. A time ahead of the clock does not count: it would hide changes to come."""
        if position is None or (isinstance(position, datetime) and position > self._now()):
            return reached
        return position if reached is None or position > reached else reached

    def kept(self, reached: Any) -> Json | None:
        """A position as it is stored."""
        if reached is None:
            return None
        return {"at": reached.isoformat().replace("+00:00", "Z") if isinstance(reached, datetime) else reached}

    def parse(self, at: Json) -> Any:
        """A stored position."""
        return at if self._words.format in _STEPS else datetime.fromisoformat(at)

    def _parsed(self, value: Any) -> Any:
        try:
            if self._words.format == "text":
                return str(value)
            if self._words.format == "number":
                return int(value)
            if isinstance(value, int | Decimal):
                scale = 1000 if self._words.format == "milliseconds" else 1
                return datetime.fromtimestamp(float(value) / scale, UTC)
            at = datetime.fromisoformat(value)
            return (at if at.tzinfo else at.replace(tzinfo=self._zone)).astimezone(UTC)
        except (TypeError, ValueError, OverflowError, OSError):
            raise ConfigError(f"cursor: {value!r} in {self._words.field!r} is no {self._words.format} value") from None
