"""Chains: steps one after another, without a worker in between; stopping, going on, parking, cancelling, retrying."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest
from pydantic import BaseModel

from common.errors import Permanent
from common.jobs import JobSet, Lane, Outcome, Question, Retry, RunContext, Step
from common.jobs.sweeper import rescue_expired
from tests.support.jobs import COMPONENTS, enqueue, run_now, run_row, toy_core, toy_service, until_state, working

pytestmark = pytest.mark.servers


class Given(BaseModel):
    products: str = "ok"
    limit: int = 0


class StepGiven(BaseModel):
    do: str = "ok"


jobs = JobSet()
once = Retry(attempts=1)
done: list[str] = []
gates: dict[str, asyncio.Event] = {}


async def work(run: RunContext[Any], given: StepGiven) -> Outcome:
    done.append(run.job.removeprefix("toys."))
    match given.do:
        case "down":
            raise Permanent("The CRM is down.", target="crm", code="target_down")
        case "broken":
            raise Permanent("One is wrong.", target="crm", code="remote_rejected")
        case "idle":
            return Outcome.nothing_to_do("Nothing new.")
        case "ask" if not await run.answer_to("brake"):
            return Outcome.ask(Question("brake", "So many?"))
        case "gate":
            while not gates["gate"].is_set():
                await asyncio.sleep(0.01)
                await run.checkpoint()
    return Outcome.succeeded("Fine.")


for name in ("contacts", "products", "invoices"):
    jobs.job(
        f"toys.{name}", title=name.title(), payload=StepGiven, retry=once, dedupe=lambda given: "all", lane="work"
    )(work)

STOP = {"target_down"}
STEPS = [
    Step("toys.contacts", stop_on=STOP),
    Step("toys.products", stop_on=STOP, params=lambda given: {"do": given.products}),
    Step("toys.invoices", stop_on=STOP),
]
jobs.chain("toys.cycle", title="Everything", payload=Given, steps=STEPS, retry=once, description="All in order.")
jobs.chain(
    "toys.hurry",
    title="Everything soon",
    payload=Given,
    steps=[Step("toys.products", params=lambda given: {"do": given.products}, go_on_while_waiting=True), STEPS[2]],
)
jobs.chain("toys.keyed", title="Alone", payload=Given, steps=STEPS[:2], key=lambda _: "crm")
for name, lane in (("rival", "default"), ("stranger", "work")):
    jobs.job(f"toys.{name}", title=name.title(), payload=StepGiven, key=lambda _: "crm", lane=lane)(work)
SERVICE = toy_service(jobs, lanes=[Lane("work", 1), Lane("default", 1)])


@pytest.fixture
async def core(make_database):
    done.clear()
    gates["gate"] = asyncio.Event()
    async with toy_core(SERVICE, make_database(*COMPONENTS)) as core:
        yield core


async def cycled(core, job: str = "toys.cycle", **params: Any):
    run_id = await enqueue(core, job, **params)
    await run_now(SERVICE, core)
    return await run_row(core, run_id)


async def children(core, run_id) -> list[asyncpg.Record]:
    async with core.db.connection() as conn:
        return await conn.fetch("SELECT * FROM runs WHERE parent_id = $1 ORDER BY id", run_id)


async def act(core, action: str, run_id) -> None:
    async with core.db.transaction() as conn:
        await getattr(core.ledger, action)(conn, run_id, "Sam")


async def test_steps_follow_each_other_and_are_told(core):
    run = await cycled(core)
    assert done == ["contacts", "products", "invoices"]
    assert (run["state"], run["message"], run["attempt"], run["ok_count"]) == (
        "succeeded",
        "All steps succeeded.",
        1,
        3,
    )
    assert [step["state"] for step in run["result"]["steps"]] == ["succeeded"] * 3
    steps = await children(core, run["id"])
    assert [(step["job"], step["trigger_type"], step["trigger_by"]) for step in steps] == [
        (f"toys.{name}", "chain", "test") for name in done
    ]
    assert (run["progress_done"], run["progress_total"], run["awaiting"]) == (3, 3, False)


async def test_a_failed_step_stops_the_chain_only_for_its_reasons(core):
    run = await cycled(core, products="broken")
    assert done == ["contacts", "products", "invoices"]
    assert (run["state"], run["reason_code"]) == ("partial", "steps_failed")
    assert "Products" in run["message"]
    done.clear()
    run = await cycled(core, products="down")
    assert done == ["contacts", "products"]
    assert (run["state"], run["reason_code"], run["message"]) == ("failed", "target_down", "The CRM is down.")


async def test_a_retried_chain_goes_on_with_what_did_not_succeed(core):
    run = await cycled(core, products="down")
    async with core.db.connection() as conn:
        await conn.execute("""UPDATE runs SET params = '{"products": "ok"}' WHERE id = $1""", run["id"])
    done.clear()
    await act(core, "retry", run["id"])
    await run_now(SERVICE, core)
    assert done == ["products", "invoices"]
    assert (await run_row(core, run["id"]))["state"] == "succeeded"


async def test_while_a_step_works_the_chain_holds_no_worker(core):
    async with working(SERVICE, core):
        run_id = await enqueue(core, "toys.cycle", products="gate")
        async with asyncio.timeout(5):
            while done != ["contacts", "products"]:  # noqa: ASYNC110 - asked of the jobs
                await asyncio.sleep(0.01)
        run = await run_row(core, run_id)
        assert (run["state"], run["awaiting"], run["lease_token"], run["worker_id"]) == ("running", True, None, None)
        assert run["message"] == "Products (2 of 3)"
        other = await enqueue(core, "toys.hurry")  # the lane has one place, and it is free
        async with asyncio.timeout(5):
            while not (await run_row(core, other))["message"]:  # noqa: ASYNC110 - asked of the ledger
                await asyncio.sleep(0.02)
        assert await rescue_expired(core.db, core, 0) == 0
        gates["gate"].set()
        await until_state(core, run_id, "succeeded")


async def test_cancelling_a_chain_stops_its_step_and_ends_with_it(core):
    async with working(SERVICE, core):
        run_id = await enqueue(core, "toys.cycle", products="gate")
        async with asyncio.timeout(5):
            while done != ["contacts", "products"]:  # noqa: ASYNC110 - asked of the jobs
                await asyncio.sleep(0.01)
        await act(core, "cancel", run_id)
        run = await until_state(core, run_id, "cancelled", seconds=5)
    assert run["finished_at"] is not None
    assert done == ["contacts", "products"]
    assert [step["state"] for step in await children(core, run_id)] == ["succeeded", "cancelled"]


async def test_a_chain_whose_step_is_queued_is_cancelled_at_once(core):
    async with core.db.connection() as conn:
        await conn.execute("INSERT INTO pauses (scope, by, reason, at) VALUES ('toys.products', 'Sam', 'x', now())")
    run = await cycled(core)
    assert (run["state"], run["awaiting"]) == ("running", True)
    await act(core, "cancel", run["id"])
    assert (await run_row(core, run["id"]))["state"] == "cancelled"
    assert [step["state"] for step in await children(core, run["id"])] == ["succeeded", "cancelled"]


async def test_a_chain_that_was_asked_to_stop_starts_no_further_step(core):
    run_id = await enqueue(core, "toys.cycle")
    async with core.db.connection() as conn:  # as when somebody asks before the worker has noticed
        await conn.execute("UPDATE runs SET cancel_requested_at = now() WHERE id = $1", run_id)
    await run_now(SERVICE, core)
    assert done == []
    assert (await run_row(core, run_id))["state"] == "cancelled"
    assert await children(core, run_id) == []


async def test_a_parked_step_holds_up_the_chain_until_it_is_answered(core):
    run = await cycled(core, products="ask")
    assert (run["state"], run["message"]) == ("running", "Products waits for a person.")
    async with core.db.transaction() as conn:
        question = await conn.fetchval("SELECT id FROM questions")
        await core.ledger.answer(conn, question, "go_on", by="Sam")
    await run_now(SERVICE, core)
    assert done == ["contacts", "products", "products", "invoices"]
    assert (await run_row(core, run["id"]))["state"] == "succeeded"


async def test_a_parked_step_may_be_passed_by(core):
    run = await cycled(core, "toys.hurry", products="ask")
    assert done == ["products", "invoices"]
    assert (run["state"], run["reason_code"]) == ("partial", "steps_failed")


async def test_an_equal_run_that_is_live_already_is_the_step(core):
    live = await enqueue(core, "toys.contacts")
    run_id = await enqueue(core, "toys.cycle")
    async with core.db.connection() as conn:  # the chain is looked at first
        await conn.execute("UPDATE runs SET run_at = now() + interval '1 hour' WHERE id = $1", live)
    await run_now(SERVICE, core)
    assert (await run_row(core, live))["parent_id"] == run_id
    other = await cycled(core)  # a second chain can't have it too: it looks again later
    assert (other["state"], other["run_at"] > other["created_at"]) == ("queued", True)
    async with core.db.connection() as conn:
        await conn.execute("UPDATE runs SET run_at = now() WHERE state = 'queued'")
    await run_now(SERVICE, core)
    assert (await run_row(core, run_id))["state"] == "succeeded"
    assert (await run_row(core, other["id"]))["state"] == "succeeded"


async def test_a_chain_that_finds_nothing_to_do_says_so(core):
    run_id = await enqueue(core, "toys.hurry", products="idle")
    async with core.db.connection() as conn:
        await conn.execute("INSERT INTO pauses (scope, by, reason, at) VALUES ('toys.invoices', 'Sam', 'x', now())")
    await run_now(SERVICE, core)
    async with core.db.connection() as conn:
        await conn.execute("UPDATE runs SET params = '{\"do\": \"idle\"}' WHERE job = 'toys.invoices'")
        await conn.execute("DELETE FROM pauses")
    await run_now(SERVICE, core)
    run = await run_row(core, run_id)
    assert (run["state"], run["reason_code"]) == ("succeeded", "nothing_to_do")


@pytest.mark.parametrize("rival", ["rival", "stranger"])
async def test_nothing_of_the_chains_key_runs_between_its_steps(core, rival):
    async with core.db.connection() as conn:
        await conn.execute("INSERT INTO pauses (scope, by, reason, at) VALUES ('toys.contacts', 'Sam', 'x', now())")
    run = await cycled(core, "toys.keyed")
    other = await enqueue(core, f"toys.{rival}")  # due before the chain is queued again, in its lane or in another
    async with core.db.connection() as conn:
        await conn.execute("DELETE FROM pauses")
    await run_now(SERVICE, core)
    assert done == ["contacts", "products", rival]
    assert [(await run_row(core, run_id))["state"] for run_id in (run["id"], other)] == ["succeeded", "succeeded"]


async def test_a_chain_that_is_retried_holds_its_key_no_more_than_any_other_run(core):
    async with core.db.connection() as conn:
        await conn.execute("INSERT INTO pauses (scope, by, reason, at) VALUES ('toys.contacts', 'Sam', 'x', now())")
    run = await cycled(core, "toys.keyed")
    async with core.db.connection() as conn:
        (step,) = await children(core, run["id"])
        await conn.execute("INSERT INTO pauses (scope, by, reason, at) VALUES ('toys.keyed', 'Sam', 'x', now())")
        await conn.execute("UPDATE runs SET state = 'failed' WHERE id = $1", step["id"])
    assert (await run_row(core, run["id"]))["between_steps"] is True
    await act(core, "cancel", run["id"])
    await act(core, "retry", run["id"])
    await enqueue(core, "toys.rival")
    await run_now(SERVICE, core)
    assert done == ["rival"]


async def test_a_step_whose_worker_died_for_good_queues_the_chain(core):
    run_id = await enqueue(core, "toys.cycle", products="gate")
    async with core.db.connection() as conn:
        await conn.execute("INSERT INTO pauses (scope, by, reason, at) VALUES ('toys.contacts', 'Sam', 'x', now())")
    await run_now(SERVICE, core)
    (step,) = await children(core, run_id)
    async with core.db.connection() as conn:
        await conn.execute("DELETE FROM pauses")
        await conn.execute(
            "UPDATE runs SET state = 'running', attempt = 1, lease_token = gen_random_uuid(),"
            " lease_until = now() - interval '1 minute' WHERE id = $1",
            step["id"],
        )
    assert await rescue_expired(core.db, core, 0) == 1
    assert (await run_row(core, run_id))["state"] == "queued"
    gates["gate"].set()
    await run_now(SERVICE, core)
    run = await run_row(core, run_id)
    assert (run["state"], done) == ("partial", ["products", "invoices"])


async def test_the_table_refuses_a_running_run_that_nobody_has(core):
    run_id = await enqueue(core, "toys.contacts")
    async with core.db.connection() as conn:
        with pytest.raises(asyncpg.CheckViolationError):
            await conn.execute("UPDATE runs SET state = 'running' WHERE id = $1", run_id)
