"""Chains: one run that lets other jobs run one after another. Used by asanito's cycle, bursar's day, infoenergia's.

    jobs.chain("mirror.cycle", title="Everything", payload=Nothing, steps=[
        Step("mirror.contacts", stop_on={"target_down", "remote_unauthorized"}),
        Step("mirror.products", stop_on={"target_down", "remote_unauthorized"}),
    ])

While a step works the chain holds neither a worker nor a lease; the end of the step queues it again (a trigger of the
table does, so that no way of ending can forget it). What has been done is in its checkpoint: a chain that is retried
goes on with what did not succeed. Cancelling a chain cancels its step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from common.db import queries_beside
from common.errors import Conflict
from common.jobs.outcomes import NOTHING_TO_DO, Cancelled, Outcome, Record, RecordOutcome, Trigger
from common.jobs.states import LIVE, RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from common.db import Connection
    from common.jobs.context import RunContext

sql = queries_beside(__file__)

LOOK_AGAIN = timedelta(seconds=10)
RECORDED: dict[str, RecordOutcome] = {"succeeded": "ok", "partial": "warning", "waiting": "warning"}


@dataclass(frozen=True, slots=True)
class Step:
    """One job of a chain; a job stands at most once in a chain.

    Args:
        stop_on: reasons of the job's run after which the chain does not go on, unless that run succeeded.
        params: of the job, from the chain's own payload.
        go_on_while_waiting: a run that waits for a person does not hold up the next step.
    """

    job: str
    stop_on: Collection[str] = ()
    params: Callable[[Any], dict[str, Any]] = lambda _payload: {}
    go_on_while_waiting: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """The function of a chain's job: called at the start and after each step."""

    steps: Sequence[Step]

    async def __call__(self, run: RunContext[Any], payload: Any) -> Outcome:
        await run.checkpoint()
        done: dict[str, dict[str, Any]] = dict(run.checkpoint_data.get("done", {}))
        current: dict[str, str] | None = run.checkpoint_data.get("current")
        async with run.core.db.transaction() as conn:
            # The step's row before our own: it takes them in this order too when it ends.
            child = await conn.fetchrow(sql.lock_child, UUID(current["run_id"])) if current else None
            await run.guard(conn)
            if current and child:
                step = next((step for step in self.steps if step.job == current["job"]), Step(current["job"]))
                if self._under_way(step, child["state"]):
                    return await self._await(run, conn, done, current, waiting=child["state"] == RunState.WAITING)
                done[step.job] = {
                    "run_id": str(child["id"]), "state": child["state"], "reason": child["reason_code"]
                }  # fmt: skip
                await run.record(conn, [_record(run, done[step.job], step.job, child["message"])])
                if child["state"] != RunState.SUCCEEDED and child["reason_code"] in step.stop_on:
                    return await self._end(run, conn, done, stopped=child)
            return await self._next(run, conn, done, payload)

    def _under_way(self, step: Step, state: str) -> bool:
        return state in LIVE or (state == RunState.WAITING and not step.go_on_while_waiting)

    async def _next(self, run: RunContext[Any], conn: Connection, done: dict[str, Any], payload: Any) -> Outcome:
        step = next((step for step in self.steps if step.job not in done), None)
        if step is None:
            return await self._end(run, conn, done)
        if await conn.fetchval(sql.asked_to_stop, run.id):  # the worker may not have noticed, and a step may be long
            raise Cancelled("Stopped on request.")
        ledger = run.core.ledger
        trigger = Trigger("chain", run.trigger.by or run.job, parent_id=run.id)
        given = step.params(payload)
        try:
            new = await ledger.enqueue(conn, step.job, given, trigger=trigger, dry_run=run.dry_run)
        except Conflict:  # an equal run is live, and its job joins nobody
            return self._look_again(run, done, step)
        if not new.created and not await conn.fetchval(sql.adopt_child, new.id, run.id):
            return self._look_again(run, done, step)  # it belongs to another chain, or has just ended
        return await self._await(run, conn, done, {"job": step.job, "run_id": str(new.id)})

    async def _await(
        self,
        run: RunContext[Any],
        conn: Connection,
        done: dict[str, Any],
        current: dict[str, str],
        *,
        waiting: bool = False,
    ) -> Outcome:
        title = run.core.ledger.registry.get(current["job"]).title
        await conn.execute(sql.show_steps, run.id, len(done), len(self.steps), title)
        message = f"{title} waits for a person." if waiting else f"{title} ({len(done) + 1} of {len(self.steps)})"
        outcome = Outcome.awaiting(message, checkpoint={"done": done, "current": current})
        await run.finish(conn, outcome)
        return outcome

    def _look_again(self, run: RunContext[Any], done: dict[str, Any], step: Step) -> Outcome:
        title = run.core.ledger.registry.get(step.job).title
        again = Outcome.again(after=LOOK_AGAIN, message=f"{title} is at work for somebody else.")
        return replace(again, checkpoint={"done": done})

    async def _end(self, run: RunContext[Any], conn: Connection, done: dict[str, Any], stopped: Any = None) -> Outcome:
        await conn.execute(sql.show_steps, run.id, len(done), len(self.steps), "")
        result = {"steps": [{"job": job, **what} for job, what in done.items()]}
        unhappy = [job for job, what in done.items() if what["state"] != RunState.SUCCEEDED]
        if stopped:
            outcome = Outcome.failed(stopped["reason_code"], stopped["message"], params={"job": stopped["job"]})
        elif unhappy:
            titles = ", ".join(run.core.ledger.registry.get(job).title for job in unhappy)
            outcome = Outcome.partial(f"Not all steps succeeded: {titles}.", reason="steps_failed")
        elif all(what["reason"] == NOTHING_TO_DO for what in done.values()):
            outcome = Outcome.nothing_to_do("No step found anything to do.")
        else:
            outcome = Outcome.succeeded("All steps succeeded.")
        kept = {job: what for job, what in done.items() if what["state"] == RunState.SUCCEEDED}
        outcome = replace(outcome, result=result, checkpoint={"done": kept})
        await run.finish(conn, outcome)
        return outcome


def _record(run: RunContext[Any], what: dict[str, Any], job: str, message: str) -> Record:
    title = run.core.ledger.registry.get(job).title
    outcome = RECORDED.get(what["state"], "problem")
    return Record(job, outcome, what["reason"], f"{title}: {message or what['state']}", f"/v1/runs/{what['run_id']}")
