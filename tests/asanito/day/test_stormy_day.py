"""A day of all kinds against an Asanito with random faults, workers killed at random, three cycles; then calm.

The sandbox's books must be what the source makes due, nothing twice, and every record that is not synced must have a
reason and a button that works. `ASANITO_DAY_RECORDS` and `ASANITO_DAY_SEED` make it longer (`./dev chaos asanito`).
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from contextlib import suppress

import pytest

from services.asanito.cycle.jobs import TIMES
from services.asanito.main import SERVICE
from services.asanito.options import TargetOptions
from tests.asanito.sync.test_kills import arrange_deals, open_effects
from tests.support.api import client
from tests.support.asanito_worker import start_worker
from tests.support.jobs import enqueue, run_now, run_row, until_state

RECORDS = int(os.environ.get("ASANITO_DAY_RECORDS", "300"))
SEED = int(os.environ.get("ASANITO_DAY_SEED", "0")) or int(time.time())
CYCLES = 3
pytestmark = [pytest.mark.servers, pytest.mark.kill, pytest.mark.timeout(400 + 2 * RECORDS)]

ENDED = ("succeeded", "partial", "failed", "cancelled")
MOST_DEATHS = 2
PATIENCE = 90 + RECORDS / 2
HEALED = {
    "invalid_data",
    "dependency_missing",
    "dependency_ignored",
    "deleted_at_source",
    "duplicate",
    "mapping_missing",
}
PENDING_ON_THEM = {"dependency_pending"}


async def storm(site, job: str, dice: random.Random) -> int:
    """One run of a job, by workers of which some are killed in the middle of it; how many died."""
    run = await enqueue(site.core, job)
    deaths = dice.randrange(MOST_DEATHS + 1)
    for death in range(deaths + 1):
        worker = start_worker(site)
        try:
            await until_state(site.core, run, "running", *ENDED, seconds=PATIENCE)
            if death < deaths:
                await asyncio.sleep(dice.uniform(0.1, RECORDS / 100))
            else:
                await until_state(site.core, run, *ENDED, seconds=PATIENCE)
        finally:
            worker.kill()
            worker.join()
        if (await run_row(site.core, run))["state"] in ENDED:
            return death
    return deaths


async def let_go_on(admin) -> int:
    """What an operator says to each run that asks whether it may create so many; how many asked."""
    asked = (await admin.get("/v1/questions?state=open")).json()["items"]
    for question in asked:
        answer = await admin.post(
            f"/v1/questions/{question['id']}/answer", json={"choice": "go_on", "note": "looked at"}
        )
        assert answer.is_success, answer.text
    return len(asked)


async def watch(admin) -> None:
    while True:
        await let_go_on(admin)
        await asyncio.sleep(0.2)


async def run_in_peace(site, admin, job: str) -> None:
    """One run to its end, whatever it asks."""
    await site.run(job)
    while await let_go_on(admin):
        await run_now(SERVICE, site.core, site.resources)


async def test_after_a_stormy_day_the_books_are_right_and_all_that_is_left_can_be_acted_on(site):
    print(f"seed {SEED}")
    dice = random.Random(SEED)
    site.outside.seed(size=RECORDS, seed=dice.randrange(10**6))
    await site.map_everything()
    await site.put_options(TargetOptions, settle_seconds=2, retry_delays_seconds=[0.05, 0.1], give_up_after_runs=3)
    died = 0
    async with site.api() as app, client(app, "admin") as admin:
        async with asyncio.TaskGroup() as beside:
            answering = beside.create_task(watch(admin))
            for cycle in range(CYCLES):
                site.outside.weather(0.1, seed=dice.randrange(10**6))
                for job in TIMES:
                    died += await storm(site, job, dice)
                    if job == "products" and cycle == 0:
                        await arrange_deals(site)
            answering.cancel()
        struck = sum(bool(one["fault"]) for one in site.outside.requests())
        print(f"{died} workers died, {struck} calls were struck")
        assert struck
        site.outside.weather(0)
        await press_what_is_offered(site, admin)
        await site.run("dedupe")
        for _ in range(2):  # the second for the steps that wait for the first
            for job in TIMES:
                await run_in_peace(site, admin, job)
        assert site.outside.differences() == [], f"seed {SEED}"
        assert await open_effects(site) == []
        left = await site.rows("SELECT kind, state, reason_code FROM entities WHERE state <> 'synced'")
        assert {row["reason_code"] for row in left} <= HEALED | PENDING_ON_THEM, f"seed {SEED}"
        await check_that_buttons_work(site, admin)


async def press_what_is_offered(site, admin) -> None:
    """What an operator does in the morning: all that failed at the other side is tried again, doubts are checked."""
    rows = await site.rows(
        "SELECT kind, key, state FROM entities WHERE state = 'failed' AND reason_code LIKE 're%' OR state = 'uncertain'"
    )
    for row in rows:
        action = "retry" if row["state"] == "failed" else "check"
        body = {"json": {"note": "looked"}} if action == "retry" else {}
        answer = await admin.post(f"/v1/entities/{row['kind']}/{row['key']}/{action}", **body)
        assert answer.is_success, answer.text
    for deal in (await admin.get("/v1/deals?state=failed")).json()["items"]:
        answer = await admin.post(f"/v1/deals/{deal['invoice_kind']}/{deal['invoice_key']}/{deal['item_key']}/retry")
        assert answer.is_success, answer.text


async def check_that_buttons_work(site, admin) -> None:
    """One record of each state and reason: each button that is offered answers with success."""
    rows = await site.rows(
        "SELECT DISTINCT ON (state, reason_code) kind, key, state FROM entities WHERE state <> 'synced'"
    )
    assert rows
    for row in rows:
        path = f"/v1/entities/{row['kind']}/{row['key']}"
        offered = (await admin.get(path)).json()["actions"]
        if row["state"] != "ignored":
            assert offered, dict(row)
        with suppress(ValueError):
            offered.remove("bind")
        if offered:
            body = {} if offered[0] == "check" else {"json": {"note": "looked"}}
            answer = await admin.post(f"{path}/{offered[0].replace('_', '-')}", **body)
            assert answer.is_success, (offered[0], answer.text)
