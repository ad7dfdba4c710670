"""What to do with what the inbox shows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from common.transfer import Entry
from services.invoices.formats.letture import FileName
from services.invoices.inbox.repository import RemoteFile
from services.invoices.inbox.rules import Choice, Decision, Tick, choose, compare, site_day

ROME, UTC_ZONE = ZoneInfo("Europe/Rome"), ZoneInfo("UTC")
TODAY = date(2026, 11, 20)
TICK = Tick(TODAY, ROME, UTC_ZONE, max_bytes=1000, is_last=False)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def on(day: int, month: int = 11) -> date:
    return date(2026, month, day)


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name_day", "modified", "choice", "warned"),
    [
        (on(20), at(20), Choice.TAKE, False),
        (on(20), None, Choice.TAKE, False),
        (on(19), at(20), Choice.TAKE, True),
        (on(20), at(19), Choice.TAKE, True),
        (on(21), at(20), Choice.TAKE, True),
        (on(19), at(21), Choice.TAKE, True),
        (on(19), at(19), Choice.SET_ASIDE, True),
        (on(19), None, Choice.SET_ASIDE, True),
        (on(25), at(20), Choice.TAKE, True),
        (on(25), at(26), Choice.SET_ASIDE, True),
        # 23:30 in UTC is the next day in Rome.
        (on(20), at(19, 23, 30), Choice.TAKE, False),
    ],
)
def test_added_today_is_what_the_name_or_the_time_says(
    name_day: date, modified: datetime | None, choice: Choice, warned: bool
) -> None:
    decision = choose(10, modified, FileName(name_day, 3), TICK)
    assert (decision.choice, decision.warnings) == (choice, ("name_date_differs",) if warned else ())


@pytest.mark.parametrize("name", [None, FileName(None, 3)])
def test_a_name_without_a_day_is_left(name: FileName | None) -> None:
    assert choose(10, NOON, name, TICK) == Decision(Choice.LEAVE, "bad_name")


def test_a_large_file_is_left() -> None:
    assert choose(1001, NOON, FileName(TODAY, 3), TICK) == Decision(Choice.LEAVE, "file_too_large")


def test_an_empty_file_waits_unless_its_name_says_so_or_the_day_ends() -> None:
    assert choose(0, NOON, FileName(TODAY, 3), TICK).choice is Choice.WAIT
    assert choose(0, NOON, FileName(TODAY, 0), TICK).choice is Choice.TAKE
    assert choose(0, NOON, FileName(TODAY, 3), TICK._replace(is_last=True)).choice is Choice.TAKE


def test_a_server_may_tell_its_own_time() -> None:
    just_after_midnight = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
    assert site_day(just_after_midnight, TICK) == on(20)
    in_rome = TICK._replace(source_zone=ROME)
    assert site_day(just_after_midnight, in_rome) == on(20)
    in_new_york = TICK._replace(source_zone=ZoneInfo("America/New_York"))
    assert site_day(datetime(2026, 11, 19, 20, tzinfo=UTC), in_new_york) == on(20)


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, 2, 30, tzinfo=UTC), datetime(2026, 10, 25, 2, 30, tzinfo=UTC)])
def test_times_that_do_not_exist_or_exist_twice_have_a_day(day: datetime) -> None:
    assert site_day(day, TICK._replace(source_zone=ROME)) == day.date()


def remote(name: str, state: str = "seen", size: int = 10, number: int = 1) -> RemoteFile:
    file_id = UUID(int=99) if state == "stored" else None
    return RemoteFile(UUID(int=number), name, size, NOON, state, None, "present", file_id, None, NOON)


def test_a_listing_is_compared_by_name_size_and_time() -> None:
    known = [
        remote("same", number=1),
        remote("grown", number=2),
        remote("replaced", "stored", number=3),
        remote("taken", "stored", number=4),
        remote("vanished", number=5),
    ]
    listed = [
        Entry("same", 10, NOON),
        Entry("grown", 11, NOON),
        Entry("replaced", 10, at(21)),
        Entry("taken", 10, NOON),
        Entry("new", 1, None),
    ]
    changes = compare(known, listed)
    assert changes.new == [Entry("replaced", 10, at(21)), Entry("new", 1, None)]
    assert changes.changed == [(UUID(int=2), Entry("grown", 11, NOON))]
    assert changes.same == [UUID(int=1), UUID(int=4)]
    assert changes.gone == [UUID(int=3), UUID(int=5)]


def test_nothing_is_no_version() -> None:
    assert not remote("any").is_version(None)
