"""When a schedule fires: pure. Used by the scheduler, by `/v1/schedules` and by previews.

Cron lines are read by cronsim, which obeys the daylight-saving rules of Debian's cron: a time that does not exist fires
at the next one that does, a time that exists twice fires once, and `*` steps go on through the change.
"""

from __future__ import annotations

import heapq
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from common.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from common.jobs.declare import Misfire

ON_TIME = timedelta(seconds=60)
"""A slot decided this late is still on time; what is later was missed."""

MOST_SLOTS = 1000
"""Slots looked at after one gap; a schedule that missed more than these goes on from the newest."""


def check_schedule(cron: Sequence[str], zone: str) -> None:
    """Refuse what could never be evaluated.

    Raises:
        InvalidInput: points at each wrong line, or at the zone.
    """
    errors = []
    try:
        known = ZoneInfo(zone)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError; odd names raise the others
        known = ZoneInfo("UTC")
        errors.append(FieldError("/zone", "unknown_zone", f"{zone!r} is not an IANA time zone."))
    if not cron:
        errors.append(FieldError("/cron", "missing", "A schedule needs at least one cron line."))
    for position, line in enumerate(cron):
        if not _is_cron(line, known):
            errors.append(FieldError(f"/cron/{position}", "invalid_cron", f"{line!r} is not a line of five fields."))
    if errors:
        raise InvalidInput("The schedule can't be evaluated.", errors=errors)


def firings(cron: Iterable[str], zone: str, after: datetime, holidays: Sequence[date] = ()) -> Iterator[datetime]:
    """The instants later than `after`, in UTC, ascending, each once; none on a holiday of the zone's calendar."""
    local = ZoneInfo(zone)
    start = after.astimezone(local)
    closed = frozenset(holidays)
    last = after
    for moment in heapq.merge(*(CronSim(line, start) for line in cron), key=lambda moment: moment.astimezone(UTC)):
        instant = moment.astimezone(UTC)
        if instant > last:
            last = instant
            if moment.date() not in closed:
                yield instant


def next_firings(
    cron: Iterable[str], zone: str, after: datetime, holidays: Sequence[date] = (), count: int = 5
) -> list[datetime]:
    """The next `count` firings; fewer when the lines have no more."""
    return list(islice(firings(cron, zone, after, holidays), count))


def due_slots(
    cron: Iterable[str], zone: str, after: datetime, until: datetime, holidays: Sequence[date] = ()
) -> list[datetime]:
    """The slots in `(after, until]`, the newest `MOST_SLOTS` of them."""
    return list(takewhile(lambda slot: slot <= until, firings(cron, zone, after, holidays)))[-MOST_SLOTS:]


def slots_to_fire(slots: Sequence[datetime], now: datetime, misfire: Misfire, grace: timedelta) -> list[datetime]:
    """Which of the undecided `slots` fire now.

    Args:
        misfire: `skip` fires what is on time only; `once` one run for all that was missed, in the newest slot's name;
            `all` one run for each.
        grace: what is later than this is never fired.
    """
    limit = min(grace, ON_TIME) if misfire == "skip" else grace
    fresh = [slot for slot in slots if now - slot <= limit]
    return fresh if misfire == "all" else fresh[-1:]


def _is_cron(line: str, zone: ZoneInfo) -> bool:
    if len(line.split()) != 5:  # noqa: PLR2004 - cronsim also reads seconds; slots are minutes here
        return False
    try:
        next(CronSim(line, datetime(2024, 1, 1, tzinfo=zone)), None)
    except CronSimError:
        return False
    return True
