"""The one retry policy. Used by the job wrapper and the outbox of every service.

A retry is always a run (or outbox row) queued again with a later time; nothing loops inside a call. Full jitter: the
delay is drawn between zero and the bound, so that runs that failed together do not come back together.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a run is tried, and how long it waits in between.

    Args:
        attempts: tries in all; 1 means never again.
        first_seconds: bound of the first delay; it doubles with each attempt.
        longest_seconds: where the doubling ends.
    """

    attempts: int = 5
    first_seconds: float = 2
    longest_seconds: float = 600

    def delay_seconds(self, attempt: int, retry_after_seconds: float | None = None, draw: float | None = None) -> float:
        """The wait after the failed `attempt` (counted from 1).

        Args:
            retry_after_seconds: the outside system's own wish; never undercut, capped at `longest_seconds`.
            draw: a number in [0, 1) in place of chance.
        """
        share = random.random() if draw is None else draw  # noqa: S311 - spreads load, hides nothing
        bound = min(self.longest_seconds, self.first_seconds * 2.0 ** min(attempt - 1, 30))
        return max(share * bound, min(retry_after_seconds or 0, self.longest_seconds))
