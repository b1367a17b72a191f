"""Date and time pictures such as `[Y0001]-[M01]-[D01]`, analysed once: XPath functions specification, section 9.8.4."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from engine.expressions.functions.integers import IntegerPicture, integer_picture
from engine.expressions.limits import check_picture
from engine.expressions.messages import fault

_DEFAULTS: Final = {
    **dict.fromkeys("YMDdWwXxHhf", "1"),
    **dict.fromkeys("FPCE", "n"),
    **dict.fromkeys("ms", "01"),
    **dict.fromkeys("Zz", "01:01"),
}
COUNTED: Final = frozenset("YMDdFWwXxHhmsf")  # components that are numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """One `[…]` of a picture."""

    component: str  # its letter
    names: str = ""  # lower, upper or title: as a name; "" as a number
    number: IntegerPicture | None = None  # how the number is written
    modifier: str = ""  # a, t, c or o after the presentation
    longest: int | None = None  # the maximum width
    year_digits: int = 0  # a year is written modulo 10 to this power; 0 for all of it


Part = str | Marker


@lru_cache(maxsize=512)
def time_picture(picture: str) -> tuple[Part, ...]:
    """The literals and markers of a picture. Raises D3131, D3132, D3135."""
    check_picture(picture)
    parts: list[Part] = []
    position = 0
    while position < len(picture):
        opening = picture.find("[", position)
        literal = picture[position : opening if opening >= 0 else None]
        if literal:
            parts.append(literal.replace("]]", "]"))
        if opening < 0:
            break
        if picture.startswith("[[", opening):
            parts.append("[")
            position = opening + 2
            continue
        closing = picture.find("]", opening)
        if closing < 0:
            raise fault("D3135")
        marker = _marker("".join(picture[opening + 1 : closing].split()))
        previous = parts[-1] if parts else None
        if marker.number and marker.component in COUNTED and isinstance(previous, Marker) and previous.number:
            parts[-1] = replace(previous, number=replace(previous.number, width=previous.number.mandatory))
        parts.append(marker)
        position = closing + 1
    return tuple(parts)


def _marker(text: str) -> Marker:
    body, comma, width = text.rpartition(",")
    if not comma:
        body, width = text, ""
    component, presentation, modifier = body[:1], body[1:], ""
    if len(presentation) > 1 and presentation[-1] in "atco":
        presentation, modifier = presentation[:-1], presentation[-1]
    if component not in _DEFAULTS:
        raise fault("D3132", value=component)
    presentation = presentation or _DEFAULTS[component]
    shortest, longest = _widths(width)
    names = {"n": "lower", "N": "title" if presentation[1:2] == "n" else "upper"}.get(presentation[0], "")
    number = None
    year_digits = 0
    if component in "Zz":
        number = integer_picture(presentation)
    elif not names and component in COUNTED:
        number = integer_picture(f"{presentation};{modifier}" if modifier else presentation)
        if shortest is not None and number.kind == "decimal":
            number = replace(number, mandatory=max(number.mandatory, shortest))
        if component == "Y":
            number, year_digits = _year(number, longest)
    return Marker(
        component=component, names=names, number=number, modifier=modifier, longest=longest, year_digits=year_digits
    )


def _year(number: IntegerPicture, longest: int | None) -> tuple[IntegerPicture, int]:
    if longest is not None:
        return replace(number, mandatory=longest), longest
    places = number.mandatory + number.optional
    return number, places if places >= 2 else 0


def _widths(width: str) -> tuple[int | None, int | None]:
    """Minimum and maximum of a width such as "3-5" or "*-3"; None where it says nothing."""
    shortest, _, longest = width.partition("-")
    return _width(shortest), _width(longest)


def _width(text: str) -> int | None:
    found = re.match(r"\d{1,4}", text)
    return min(int(found[0]), 1000) if found else None
