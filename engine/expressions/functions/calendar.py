"""Days, weeks and clock times counted in integers, for all the years JSONata's times can have (about ±270,000).

A day is its number since 1970-01-01; months count from 1; weeks start on Monday, and the first week of a year or month
is the one with its first Thursday (ISO 8601).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

MILLIS_PER_DAY: Final = 86_400_000
FARTHEST: Final = 100_000_000 * MILLIS_PER_DAY  # the farthest time from 1970 that JavaScript's dates hold


def day_number(year: int, month: int, day: int) -> int:
    """The number of a day of the Gregorian calendar; months and days may overflow into the next ones."""
    years, month_index = divmod(month - 1, 12)
    year += years
    shifted = year - (month_index < 2)  # the year that starts in March, so that the leap day is its last one
    era, year_of_era = divmod(shifted, 400)
    day_of_year = (153 * ((month_index + 10) % 12) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468


def civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a day's number."""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted_month + 2) // 5 + 1
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    return era * 400 + year_of_era + (month <= 2), month, day


def weekday(days: int) -> int:
    """1 for Monday to 7 for Sunday."""
    return (days + 3) % 7 + 1


def first_week(year: int, month: int) -> int:
    """The Monday of the first week of the year or month that starts at that month."""
    first = day_number(year, month, 1)
    on = weekday(first)
    return first + 8 - on if on > 4 else first - (on - 1)


def week(days: int, start: int, following: int, previous: int) -> int:
    """The number of a day's week in a year or month, given the first Mondays of it, of the next and of the last one."""
    if days < start:
        return (days - previous) // 7 + 1
    return 1 if days >= following else (days - start) // 7 + 1


@dataclass(frozen=True, slots=True)
class Moment:
    """A time taken apart."""

    days: int
    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    milli: int

    def part(self, component: str) -> Any:
        """The value of a picture's component letter (Z and z apart)."""
        simple = {"Y": self.year, "M": self.month, "D": self.day, "H": self.hour, "m": self.minute, "s": self.second}
        if component in simple:
            return simple[component]
        if component == "f":
            return self.milli
        if component == "F":
            return weekday(self.days)
        if component == "d":
            return self.days - day_number(self.year, 1, 1) + 1
        if component == "h":
            return self.hour % 12 or 12
        if component == "P":
            return "pm" if self.hour >= 12 else "am"
        return self._week_part(component)

    def _week_part(self, component: str) -> Any:
        by_year = component in "WX"
        month = 1 if by_year else self.month
        step = 12 if by_year else 1
        start = first_week(self.year, month)
        following, previous = first_week(self.year, month + step), first_week(self.year, month - step)
        if component in "Ww":
            return week(self.days, start, following, previous)
        shift = -1 if self.days < start else 1 if self.days >= following else 0
        return self.year + shift if by_year else (self.month - 1 + shift) % 12 + 1


def moment(millis: int) -> Moment:
    """A time in milliseconds since 1970, taken apart in UTC."""
    days, rest = divmod(millis, MILLIS_PER_DAY)
    seconds, milli = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return Moment(days, *civil(days), hour, minute, second, milli)


def millis_of(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, milli: int = 0) -> int:
    """The milliseconds since 1970 of a time in UTC; every part may overflow into the next larger one."""
    return (((day_number(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000 + milli
