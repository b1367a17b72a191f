"""Times as text and back: $fromMillis, $toMillis, $now, $millis.

A time is the number of milliseconds since 1970-01-01T00:00Z. Zones are offsets such as "+1000" or "-05:30", "Z", or
names such as "Australia/Sydney".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import re2

from engine.expressions.functions.calendar import FARTHEST, Moment, millis_of, moment
from engine.expressions.functions.function import Function, function
from engine.expressions.functions.integers import (
    WORD_VALUES,
    IntegerPicture,
    format_whole,
    parse_whole,
)
from engine.expressions.functions.pictures import Marker, Part, time_picture
from engine.expressions.messages import fault
from engine.expressions.values import UNDEFINED

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_ISO_PICTURE: Final = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"
_EPOCH = datetime(1970, 1, 1)
_FIRST_ZONED: Final = -62_000_000_000  # seconds: zones are asked within the years that datetime has
_LAST_ZONED: Final = 253_000_000_000
_LAST_PLAIN: Final = 253_402_300_800_000  # the year 10000, where datetime ends
_from_iso = datetime.fromisoformat
_ISO = re.compile(
    r"(\d{4})(?:-([01]\d)(?:-([0-3]\d))?)?(?:T([0-2]\d):([0-5]\d):([0-5]\d)(?:\.(\d+))?)?(Z|[+-][0-2]\d:?[0-5]\d)?",
    re.ASCII,
)
_OFFSET = re.compile(r"([+-]?)(\d{1,2}):?(\d{2})?", re.ASCII)


def from_millis(millis: Any, picture: Any = UNDEFINED, zone: Any = UNDEFINED) -> Any:
    if millis is UNDEFINED:
        return UNDEFINED
    if not -FARTHEST <= millis <= FARTHEST:
        raise fault("D1001", value=millis)
    whole = int(millis)
    if picture is UNDEFINED and zone is UNDEFINED and 0 <= whole < _LAST_PLAIN:
        return (_EPOCH + timedelta(milliseconds=whole)).isoformat(timespec="milliseconds") + "Z"
    offset = 0 if zone is UNDEFINED else zone_offset(zone, whole)
    at = moment(whole + offset * 60_000)
    return "".join(
        part if part.__class__ is str else _written(part, at, offset)  # type: ignore[arg-type]
        for part in time_picture(_ISO_PICTURE if picture is UNDEFINED else picture)
    )


def zone_offset(zone: str, millis: int) -> int:
    """The minutes that a zone is ahead of UTC at a time. Raises L2005 for a zone that does not exist."""
    if zone in ("Z", "UTC", "GMT"):
        return 0
    found = _OFFSET.fullmatch(zone)
    if found:
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        return -minutes if found[1] == "-" else minutes
    try:
        seconds = min(max(millis / 1000, _FIRST_ZONED), _LAST_ZONED)
        offset = datetime.fromtimestamp(seconds, ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError, OverflowError, OSError):
        raise fault("L2005", value=zone) from None
    return int(offset.total_seconds() // 60) if offset else 0


def _written(marker: Marker, at: Moment, offset: int) -> str:
    component = marker.component
    if component in "Zz":
        return _written_zone(marker, offset)
    if component in "CE":
        return "ISO"
    value = at.part(component)
    if component == "P":
        return value.upper() if marker.names == "upper" else str(value)
    if marker.names:
        return _named(marker, value)
    if component == "Y" and marker.year_digits:
        value = value % 10**marker.year_digits if value >= 0 else -(-value % 10**marker.year_digits)
    assert marker.number is not None
    return format_whole(value, marker.number)


def _named(marker: Marker, value: int) -> str:
    if marker.component in "Mx":
        name = MONTHS[value - 1]
    elif marker.component == "F":
        name = DAYS[value - 1]
    else:
        raise fault("D3133", value=marker.component)
    if marker.names != "title":
        name = name.upper() if marker.names == "upper" else name.lower()
    return name[: marker.longest] if marker.longest is not None else name


def _written_zone(marker: Marker, offset: int) -> str:
    if offset == 0 and marker.modifier == "t":
        return "Z"
    number = marker.number
    assert number is not None
    hours, minutes = divmod(abs(offset), 60)
    if number.regular or number.mandatory in (3, 4):
        text = format_whole(hours * 100 + minutes, number)
    elif number.mandatory in (1, 2):
        text = format_whole(hours, number) + (f":{minutes:02d}" if minutes else "")
    else:
        raise fault("D3134", value=number.mandatory)
    return ("GMT" if marker.component == "z" else "") + ("-" if offset < 0 else "+") + text


def to_millis(clock: int, text: Any, picture: Any = UNDEFINED) -> Any:
    """`clock` is the time that completes a picture without a date."""
    if text is UNDEFINED:
        return UNDEFINED
    if picture is not UNDEFINED:
        return _read(clock, text, picture)
    if text[19:] == "Z" and text[10] == "T" and text[13] == ":" and text[7] == "-":  # the others fromisoformat checks
        try:
            return int(_from_iso(text).timestamp()) * 1000
        except ValueError:
            raise fault("D3110", value=text) from None
    return iso_millis(text)


def iso_millis(text: str) -> int:
    """An ISO 8601 date or time (UTC unless it names an offset). Raises D3110."""
    found = _ISO.fullmatch(text)
    if found is None:
        raise fault("D3110", value=text)
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        at = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        raise fault("D3110", value=text) from None
    millis = int(at.replace(tzinfo=UTC).timestamp()) * 1000 + int((fraction or "")[:3].ljust(3, "0"))
    return millis - (zone_offset(zone, 0) * 60_000 if zone else 0)


def _read(clock: int, text: str, picture: str) -> Any:
    parts = time_picture(picture)
    try:
        found = _reader(picture).fullmatch(text)
    except UnicodeEncodeError:  # half a character
        found = None
    if found is None:
        return UNDEFINED
    values: dict[str, int] = {}
    for part, group in zip(parts, found.groups(), strict=True):
        if isinstance(part, Marker):
            value = _read_part(part, group)
            if value is not None:
                values[part.component] = value
    return _assembled(values, moment(clock)) if values else UNDEFINED


@lru_cache(maxsize=512)
def _reader(picture: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    return re2.compile("".join(f"({_pattern(part)})" for part in time_picture(picture)), options)


def _pattern(part: Part) -> str:
    if isinstance(part, str):
        return str(re2.escape(part))
    if part.component in "Zz":
        separator = part.number.separators[0][1] if part.number and part.number.regular else ""
        minutes = f"{re2.escape(separator)}[0-9]+" if separator else ""
        return f"{'GMT' if part.component == 'z' else ''}[-+][0-9]+{minutes}"
    if part.component == "f":
        return "[0-9]+"
    if part.names:
        if part.component not in "MxFP":
            raise fault("D3133", value=part.component)
        return "[a-zA-Z]+"
    return _number_pattern(part.number) if part.number else "[a-zA-Z]+"


def _number_pattern(number: IntegerPicture) -> str:
    if number.kind == "letters":
        return "[a-z]+"
    if number.kind == "roman":
        return "[mdclxvi]+"
    if number.kind == "words":
        return f"(?:{'|'.join([*WORD_VALUES, 'and', '[-, ]'])})+"
    if number.kind == "sequence":
        raise fault("D3130", value=number.token)
    digit = "[0-9]" if number.zero == 0x30 else rf"[\x{{{number.zero:x}}}-\x{{{number.zero + 9:x}}}]"
    count = f"{{{number.width}}}" if 0 < number.width <= 1000 else "+"
    return digit + count + ("(?:th|st|nd|rd)" if number.ordinal else "")


def _read_part(marker: Marker, text: str) -> int | None:
    if marker.component in "Zz":
        return _read_zone(marker, text)
    if marker.component == "f":
        return int(text[:3].ljust(3, "0"))
    if marker.names or marker.number is None:
        names = {"F": DAYS, "P": ("am", "pm")}.get(marker.component, MONTHS)
        first = 0 if marker.component == "P" else 1
        known = {name[: marker.longest or None].lower(): number for number, name in enumerate(names, first)}
        return known.get(text.lower())
    return parse_whole(text, marker.number)


def _read_zone(marker: Marker, text: str) -> int:
    sign = -1 if "-" in text else 1
    digits = text.lstrip("GMTgmt")[1:]
    separator = marker.number.separators[0][1] if marker.number and marker.number.regular else ""
    if separator:
        hours, _, minutes = digits.partition(separator)
    else:
        hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:2], digits[2:])
    return sign * (int(hours) * 60 + int(minutes))


def _assembled(values: dict[str, int], now: Moment) -> int:
    """The time that the values of a picture's components mean; what is larger than they are comes from `now`.

    Raises D3136 for weeks, and for values with a gap between them, such as an hour and a second without a minute.
    """
    has = {component for component, value in values.items() if value}
    dates, times = has & set("YXMxWwdD"), has & set("PHhmsf")
    by_day = bool(dates) and dates <= set("Yd") and not dates <= set("YMD")
    if dates and dates <= set("XxwWF") and not dates <= set("YMD"):
        raise fault("D3136")
    by_half = bool(times) and times <= set("Phmsf") and not times <= set("Hmsf")
    order = ("Yd" if by_day else "YMD") + ("Phmsf" if by_half else "Hmsf")
    return _millis(_completed(values, order, now), by_half) - values.get("Z", values.get("z", 0)) * 60_000


def _completed(values: Mapping[str, int], order: str, now: Moment) -> dict[str, int]:
    complete: dict[str, int] = {}
    started = ended = False
    for component in order:
        value = values.get(component)
        if value is not None:
            if ended:
                raise fault("D3136")
            started = True
        elif started:
            ended = True
            value = 1 if component in "MDd" else 0
        else:
            value = 0 if component == "P" else now.part(component)
        complete[component] = value
    return complete


def _millis(values: dict[str, int], by_half: bool) -> int:
    year = values["Y"] + 1900 if 0 <= values["Y"] <= 99 else values["Y"]  # as JavaScript reads years of two digits
    if abs(year) > 400_000:
        raise fault("D1001", value=year)
    hour = values["h"] % 12 + 12 * (values["P"] == 1) if by_half else values["H"]
    month, day = (1, values["d"]) if "d" in values else (max(values["M"], 1), values["D"])
    return millis_of(year, month, day, hour, values["m"], values["s"], values["f"])


def now(clock: int, picture: Any = UNDEFINED, zone: Any = UNDEFINED) -> Any:
    return from_millis(clock, picture, zone)


def millis(clock: int) -> int:
    return clock


_date = partial(function, "dates")

FUNCTIONS: Final[tuple[Function, ...]] = (
    _date(
        "now",
        "<s?s?:s>",
        now,
        "picture?, zone?",
        "The time of this evaluation as text: ISO 8601, or in a picture of $fromMillis. It stands still while one "
        "record is mapped.",
        clock=True,
    ),
    _date("millis", "<:n>", millis, "", "The time of this evaluation in milliseconds since 1970.", clock=True),
    _date(
        "fromMillis",
        "<n-s?s?:s>",
        from_millis,
        "millis, picture?, zone?",
        "A time as text: ISO 8601, or in a picture of components such as [Y0001], [M01], [D01], [H01], [m01], [s01], "
        "[FNn], [MNn], [h]:[m01] [P]; zone is an offset (+1000) or a name (Australia/Sydney).",
        ("$fromMillis(1763971200000)", "2025-11-24T08:00:00.000Z"),
        ('$fromMillis(1763971200000, "[D01]/[M01]/[Y0001]", "Australia/Sydney")', "24/11/2025"),
        grows=True,
    ),
    _date(
        "toMillis",
        "<s-s?:n>",
        to_millis,
        "text, picture?",
        "The time that a text writes, in ISO 8601 or in a picture; nothing if it does not fit the picture.",
        ('$toMillis("2025-11-24T08:00:00Z")', 1763971200000),
        ('$toMillis("24/11/2025", "[D01]/[M01]/[Y0001]")', 1763942400000),
        clock=True,
    ),
)
