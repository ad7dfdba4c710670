"""The history checker: reads what the ledger and the outside remember, and says what can't be.

In the manner of Jepsen: every acknowledged enqueue is found done, each effect once, every attempt in a legal place.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import asyncpg

from common.jobs.states import TRANSITIONS, Event, RunState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

ENDINGS = {
    "succeeded": Event.SUCCEED,
    "partial": Event.END_PARTIAL,
    "failed": Event.FAIL,
    "waiting": Event.WAIT,
    "cancelled": Event.CANCEL,
    "retry": Event.REQUEUE,
    "again": Event.REQUEUE,
    "handed_back": Event.REQUEUE,
    "lost": Event.REQUEUE,
}


@dataclass(frozen=True)
class Verdict:
    """What the history shows; empty lists mean that nothing is wrong."""

    lost: list[str]
    doubled: list[str]
    wrong: list[str]
    attempts: int

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)

    def __str__(self) -> str:
        found = [*self.lost[:3], *self.doubled[:3], *self.wrong[:3]]
        counts = (
            f"{len(self.lost)} lost, {len(self.doubled)} doubled, {len(self.wrong)} wrong, {self.attempts} attempts"
        )
        return "; ".join([counts, *found])


async def read_history(url: str, acknowledged: Mapping[str, UUID], puts: Counter[str]) -> Verdict:
    """Judge the ledger at `url`.

    Args:
        acknowledged: business key → the run whose enqueue was committed.
        puts: how often the outside was told each key.
    """
    conn = await asyncpg.connect(url)
    try:
        runs = {row["id"]: row for row in await conn.fetch("SELECT id, state, attempt FROM runs")}
        attempts = await conn.fetch("SELECT * FROM run_attempts ORDER BY run_id, attempt")
        effects = await conn.fetch("SELECT key, state FROM run_effects")
    finally:
        await conn.close()
    lost = [
        f"{key} is {runs[run_id]['state'] if run_id in runs else 'gone'}"
        for key, run_id in acknowledged.items()
        if run_id not in runs or runs[run_id]["state"] != RunState.SUCCEEDED
    ]
    lost += [f"{key} never arrived" for key in acknowledged if puts and not puts[key]]
    confirmed = Counter(row["key"] for row in effects if row["state"] == "confirmed")
    doubled = [f"{key} was put {count} times" for key, count in puts.items() if count > 1]
    doubled += [f"{key} was confirmed {count} times" for key, count in confirmed.items() if count > 1]
    wrong = [f"effect of {row['key']} is {row['state']}" for row in effects if row["state"] in {"planned", "uncertain"}]
    wrong += [problem for run_id, own in _by_run(attempts).items() for problem in _impossible(runs[run_id], own)]
    return Verdict(lost, doubled, wrong, len(attempts))


def _by_run(attempts: Iterable[Any]) -> dict[UUID, list[Any]]:
    grouped: dict[UUID, list[Any]] = {}
    for attempt in attempts:
        grouped.setdefault(attempt["run_id"], []).append(attempt)
    return grouped


def _impossible(run: Any, attempts: list[Any]) -> list[str]:
    """What of one run's attempts contradicts the state machine or the order of time."""
    name = f"run {run['id']}"
    problems = []
    if [attempt["attempt"] for attempt in attempts] != list(range(1, run["attempt"] + 1)):
        problems.append(f"{name}: attempts are not numbered 1 to {run['attempt']}")
    for earlier, later in pairwise(attempts):
        if earlier["finished_at"] is None or earlier["finished_at"] > later["started_at"]:
            problems.append(f"{name}: attempt {later['attempt']} began before the one before it had ended")
        if TRANSITIONS.get((RunState.RUNNING, ENDINGS[earlier["outcome"]])) is not RunState.QUEUED:
            problems.append(f"{name}: attempt {earlier['attempt']} was {earlier['outcome']}, yet another one followed")
    last = attempts[-1]["outcome"]
    if last is None or TRANSITIONS[RunState.RUNNING, ENDINGS[last]] != run["state"]:
        problems.append(f"{name}: is {run['state']}, but its last attempt was {last}")
    return problems
