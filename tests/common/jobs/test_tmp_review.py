"""Scratch."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import BaseModel

from common.errors import Transient
from common.jobs import JobSet, Outcome, Retry, RunContext, SeedSchedule
from common.jobs.keeper import Keeper
from common.jobs.lease import Lease
from common.jobs.schedules import fire_due, seed_schedules
from common import outbox as outbox_module
from common.outbox import send_due
from tests.support.jobs import COMPONENTS, enqueue, run_now, run_row, toy_core, toy_service

pytestmark = pytest.mark.servers
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Toy(BaseModel):
    do: str = "ok"


jobs = JobSet()
told: list[Toy] = []


async def tell(conn, toy):
    told.append(toy)


@jobs.job("toys.play", title="Play", payload=Toy, retry=Retry(3, 600, 600), on_abandoned=tell)
async def play(run: RunContext[Any], toy: Toy) -> Outcome:
    match toy.do:
        case "big":
            await run.log("toy.big", "A big number.", n=2**70)
        case "plan":
            async with run.core.db.transaction() as conn:
                await run.effects.plan(conn, target="outbox", op="put", key="day.csv")
            raise Transient("away", target="outbox")
        case "cancelled":
            async with run.core.db.transaction() as conn:
                await run.core.ledger.cancel(conn, run.id, "m.r")
            raise Transient("away", target="outbox")
    return Outcome.succeeded("Done.")


@jobs.job("toys.keyed", title="Keyed", payload=Toy, key=lambda _: "inbox")
async def keyed(run: RunContext[Any], toy: Toy) -> Outcome:
    return Outcome.succeeded("Done.")


SERVICE = toy_service(jobs)


@pytest.fixture
async def core(make_database):
    async with toy_core(SERVICE, make_database(*COMPONENTS)) as core:
        async with core.db.connection() as conn:
            await conn.execute("DELETE FROM schedules")
        yield core


async def test_poison_log(core):
    run_id = await enqueue(core, "toys.play", do="big")
    try:
        await run_now(SERVICE, core)
    except Exception as e:
        print("RAISED", repr(e))
    assert (await run_row(core, run_id))["state"] == "succeeded"


async def test_cancel_planned(core):
    run_id = await enqueue(core, "toys.play", do="plan")
    await run_now(SERVICE, core)
    assert (await run_row(core, run_id))["state"] == "queued"
    async with core.db.transaction() as conn:
        await core.ledger.cancel(conn, run_id, "m.r")
        assert await conn.fetchval("SELECT state FROM run_effects") == "uncertain"


async def test_cancel_on_retry_tells_owner(core):
    told.clear()
    run_id = await enqueue(core, "toys.play", do="cancelled")
    await run_now(SERVICE, core)
    row = await run_row(core, run_id)
    assert (row["state"], row["reason_code"]) == ("cancelled", "cancelled")
    assert told


async def test_schedule_double(core):
    async with core.db.transaction() as conn:
        await seed_schedules(conn, [SeedSchedule("s", "toys.keyed", ["*/10 * * * *"], "UTC", overlap="allow")], MORNING)
    at = MORNING + timedelta(minutes=10)
    await fire_due(core.db, core.ledger, at)
    async with core.db.connection() as conn:
        await conn.execute("UPDATE schedules SET decided_until=$1, next_at=$2", at - timedelta(seconds=1), at)
    await fire_due(core.db, core.ledger, at + timedelta(seconds=1))
    async with core.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM runs") == 1


async def test_overlap_queue_keeps_key(core):
    async with core.db.transaction() as conn:
        await seed_schedules(conn, [SeedSchedule("s", "toys.keyed", ["*/10 * * * *"], "UTC", overlap="queue")], MORNING)
    await fire_due(core.db, core.ledger, MORNING + timedelta(minutes=10))
    async with core.db.connection() as conn:
        assert await conn.fetchval("SELECT concurrency_key FROM runs") == "inbox"


async def test_keeper_identity(core):
    keeper = Keeper(core.db, 2)
    run_id = uuid4()
    make = lambda: Lease(run_id, uuid4(), None, 1, 1, None, 0, asyncio.Event())
    old, new = make(), make()
    keeper.add(old)
    keeper.add(new)
    keeper.drop(old)
    assert keeper.held == [run_id]


async def test_outbox_fence(core):
    async with core.db.transaction() as conn:
        await core.outbox.put(conn, kind="mail", key="a", payload={})
    entered, go = asyncio.Event(), asyncio.Event()
    sent = []

    async def slow(_r, row):
        entered.set()
        await go.wait()
        raise Transient("late", target="mail")

    async def quick(_r, row):
        sent.append(row.key)

    one = asyncio.create_task(send_due(core.db, None, {"mail": slow}))
    await entered.wait()
    async with core.db.connection() as conn:
        await conn.execute("UPDATE outbox SET leased_until = now() - interval '1 s'")
    await send_due(core.db, None, {"mail": quick})
    go.set()
    await one
    async with core.db.connection() as conn:
        assert await conn.fetchval("SELECT state FROM outbox") == "sent"


async def test_outbox_slow_batch(core, monkeypatch):
    monkeypatch.setattr(outbox_module, "LEASE", timedelta(seconds=1))
    async with core.db.transaction() as conn:
        for key in "abcdef":
            await core.outbox.put(conn, kind="mail", key=key, payload={})
    sent = []

    async def slow(_r, row):
        await asyncio.sleep(0.4)
        sent.append(row.key)

    one = asyncio.create_task(send_due(core.db, None, {"mail": slow}))
    await asyncio.sleep(1.2)
    await asyncio.gather(one, send_due(core.db, None, {"mail": slow}))
    assert sorted(sent) == sorted(set(sent))


async def test_blob_renewed(core):
    async def content():
        yield b"same"

    async with core.db.connection() as conn:
        blob = await core.files.put(conn, content())
    run_sql = "UPDATE blobs SET created_at = now() - interval '401 days'"
    import asyncpg
    # owner
    async with core.db.connection() as conn:
        try:
            await conn.execute(run_sql)
        except asyncpg.InsufficientPrivilegeError:
            print("no priv")
            raise
    async with core.db.connection() as conn:
        await core.files.put(conn, content())
    await enqueue(core, "ledger.clean_up")
    await run_now(SERVICE, core)
    assert await core.files.size(blob.sha256) == 4


async def test_explain(core):
    async with core.db.connection() as conn:
        sid = uuid4()
        await conn.execute("""INSERT INTO runs (job, lane, trigger_type, max_attempts, state, schedule_id, created_at)
          SELECT 'toys.play','default','schedule',3,'succeeded',$1, now() - make_interval(mins => n) FROM generate_series(1,200000) n""", sid)
        await conn.execute("ANALYZE runs")
        for r in await conn.fetch("EXPLAIN (ANALYZE, COSTS OFF) SELECT id FROM runs WHERE schedule_id = $1 AND state IN ('queued', 'running') LIMIT 1", sid):
            print(r[0])
        for r in await conn.fetch("""EXPLAIN (ANALYZE, COSTS OFF) SELECT id
    FROM runs
    WHERE state = 'running'
      AND lease_until < clock_timestamp()
      AND pg_postmaster_start_time() < clock_timestamp() - make_interval(secs => 2)
    LIMIT 500
    FOR UPDATE SKIP LOCKED"""):
            print(r[0])
