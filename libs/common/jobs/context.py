"""What a job function gets: `RunContext`. Used by the jobs of every service."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic

from common.db import after_commit, queries_beside
from common.jobs.declare import ResourcesT
from common.jobs.effects import Effects
from common.jobs.outcomes import Given, LeaseLost, Outcome, Record, Trigger

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from common.core import Core
    from common.db import Connection, Database
    from common.jobs.finish import Finisher
    from common.jobs.lease import Keeper, Lease
    from common.jobs.scribe import Scribe

sql = queries_beside(__file__)


class RunContext(Generic[ResourcesT]):
    """One attempt of one run: who it is, what it may use, what it tells.

    Attributes:
        resources: what the service's `open_resources` built; `core` is what `common` gives every process.
        now: the calendar clock at the claim; business dates come from here.
        checkpoint_data: what the last `checkpoint(data)` saved, of this or an earlier attempt.
    """

    def __init__(
        self,
        lease: Lease,
        resources: ResourcesT,
        core: Core[Any],
        *,
        database: Database,
        keeper: Keeper,
        scribe: Scribe,
        finisher: Finisher,
    ) -> None:
        row = lease.row
        self.id: UUID = lease.run_id
        self.job: str = lease.job.name
        self.attempt = lease.attempt
        self.max_attempts = lease.max_attempts
        self.trigger = Trigger(row["trigger_type"], row["trigger_by"], row["schedule_id"])
        self.request_id: str | None = row["request_id"]
        self.dry_run: bool = row["dry_run"]
        self.resources = resources
        self.core = core
        self.now = core.clock.now()
        self.checkpoint_data: dict[str, Any] = row["checkpoint"]
        self.effects = Effects(lease)
        self.finished = False
        self._lease = lease
        self._database = database
        self._keeper = keeper
        self._scribe = scribe
        self._finisher = finisher

    @property
    def lease_seconds(self) -> float:
        """The whole lease; an irrevocable step's own timeout stays below half of it."""
        return self._keeper.lease_seconds

    async def log(self, event: str, message: str, *, level: str = "info", **fields: Any) -> None:
        """A line of the run's log. Lines are written in bulk, within a third of a second."""
        self._scribe.log(self._lease, event, message, level, fields)

    async def progress(self, done: int, total: int | None = None, unit: str = "", text: str = "") -> None:
        """How far the run is; the newest word wins and is written within a third of a second."""
        self._scribe.progress(self._lease, {"done": done, "total": total, "unit": unit, "text": text})

    async def checkpoint(self, data: dict[str, Any] | None = None) -> None:
        """A safe place to stop, outside of any transaction: save `data` for whoever continues, then stop if asked to.

        Raises:
            Cancelled, HandedBack: asked to stop; let it through.
            LeaseLost: the run is somebody else's.
        """
        if data is not None:
            async with self._database.connection() as conn:
                asked = await conn.fetchval(sql.save_checkpoint, self.id, self._lease.token, data)
            if asked is None:
                raise self._lost()
            self._lease.cancel_requested = asked
            self.checkpoint_data = data
        if self._lease.lost:
            raise self._lost()
        self._lease.raise_if_stopping()

    async def stop_if_asked(self) -> None:
        """As `checkpoint`, but asks the ledger: before a call that nobody wants any more once a stop is asked for.

        Without it a stop request is noticed within a second, and quick calls go on until then.

        Raises:
            Cancelled, HandedBack, LeaseLost: as `checkpoint`.
        """
        async with self._database.connection() as conn:
            self._lease.cancel_requested = bool(await conn.fetchval(sql.asked_to_stop, self.id))
        await self.checkpoint()

    async def answer_to(self, code: str) -> Given | None:
        """What a person last answered to this run's question `code`; None when it was not answered."""
        async with self._database.connection() as conn:
            row = await conn.fetchrow(sql.last_answer, self.id, code)
        return Given(**row) if row else None

    async def rest(self, seconds: float) -> None:
        """Wait inside a run, such as before something is tried again; a stop request ends it within a second.

        Raises:
            Cancelled, HandedBack, LeaseLost: as `checkpoint`.
        """
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            await self.checkpoint()
            await asyncio.sleep(min(left, 1))

    async def guard(self, conn: Connection) -> None:
        """Fence the caller's transaction: it commits only while the run is ours.

        Raises:
            LeaseLost: it is not; the transaction must roll back.
        """
        if not await conn.fetchval(sql.guard_run, self.id, self._lease.token, self.lease_seconds):
            raise self._lost()

    async def finish(self, conn: Connection, outcome: Outcome) -> None:
        """End the run inside the caller's transaction; afterwards return the same outcome.

        Raises:
            LeaseLost: the run is somebody else's; the transaction must roll back.
        """
        await self._scribe.flush()
        if not await self._finisher.finish_within(conn, self._lease, outcome):
            raise self._lost()
        after_commit(self._mark_finished)

    async def hold(self, seconds: float) -> None:
        """Directly before an irrevocable step, outside of any transaction: make sure of `seconds` more of lease.

        Raises:
            LeaseLost: it does not; the step must not be taken.
        """
        if self._lease.seconds_left < seconds:
            await self._keeper.renew(self._lease)
        if self._lease.lost or self._lease.seconds_left < seconds:
            raise self._lost()

    async def record(self, conn: Connection | None, records: Sequence[Record]) -> None:
        """Write what became of things, in bulk, in the caller's transaction or in one of its own."""
        if conn is None:
            async with self._database.transaction() as own:
                await self._scribe.record(own, self._lease, records)
        else:
            await self._scribe.record(conn, self._lease, records)

    async def _mark_finished(self) -> None:
        self.finished = True

    def _lost(self) -> LeaseLost:
        return LeaseLost(f"Run {self.id} is no longer held by this worker.")
