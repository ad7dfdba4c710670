"""The lease of one claimed run, as its worker knows it. Used by the worker, the run context and the effects."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from common.jobs.outcomes import Cancelled, HandedBack

if TYPE_CHECKING:
    import asyncio
    from uuid import UUID

    from common.jobs.declare import Job


@dataclass(slots=True, eq=False)
class Lease:
    """A run in hand.

    Args:
        expires: when the lease surely still holds until, on this process's monotonic clock; it was read before the
            statement that took or renewed the lease was sent, so it errs on the safe side.
        stopping: set for all runs of a worker that received SIGTERM.
    """

    run_id: UUID
    token: UUID
    job: Job
    attempt: int
    max_attempts: int
    row: Any
    expires: float
    stopping: asyncio.Event
    cancel_requested: bool = False
    lost: bool = False
    ending: bool = False
    task: asyncio.Task[None] | None = None

    @property
    def seconds_left(self) -> float:
        return self.expires - monotonic()

    def raise_if_stopping(self) -> None:
        """A stop request, as the exception that the wrapper understands."""
        if self.cancel_requested:
            raise Cancelled("Stopped on request.")
        if self.stopping.is_set():
            raise HandedBack("The worker is stopping; another one continues.")
