"""Time, injected. Used by every service and the gateway.

Two clocks exist and are not mixed: leases, heartbeats and retry delays use the database's `clock_timestamp()`;
whatever a calendar shows (business dates, schedule slots, alert times) uses this clock, handed to SQL as a parameter.
The demo and the tests shift this one; production refuses a shift (`common.settings`).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Where "now" comes from."""

    def now(self) -> datetime:
        """The present instant, in UTC."""


class SystemClock:
    """The machine's clock, shifted by a constant (zero outside development)."""

    def __init__(self, shift: timedelta = timedelta()) -> None:
        self._shift = shift

    def now(self) -> datetime:
        return datetime.now(UTC) + self._shift


def business_date(now: datetime, zone: ZoneInfo) -> date:
    """The calendar date of `now` at the site in `zone`."""
    return now.astimezone(zone).date()
