"""One attempt of one run: call the job, turn its answer or error into an outcome, end the run. Used by the worker.

The only place besides the app's boundary that catches every exception.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog
from pydantic import ValidationError

from common.errors import Unavailable
from common.jobs.context import RunContext
from common.jobs.outcomes import HandedBack, LeaseLost, Outcome, outcome_of_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.core import Core
    from common.db import Database
    from common.jobs.finish import Finisher
    from common.jobs.lease import Keeper, Lease
    from common.jobs.scribe import Scribe

log = structlog.get_logger()

LEVELS = {"failed": "error", "partial": "error", "retry": "warning", "cancelled": "info", "handed_back": "info"}


class Executor:
    """Executes leases with the service's resources.

    Args:
        database: the worker's own small pool, so that jobs that use up the service's pool never stop the machinery.
    """

    def __init__(
        self, resources: Any, core: Core[Any], database: Database, keeper: Keeper, scribe: Scribe, finisher: Finisher
    ) -> None:
        self._resources = resources
        self._core = core
        self._database = database
        self._keeper = keeper
        self._scribe = scribe
        self._finisher = finisher

    async def execute(self, lease: Lease, called: Callable[[], None]) -> None:
        """Run one attempt to its end.

        Args:
            called: told when the job's function has returned, before the run's end is committed.
        """
        with structlog.contextvars.bound_contextvars(
            run_id=str(lease.run_id), job=lease.job.name, attempt=lease.attempt, request_id=lease.row["request_id"]
        ):
            try:
                await self._attempt(lease, called)
            finally:
                self._keeper.drop(lease)
                self._scribe.forget(lease)

    async def _attempt(self, lease: Lease, called: Callable[[], None]) -> None:
        run = RunContext(
            lease,
            self._resources,
            self._core,
            database=self._database,
            keeper=self._keeper,
            scribe=self._scribe,
            finisher=self._finisher,
        )
        error: BaseException | None = None
        try:
            outcome = await self._call(run, lease)
        except asyncio.CancelledError:
            error = HandedBack("The worker stopped before the run reached a checkpoint.")
        except Exception as raised:  # noqa: BLE001 - a job may raise anything; each becomes an outcome
            error = raised
        finally:
            called()
        if error:
            outcome = self._outcome_of(error, lease)
        if lease.lost or isinstance(error, LeaseLost):
            log.warning("run.abandoned_by_worker")
        elif not run.finished:
            await self._end(lease, outcome, abandoned=error is not None)

    async def _call(self, run: RunContext[Any], lease: Lease) -> Outcome:
        job = lease.job
        try:
            payload = job.payload.model_validate(lease.row["params"])
        except ValidationError:
            return Outcome.failed("invalid_params", "The parameters do not fit the job any more; start it anew.")
        if job.precheck:
            async with self._database.transaction() as conn:
                if outcome := await job.precheck(conn, payload):
                    return outcome
        async with asyncio.timeout(job.timeout_seconds):
            return await job.function(run, payload)

    def _outcome_of(self, error: BaseException, lease: Lease) -> Outcome:
        outcome = outcome_of_error(error, attempt=lease.attempt, max_attempts=lease.max_attempts, retry=lease.job.retry)
        if outcome.reason == "internal_error":
            log.error("run.crashed", exc_info=error)
        fields: dict[str, Any] = {"code": outcome.reason}
        if outcome.kind == "retry" and outcome.after:
            fields["again_in_seconds"] = round(outcome.after.total_seconds(), 1)
        self._scribe.log(lease, f"run.{outcome.kind}", outcome.message, LEVELS[outcome.kind], fields)
        return outcome

    async def _end(self, lease: Lease, outcome: Outcome, *, abandoned: bool) -> None:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, Unavailable):
            await self._scribe.flush()  # what can't be written now is written later; the outcome must not wait for it
        if abandoned and lease.job.on_abandoned:
            async with self._database.transaction() as conn:
                state = await self._finisher.finish_within(conn, lease, outcome)
                ended = state is not None
                if ended and state != "queued":  # what was to be queued again may have been cancelled
                    await lease.job.abandon(conn, lease.row["params"])
        else:
            ended = await self._finisher.finish(lease, outcome)
        log.info("run.ended" if ended else "run.end_refused", outcome=outcome.kind, reason=outcome.reason)
