"""Effects: intent before, confirmation after, one open effect per business key, doubt that waits for a person."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from common.jobs import JobSet, LeaseLost, Outcome, Retry, RunContext
from tests.support.jobs import COMPONENTS, enqueue, run_now, run_row, toy_core, toy_service

pytestmark = pytest.mark.servers

PUT = {"target": "outbox", "op": "put", "key": "day.csv"}


class Toy(BaseModel):
    do: str = "send"


class Outside:
    """What has arrived outside."""

    def __init__(self) -> None:
        self.arrived: list[str] = []


jobs = JobSet()


@jobs.job("toys.send", title="Send", payload=Toy, retry=Retry(3, 0, 0))
async def send(run: RunContext[Outside], toy: Toy) -> Outcome:
    outside = run.resources
    async with run.core.db.connection() as conn:
        effect = await run.effects.find_open(conn, **PUT)
    if effect is None or "day.csv" not in outside.arrived:
        async with run.core.db.transaction() as conn:
            if effect:
                await run.effects.absent(conn, effect, {"listing": outside.arrived})
            effect = await run.effects.plan(conn, **PUT, evidence={"bytes": 12, "name": "odd \udcff name\x00"})
        if toy.do == "die_before" and run.attempt == 1:
            raise TimeoutError
        outside.arrived.append("day.csv")
        if toy.do == "die_after" and run.attempt == 1:
            raise TimeoutError
    async with run.core.db.transaction() as conn:
        await run.effects.confirm(conn, effect, {"seen": True})
    return Outcome.succeeded()


@jobs.job("toys.plan_only", title="Plan only", payload=Toy)
async def plan_only(run: RunContext[Outside], toy: Toy) -> Outcome:
    async with run.core.db.transaction() as conn:
        effect = await run.effects.plan(conn, **PUT)
        if toy.do == "doubt":
            await run.effects.doubt(conn, effect, "The server says neither yes nor no.")
    return Outcome.partial("In doubt.", reason="uncertain")


@jobs.job("toys.late", title="Late", payload=Toy)
async def late(run: RunContext[Outside], toy: Toy) -> Outcome:
    async with run.core.db.connection() as conn:
        await conn.execute("UPDATE runs SET lease_token = gen_random_uuid() WHERE id = $1", run.id)
    async with run.core.db.transaction() as conn:
        with pytest.raises(LeaseLost):
            await run.effects.plan(conn, **PUT)
    with pytest.raises(LeaseLost):
        await run.hold(1000)
    raise LeaseLost("noticed")


SERVICE = toy_service(jobs)


@pytest.fixture
async def core(make_database):
    async with toy_core(SERVICE, make_database(*COMPONENTS)) as core:
        yield core


async def effects(core) -> list[Any]:
    async with core.db.connection() as conn:
        return [tuple(row) for row in await conn.fetch("SELECT key, state FROM run_effects ORDER BY id")]


@pytest.mark.parametrize("do", ["send", "die_before", "die_after"])
async def test_an_effect_happens_once_though_the_attempt_after_it_is_a_second_one(core, do):
    outside = Outside()
    run_id = await enqueue(core, "toys.send", do=do)
    await run_now(SERVICE, core, outside)
    run = await run_row(core, run_id)
    assert (run["state"], outside.arrived) == ("succeeded", ["day.csv"])
    assert (await effects(core))[-1] == ("day.csv", "confirmed")


async def test_a_second_effect_of_an_open_key_is_refused_until_the_first_is_settled(core):
    await enqueue(core, "toys.plan_only", do="doubt")
    await run_now(SERVICE, core, Outside())
    second = await enqueue(core, "toys.plan_only")
    await run_now(SERVICE, core, Outside())
    run = await run_row(core, second)
    assert (run["state"], run["reason_code"]) == ("partial", "effect_open")
    assert await effects(core) == [("day.csv", "uncertain")]


async def test_an_effect_that_is_still_planned_when_its_run_ends_is_in_doubt(core):
    await enqueue(core, "toys.plan_only")
    await run_now(SERVICE, core, Outside())
    assert await effects(core) == [("day.csv", "uncertain")]


async def test_a_later_run_reconciles_what_an_earlier_one_left(core):
    await enqueue(core, "toys.plan_only")
    outside = Outside()
    await run_now(SERVICE, core, outside)
    await enqueue(core, "toys.send")
    await run_now(SERVICE, core, outside)
    assert await effects(core) == [("day.csv", "absent"), ("day.csv", "confirmed")]
    assert outside.arrived == ["day.csv"]


async def test_who_lost_the_lease_can_neither_plan_nor_hold(core):
    run_id = await enqueue(core, "toys.late")
    await run_now(SERVICE, core, Outside())
    assert (await run_row(core, run_id))["state"] == "running"
    assert await effects(core) == []
