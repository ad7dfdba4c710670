"""What happens to a warehouse in a month: files, operators and troubles of each day, drawn from a seed.

Pure: the same seed gives the same month. `month_site` makes it happen, `month_check` says whether the promises held.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

FIRST, LAST = date(2026, 10, 12), date(2026, 11, 10)
"""22 working days; the clocks change in the second of the weeks."""
HOLIDAY = date(2026, 11, 2)
TICKS = 25
EVENING, NIGHT = 23, 25
"""The tick of 19:30, after the alert; and the place after the last tick of the day."""

ARRIVALS = {
    "day": 9,
    "two_files": 2,
    "latin1": 1,
    "conflict": 1,
    "growing": 2,
    "upload": 2,
    "second_late": 2,
    "short_then_whole": 2,
    "short_then_renamed": 1,
    "short_accepted": 2,
    "short_left": 1,
    "no_records": 1,
    "one_column": 1,
    "empty": 1,
    "evening": 2,
    "night": 2,
    "same_again": 2,
    "old": 1,
    "nothing": 2,
}
"""How the day's file comes, with weights."""

OPERATORS = {"start": 8, "ten_at_once": 2, "twice": 1, "never": 1, "close_early": 1, "close_unstarted": 1}
"""What the person at the warehouse does with a ready session."""

TROUBLES = {
    # name: (chance per day, longest duration in ticks; 0 = one call)
    "inbox_down": (0.15, 6),
    "inbox_truncates": (0.15, 0),
    "inbox_drops": (0.15, 0),
    "inbox_forgets_listing": (0.08, 0),
    "delete_refused": (0.12, 4),
    "delete_answer_lost": (0.12, 0),
    "view_away": (0.12, 4),
    "view_slow": (0.12, 2),
    "customer_down": (0.10, 3),
    "delivery_down": (0.10, 3),
    "disk_full": (0.10, 0),
    "upload_truncated": (0.10, 0),
    "rename_answer_lost": (0.15, 0),
    "rename_cut": (0.12, 0),
    "receiver_silent": (0.08, 0),
    "receiver_reads_fewer": (0.08, 0),
    "receiver_fails": (0.06, 0),
    "receiver_slow": (0.10, 0),
    "receiver_takes_files": (0.15, TICKS),
    "log_rotated": (0.12, 0),
    "log_host_down": (0.10, 2),
    "mail_down": (0.15, 8),
    "mail_refuses_one": (0.10, 0),
    "mail_answer_lost": (0.10, 0),
    "mail_says_later": (0.10, 0),
    "service_down": (0.10, 4),
}

KILLED = {"day", "two_files", "latin1", "conflict"}
"""Days on which a worker may be killed: something is under way for sure."""


@dataclass(frozen=True)
class Trouble:
    """Something goes wrong from a tick on, for so many ticks."""

    name: str
    tick: int
    ticks: int


@dataclass
class Day:
    """What the outside and the people do on one day."""

    date: date
    arrival: str
    tick: int
    operator: str
    patience: int
    confirms: bool
    late_line: bool
    troubles: list[Trouble] = field(default_factory=list)
    killed_at: str = ""

    @property
    def name(self) -> str:
        shown = ", ".join(f"{one.name}@{one.tick}+{one.ticks}" for one in self.troubles)
        killed = f", worker killed at {self.killed_at}" if self.killed_at else ""
        return f"{self.date:%a %d %b}: {self.arrival}@{self.tick}, {self.operator}; {shown}{killed}"


def draw_month(seed: int, days: int | None = None) -> list[Day]:
    """The working days of the month; fewer when the month is to be short."""
    draw = random.Random(seed)
    dates = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    working = [day for day in dates if day.weekday() < 5][:days]
    month = [_draw_day(draw, day) for day in working]
    eligible = [day for day in month if day.arrival in KILLED and day.operator in {"start", "ten_at_once"}]
    for day in draw.sample(eligible, min(3, len(eligible))):
        day.killed_at = draw.choice(["pick_up", "dispatch"])
    return month


def _draw_day(draw: random.Random, day: date) -> Day:
    arrival = _weighted(draw, ARRIVALS)
    tick = {"evening": EVENING, "night": NIGHT}.get(arrival, draw.randrange(0, 12))
    troubles = []
    for name, (chance, longest) in TROUBLES.items():
        if draw.random() < chance:
            troubles.append(Trouble(name, draw.randrange(TICKS - 4), draw.randint(1, longest) if longest else 0))
    return Day(
        date=day,
        arrival=arrival,
        tick=tick,
        operator=_weighted(draw, OPERATORS),
        patience=draw.randint(1, 3),
        confirms=draw.random() < 0.5,
        late_line=draw.random() < 0.5,
        troubles=troubles,
    )


def _weighted(draw: random.Random, choices: dict[str, int]) -> str:
    return draw.choices(list(choices), list(choices.values()))[0]
