"""How values are written on pages: numbers, times, sizes, and the four kinds of nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from engine.mapping.diff import rule_words

SHORT = 120  # characters of a value shown in a row; the rest stands in the open rule

MISSING = object()  # the expression gave nothing at all: JSONata's undefined


def number(value: float | int | None) -> str:
    return "–" if value is None else f"{value:,}"


def plural(count: int, one: str, many: str = "") -> str:
    """`3 records`, `1 record`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def moment(value: datetime | None, now: datetime | None = None) -> str:
    """A time as one says it: 14:07 today, 4 Nov 14:07 this year, 4 Nov 2025 before that. UTC."""
    if value is None:
        return "never"
    now = now or datetime.now(UTC)
    if value.date() == now.date():
        return value.strftime("%H:%M")
    day = f"{value.day} {value:%b}"
    return f"{day} {value:%H:%M}" if value.year == now.year else f"{day} {value.year}"


def ago(value: datetime | None, now: datetime | None = None) -> str:
    if value is None:
        return "never"
    passed = (now or datetime.now(UTC)) - value
    if passed < timedelta(seconds=60):
        return f"{max(0, int(passed.total_seconds()))} s ago"
    if passed < timedelta(hours=1):
        return f"{int(passed.total_seconds() // 60)} min ago"
    return moment(value, now)


def seconds(value: float | None) -> str:
    if value is None:
        return "–"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 90:
        return f"{value:.1f} s"
    return f"{int(value // 60)} min {int(value % 60)} s"


def short(value: Any) -> Markup:
    """A value in a row: never longer than a line, nothings drawn as words, never a Python type name."""
    if value is MISSING:
        return Markup('<span class="void">missing</span>')
    if value is None:
        return Markup('<span class="void">null</span>')
    if value == "" and isinstance(value, str):
        return Markup('<span class="void">empty</span>')
    if isinstance(value, bool):
        return Markup("yes" if value else "no")
    if isinstance(value, list):
        return Markup("{}").format(plural(len(value), "item") if value else Markup('<span class="void">empty</span>'))
    if isinstance(value, dict):
        return Markup("{}").format(plural(len(value), "field"))
    return Markup("{}").format(clip(str(value)))


def clip(text: str, limit: int = SHORT) -> str:
    return text if len(text) <= limit else text[:limit] + "…"


def as_json(value: Any, indent: int | None = None) -> str:
    """JSON as a person reads it: decimals as numbers, accents as they are."""
    return json.dumps(value, ensure_ascii=False, indent=indent, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 2**53 else float(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if value is MISSING:
        return None
    return str(value)


def pretty(value: Any) -> str:
    return as_json(value, 2)


def initials(name: str) -> str:
    parts = name.split()
    return ((parts[0][0] + parts[-1][0]) if len(parts) > 1 else name[:2]).upper()


def browser(agent: str) -> str:
    """Which browser on which system, out of what it says of itself."""
    names = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
    systems = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "macOS"}
    name = next((name for mark, name in names.items() if mark in agent), clip(agent, 60) or "unknown")
    system = next((system for mark, system in {**systems, "Linux": "Linux"}.items() if mark in agent), "")
    return f"{name} on {system}" if system else name


FILTERS: dict[str, Callable[..., Any]] = {
    "ago": ago,
    "browser": browser,
    "clip": clip,
    "initials": initials,
    "moment": moment,
    "number": number,
    "plural": plural,
    "rule_words": rule_words,
    "pretty": pretty,
    "seconds": seconds,
    "short": short,
}
