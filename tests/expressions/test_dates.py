"""Calendar arithmetic against datetime, and times written and read back in pictures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ExpressionError
from engine.expressions.functions import calendar, date_formats, dates
from engine.expressions.values import UNDEFINED

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLIS = st.integers(-62_135_596_800_000, 253_402_300_799_999)  # the years 1 to 9999
FAR = st.integers(-calendar.FARTHEST, calendar.FARTHEST)


@given(MILLIS)
def test_moments_are_those_of_datetime(millis: int) -> None:
    at, found = EPOCH + timedelta(milliseconds=millis), calendar.moment(millis)
    assert (found.year, found.month, found.day) == (at.year, at.month, at.day)
    assert (found.hour, found.minute, found.second, found.milli) == (
        at.hour,
        at.minute,
        at.second,
        at.microsecond // 1000,
    )
    assert found.part("F") == at.isoweekday()
    assert found.part("d") == at.timetuple().tm_yday
    assert (found.part("X"), found.part("W")) == at.isocalendar()[:2]


@given(FAR)
def test_days_count_both_ways(millis: int) -> None:
    found = calendar.moment(millis)
    again = calendar.millis_of(found.year, found.month, found.day, found.hour, found.minute, found.second, found.milli)
    assert again == millis


@given(st.integers(-20, 40), st.integers(-400, 400))
def test_months_and_days_overflow(month: int, day: int) -> None:
    years, rest = divmod(month - 1, 12)
    start = datetime(2000 + years, rest + 1, 1, tzinfo=UTC)
    assert calendar.day_number(2000, month, day) == (start + timedelta(days=day - 1) - EPOCH).days


@given(MILLIS)
def test_iso_texts_are_read_back(millis: int) -> None:
    assert dates.to_millis(0, dates.from_millis(millis)) == millis


PICTURES = (
    "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001]Z",
    "[D1o] [MNn] [Y0001] at [h]:[m01]:[s01].[f001] [P]",
    "[FNn], [D01] [MNn,3-3] [Y0001] [H01][m01][s01].[f001]",
    "[Y0001]-[d001] [H01]:[m01]:[s01].[f001]",
    "[Dwo] of [MNn], [Y0001], [H01]:[m01]:[s01].[f001]",
    "[M01]/[D01]/[Y0001] [H01]:[m01]:[s01].[f001] [Z]",
)


@pytest.mark.parametrize("picture", PICTURES)
@given(millis=st.integers(0, 253_402_300_799_999))
def test_pictures_are_read_back(picture: str, millis: int) -> None:
    assert dates.to_millis(0, dates.from_millis(millis, picture), picture) == millis


@given(MILLIS, st.sampled_from(["+1030", "-0330", "+10:00", "-1100", "Z", "Europe/Berlin", "America/St_Johns"]))
def test_zones_shift_and_are_written(millis: int, zone: str) -> None:
    written = dates.from_millis(millis, "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]", zone)
    if millis > 0 and not written.startswith("0000"):
        assert dates.to_millis(0, written) == millis


def test_what_a_picture_leaves_out_comes_from_the_clock() -> None:
    clock = calendar.millis_of(2025, 11, 24, 8, 30)
    assert dates.to_millis(clock, "14:05", "[H01]:[m01]") == calendar.millis_of(2025, 11, 24, 14, 5)
    assert dates.to_millis(clock, "3 March", "[D] [MNn]") == calendar.millis_of(2025, 3, 3)
    assert dates.to_millis(clock, "nothing", "[H01]:[m01]") is UNDEFINED
    assert dates.now(clock) == "2025-11-24T08:30:00.000Z"
    assert dates.now(clock, "[H01]:[m01]", "+1030") == "19:00"


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        ("[Y", "D3135"),
        ("[Q]", "D3132"),
        ("[HN]", "D3133"),
        ("[Z000000]", "D3134"),
        ("[Y١1]", "D3131"),
        ("[H01] [s01]", ""),
    ],
)
def test_bad_pictures(picture: str, code: str) -> None:
    if not code:
        with pytest.raises(ExpressionError) as raised:
            dates.to_millis(0, "10 20", picture)
        assert raised.value.code == "D3136"
        return
    with pytest.raises(ExpressionError) as raised:
        dates.from_millis(0, picture)
    assert raised.value.code == code


FORMATS = ("YYYY-MM-DD HH:mm:ss.SSS", "D MMMM YYYY h:mm:ss.SSS A", "DD/MM/YY HH:mm:ss.SSS", "[at] YYYY.M.D H:m:s.SSS Z")


@pytest.mark.parametrize("form", FORMATS)
@given(millis=st.integers(0, 3_000_000_000_000), zone=st.sampled_from(["UTC", "Australia/Sydney", "-03:30"]))
def test_formats_are_read_back(form: str, millis: int, zone: str) -> None:
    written = date_formats.format_date(millis, form, zone)
    read = date_formats.parse_date(written, form, zone)
    shift = dates.iso_millis(read) - millis
    # an hour is twice on the clock in the night when summer time ends; the first of them is read
    assert shift == 0 or (zone == "Australia/Sydney" and shift == -3_600_000)
