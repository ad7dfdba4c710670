"""Alarms of the day: no file, inbox not reached. Each once, whatever happens in between."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from common.jobs.firings import firings
from services.invoices.alerts.rules import is_alert_time, is_outage
from services.invoices.imports.jobs import schedules
from services.invoices.options import SiteOptions
from tests.support.inbox_site import InboxSite, lines

ROME = ZoneInfo("Europe/Rome")


def rome(hour: int, minute: int = 0, day: int = 20) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ROME).astimezone(UTC)


@pytest.mark.parametrize("day", [date(2026, 11, 20), date(2026, 3, 30), date(2026, 10, 26)])
def test_a_working_day_has_25_looks(day: date) -> None:
    (schedule,) = schedules
    midnight = datetime(day.year, day.month, day.day, tzinfo=ROME)
    end = midnight + timedelta(days=1)
    looks = []
    for moment in firings(schedule.cron, schedule.zone, midnight.astimezone(UTC)):
        if moment.astimezone(ROME) >= end:
            break
        looks.append(moment.astimezone(ROME).strftime("%H:%M"))
    assert len(looks) == 25
    assert (looks[0], looks[-1]) == ("08:00", "20:00")


def test_a_week_end_has_no_look() -> None:
    (schedule,) = schedules
    friday_night = datetime(2026, 11, 20, 20, 0, tzinfo=ROME).astimezone(UTC)
    following = next(iter(firings(schedule.cron, schedule.zone, friday_night)))
    assert following.astimezone(ROME) == datetime(2026, 11, 23, 8, 0, tzinfo=ROME)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (rome(18, 59), False),
        (rome(19, 0), True),
        (rome(23, 59), True),
        (rome(19, 30, day=21), False),
        (rome(19, 30, day=22), False),
    ],
)
def test_the_alert_time_is_on_working_days_from_seven(now: datetime, expected: bool) -> None:
    assert is_alert_time(now, SiteOptions()) is expected


def test_a_holiday_has_no_alert() -> None:
    assert not is_alert_time(rome(19, 30), SiteOptions(holidays=[date(2026, 11, 20)]))


def test_an_outage_is_told_after_three_looks_or_at_the_alert_time() -> None:
    site = SiteOptions()
    assert [is_outage(failures, rome(9), site) for failures in (1, 2, 3)] == [False, False, True]
    assert is_outage(1, rome(19), site)


async def test_a_day_without_a_file_is_told_once(inbox_site: InboxSite) -> None:
    for moment in (rome(18, 30), rome(19), rome(19, 30), rome(20)):
        inbox_site.clock.at = moment
        await inbox_site.pick_up()
    assert await inbox_site.mails() == ["no_file"]
    data = await inbox_site.mail("no_file")
    assert (data["business_date"], data["source_name"]) == (
        "2026-11-20",
        f"ftp://portico@127.0.0.1:{inbox_site.ftp.port}/",
    )


async def test_a_file_after_the_alert_is_imported_as_usual(inbox_site: InboxSite) -> None:
    inbox_site.clock.at = rome(19)
    await inbox_site.pick_up()
    inbox_site.drop(lines(600000001))
    inbox_site.clock.at = rome(19, 30)
    await inbox_site.pick_up()
    assert await inbox_site.mails() == ["no_file", "import"]


async def test_a_held_file_has_come(inbox_site: InboxSite) -> None:
    inbox_site.drop(lines(600000001), declared=9)
    inbox_site.clock.at = rome(19)
    await inbox_site.pick_up()
    assert await inbox_site.mails() == ["invalid"]


async def test_a_look_by_hand_on_a_sunday_tells_nothing(inbox_site: InboxSite) -> None:
    inbox_site.clock.at = rome(19, 30, day=22)
    await inbox_site.pick_up()
    assert await inbox_site.mails() == []


async def test_an_inbox_that_is_away_is_told_once_for_each_outage(inbox_site: InboxSite) -> None:
    inbox_site.ftp.refused["USER"] = "drop"
    for look in range(4):
        inbox_site.clock.at = rome(9) + timedelta(minutes=30 * look)
        run = await inbox_site.pick_up()
        assert (run["state"], run["reason_code"]) == ("failed", "unreachable")
        assert await inbox_site.mails() == (["source_unreachable"] if look >= 2 else [])
    assert (await inbox_site.mail("source_unreachable"))["since"] == "2026-11-20T08:00:00Z"


async def test_no_answer_in_the_evening_is_an_outage_and_not_a_missing_file(inbox_site: InboxSite) -> None:
    inbox_site.ftp.refused["USER"] = "drop"
    inbox_site.clock.at = rome(19)
    await inbox_site.pick_up()
    assert await inbox_site.mails() == ["source_unreachable"]


async def test_the_next_summary_says_that_the_outage_is_over(inbox_site: InboxSite) -> None:
    inbox_site.ftp.refused["USER"] = "drop"
    inbox_site.clock.at = rome(19)
    await inbox_site.pick_up()
    inbox_site.ftp.refused.clear()
    inbox_site.drop(lines(600000001))
    await inbox_site.pick_up()
    assert await inbox_site.mails() == ["source_unreachable", "import"]
    assert (await inbox_site.mail("import"))["warnings"] == ["source_recovered"]
    inbox_site.drop(lines(600000002), name="Letture20261120190000000_1.txt")
    await inbox_site.pick_up()
    assert (await inbox_site.files())[1]["warnings"] == []


async def test_a_wrong_password_is_told_without_it(inbox_site: InboxSite) -> None:
    inbox_site.ftp.refused["PASS"] = "530 Login incorrect."
    run = await inbox_site.pick_up()
    assert (run["state"], run["reason_code"], run["attempt"]) == ("failed", "login_refused", 1)
    row = await inbox_site.fetchrow("SELECT error FROM sources")
    assert "correct-horse" not in row["error"]
