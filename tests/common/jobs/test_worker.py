"""A whole worker: keyed exclusivity, leases, fencing, cancel, hand-back, the doorbell."""

from __future__ import annotations

import asyncio
from collections import Counter
from time import monotonic
from uuid import uuid4

import pytest
from pydantic import BaseModel

from common.db import open_database
from common.jobs import JobSet, LeaseLost, Outcome, Retry, RunContext
from common.jobs.lease import Keeper, Lease
from common.jobs.sweeper import rescue_expired
from tests.support.jobs import BY_TEST, COMPONENTS, enqueue, run_row, toy_core, toy_service, until_state, working

pytestmark = pytest.mark.servers


class Toy(BaseModel):
    n: int = 0
    key: str | None = None
    seconds: float = 0.0


class Room:
    """What the toys share: who is inside, how many were at most."""

    def __init__(self) -> None:
        self.inside: Counter[str | None] = Counter()
        self.most: Counter[str | None] = Counter()
        self.seen: list[int] = []
        self.errors: list[BaseException] = []
        self.go = asyncio.Event()

    async def until_seen(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.seen) < count:  # noqa: ASYNC110 - many toys fill it
                await asyncio.sleep(0.01)


jobs = JobSet()


@jobs.job("toys.play", title="Play", payload=Toy, key=lambda toy: toy.key, retry=Retry(5, 0, 0))
async def play(run: RunContext[Room], toy: Toy) -> Outcome:
    room = run.resources
    room.inside[toy.key] += 1
    room.most[toy.key] = max(room.most[toy.key], room.inside[toy.key])
    try:
        await asyncio.sleep(toy.seconds)
    finally:
        room.inside[toy.key] -= 1
    room.seen.append(toy.n)
    return Outcome.succeeded()


jobs.job("toys.patient", title="Patient", payload=Toy, key=lambda toy: toy.key, busy_deadline_seconds=0.2)(play)


@jobs.job("toys.steps", title="Steps", payload=Toy, retry=Retry(5, 0, 0))
async def steps(run: RunContext[Room], toy: Toy) -> Outcome:
    done = run.checkpoint_data.get("done", 0)
    while done < toy.n:
        done += 1
        run.resources.seen.append(done)
        await run.progress(done, toy.n, "steps")
        await run.checkpoint({"done": done})
        await asyncio.sleep(toy.seconds)
    return Outcome.succeeded(f"{done} steps")


@jobs.job("toys.stubborn", title="Stubborn", payload=Toy, retry=Retry(5, 0, 0))
async def stubborn(run: RunContext[Room], toy: Toy) -> Outcome:
    """Never looks up; waits for the test, then writes fenced."""
    if run.attempt == 1:
        await run.resources.go.wait()
        try:
            async with run.core.db.transaction() as conn:
                await run.guard(conn)
        except LeaseLost as error:
            run.resources.errors.append(error)
            raise
    return Outcome.succeeded(f"attempt {run.attempt}")


@jobs.job("toys.finish_inside", title="Finish inside", payload=Toy)
async def finish_inside(run: RunContext[Room], toy: Toy) -> Outcome:
    outcome = Outcome.succeeded("with its rows")
    async with run.core.db.transaction() as conn:
        await run.finish(conn, outcome)
        if toy.n:
            raise RuntimeError("rolled back")
    await asyncio.sleep(0.5)
    return outcome


SERVICE = toy_service(jobs)


@pytest.fixture
async def core(make_database):
    async with toy_core(SERVICE, make_database(*COMPONENTS)) as core:
        yield core


async def test_runs_with_one_key_never_overlap_and_others_pass_them(core):
    room = Room()
    for n in range(12):
        await enqueue(core, "toys.play", n=n, key="a", seconds=0.05)
    other = await enqueue(core, "toys.play", n=99, seconds=0.05)
    async with working(SERVICE, core, room), working(SERVICE, core, room):
        await until_state(core, other, "succeeded", seconds=3)
        assert room.seen.index(99) < 6
        await room.until_seen(13)
    assert room.most["a"] == 1
    assert sorted(room.seen[:]) == [*range(12), 99]


async def test_many_workers_claim_each_run_once(core):
    room = Room()
    async with core.db.transaction() as conn:
        for n in range(300):
            await core.ledger.enqueue(conn, "toys.play", Toy(n=n, key=f"k{n % 40}"), trigger=BY_TEST)
    async with working(SERVICE, core, room), working(SERVICE, core, room), working(SERVICE, core, room):
        await room.until_seen(300)
        await asyncio.sleep(0.1)
    assert sorted(room.seen) == list(range(300))
    assert max(room.most.values()) == 1


async def test_a_heartbeat_keeps_a_long_run_for_many_leases(core):
    run_id = await enqueue(core, "toys.play", seconds=3)
    async with working(SERVICE, core, Room()):
        run = await until_state(core, run_id, "succeeded", "failed")
    assert (run["state"], run["attempt"]) == ("succeeded", 1)


async def test_a_lost_lease_stops_the_old_attempt_and_its_guard(core):
    run_id = await enqueue(core, "toys.stubborn")
    room = Room()
    async with working(SERVICE, core, room) as first:
        await until_state(core, run_id, "running")
        # Somebody else took the run over, as after a long freeze of this worker.
        async with core.db.connection() as conn:
            first.worker._keeper._leases.clear()
            await conn.execute("UPDATE runs SET lease_until = now() - interval '1 hour'")
        async with working(SERVICE, core, room):
            run = await until_state(core, run_id, "succeeded")
            room.go.set()
            await asyncio.sleep(0.2)
    assert [type(error) for error in room.errors] == [LeaseLost]
    after = await run_row(core, run_id)
    assert (run["message"], after["version"], after["message"]) == ("attempt 2", run["version"], "attempt 2")


async def test_a_running_run_stops_at_its_next_checkpoint(core):
    run_id = await enqueue(core, "toys.steps", n=1000, seconds=0.05)
    async with working(SERVICE, core, Room()):
        await until_state(core, run_id, "running")
        async with core.db.transaction() as conn:
            await core.ledger.cancel(conn, run_id, "m.r")
        run = await until_state(core, run_id, "cancelled", seconds=3)
    assert run["checkpoint"]["done"] < 1000


async def test_a_stopping_worker_hands_back_and_the_next_goes_on_from_the_checkpoint(core):
    run_id = await enqueue(core, "toys.steps", n=20, seconds=0.05)
    room = Room()
    async with working(SERVICE, core, room) as first:
        await room.until_seen(5)
        await first.end()
        run = await run_row(core, run_id)
        assert (run["state"], run["attempt"]) == ("queued", 0)
        first.task = asyncio.ensure_future(asyncio.sleep(0))
    async with working(SERVICE, core, room):
        run = await until_state(core, run_id, "succeeded")
    assert room.seen == list(range(1, 21))
    assert (run["attempt"], run["progress_done"], run["progress_total"]) == (1, 20, 20)


async def test_what_never_reaches_a_checkpoint_is_handed_back_after_the_drain(core):
    run_id = await enqueue(core, "toys.play", seconds=60)
    began = monotonic()
    async with working(SERVICE, core, Room()):
        await until_state(core, run_id, "running")
    assert monotonic() - began < 5
    run = await run_row(core, run_id)
    assert (run["state"], run["attempt"], run["lease_token"]) == ("queued", 0, None)


async def test_finishing_inside_the_business_transaction_ends_the_run_once(core):
    run_id = await enqueue(core, "toys.finish_inside")
    async with working(SERVICE, core, Room()):
        run = await until_state(core, run_id, "succeeded")
        await asyncio.sleep(1)
    assert (await run_row(core, run_id))["version"] == run["version"]


async def test_a_finish_that_rolls_back_does_not_count(core):
    run_id = await enqueue(core, "toys.finish_inside", n=1)
    async with working(SERVICE, core, Room()):
        run = await until_state(core, run_id, "succeeded", "failed")
    assert run["reason_code"] == "internal_error"


async def test_a_ring_starts_a_run_long_before_the_poll(make_database, redis_url):
    waits = []
    async with (
        toy_core(SERVICE, make_database(*COMPONENTS), redis_url=redis_url) as core,
        working(SERVICE, core, Room(), redis=True),
    ):
        await asyncio.sleep(1)
        for _ in range(20):
            run = await until_state(core, await enqueue(core, "toys.play"), "succeeded")
            waits.append((run["started_at"] - run["created_at"]).total_seconds())
    assert sorted(waits)[10] < 0.2


async def test_connections_that_are_killed_all_the_time_lose_nothing(core):
    room = Room()
    async with open_database(str(core.settings.database_url), size=1, application="killer") as killer:
        async with core.db.transaction() as conn:
            for n in range(200):
                await core.ledger.enqueue(conn, "toys.play", Toy(n=n, seconds=0.05), trigger=BY_TEST)
        async with working(SERVICE, core, room):
            for _ in range(8):
                await asyncio.sleep(0.25)
                async with killer.connection() as conn:
                    await conn.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND application_name = 'toys worker'"
                    )
            async with asyncio.timeout(30):
                while not await _all_succeeded(killer):  # noqa: ASYNC110 - asked of the ledger
                    await asyncio.sleep(0.1)
    assert set(room.seen) == set(range(200))


async def _all_succeeded(database) -> bool:
    async with database.connection() as conn:
        return not await conn.fetchval("SELECT count(*) FROM runs WHERE state <> 'succeeded'")


async def test_a_run_whose_key_stays_busy_gives_up_with_a_reason(core):
    await enqueue(core, "toys.patient", key="a", seconds=2.5)
    second = await enqueue(core, "toys.patient", key="a")
    async with working(SERVICE, core, Room()):
        run = await until_state(core, second, "failed", "succeeded")
    assert (run["state"], run["reason_code"], run["attempt"]) == ("failed", "busy", 0)


async def test_a_run_that_was_begun_and_handed_back_does_not_give_up(core):
    begun, other = await enqueue(core, "toys.patient", key="a"), await enqueue(core, "toys.play", key="a")
    async with core.db.connection() as conn:  # handed back by a worker that stopped: no attempt was counted
        await conn.execute("UPDATE runs SET started_at = now(), give_up_at = now() WHERE id = $1", begun)
        taken = (
            "UPDATE runs SET state = 'running', lease_token = gen_random_uuid(), lease_until = 'infinity' WHERE id = $1"
        )
        await conn.execute(taken, other)
    await rescue_expired(core.db, core, 0)
    assert (await run_row(core, begun))["state"] == "queued"


async def test_a_run_that_came_back_to_its_worker_is_kept_although_its_old_task_still_winds_up(make_database):
    async with toy_core(SERVICE, make_database(*COMPONENTS)) as core:
        keeper, run_id = Keeper(core.db, 2), uuid4()
        job = SERVICE.registry.get("toys.play")
        old, new = (Lease(run_id, uuid4(), job, 1, 5, {}, 0.0, asyncio.Event()) for _ in range(2))
        keeper.add(old)
        keeper.add(new)
        keeper.drop(old)
        assert keeper.held == [run_id]
        keeper.drop(new)
        assert keeper.held == []
