"""When schedules fire: zones, both days of the clock change, holidays, what was missed. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput
from common.jobs.firings import check_schedule, due_slots, next_firings, slots_to_fire

ROME = ZoneInfo("Europe/Rome")
TICKS = ["0,30 8-19 * * 1-5", "0 20 * * 1-5"]
MOST = timedelta(days=3650)


def day(zone: str, cron: list[str], on: date, *holidays: date) -> list[str]:
    """Local times of the firings of a calendar day."""
    local = ZoneInfo(zone)
    start = datetime(on.year, on.month, on.day, tzinfo=local) - timedelta(microseconds=1)
    end = datetime(on.year, on.month, on.day, tzinfo=local) + timedelta(days=1) - timedelta(microseconds=1)
    slots = due_slots(cron, zone, start.astimezone(UTC), end.astimezone(UTC), holidays)
    return [slot.astimezone(local).strftime("%H:%M") for slot in slots]


def test_the_twenty_five_ticks_of_a_working_day():
    monday = day("Europe/Rome", TICKS, date(2026, 11, 23))
    assert len(monday) == 25
    assert (monday[0], monday[-1]) == ("08:00", "20:00")
    assert day("Europe/Rome", TICKS, date(2026, 11, 21)) == []


def test_a_time_that_does_not_exist_fires_at_the_next_one_that_does():
    assert day("Europe/Rome", ["30 2 * * *"], date(2026, 3, 29)) == ["03:00"]


def test_a_time_that_exists_twice_fires_once():
    assert day("Europe/Rome", ["30 2 * * *"], date(2026, 10, 25)) == ["02:30"]


def test_steps_go_on_through_the_change():
    assert len(day("Europe/Rome", ["0 * * * *"], date(2026, 3, 29))) == 23
    assert len(day("Europe/Rome", ["0 * * * *"], date(2026, 10, 25))) == 25


def test_a_zone_without_change_fires_every_day_alike():
    for on in (date(2026, 3, 22), date(2026, 3, 29), date(2026, 9, 22), date(2026, 10, 25)):
        assert day("Asia/Tehran", ["0 2 * * *"], on) == ["02:00"]


def test_nothing_fires_on_a_holiday_of_the_zones_calendar():
    assert day("Asia/Tehran", ["0 0 * * *"], date(2026, 3, 21), date(2026, 3, 21)) == []
    following = next_firings(["0 0 * * *"], "Asia/Tehran", datetime(2026, 3, 19, tzinfo=UTC), [date(2026, 3, 20)], 2)
    assert [at.astimezone(ZoneInfo("Asia/Tehran")).day for at in following] == [21, 22]


@given(
    st.integers(1_577_836_800, 2_051_222_400).map(lambda second: datetime.fromtimestamp(second, UTC)),
    st.sampled_from(["Europe/Rome", "Asia/Tehran", "America/New_York", "Australia/Lord_Howe"]),
)
def test_firings_ascend_and_lie_after_the_given_instant(after, zone):
    slots = next_firings(["*/20 1-3 * * *", "30 2 * * *"], zone, after, count=30)
    assert slots[0] > after
    assert all(earlier < later for earlier, later in pairwise(slots))


def slots(*minutes_ago: int, now: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)) -> list[datetime]:
    return [now - timedelta(minutes=ago) for ago in minutes_ago]


@pytest.mark.parametrize(
    ("misfire", "grace", "fired"),
    [
        ("skip", MOST, [0]),
        ("once", MOST, [0]),
        ("all", MOST, [90, 60, 30, 0]),
        ("all", timedelta(minutes=45), [30, 0]),
        ("once", timedelta(seconds=10), [0]),
    ],
)
def test_what_was_missed_fires_as_the_schedule_says(misfire, grace, fired):
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert slots_to_fire(slots(90, 60, 30, 0), now, misfire, grace) == slots(*fired)


def test_a_tick_that_was_missed_long_ago_fires_once_or_never():
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert slots_to_fire(slots(90, 60), now, "skip", MOST) == []
    assert slots_to_fire(slots(90, 60), now, "once", MOST) == slots(60)
    assert slots_to_fire(slots(90, 60), now, "once", timedelta(minutes=30)) == []


def test_a_schedule_that_can_not_be_evaluated_is_refused_with_its_places():
    with pytest.raises(InvalidInput) as wrong:
        check_schedule(["0 8 * * *", "61 8 * * *", "* * * * * *", ""], "Europe/Atlantis")
    assert [error.pointer for error in wrong.value.errors] == ["/zone", "/cron/1", "/cron/2", "/cron/3"]
    check_schedule(TICKS, "Europe/Rome")
