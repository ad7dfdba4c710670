"""One attempt of a run: what the job answers or raises, and what becomes of the run."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from common.errors import Ambiguous, Permanent, Transient
from common.jobs import JobSet, Outcome, Record, Retry, RunContext
from common.jobs.outcomes import HandedBack
from common.jobs.sweeper import rescue_expired, sweep_while_leading
from tests.support.jobs import COMPONENTS, enqueue, run_now, run_row, toy_core, toy_service

pytestmark = pytest.mark.servers


class Toy(BaseModel):
    do: str = "ok"
    n: int = 0


jobs = JobSet()
patient = Retry(attempts=3, first_seconds=0, longest_seconds=0)


@jobs.job("toys.play", title="Play", payload=Toy, retry=patient, timeout_seconds=0.3)
async def play(run: RunContext[Any], toy: Toy) -> Outcome:
    """Play as told."""
    await run.log("toy.played", f"Played {toy.do}.", n=toy.n)
    match toy.do:
        case "transient":
            raise Transient("The other side is away.", target="inbox")
        case "permanent":
            raise Permanent("Wrong password.", target="inbox", code="wrong_password")
        case "ambiguous":
            async with run.core.db.transaction() as conn:
                await run.effects.plan(conn, target="outbox", op="put", key="day.csv")
            raise Ambiguous("The connection broke while the file was renamed.", target="outbox")
        case "crash":
            raise RuntimeError("secret detail")
        case "slow":
            await asyncio.sleep(5)
        case "again":
            return Outcome.again(after=timedelta(hours=1), message="Watching.")
        case "wait":
            return Outcome.waiting("too_many", "More than usual: look at it first.")
        case "numbers":
            await run.log("toy.counted", "Counted far.", n=2**70)
        case "records":
            odd = Record("b", "problem", "bad_row", "Line 2\x00 \udcff")
            await run.record(None, [Record("a"), odd, Record("a", "skipped")])
            await run.record(None, [Record("b"), Record("c", "warning")])
            return Outcome.partial("One was skipped.", result={"kept": 2})
    return Outcome.succeeded("Done.")


@jobs.job("toys.later", title="Later", payload=Toy, retry=Retry(attempts=3, first_seconds=600, longest_seconds=600))
async def later(run: RunContext[Any], toy: Toy) -> Outcome:
    async with run.core.db.transaction() as conn:
        await run.effects.plan(conn, target="outbox", op="put", key="day.csv")
    raise Transient("The other side is away.", target="outbox")


told: list[Toy] = []


async def only_even(conn, toy: Toy) -> Outcome | None:
    return None if toy.n % 2 == 0 else Outcome.succeeded("Odd.", reason="not_due")


async def tell(conn, toy: Toy) -> None:
    told.append(toy)
    if toy.do == "broken":
        await conn.execute("SELECT 1 / 0")


@jobs.job("toys.owned", title="Owned", payload=Toy, precheck=only_even, on_abandoned=tell, retry=Retry(attempts=1))
async def owned(run: RunContext[Any], toy: Toy) -> Outcome:
    if toy.do == "fail":
        return Outcome.failed("no_luck", "No luck.")
    if toy.do == "cancelled":
        async with run.core.db.transaction() as conn:
            await run.core.ledger.cancel(conn, run.id, "m.r")
        raise HandedBack("The worker is stopping.")
    raise RuntimeError(toy.do)


SERVICE = toy_service(jobs)


@pytest.fixture
async def core(make_database):
    async with toy_core(SERVICE, make_database(*COMPONENTS)) as core:
        yield core


async def played(core, do: str):
    run_id = await enqueue(core, "toys.play", do=do)
    await run_now(SERVICE, core)
    return await run_row(core, run_id)


async def test_a_job_that_answers_succeeded_ends_so_with_its_log(core):
    run = await played(core, "ok")
    assert (run["state"], run["message"], run["attempt"]) == ("succeeded", "Done.", 1)
    async with core.db.connection() as conn:
        line = await conn.fetchrow("SELECT * FROM run_logs")
        attempt = await conn.fetchrow("SELECT * FROM run_attempts")
    assert (line["event"], line["fields"], line["attempt"]) == ("toy.played", {"n": 0}, 1)
    assert attempt["outcome"] == "succeeded"
    assert attempt["finished_at"] >= attempt["started_at"]


async def test_transient_trouble_is_tried_again_until_the_attempts_are_used_up(core):
    run = await played(core, "transient")
    assert (run["state"], run["reason_code"], run["attempt"]) == ("failed", "remote_unavailable", 3)
    assert run["error"]["params"] == {"target": "inbox"}


async def test_permanent_trouble_fails_at_once(core):
    run = await played(core, "permanent")
    assert (run["state"], run["reason_code"], run["attempt"]) == ("failed", "wrong_password", 1)


async def test_a_doubtful_effect_makes_the_run_partial_and_the_effect_uncertain(core):
    run = await played(core, "ambiguous")
    assert (run["state"], run["attempt"]) == ("partial", 1)
    async with core.db.connection() as conn:
        effect = await conn.fetchrow("SELECT state, detail FROM run_effects")
    assert tuple(effect) == ("uncertain", "The connection broke while the file was renamed.")


async def test_a_crash_fails_the_run_without_telling_the_inside(core):
    run = await played(core, "crash")
    assert (run["state"], run["reason_code"]) == ("failed", "internal_error")
    assert "secret" not in str(dict(run))


async def test_a_job_that_takes_too_long_is_stopped_and_tried_again(core):
    run = await played(core, "slow")
    assert (run["state"], run["reason_code"], run["attempt"]) == ("failed", "timeout", 3)


async def test_again_after_keeps_the_run_and_does_not_count_the_attempt(core):
    run = await played(core, "again")
    assert (run["state"], run["attempt"], run["message"]) == ("queued", 0, "Watching.")
    assert timedelta(minutes=59) < run["run_at"] - run["created_at"] < timedelta(minutes=61)


async def test_waiting_holds_no_lease_and_a_retry_goes_on(core):
    run = await played(core, "wait")
    assert (run["state"], run["reason_code"], run["lease_token"]) == ("waiting", "too_many", None)
    async with core.db.transaction() as conn:
        await core.ledger.retry(conn, run["id"], "m.r")
    run = await run_row(core, run["id"])
    assert (run["state"], run["attempt"], run["max_attempts"], run["trigger_by"]) == ("queued", 1, 4, "m.r")


async def test_records_replace_each_other_by_key_and_the_counters_follow(core):
    run = await played(core, "records")
    assert [run[f"{name}_count"] for name in ("ok", "warning", "problem", "skipped")] == [1, 1, 0, 1]
    assert run["result"] == {"kept": 2}
    async with core.db.connection() as conn:
        rows = await conn.fetch("SELECT key, outcome FROM run_items ORDER BY key")
    assert [tuple(row) for row in rows] == [("a", "skipped"), ("b", "ok"), ("c", "warning")]


async def test_params_that_no_longer_fit_fail_the_run(core):
    run_id = await enqueue(core, "toys.play", do="ok")
    async with core.db.connection() as conn:
        await conn.execute("""UPDATE runs SET params = '{"n": "many"}' WHERE id = $1""", run_id)
    await run_now(SERVICE, core)
    assert (await run_row(core, run_id))["reason_code"] == "invalid_params"


async def test_a_precheck_may_end_a_run_before_it_begins(core):
    run_id = await enqueue(core, "toys.owned", n=1)
    await run_now(SERVICE, core)
    run = await run_row(core, run_id)
    assert (run["state"], run["reason_code"]) == ("succeeded", "not_due")


@pytest.mark.parametrize(("do", "hears"), [("fail", False), ("crash", True), ("broken", True)])
async def test_the_owner_hears_of_a_run_that_ended_without_the_jobs_own_word(core, do, hears):
    told.clear()
    run_id = await enqueue(core, "toys.owned", do=do)
    await run_now(SERVICE, core)
    assert (await run_row(core, run_id))["state"] == "failed"
    assert bool(told) == hears


async def test_the_owner_hears_of_a_run_that_was_cancelled_on_its_way_back_into_the_queue(core):
    told.clear()
    run_id = await enqueue(core, "toys.owned", do="cancelled")
    await run_now(SERVICE, core)
    run = await run_row(core, run_id)
    assert (run["state"], run["reason_code"], len(told)) == ("cancelled", "cancelled", 1)


async def test_what_a_cancelled_run_may_have_done_waits_for_a_person(core):
    run_id = await enqueue(core, "toys.later")
    await run_now(SERVICE, core)
    assert (await run_row(core, run_id))["state"] == "queued"
    async with core.db.transaction() as conn:
        await core.ledger.cancel(conn, run_id, "m.r")
        assert await conn.fetchval("SELECT state FROM run_effects") == "uncertain"


async def test_a_number_that_json_can_not_hold_does_not_lose_the_log(core):
    run = await played(core, "numbers")
    assert run["state"] == "succeeded"
    async with core.db.connection() as conn:
        fields = await conn.fetchval("SELECT fields FROM run_logs WHERE event = 'toy.counted'")
    assert fields == {"n": str(2**70)}


async def test_a_run_whose_workers_all_died_fails_and_its_owner_hears_of_it(core):
    told.clear()
    run_id = await enqueue(core, "toys.owned")
    async with core.db.connection() as conn:
        await conn.execute(
            "UPDATE runs SET state = 'running', attempt = 1, lease_token = gen_random_uuid(),"
            " lease_until = now() - interval '1 minute', cancel_requested_at = NULL"
        )
        await conn.execute(
            "INSERT INTO run_effects (run_id, target, op, key) VALUES ($1, 'outbox', 'put', 'day.csv')", run_id
        )
    assert await rescue_expired(core.db, core, 0) == 1
    run = await run_row(core, run_id)
    assert (run["state"], run["reason_code"], len(told)) == ("failed", "worker_lost", 1)
    async with core.db.connection() as conn:
        assert await conn.fetchval("SELECT state FROM run_effects") == "uncertain"


async def test_the_daily_clean_up_deletes_what_is_old_and_settled(core):
    old = [await enqueue(core, "toys.play", do="ok") for _ in range(3)]
    await run_now(SERVICE, core)
    async with core.db.transaction() as conn:
        await conn.execute("UPDATE runs SET created_at = now() - interval '91 days'")
        await conn.execute("UPDATE runs SET state = 'waiting' WHERE id = $1", old[0])
        await core.outbox.put(conn, kind="mail", key="a", payload={"to": "a@example.com"})
        await conn.execute("UPDATE outbox SET state = 'sent', created_at = now() - interval '91 days'")
    run_id = await enqueue(core, "ledger.clean_up")
    await run_now(SERVICE, core)
    run = await run_row(core, run_id)
    assert (run["state"], run["result"]) == ("succeeded", {"runs": 2, "slots": 0, "mails": 1, "files": 0})
    assert (await run_row(core, old[0]))["state"] == "waiting"


async def test_who_stops_leading_gives_the_connection_back_as_it_came(core):
    sweeping = asyncio.create_task(sweep_while_leading(core.db, core, 60))
    async with asyncio.timeout(5), core.db.connection() as conn:
        while not await conn.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    sweeping.cancel()
    await asyncio.gather(sweeping, return_exceptions=True)
    async with AsyncExitStack() as held:
        pooled = [await held.enter_async_context(core.db.connection()) for _ in range(core.db.pool.get_size())]
        assert [await conn.fetchval("SHOW idle_session_timeout") for conn in pooled] == ["0"] * len(pooled)
        assert not await pooled[0].fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
