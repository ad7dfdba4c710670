"""Writing into the ledger: enqueue in a transaction, sameness, cancel, retry, run again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from common.errors import Conflict, InvalidInput, NotFound
from common.jobs import JobSet, Outcome, RunContext, Trigger
from tests.support.jobs import BY_TEST, COMPONENTS, enqueue, run_now, run_row, toy_core, toy_service, trap_jobs

pytestmark = pytest.mark.servers


class Toy(BaseModel):
    model_config = ConfigDict(extra="forbid")
    n: int = 0


abandoned: list[int] = []


async def remember(conn, toy: Toy) -> None:
    abandoned.append(toy.n)


jobs = JobSet()


@jobs.job("toys.once", title="Once", payload=Toy, dedupe=lambda toy: str(toy.n))
async def once(run: RunContext[Any], toy: Toy) -> Outcome:
    return Outcome.succeeded()


@jobs.job("toys.refuse", title="Refuse", payload=Toy, dedupe=lambda _: "", on_duplicate="refuse", on_abandoned=remember)
async def refuse(run: RunContext[Any], toy: Toy) -> Outcome:
    return Outcome.failed("nothing_worked", "Nothing worked.")


@jobs.job("toys.dry", title="Dry", payload=Toy, dry_run=True, dedupe=lambda toy: str(toy.n))
async def dry(run: RunContext[Any], toy: Toy) -> Outcome:
    return Outcome.succeeded("Only looked." if run.dry_run else "Did it.")


SERVICE = toy_service(jobs)


@pytest.fixture
async def core(make_database):
    async with toy_core(SERVICE, make_database(*COMPONENTS)) as core:
        yield core


async def test_a_run_comes_and_goes_with_the_transaction_of_its_cause(core):
    async def fail_after_enqueue() -> None:
        async with core.db.transaction() as conn:
            await core.ledger.enqueue(conn, "toys.once", Toy(), trigger=BY_TEST)
            raise RuntimeError("business")

    with pytest.raises(RuntimeError, match="business"):
        await fail_after_enqueue()
    assert await trap_jobs(core) == []


async def test_a_thousand_enqueues_with_one_key_make_one_run(core):
    async def one() -> tuple[Any, bool]:
        async with core.db.transaction() as conn:
            new = await core.ledger.enqueue(conn, "toys.once", Toy(n=7), trigger=BY_TEST)
        return new.id, new.created

    answers = await asyncio.gather(*(one() for _ in range(1000)))
    assert sum(created for _, created in answers) == 1
    assert len({run_id for run_id, _ in answers}) == 1
    assert await trap_jobs(core) == [("toys.once", {"n": 7})]


async def test_an_equal_run_is_refused_where_the_job_says_so(core):
    first = await enqueue(core, "toys.refuse")
    with pytest.raises(Conflict) as refused:
        await enqueue(core, "toys.refuse")
    assert (refused.value.code, refused.value.params) == ("already_running", {"run_id": str(first)})


async def test_after_its_end_the_key_is_free_again(core):
    first = await enqueue(core, "toys.once")
    await run_now(SERVICE, core)
    assert await enqueue(core, "toys.once") != first


async def test_wrong_parameters_are_refused_with_their_place(core):
    with pytest.raises(InvalidInput) as wrong:
        await enqueue(core, "toys.once", n="many")
    assert [error.pointer for error in wrong.value.errors] == ["/params/n"]
    with pytest.raises(NotFound):
        await enqueue(core, "toys.unknown")


async def test_a_queued_run_is_cancelled_at_once_and_its_owner_hears_of_it(core):
    run_id = await enqueue(core, "toys.refuse", n=3)
    async with core.db.transaction() as conn:
        await core.ledger.cancel(conn, run_id, "m.r")
    run = await run_row(core, run_id)
    assert (run["state"], run["cancel_requested_by"]) == ("cancelled", "m.r")
    assert abandoned[-1] == 3
    assert await run_now(SERVICE, core) == 0


async def test_retry_is_the_same_run_and_run_again_a_new_one(core):
    run_id = await enqueue(core, "toys.refuse")
    await run_now(SERVICE, core)
    async with core.db.transaction() as conn:
        await core.ledger.retry(conn, run_id, "m.r")
    await run_now(SERVICE, core)
    run = await run_row(core, run_id)
    assert (run["state"], run["attempt"], run["trigger_type"]) == ("failed", 2, "retry")
    async with core.db.transaction() as conn:
        new = await core.ledger.rerun(conn, run_id, "m.r", {"n": 9})
    again = await run_row(core, new.id)
    assert (again["rerun_of"], again["params"], again["trigger_by"]) == (run_id, {"n": 9}, "m.r")


async def test_a_retry_beside_an_equal_live_run_is_refused(core):
    run_id = await enqueue(core, "toys.refuse")
    await run_now(SERVICE, core)
    await enqueue(core, "toys.refuse")
    with pytest.raises(Conflict) as refused:
        async with core.db.transaction() as conn:
            await core.ledger.retry(conn, run_id, "m.r")
    assert refused.value.code == "already_running"


async def test_what_has_ended_well_can_be_neither_retried_nor_cancelled(core):
    run_id = await enqueue(core, "toys.once")
    await run_now(SERVICE, core)
    for action in (core.ledger.retry, core.ledger.cancel):
        with pytest.raises(Conflict):
            async with core.db.transaction() as conn:
                await action(conn, run_id, "m.r")


async def test_a_dry_run_and_the_real_one_are_no_equals(core):
    async with core.db.transaction() as conn:
        dry = await core.ledger.enqueue(conn, "toys.dry", {}, trigger=BY_TEST, dry_run=True)
        again = await core.ledger.enqueue(conn, "toys.dry", {}, trigger=BY_TEST, dry_run=True)
        real = await core.ledger.enqueue(conn, "toys.dry", {}, trigger=BY_TEST)
    assert (again.id, again.created) == (dry.id, False)
    assert real.created
    await run_now(SERVICE, core)
    assert (await run_row(core, real.id))["message"] == "Did it."


async def test_a_dry_run_is_told_to_the_job_and_refused_where_there_is_none(core):
    async with core.db.transaction() as conn:
        new = await core.ledger.enqueue(conn, "toys.dry", {}, trigger=Trigger("api", "key"), dry_run=True)
    await run_now(SERVICE, core)
    assert (await run_row(core, new.id))["message"] == "Only looked."
    with pytest.raises(InvalidInput):
        async with core.db.transaction() as conn:
            await core.ledger.enqueue(conn, "toys.once", {}, trigger=BY_TEST, dry_run=True)


async def test_a_paused_service_or_job_starts_nothing_until_it_is_resumed(core):
    run_id = await enqueue(core, "toys.once")
    for scope in ("*", "toys.once"):
        async with core.db.transaction() as conn:
            await core.ledger.pause(conn, scope, by="m.r", reason="stock-taking", until=None)
        assert await run_now(SERVICE, core) == 0
        async with core.db.transaction() as conn:
            assert await core.ledger.resume(conn, scope)
    await run_now(SERVICE, core)
    assert (await run_row(core, run_id))["state"] == "succeeded"
