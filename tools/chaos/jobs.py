"""The jobs of the kill tests and benches: one with an outside effect, one that only waits."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from common.jobs import JobSet, Outcome, Retry, RunContext
from tools.chaos.crew import service
from tools.chaos.sink import SinkClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from common.core import Core, ServiceDefinition
    from common.db import Database

MANY = Retry(attempts=1000, first_seconds=0.2, longest_seconds=1)


class Delivery(BaseModel):
    key: str
    milliseconds: int = 20


class Nap(BaseModel):
    n: int = 0
    milliseconds: int = 0


jobs = JobSet()


@dataclass(frozen=True)
class Outside:
    """The resources of the deliveries."""

    db: Database
    sink: SinkClient


@jobs.job("chaos.deliver", title="Deliver", payload=Delivery, retry=MANY)
async def deliver(run: RunContext[Outside], delivery: Delivery) -> Outcome:
    """Put the key into the sink exactly once, whatever happens to the worker."""
    db, sink, key = run.resources.db, run.resources.sink, delivery.key
    await asyncio.sleep(delivery.milliseconds / 2000)
    async with db.connection() as conn:
        effect = await run.effects.find_open(conn, target="sink", op="put", key=key)
    if effect is None or not await sink.has(key):
        async with db.transaction() as conn:
            if effect:
                await run.effects.absent(conn, effect)
            effect = await run.effects.plan(conn, target="sink", op="put", key=key)
        await run.hold(run.lease_seconds / 2)
        await sink.put(key)
    await asyncio.sleep(delivery.milliseconds / 2000)
    outcome = Outcome.succeeded("Put.")
    async with db.transaction() as conn:  # in one: a confirmed effect is not looked for by the next attempt
        await run.effects.confirm(conn, effect)
        await run.finish(conn, outcome)
    return outcome


@jobs.job("chaos.nap", title="Nap", payload=Nap, retry=MANY)
async def nap(_run: RunContext[Any], nap: Nap) -> Outcome:
    """Wait for a moment, then end."""
    if nap.milliseconds:
        await asyncio.sleep(nap.milliseconds / 1000)
    return Outcome.succeeded()


def deliveries(sink_port: int) -> ServiceDefinition[Any, Any]:
    """The service whose jobs talk to the sink on that port."""

    @asynccontextmanager
    async def open_outside(core: Core[Any]) -> AsyncIterator[Outside]:
        yield Outside(core.db, SinkClient(sink_port))

    return service([jobs], open_resources=open_outside)


def naps(limit: int = 10) -> ServiceDefinition[Any, Any]:
    """The service whose jobs do nothing."""
    return service([jobs], limit=limit)
