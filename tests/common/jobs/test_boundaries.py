"""SIGKILL between every two steps of a delivery, one after the other: the outside is told exactly once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from common.core import open_core
from tests.support.jobs import COMPONENTS, run_row
from tests.support.killing import deliveries_killed_at
from tools.chaos.crew import Crew, settings
from tools.chaos.history import read_history
from tools.chaos.jobs import deliveries
from tools.chaos.nemesis import enqueue_all, until_done
from tools.chaos.sink import Sink

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = [pytest.mark.servers, pytest.mark.kill, pytest.mark.timeout(120)]

NOWHERE = "redis://127.0.0.1:1/0"


async def died(crew: Crew, core, run_id: UUID) -> bool:
    """Whether the worker killed itself before the run had ended."""
    while crew.workers[0].is_alive():
        if (await run_row(core, run_id))["state"] == "succeeded":
            return False
        await asyncio.sleep(0.02)
    return True


async def test_a_delivery_survives_a_kill_at_every_boundary(make_database):
    url = str(make_database(*COMPONENTS))
    long = settings(url, NOWHERE, lease_seconds=60)
    acknowledged, deaths = {}, 0
    async with Sink(1).serving() as sink, open_core(deliveries(sink.port), long, redis=False) as core:
        for fatal in range(1, 50):
            key = f"killed at {fatal}".replace(" ", "-")
            (acknowledged[key],) = await enqueue_all(core, "chaos.deliver", [{"key": key, "milliseconds": 2}])
            crew = Crew(deliveries_killed_at, long, sink.port, fatal)
            crew.hire()
            dead = await asyncio.wait_for(died(crew, core, acknowledged[key]), 20)
            crew.dismiss()
            if not dead:
                break
            deaths += 1
            async with core.db.connection() as conn:  # set aside: the next death is for the next run
                await conn.execute("UPDATE runs SET lane = 'later' WHERE state <> 'succeeded'")
        async with core.db.connection() as conn:
            await conn.execute("UPDATE runs SET lane = 'default', lease_until = now() - interval '1 day'")
        crew = Crew(deliveries, settings(url, NOWHERE), sink.port)
        crew.hire()
        await until_done(core, 60)
        crew.dismiss()
        verdict = await read_history(url, acknowledged, sink.puts)
    assert deaths >= 8
    assert verdict.clean, str(verdict)
