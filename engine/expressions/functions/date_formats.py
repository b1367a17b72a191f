"""Dates the way people write formats, `DD/MM/YYYY HH:mm`, with time zones: $parseDate and $formatDate.

Both are safe: what is not a date in any of the formats gives nothing instead of an error, so that `??` can say what
then. The parts: YYYY YY, MMMM MMM MM M, DD D, dddd ddd, HH H hh h, mm m, ss s, SSS, A a, Z; text in [brackets] and
every other character stand for themselves.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache, partial
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import re2

from engine.errors import ExpressionError
from engine.expressions.functions.calendar import FARTHEST
from engine.expressions.functions.dates import DAYS, MONTHS, iso_millis
from engine.expressions.functions.function import Function, function
from engine.expressions.limits import check_picture
from engine.expressions.messages import fault
from engine.expressions.values import NUMBERS, UNDEFINED

_PARTS = re.compile(r"\[[^\]]*\]|YYYY|YY|MMMM|MMM|MM|M|DD|D|dddd|ddd|HH|H|hh|h|mm|m|ss|s|SSS|A|a|Z|.", re.DOTALL)
_NAMES: Final = r"([a-z]+)\.?"
_PATTERNS: Final = {
    "YYYY": r"(\d{4})", "YY": r"(\d{2})", "MMMM": _NAMES, "MMM": _NAMES, "MM": r"(\d{2})", "M": r"(\d{1,2})",
    "DD": r"(\d{2})", "D": r"(\d{1,2})", "dddd": _NAMES, "ddd": _NAMES, "HH": r"(\d{2})", "H": r"(\d{1,2})",
    "hh": r"(\d{2})", "h": r"(\d{1,2})", "mm": r"(\d{2})", "m": r"(\d{1,2})", "ss": r"(\d{2})", "s": r"(\d{1,2})",
    "SSS": r"(\d{1,9})", "A": r"([ap])\.?m\.?", "a": r"([ap])\.?m\.?", "Z": r"(z|[+-]\d{2}:?\d{2})",
}  # fmt: skip
_PIVOT: Final = 69  # years of two digits: 69 is 1969, 68 is 2068 (POSIX)
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})", re.ASCII)


@lru_cache(maxsize=512)
def _format(text: str) -> tuple[tuple[str, ...], Any]:
    """The parts of a format, and a pattern that reads them. Raises L2007 if it reads nothing."""
    check_picture(text)
    parts = tuple(_PARTS.findall(text))
    if not any(part in _PATTERNS for part in parts):
        raise fault("L2007", value=text)
    options = re2.Options()
    options.case_sensitive = False
    pattern = "".join(_PATTERNS.get(part) or re2.escape(_literal(part)) for part in parts)
    return parts, re2.compile(rf"\s*{pattern}\s*", options)


def _literal(part: str) -> str:
    return part[1:-1] if part.startswith("[") else part


@lru_cache(maxsize=512)
def time_zone(name: str) -> Any:
    """The zone of an offset or a name. Raises L2005."""
    if name.upper() in ("Z", "UTC", "GMT"):
        return UTC
    found = _OFFSET.fullmatch(name)
    try:
        if found is None:
            return ZoneInfo(name)
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-offset if found[1] == "-" else offset)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise fault("L2005", value=name) from None


def parse_date(text: Any, formats: Any = UNDEFINED, zone: Any = UNDEFINED) -> Any:
    """ISO 8601 in UTC with milliseconds, or UNDEFINED."""
    if text is UNDEFINED:
        return UNDEFINED
    home = UTC if zone is UNDEFINED else time_zone(zone)
    for one in ("",) if formats is UNDEFINED else formats if isinstance(formats, list) else (formats,):
        at = _read(text, one, home)
        if at is not None:
            return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return UNDEFINED


def _read(text: str, form: str, zone: Any) -> datetime | None:
    try:
        if not form:
            return _read_iso(text.strip(), zone)
        parts, pattern = _format(form)
        found = pattern.fullmatch(text) if len(text) < 200 else None
        if found is None:
            return None
        names = [part for part in parts if part in _PATTERNS]
        return _at(dict(zip(names, found.groups(), strict=True)), zone)
    except (ValueError, OverflowError):
        return None


def _read_iso(text: str, zone: Any) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)


def _at(found: dict[str, str], zone: Any) -> datetime:
    """The time that the parts of a text mean. Raises ValueError for one that does not exist."""
    year = int(found.get("YYYY") or 0)
    if "YY" in found:
        year = int(found["YY"]) + (1900 if int(found["YY"]) >= _PIVOT else 2000)
    hour = int(found.get("HH") or found.get("H") or 0)
    if "hh" in found or "h" in found:
        hour = _half_day(int(found.get("hh") or found.get("h") or 0), found.get("A") or found.get("a"))
    offset = found.get("Z")
    return datetime(
        year,
        _month(found),
        int(found.get("DD") or found.get("D") or 1),
        hour,
        int(found.get("mm") or found.get("m") or 0),
        int(found.get("ss") or found.get("s") or 0),
        int((found.get("SSS") or "0").ljust(6, "0")[:6]),
        tzinfo=time_zone(offset) if offset else zone,
    )


def _half_day(hour: int, half: str | None) -> int:
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half and half.lower() == "p" else 0)


def _month(found: dict[str, str]) -> int:
    name = (found.get("MMMM") or found.get("MMM") or "").lower()
    if not name:
        return int(found.get("MM") or found.get("M") or 1)
    matching = [number for number, month in enumerate(MONTHS, 1) if month.lower().startswith(name)]
    if len(name) < 3 or len(matching) != 1:
        raise ValueError(name)
    return matching[0]


def format_date(time: Any, form: Any = UNDEFINED, zone: Any = UNDEFINED) -> Any:
    """Milliseconds or an ISO 8601 text as text in a format; UNDEFINED for what is no time."""
    if time is UNDEFINED:
        return UNDEFINED
    home = UTC if zone is UNDEFINED else time_zone(zone)
    at = _moment(time, home)
    if at is None:
        return UNDEFINED
    parts, _ = _format("YYYY-MM-DD" if form is UNDEFINED else form)
    written = _written(at)
    return "".join(written[part] if part in _PATTERNS else _literal(part) for part in parts)


def _moment(time: Any, zone: tzinfo) -> datetime | None:
    kind = time.__class__
    try:
        if kind in NUMBERS:
            if not -FARTHEST <= time <= FARTHEST:
                return None
            at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(time))
            return at.astimezone(zone)
        try:
            at = _read_iso(time.strip(), zone)
        except ValueError:  # a year or a month alone
            at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=iso_millis(time))
        return at.astimezone(zone)
    except (ValueError, OverflowError, ExpressionError):
        return None


def _written(at: datetime) -> dict[str, str]:
    month, day, half = MONTHS[at.month - 1], DAYS[at.weekday()], "PM" if at.hour >= 12 else "AM"
    offset = at.strftime("%z")
    hour = at.hour % 12 or 12
    return {
        "YYYY": f"{at.year:04d}", "YY": f"{at.year % 100:02d}", "MMMM": month, "MMM": month[:3],
        "MM": f"{at.month:02d}", "M": str(at.month), "DD": f"{at.day:02d}", "D": str(at.day), "dddd": day,
        "ddd": day[:3], "HH": f"{at.hour:02d}", "H": str(at.hour), "hh": f"{hour:02d}", "h": str(hour),
        "mm": f"{at.minute:02d}", "m": str(at.minute), "ss": f"{at.second:02d}", "s": str(at.second),
        "SSS": f"{at.microsecond // 1000:03d}", "A": half, "a": half.lower(), "Z": f"{offset[:3]}:{offset[3:5]}",
    }  # fmt: skip


_date = partial(function, "dates", extension=True)

FUNCTIONS: Final[tuple[Function, ...]] = (
    _date(
        "parseDate",
        "<s(sa)?s?:s>",
        parse_date,
        "text, formats?, zone?",
        "The time that a text writes in the first format it fits, as ISO 8601 in UTC; nothing if it fits none. Formats "
        "are made of YYYY, YY, MMMM, MMM, MM, M, DD, D, HH, H, hh, h, mm, m, ss, s, SSS, A, Z and text in [brackets]; "
        "without any, ISO 8601 is read. The zone says where a time without offset is.",
        ('$parseDate("24/11/2025", "DD/MM/YYYY")', "2025-11-24T00:00:00.000Z"),
        (
            '$parseDate("24 Nov 25 9:30 pm", ["YYYY-MM-DD", "D MMM YY h:mm A"], "Australia/Sydney")',
            "2025-11-24T10:30:00.000Z",
        ),
        ('$parseDate("soon", "DD/MM/YYYY") ?? "unknown"', "unknown"),
    ),
    _date(
        "formatDate",
        "<(sn)s?s?:s>",
        format_date,
        "time, format?, zone?",
        "A time (ISO 8601 or milliseconds) in a format of $parseDate (default YYYY-MM-DD), in the zone (default UTC); "
        "nothing if it is no time.",
        (
            '$formatDate("2025-11-24T13:30:00Z", "D MMMM YYYY, h:mm a", "Australia/Sydney")',
            "25 November 2025, 12:30 am",
        ),
    ),
)
