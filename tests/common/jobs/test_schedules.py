"""Schedules in the ledger: each slot once, whoever looks; missed, overlapping and paused slots leave their mark."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from common.jobs import JobSet, Outcome, RunContext, SeedSchedule
from common.jobs.bell import no_bell
from common.jobs.ledger import Ledger
from common.jobs.schedules import fire_due, seed_schedules
from tests.support.jobs import BY_TEST, COMPONENTS, run_now, toy_core, toy_service

pytestmark = pytest.mark.servers

MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Toy(BaseModel):
    model_config = ConfigDict(extra="forbid")


jobs = JobSet()


@jobs.job("toys.tick", title="Tick", payload=Toy)
async def tick(run: RunContext[Any], toy: Toy) -> Outcome:
    return Outcome.nothing_to_do()


@jobs.job("toys.keyed", title="Keyed", payload=Toy, key=lambda _: "inbox")
async def keyed(run: RunContext[Any], toy: Toy) -> Outcome:
    return Outcome.nothing_to_do()


SERVICE = toy_service(jobs)


class StandingClock:
    def __init__(self, now: datetime) -> None:
        self.at = now

    def now(self) -> datetime:
        return self.at


@pytest.fixture
async def core(make_database):
    async with toy_core(SERVICE, make_database(*COMPONENTS)) as core:
        async with core.db.connection() as conn:
            await conn.execute("DELETE FROM schedules")  # only those of the test
        yield core


async def seed(core, *, name="ticks", since=MORNING, **more):
    chosen = {"job": "toys.tick", "cron": ["*/10 * * * *"], "zone": "UTC", "overlap": "allow", "grace_seconds": 7200}
    async with core.db.transaction() as conn:
        await seed_schedules(conn, [SeedSchedule(name=name, **(chosen | more))], since)


async def decisions(core) -> list[tuple[str, str]]:
    async with core.db.connection() as conn:
        rows = await conn.fetch("SELECT slot_at, decision FROM schedule_slots ORDER BY slot_at")
    return [(row["slot_at"].strftime("%H:%M"), row["decision"]) for row in rows]


async def fire(core, at: datetime) -> int:
    return await fire_due(core.db, core.ledger, at)


async def test_a_slot_fires_when_its_time_has_come_and_once(core):
    await seed(core)
    assert await fire(core, MORNING + timedelta(minutes=9)) == 0
    assert await fire(core, MORNING + timedelta(minutes=10)) == 1
    assert await fire(core, MORNING + timedelta(minutes=11)) == 0
    async with core.db.connection() as conn:
        run = await conn.fetchrow("SELECT * FROM runs")
    assert (run["trigger_type"], run["trigger_by"]) == ("schedule", "ticks")


async def test_four_schedulers_fire_each_of_two_hundred_slots_once(core):
    await seed(core, cron=["* * * * *"], misfire="all", grace_seconds=86_400)
    for minute in range(0, 201, 20):
        await asyncio.gather(*(fire(core, MORNING + timedelta(minutes=minute)) for _ in range(4)))
    async with core.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM runs") == 200
        assert await conn.fetchval("SELECT count(DISTINCT run_id) FROM schedule_slots") == 200


@pytest.mark.parametrize(
    ("misfire", "expected"),
    [
        ("skip", ["missed", "missed", "fired"]),
        ("once", ["missed", "missed", "fired"]),
        ("all", ["fired", "fired", "fired"]),
    ],
)
async def test_after_downtime_the_schedule_decides_what_becomes_of_missed_slots(core, misfire, expected):
    await seed(core, misfire=misfire)
    await fire(core, MORNING + timedelta(minutes=30))
    assert await decisions(core) == list(zip(["08:10", "08:20", "08:30"], expected, strict=True))


async def test_a_slot_that_is_too_late_is_missed_whatever_the_policy(core):
    await seed(core, misfire="once", grace_seconds=60)
    await fire(core, MORNING + timedelta(minutes=15))
    assert await decisions(core) == [("08:10", "missed")]


async def test_a_schedule_with_skip_does_not_overlap_itself(core):
    await seed(core, overlap="skip")
    await fire(core, MORNING + timedelta(minutes=10))
    await fire(core, MORNING + timedelta(minutes=20))
    await run_now(SERVICE, core)
    await fire(core, MORNING + timedelta(minutes=30))
    assert [decision for _, decision in await decisions(core)] == ["fired", "overlapped", "fired"]


async def test_a_schedule_with_queue_lines_its_runs_up(core):
    await seed(core, overlap="queue", misfire="all")
    await fire(core, MORNING + timedelta(minutes=20))
    async with core.db.connection() as conn:
        keys = await conn.fetch("SELECT concurrency_key FROM runs")
    assert len(keys) == 2
    assert len({row["concurrency_key"] for row in keys} - {None}) == 1


async def test_a_schedule_with_queue_does_not_take_the_jobs_own_key_away(core):
    await seed(core, job="toys.keyed", overlap="queue")
    await fire(core, MORNING + timedelta(minutes=10))
    async with core.db.connection() as conn:
        assert await conn.fetchval("SELECT concurrency_key FROM runs") == "inbox"


async def test_a_slot_that_has_fired_does_not_fire_again_when_a_slower_clock_edits_the_schedule(core):
    await seed(core)
    slot = MORNING + timedelta(minutes=10)
    await fire(core, slot)
    async with core.db.connection() as conn:
        await conn.execute("UPDATE schedules SET decided_until = $1, next_at = $2", slot - timedelta(seconds=1), slot)
    assert await fire(core, slot + timedelta(seconds=1)) == 0
    async with core.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM runs") == 1
    assert await decisions(core) == [("08:10", "fired")]


async def test_a_paused_schedule_lets_its_slots_pass(core):
    await seed(core)
    async with core.db.connection() as conn:
        await conn.execute(
            "UPDATE schedules SET paused_by = 'm.r', paused_reason = 'holiday', paused_until = $1",
            MORNING + timedelta(minutes=15),
        )
    await fire(core, MORNING + timedelta(minutes=10))
    await fire(core, MORNING + timedelta(minutes=20))
    assert [decision for _, decision in await decisions(core)] == ["paused", "fired"]


async def test_a_pause_of_the_job_or_of_the_service_holds_its_schedules(core):
    await seed(core)
    for minutes, scope in ((10, "toys.tick"), (20, "*")):
        async with core.db.transaction() as conn:
            await core.ledger.pause(conn, scope, by="m.r", reason="stock-taking", until=None)
        await fire(core, MORNING + timedelta(minutes=minutes))
        async with core.db.transaction() as conn:
            await core.ledger.resume(conn, scope)
    assert [decision for _, decision in await decisions(core)] == ["paused", "paused"]


async def test_an_edited_schedule_is_not_overwritten_by_its_seed(core):
    await seed(core)
    async with core.db.connection() as conn:
        await conn.execute("UPDATE schedules SET cron = '{0 6 * * *}'")
    await seed(core)
    async with core.db.connection() as conn:
        assert await conn.fetchval("SELECT cron FROM schedules") == ["0 6 * * *"]


async def test_a_schedule_of_a_job_that_is_gone_misses_its_slots_and_stops_nobody(core):
    await seed(core)
    await seed(core, name="ghost", job="toys.gone")
    assert await fire(core, MORNING + timedelta(minutes=10)) == 1
    assert sorted(decision for _, decision in await decisions(core)) == ["fired", "missed"]


async def test_a_start_in_the_shifted_calendar_waits_as_long_in_the_databases_time(core):
    ledger = Ledger(SERVICE.registry, StandingClock(MORNING), no_bell)
    async with core.db.transaction() as conn:
        run_at = MORNING + timedelta(hours=10)
        new = await ledger.enqueue(conn, "toys.tick", {}, trigger=BY_TEST, run_at=run_at)
        waits = await conn.fetchval("SELECT run_at - now() FROM runs WHERE id = $1", new.id)
    assert waits == timedelta(hours=10)
