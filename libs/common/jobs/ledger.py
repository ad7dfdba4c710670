"""The ledger's writing side: enqueue, cancel, retry, run again, seen, pause. Used by every service.

Everything happens in the caller's transaction; the doorbell rings after its commit. Callers: feature services, the
endpoints of `/v1/runs` and `/v1/jobs`, the scheduler, tests.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import structlog
from pydantic import BaseModel, ValidationError

from common.db import after_commit, queries_beside
from common.errors import Conflict, FieldError, InvalidInput, NotFound
from common.jobs.outcomes import Enqueued, Trigger
from common.jobs.states import CANCELLABLE, ENDED, REVIVABLE, RunState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime, timedelta

    from common.clock import Clock
    from common.db import Connection
    from common.jobs.declare import Job, Registry

sql = queries_beside(__file__, "ledger.sql")


class Ledger:
    """Runs of one service.

    Args:
        ring: called with the run's id after the commit; best effort, must not raise.
    """

    def __init__(self, registry: Registry, clock: Clock, ring: Callable[[UUID], Awaitable[None]]) -> None:
        self.registry = registry
        self._clock = clock
        self._ring = ring

    async def enqueue(
        self,
        conn: Connection,
        name: str,
        payload: BaseModel | dict[str, Any],
        *,
        trigger: Trigger,
        key: str | None = None,
        run_at: datetime | None = None,
        rerun_of: UUID | None = None,
        dry_run: bool = False,
    ) -> Enqueued:
        """Insert a run in the caller's transaction; it starts after the commit.

        Args:
            key: concurrency key instead of the job's own.
            run_at: not before this instant of the calendar clock.

        Raises:
            NotFound: `unknown_job`.
            InvalidInput: the payload is not what the job wants, or it has no dry run.
            Conflict: `already_running`, an equal run is queued or running and the job says `refuse`.
        """
        job = self.registry.get(name)
        model = valid_payload(job, payload)
        if dry_run and not job.dry_run:
            raise InvalidInput(f"{job.title} has no dry run.", code="no_dry_run", params={"job": name})
        dedupe = job.dedupe(model) if job.dedupe else None
        if dry_run and dedupe is not None:
            dedupe = f"dry run: {dedupe}"  # who wants the real one must not be answered with a look
        while True:
            run_id = await conn.fetchval(
                sql.insert_run,
                name,
                job.lane,
                model.model_dump(mode="json"),
                dry_run,
                trigger.type,
                trigger.by,
                trigger.schedule_id,
                rerun_of,
                structlog.contextvars.get_contextvars().get("request_id"),
                dedupe,
                key or (job.key(model) if job.key else None),
                job.retry.attempts,
                self._delay(run_at),
                job.busy_deadline_seconds,
                trigger.parent_id,
            )
            if run_id is not None:
                self.ring_after_commit(run_id)
                return Enqueued(run_id, created=True)
            if existing := await conn.fetchval(sql.find_duplicate, name, dedupe):
                return self._join(job, existing)
            # The equal run ended between the two statements: try again.

    async def cancel(self, conn: Connection, run_id: UUID, by: str) -> None:
        """Stop a run: at once when nobody works on it, else at its next checkpoint. Asking twice is fine.

        What works for it is stopped too; the run ends with the last of it.

        Raises:
            NotFound, Conflict: no such run; `run_ended`.
        """
        await self._cancel_children(conn, run_id, by)  # first: a child that ends takes its own row, then its parent's
        run = await self.lock(conn, run_id)
        await self._cancel_children(conn, run_id, by)  # what was started until then
        if run["state"] not in CANCELLABLE:
            raise _conflict("run_ended", f"The run has already ended ({run['state']}).", run)
        await conn.execute(sql.request_cancel, run_id, by)
        await conn.execute(sql.withdraw_questions, run_id)
        job = self.registry.find(run["job"])
        if job and run["state"] != RunState.RUNNING:
            await job.abandon(conn, run["params"])

    async def _cancel_children(self, conn: Connection, run_id: UUID, by: str) -> None:
        for child in await conn.fetch(sql.live_children, run_id):
            with suppress(Conflict):  # it has just ended
                await self.cancel(conn, child["id"], by)

    async def retry(self, conn: Connection, run_id: UUID, by: str) -> None:
        """The same run once more, with a fresh set of attempts; its open effects are reconciled first.

        Raises:
            NotFound, Conflict: no such run; `not_retryable`; `already_running` when an equal run is live.
        """
        run = await self.lock(conn, run_id)
        if run["state"] not in REVIVABLE:
            raise _conflict("not_retryable", f"A run that is {run['state']} can't be retried.", run)
        await conn.execute(sql.withdraw_questions, run_id)
        await self._queue_again(conn, run, sql.revive_run, by)

    async def answer(self, conn: Connection, question_id: UUID, choice: str, *, by: str, note: str = "") -> UUID:
        """A person's answer: the waiting run goes on, or is cancelled when the choice ends it; the run's id.

        Raises:
            NotFound: `unknown_question`.
            InvalidInput: `unknown_choice`.
            Conflict: `question_closed`; `already_running` when an equal run is live.
        """
        question = await conn.fetchrow(sql.find_question, question_id)
        if question is None:
            raise NotFound("There is no such question here.", code="unknown_question")
        chosen = next((offered for offered in question["choices"] if offered["name"] == choice), None)
        if chosen is None:
            raise InvalidInput(f"{choice!r} is no answer to this question.", code="unknown_choice")
        run = await self.lock(conn, question["run_id"])
        if not await conn.fetchval(sql.close_question, question_id, choice, by, note):
            given = {"choice": question["choice"], "by": question["answered_by"]}
            raise Conflict("The question is not open any more.", code="question_closed", params=given)
        if chosen["ends"]:
            await self.cancel(conn, run["id"], by)
        else:
            await self._queue_again(conn, run, sql.resume_run)
        return UUID(str(run["id"]))

    async def _queue_again(self, conn: Connection, run: asyncpg.Record, statement: str, *by: str) -> None:
        attempts = self.registry.get(run["job"]).retry.attempts
        try:
            async with conn.transaction():
                await conn.execute(statement, run["id"], *by, attempts)
        except asyncpg.UniqueViolationError as error:
            raise _conflict("already_running", "An equal run is queued or running already.", run) from error
        self.ring_after_commit(run["id"])

    async def rerun(self, conn: Connection, run_id: UUID, by: str, params: dict[str, Any] | None = None) -> Enqueued:
        """A new run of the same job, with the same parameters or `params`.

        Raises:
            NotFound, Conflict, InvalidInput: no such run; `not_ended`, `not_startable`; as `enqueue`.
        """
        run = await self.lock(conn, run_id)
        if run["state"] not in ENDED:
            raise _conflict("not_ended", f"The run is still {run['state']}; retry or cancel it instead.", run)
        if not self.registry.get(run["job"]).startable:
            raise _conflict("not_startable", "This job is started by its own feature, not by hand.", run)
        payload = run["params"] if params is None else params
        trigger = Trigger("manual", by)
        return await self.enqueue(conn, run["job"], payload, trigger=trigger, rerun_of=run_id, dry_run=run["dry_run"])

    async def see(self, conn: Connection, run_id: UUID, by: str, note: str) -> None:
        """Take an unhappy run off the attention list, with a name and a note."""
        await self.lock(conn, run_id)
        await conn.execute(sql.mark_seen, run_id, by, note)

    async def unsee(self, conn: Connection, run_id: UUID) -> None:
        await self.lock(conn, run_id)
        await conn.execute(sql.unmark_seen, run_id)

    async def lock(self, conn: Connection, run_id: UUID) -> asyncpg.Record:
        """The run's row, locked until the transaction ends.

        Raises:
            NotFound: `unknown_run`.
        """
        if row := await conn.fetchrow(sql.lock_run, run_id):
            return row
        raise unknown_run(run_id)

    async def pause(self, conn: Connection, scope: str, *, by: str, reason: str, until: datetime | None) -> None:
        """Start nothing new in `scope` (a job's name, or `*` for the whole service) until `until` or `resume`."""
        await conn.execute(sql.pause, scope, by, reason, until, self._clock.now())

    async def resume(self, conn: Connection, scope: str) -> bool:
        """End a pause; False when there was none."""
        ended = await conn.fetchval(sql.resume, scope)
        await self._ring(UUID(int=0))
        return bool(ended)

    def _delay(self, run_at: datetime | None) -> timedelta | None:
        return run_at - self._clock.now() if run_at else None

    def _join(self, job: Job, existing: UUID) -> Enqueued:
        if job.on_duplicate == "refuse":
            raise Conflict(
                f"{job.title} is already queued or running.", code="already_running", params={"run_id": str(existing)}
            )
        return Enqueued(existing, created=False)

    def ring_after_commit(self, run_id: UUID) -> None:
        after_commit(lambda: self._ring(run_id))


def unknown_run(run_id: UUID) -> NotFound:
    return NotFound("There is no such run here.", code="unknown_run", params={"run_id": str(run_id)})


def valid_payload(job: Job, payload: BaseModel | dict[str, Any]) -> BaseModel:
    if isinstance(payload, job.payload):
        return payload
    try:
        return job.payload.model_validate(payload)
    except ValidationError as error:
        places = [
            FieldError("/params/" + "/".join(str(part) for part in item["loc"]), item["type"], item["msg"])
            for item in error.errors()
        ]
        raise InvalidInput(f"{job.title} does not take these parameters.", errors=places) from error


def _conflict(code: str, detail: str, run: asyncpg.Record) -> Conflict:
    return Conflict(detail, code=code, params={"run_id": str(run["id"]), "state": run["state"]})
