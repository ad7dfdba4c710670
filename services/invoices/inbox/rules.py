"""What to do with what the inbox shows, pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from common.transfer import Entry
    from services.invoices.formats.letture import FileName
    from services.invoices.inbox.repository import RemoteFile

DAY = timedelta(days=1)


class Choice(StrEnum):
    """What becomes of a file that is there and was not taken yet."""

    TAKE = "take"
    WAIT = "wait"
    """Nothing in it yet: its sender has only begun."""
    SET_ASIDE = "set_aside"
    """It is of another day: its bytes are kept and shown, not imported."""
    LEAVE = "leave"


class Decision(NamedTuple):
    """The choice; `reason` says why a file is left, `warnings` what is odd about one that is taken."""

    choice: Choice
    reason: str | None = None
    warnings: tuple[str, ...] = ()


class Tick(NamedTuple):
    """One look at the inbox. The day is that of its start, for all files of the look."""

    today: date
    site_zone: ZoneInfo
    source_zone: ZoneInfo
    max_bytes: int
    is_last: bool
    """No look follows today: what is empty now stays empty."""


@dataclass(slots=True)
class Changes:
    """How the inbox differs from what we saw last."""

    new: list[Entry] = field(default_factory=list)
    changed: list[tuple[UUID, Entry]] = field(default_factory=list)
    same: list[UUID] = field(default_factory=list)
    gone: list[UUID] = field(default_factory=list)
    """No longer there, or replaced by another version after we took this one."""


def compare(known: Iterable[RemoteFile], listed: Iterable[Entry]) -> Changes:
    """Match the listing with what we know, by name; size and time tell versions apart."""
    changes = Changes()
    before = {remote.name: remote for remote in known}
    for entry in listed:
        remote = before.pop(entry.name, None)
        if remote is None:
            changes.new.append(entry)
        elif remote.is_version(entry):
            changes.same.append(remote.id)
        elif remote.state == "stored":
            changes.gone.append(remote.id)
            changes.new.append(entry)
        else:
            changes.changed.append((remote.id, entry))
    changes.gone += [remote.id for remote in before.values()]
    return changes


def choose(size_bytes: int, modified_at: datetime | None, name: FileName | None, tick: Tick) -> Decision:
    """What to do with one file. "Added today" is what its name or its time says; clocks and zones are often wrong."""
    if name is None or name.day is None:
        return Decision(Choice.LEAVE, "bad_name")
    if size_bytes > tick.max_bytes:
        return Decision(Choice.LEAVE, "file_too_large")
    if size_bytes == 0 and name.declared > 0 and not tick.is_last:
        return Decision(Choice.WAIT, "empty_file")
    days = [name.day] if modified_at is None else [name.day, site_day(modified_at, tick)]
    # Tomorrow is a clock that runs ahead; anything later tells nothing.
    fitting = [day for day in days if tick.today <= day <= tick.today + DAY]
    warnings = ("name_date_differs",) if any(day != tick.today for day in days) else ()
    return Decision(Choice.TAKE if fitting else Choice.SET_ASIDE, None, warnings)


def site_day(modified_at: datetime, tick: Tick) -> date:
    """The site's date of a server's time, which was taken as UTC but may be of the server's own zone."""
    return modified_at.replace(tzinfo=tick.source_zone).astimezone(tick.site_zone).date()
