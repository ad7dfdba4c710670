"""Jobs in tests: a service of toys, executing what is due without a worker process, seeing what was enqueued."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common.core import Core, ServiceDefinition, open_core
from common.db import open_database
from common.jobs import JobSet, Trigger
from common.jobs.worker import Worker
from common.migrate import COMMON_BASE, COMMON_FILES, COMMON_JOBS
from common.settings import ServiceSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from uuid import UUID

    import asyncpg

    from common.jobs import SeedSchedule

COMPONENTS = (COMMON_BASE, COMMON_FILES, COMMON_JOBS)
BY_TEST = Trigger("system", "test")


@asynccontextmanager
async def no_resources(_core: Core[Any]) -> AsyncIterator[None]:
    yield None


def toy_service(*jobs: JobSet, schedules: Sequence[SeedSchedule] = (), **more: Any) -> ServiceDefinition[Any, Any]:
    """A service that has nothing but these jobs."""
    return ServiceDefinition(
        name="toys",
        title="Toys",
        settings=ServiceSettings,
        migrations=Path(__file__).with_name("no_migrations"),
        open_resources=more.pop("open_resources", no_resources),
        jobs=jobs,
        schedules=schedules,
        **more,
    )


def toy_settings(url: str, redis_url: str = "redis://127.0.0.1:1/0", **more: Any) -> ServiceSettings:
    """Settings of a process of the toy service; without `redis_url` there is no Redis to be reached."""
    values = {"lease_seconds": 2, "drain_seconds": 2, "database_pool_size": 5} | more
    return ServiceSettings(
        environment="development", database_url=url, redis_url=redis_url, identity_keys='{"keys": []}', **values
    )


@asynccontextmanager
async def toy_core(
    definition: ServiceDefinition[Any, Any], url: str, *, redis_url: str = "", **more: Any
) -> AsyncIterator[Core[Any]]:
    settings = toy_settings(url, redis_url or "redis://127.0.0.1:1/0", **more)
    async with open_core(definition, settings, redis=bool(redis_url)) as core:
        yield core


@dataclass
class Working:
    """A worker that runs as a task of the test."""

    worker: Worker
    stop: asyncio.Event
    task: asyncio.Task[None]

    async def end(self) -> None:
        self.stop.set()
        await self.task


@asynccontextmanager
async def working(
    definition: ServiceDefinition[Any, Any], core: Core[Any], resources: Any = None, *, redis: bool = False
) -> AsyncIterator[Working]:
    """A whole worker inside the test's loop; it drains at the end of the block."""
    async with open_database(str(core.settings.database_url), size=6, application="toys worker") as database:
        worker = Worker(definition, core, resources, database)
        stop = asyncio.Event()
        running = Working(worker, stop, asyncio.create_task(worker.run(stop, redis=redis)))
        try:
            yield running
        finally:
            await running.end()


async def run_now(definition: ServiceDefinition[Any, Any], core: Core[Any], resources: Any = None) -> int:
    """Execute what is due, and what that enqueues, to the end; how many attempts that took."""
    return await Worker(definition, core, resources, core.db).work_off()


async def trap_jobs(core: Core[Any]) -> list[tuple[str, dict[str, Any]]]:
    """What is queued: (job, params), oldest first."""
    async with core.db.connection() as conn:
        rows = await conn.fetch("SELECT job, params FROM runs WHERE state = 'queued' ORDER BY id")
    return [(row["job"], row["params"]) for row in rows]


async def enqueue(core: Core[Any], job: str, **params: Any) -> UUID:
    async with core.db.transaction() as conn:
        return (await core.ledger.enqueue(conn, job, params, trigger=BY_TEST)).id


async def run_row(core: Core[Any], run_id: UUID) -> asyncpg.Record:
    async with core.db.connection() as conn:
        row = await conn.fetchrow("SELECT * FROM runs WHERE id = $1", run_id)
    assert row is not None
    return row


async def until_state(core: Core[Any], run_id: UUID, *states: str, seconds: float = 10) -> asyncpg.Record:
    """Wait until the run is in one of `states`."""
    async with asyncio.timeout(seconds):
        while (row := await run_row(core, run_id))["state"] not in states:  # noqa: ASYNC110 - asked of the ledger
            await asyncio.sleep(0.02)
    return row
