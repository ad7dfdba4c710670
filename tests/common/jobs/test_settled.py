"""A success settles the failures of equal runs before it: nobody has to look at what is well again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from common.errors import Permanent
from common.jobs import JobSet, Outcome, Retry, RunContext
from common.jobs.attention import ledger_attention
from tests.support.jobs import COMPONENTS, enqueue, run_now, run_row, toy_core, toy_service

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.servers


class Look(BaseModel):
    what: str = "inbox"


jobs = JobSet()
once = Retry(attempts=1)
answers: list[str] = []


async def look(_run: RunContext[Any], _given: Look) -> Outcome:
    match answers.pop(0):
        case "away":
            raise Permanent("The inbox is away.", target="inbox", code="target_down")
        case "some":
            return Outcome.partial("Not all.", reason="files_need_a_person")
        case "not due":
            return Outcome.succeeded("Not today.", reason="not_due")
        case "nothing":
            return Outcome.nothing_to_do()
    return Outcome.succeeded("Fine.")


jobs.job("toys.look", title="Look", payload=Look, retry=once, dedupe=lambda given: given.what)(look)
jobs.job("toys.look_too", title="Look too", payload=Look, retry=once, dedupe=lambda given: given.what)(look)
jobs.job("toys.act", title="Act", payload=Look, retry=once)(look)
SERVICE = toy_service(jobs)


@pytest.fixture
async def core(make_database):
    async with toy_core(SERVICE, make_database(*COMPONENTS)) as core:
        yield core


async def ran(core, answer: str, job: str = "toys.look", what: str = "inbox") -> UUID:
    answers[:] = [answer]
    run_id = await enqueue(core, job, what=what)
    await run_now(SERVICE, core)
    return run_id


async def waiting(core) -> set[str]:
    return {item.params["run_id"] for item in await ledger_attention(core)}


@pytest.mark.parametrize("answer", ["fine", "nothing"])
async def test_a_later_success_of_an_equal_run_settles_its_failures(core, answer):
    failed = [await ran(core, "away"), await ran(core, "away")]
    assert await waiting(core) == {str(run_id) for run_id in failed}
    await ran(core, answer)
    assert await waiting(core) == set()
    run = await run_row(core, failed[0])
    assert (run["state"], run["seen_by"], run["seen_note"]) == (
        "failed", "system", "A later run of the same kind succeeded.",
    )  # fmt: skip


async def test_nothing_else_settles_a_failure(core):
    failed = await ran(core, "away")
    for answer, job, what in (
        ("away", "toys.look", "inbox"),  # failed again
        ("some", "toys.look", "inbox"),  # not quite
        ("not due", "toys.look", "inbox"),  # nobody looked
        ("fine", "toys.look", "outbox"),  # at something else
        ("fine", "toys.look_too", "inbox"),  # another job
    ):
        await ran(core, answer, job, what)
        assert str(failed) in await waiting(core), (answer, job, what)


async def test_runs_that_are_never_equal_settle_nothing(core):
    failed = await ran(core, "away", "toys.act")
    await ran(core, "fine", "toys.act")
    assert await waiting(core) == {str(failed)}


async def test_what_a_person_has_seen_keeps_their_name_and_what_ended_with_problems_waits(core):
    failed, partial = await ran(core, "away"), await ran(core, "some")
    async with core.db.transaction() as conn:
        await core.ledger.see(conn, failed, "Sam", "I know.")
    await ran(core, "fine")
    assert (await run_row(core, failed))["seen_by"] == "Sam"
    assert await waiting(core) == {str(partial)}


async def test_a_failure_that_somebody_is_at_is_left_to_them(core):
    failed = await ran(core, "away")
    answers[:] = ["fine"]
    await enqueue(core, "toys.look", what="inbox")
    async with core.db.transaction() as conn:
        await core.ledger.lock(conn, failed)
        await run_now(SERVICE, core)  # does not wait for them
    assert await waiting(core) == {str(failed)}
