"""What every stand-in has: a settable clock, a journal of what it was asked, and a script of faults.

Used by every package below `sandbox`. The FTP servers run in threads of their own, so all three are safe to use from
several threads at once.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable

JOURNAL_LIMIT = 20_000

ClockMode = Literal["real", "shifted", "frozen"]

Kind = Literal[
    "delay",  # wait `seconds`, then go on as if nothing were wrong
    "reply",  # answer `status` and `text` instead of doing it (FTP and SMTP codes); with `bytes`: after that many
    "stall",  # never answer; with `bytes`: move that many bytes of the transfer, then nothing more
    "drop",  # cut the connection; with `bytes`: after that many bytes of the transfer
    "truncate",  # move only `bytes` bytes and then report success
    "reset_before",  # reset the connection, the operation has not happened
    "reset_after",  # let the operation happen, reset the connection instead of answering
    "garbage",  # answer nonsense
    "absent",  # as if this server did not know the command
    "fewer",  # consumer: do not read the last `count` lines
    "error",  # consumer: read nothing, write an error line with `text`
    "silent",  # consumer: take the file and write nothing
    "split",  # consumer: write half of the line, the rest `seconds` later
    "reply_after",  # HTTP: let it happen, then answer `status` and `text`
    "stall_after",  # HTTP: let it happen, never answer
    "no_id",  # HTTP: let it happen, answer 200 without any id
    "empty",  # HTTP: let it happen, answer 204
    "expire",  # HTTP: the token of this call is good no more, 401
]


class Clock:
    """The outside's own idea of now: the machine's, shifted by a constant, or standing still."""

    def __init__(self, zone: str = "Europe/Rome") -> None:
        self.zone = ZoneInfo(zone)
        self._shift = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """An aware instant in the site's zone."""
        instant = self._frozen or datetime.now(UTC) + self._shift
        return instant.astimezone(self.zone)

    def today(self) -> date:
        return self.now().date()

    @property
    def mode(self) -> ClockMode:
        if self._frozen is not None:
            return "frozen"
        return "shifted" if self._shift else "real"

    def set(self, mode: ClockMode, at: datetime | None = None) -> None:
        """`shifted`: it is `at` now and time goes on; `frozen`: it stays `at`. A naive `at` is in the site's zone."""
        instant = at or datetime.now(UTC)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=self.zone)
        self._frozen = instant if mode == "frozen" else None
        self._shift = instant - datetime.now(UTC) if mode == "shifted" else timedelta()

    def describe(self) -> dict[str, str]:
        return {"mode": self.mode, "now": self.now().isoformat(timespec="seconds"), "zone": self.zone.key}


@dataclass
class Entry:
    """One thing a stand-in was asked, and what it answered. `answer` is filled in when the answer leaves."""

    seq: int
    at: str
    system: str
    operation: str
    argument: str
    answer: str = ""
    fault: str = ""


class Journal:
    """What happened, in order, oldest dropped first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: deque[Entry] = deque(maxlen=JOURNAL_LIMIT)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def note(self, system: str, operation: str, argument: str = "", answer: str = "", fault: str = "") -> Entry:
        at = self._clock.now().isoformat(timespec="milliseconds")
        with self._lock:
            entry = Entry(next(self._numbers), at, system, operation, argument, answer, fault)
            self._entries.append(entry)
        return entry

    def read(
        self, *, after: int = 0, system: str = "", operation: str = "", contains: str = "", limit: int = 1000
    ) -> list[dict[str, Any]]:
        with self._lock:
            entries = list(self._entries)
        wanted = [
            asdict(entry)
            for entry in entries
            if entry.seq > after
            and system in ("", entry.system)
            and operation in ("", entry.operation)
            and contains in entry.argument
        ]
        return wanted[-limit:]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


@dataclass(kw_only=True)
class Fault:
    """What goes wrong, and when: from the `nth` matching call on, `times` times (None: until it is removed)."""

    system: str
    operation: str
    kind: Kind
    nth: int = 1
    times: int | None = 1
    match: str = ""
    status: int = 0
    text: str = ""
    seconds: float = 0.0
    bytes: int | None = None
    count: int = 0
    retry_after: str = ""
    id: int = 0
    calls: int = 0
    hits: int = 0

    def wants(self, system: str, operation: str, argument: str) -> bool:
        return self.system == system and self.operation in ("*", operation) and self.match in argument

    def due(self) -> bool:
        """Counts one matching call; true when the fault strikes at it."""
        self.calls += 1
        strikes = self.calls >= self.nth and (self.times is None or self.hits < self.times)
        self.hits += strikes
        return strikes

    @property
    def spent(self) -> bool:
        return self.times is not None and self.hits >= self.times


class FaultScript:
    """The faults that are armed. Every matching fault counts the call, the first that is due strikes."""

    def __init__(self) -> None:
        self._faults: dict[int, Fault] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def arm(self, fault: Fault) -> Fault:
        with self._lock:
            fault.id = next(self._numbers)
            self._faults[fault.id] = fault
        return fault

    def strike(self, system: str, operation: str, argument: str = "") -> Fault | None:
        with self._lock:
            candidates = [fault for fault in self._faults.values() if fault.wants(system, operation, argument)]
            due = [fault for fault in candidates if fault.due()]
            for fault in candidates:
                if fault.spent:
                    del self._faults[fault.id]
        return due[0] if due else None

    def absent(self, system: str) -> set[str]:
        """The operations that this system pretends not to know at all."""
        with self._lock:
            faults = list(self._faults.values())
        return {fault.operation for fault in faults if fault.system == system and fault.kind == "absent"}

    def disarm(self, numbers: Iterable[int] | None = None) -> int:
        """Removes the named faults, or all; returns how many there were."""
        with self._lock:
            doomed = list(self._faults) if numbers is None else [number for number in numbers if number in self._faults]
            for number in doomed:
                del self._faults[number]
        return len(doomed)

    def describe(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults.values()]


class Kit:
    """The three together, handed to every stand-in of one process."""

    def __init__(self, zone: str = "Europe/Rome") -> None:
        self.clock = Clock(zone)
        self.journal = Journal(self.clock)
        self.faults = FaultScript()

    def reset(self) -> None:
        self.faults.disarm()
        self.journal.clear()
        self.clock.set("real")
