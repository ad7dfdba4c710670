# ruff: noqa: DTZ001 - wall times are what is tested
"""Dates: pinned days of both calendars, and agreement with a second library on any day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import jdatetime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.asanito.formats.jalali import (
    NotADateError,
    gregorian_text,
    instant_in_words,
    jalali_text,
    read_date,
    wall_time,
)


def test_asanitos_dates_name_the_month_first():
    assert jalali_text(datetime(2025, 3, 20, 18, 5)) == "12_30_1403 18:05"
    assert jalali_text(date(2025, 3, 21)) == "01_01_1404 00:00"


def test_an_instant_is_no_wall_time():
    with pytest.raises(ValueError, match="wall time"):
        jalali_text(datetime(2025, 3, 20, tzinfo=UTC))


def test_tehran_had_summer_time_until_2022():
    tehran = ZoneInfo("Asia/Tehran")
    assert wall_time(datetime(2022, 7, 1, 12, tzinfo=UTC), tehran) == datetime(2022, 7, 1, 16, 30)
    assert wall_time(datetime(2023, 7, 1, 12, tzinfo=UTC), tehran) == datetime(2023, 7, 1, 15, 30)


def test_a_moment_is_told_by_the_clocks_of_a_place_with_persian_digits():
    at = datetime(2026, 11, 20, 22, 0, 5, tzinfo=UTC)
    assert instant_in_words(at, ZoneInfo("Asia/Tehran")) == "شنبه ۳۰ آبان ۱۴۰۵، ۰۱:۳۰:۰۵ به وقت تهران"
    assert instant_in_words(at, ZoneInfo("UTC")) == "جمعه ۲۹ آبان ۱۴۰۵، ۲۲:۰۰:۰۵ به وقت UTC"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1375/03/15", date(1996, 6, 4)),
        ("1403/12/30", date(2025, 3, 20)),
        ("۱۳۷۵-۳-۱۵", date(1996, 6, 4)),
        ("1990-05-01", date(1990, 5, 1)),
        ("1375.03.15 10:20", date(1996, 6, 4)),
        ("", None),
        (None, None),
    ],
)
def test_the_year_tells_the_calendar(text, day):
    assert read_date(text) == day


@pytest.mark.parametrize("text", ["1402/12/30", "75/03/15", "1375/13/01", "2990-01-01", "yesterday", "1375/03"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(NotADateError):
        read_date(text)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_both_libraries_agree(day):
    other = jdatetime.date.fromgregorian(date=day)
    assert jalali_text(day) == f"{other.month:02}_{other.day:02}_{other.year:04} 00:00"
    assert read_date(f"{other.year}/{other.month}/{other.day}") == day
    assert read_date(day.isoformat()) == day


def test_contacts_take_gregorian_dates():
    assert gregorian_text(date(1996, 6, 4)) == "1996-06-04T00:00:00"
    assert gregorian_text(None) is None
