"""Leases of claimed runs as their worker knows them, and keeping them alive. Used by the worker and the run context.

One small statement a second renews all leases of a worker and tells which runs were asked to stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog

from common.db import queries_beside
from common.jobs.outcomes import Cancelled, HandedBack

if TYPE_CHECKING:
    import asyncio
    from uuid import UUID

    from common.db import Database
    from common.jobs.declare import Job

sql = queries_beside(__file__, "worker.sql")
log = structlog.get_logger()


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


class Keeper:
    """The leases of one worker.

    Args:
        lease_seconds: how long a run may be silent before the sweeper gives it to somebody else.
    """

    def __init__(self, database: Database, lease_seconds: float) -> None:
        self.lease_seconds = lease_seconds
        self.pulse_seconds = min(1.0, lease_seconds / 6)
        self._database = database
        self._leases: dict[UUID, Lease] = {}

    @property
    def held(self) -> list[UUID]:
        return list(self._leases)

    def add(self, lease: Lease) -> None:
        self._leases[lease.run_id] = lease

    def drop(self, lease: Lease) -> None:
        # A run that was lost may be back under a new lease while its old task still winds up.
        if self._leases.get(lease.run_id) is lease:
            del self._leases[lease.run_id]

    async def pulse(self) -> None:
        """Renew leases that have used up a third, notice stop requests, stop the tasks of leases that are lost."""
        leases = list(self._leases.values())
        if not leases:
            return
        before = monotonic()
        ids, tokens = [lease.run_id for lease in leases], [lease.token for lease in leases]
        async with self._database.connection() as conn:
            rows = {row["id"]: row for row in await conn.fetch(sql.pulse, ids, tokens, self.lease_seconds)}
        for lease in leases:
            row = rows.get(lease.run_id)
            if row is None:
                self._lose(lease)
            else:
                lease.cancel_requested = row["cancel_requested"]
                if row["renewed"]:
                    lease.expires = before + self.lease_seconds

    async def renew(self, lease: Lease) -> None:
        """Renew one lease right now."""
        before = monotonic()
        async with self._database.connection() as conn:
            if await conn.fetchval(sql.renew, lease.run_id, lease.token, self.lease_seconds):
                lease.expires = before + self.lease_seconds
            else:
                self._lose(lease)

    def _lose(self, lease: Lease) -> None:
        if lease.ending:
            return  # its end is on the way to the database, or has just arrived there
        log.warning("run.lease_lost", run_id=str(lease.run_id), job=lease.job.name)
        lease.lost = True
        if lease.task:
            lease.task.cancel()
