"""What of the runs' attempts is worth an alert. Pure.

A trouble is a streak of attempts that ended with one of its codes; an attempt that did its work ends every streak.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from services.asanito.mails.schemas import MailKind

CODES: dict[MailKind, frozenset[str]] = {
    "login_failed": frozenset({"remote_unauthorized", "remote_forbidden"}),
    "target_down": frozenset({"target_down", "remote_unreachable", "remote_unavailable", "remote_timeout"}),
    "source_down": frozenset({"source_refused", "source_unavailable", "source_incomplete"}),
    "tenant_changed": frozenset({"tenant_changed"}),
}
TELL_AT: dict[MailKind, int] = {"login_failed": 1, "target_down": 2, "source_down": 2, "tenant_changed": 1}
"""Attempts in a row until it is told: what a person must mend at once, what may be a hiccup at the second."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a run of one of the sending jobs, failed."""

    run_id: UUID
    attempt: int
    job: str
    at: datetime
    is_last: bool
    code: str
    error: str


@dataclass(frozen=True, slots=True)
class Found:
    """A trouble that is to be told, by its first attempt."""

    kind: MailKind
    first: Attempt
    newest: Attempt

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.first.run_id}:{self.first.attempt}"


def find_troubles(failed: Iterable[Attempt]) -> list[Found]:
    """What to tell of the failed attempts since the last good one, in their order."""
    streaks: dict[MailKind, list[Attempt]] = {}
    for attempt in failed:
        for kind, codes in CODES.items():
            if attempt.code in codes:
                streaks.setdefault(kind, []).append(attempt)
    return [
        Found(kind, streak[0], streak[-1])
        for kind, streak in streaks.items()
        if len(streak) >= TELL_AT[kind] or any(attempt.is_last for attempt in streak)
    ]


def deadline(now: datetime, cycle_by: str, zone: ZoneInfo) -> datetime | None:
    """The hour of today by which the cycle is to be done, once it has passed; None before it."""
    local = now.astimezone(zone)
    by = local.replace(hour=int(cycle_by[:2]), minute=int(cycle_by[3:]), second=0, microsecond=0)
    return by if local >= by else None


def start_of_day(at: datetime) -> datetime:
    """Midnight of its day, in its zone."""
    return datetime.combine(at.date(), time(), at.tzinfo)


def trouble_of(key: str) -> MailKind:
    """The kind of an alert out of its key."""
    return cast("MailKind", key.partition(":")[0])
