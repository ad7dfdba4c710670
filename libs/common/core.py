"""What a service is (`ServiceDefinition`) and what every process of it holds (`Core`). Used by every service.

`services/<name>/main.py` declares; the API (`common.app`), the worker (`common.jobs.worker`) and the tests open the
same core and the same resources, so that wiring exists once.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

import asyncpg

from common.clock import Clock, SystemClock
from common.db import Database, open_database
from common.files import BlobStore
from common.jobs.bell import no_bell, open_bell
from common.jobs.clean_up import CLEAN_UP_SCHEDULE, Retention, clean_up_jobs
from common.jobs.declare import JobSet, Lane, Registry, SeedSchedule
from common.jobs.ledger import Ledger
from common.jobs.listed import RUNS_IN_BULK
from common.jobs.schedules import seed_schedules
from common.migrate import COMMON_BASE, COMMON_FILES, COMMON_JOBS, Component
from common.options import OptionStore
from common.outbox import Outbox, OutboxHandler
from common.settings import ServiceSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from pathlib import Path
    from uuid import UUID

    from fastapi import APIRouter

    from common.options import Options

Process: TypeAlias = Literal["api", "worker", "other"]

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)
ResourcesT = TypeVar("ResourcesT")


@dataclass(frozen=True, slots=True)
class Core(Generic[SettingsT]):
    """What `common` gives every process of a service.

    Attributes:
        process: which one this is, for what the processes of a service share out: a target's rate, for example.
    """

    service: str
    process: Process
    settings: SettingsT
    db: Database
    clock: Clock
    ledger: Ledger
    outbox: Outbox
    options: OptionStore
    files: BlobStore
    settles_own_effects: bool = False


@dataclass(frozen=True, slots=True)
class ServiceDefinition(Generic[SettingsT, ResourcesT]):
    """Everything that makes a service one; the rest is in its feature folders.

    Args:
        open_resources: builds clients and feature services over an open core; shared by API and worker.
        schedules: inserted when absent, never overwritten.
        routers: mounted below `/v1`.
        outbox: kind → handler; run by any worker, at least once.
        attention, search, connections: callables over the resources; see `common.attention`, `common.search`,
            `common.connections`.
        needs: name → what says, in a sentence, that something outside is as the service needs it, or raises why it is
            not: `/readyz` tells it, as degraded.
        settles_own_effects: doubtful effects belong to things of the service, which shows and settles them there:
            the ledger's own list of what needs a person leaves them out, and its verdicts are refused.
        lanes: limits of lanes; a lane not named here runs ten at a time.
    """

    name: str
    title: str
    settings: type[SettingsT]
    migrations: Path
    open_resources: Callable[[Core[SettingsT]], AbstractAsyncContextManager[ResourcesT]]
    jobs: Sequence[JobSet] = ()
    schedules: Sequence[SeedSchedule] = ()
    options: Sequence[type[Options]] = ()
    routers: Sequence[APIRouter] = ()
    outbox: Mapping[str, OutboxHandler[ResourcesT]] = field(default_factory=dict)
    attention: Sequence[Callable[..., Awaitable[Any]]] = ()
    search: Sequence[Callable[..., Awaitable[Any]]] = ()
    connections: Callable[[ResourcesT], Any] | None = None
    needs: Mapping[str, Callable[[ResourcesT], Awaitable[str]]] = field(default_factory=dict)
    lanes: Sequence[Lane] = ()
    settles_own_effects: bool = False

    @property
    def components(self) -> list[Component]:
        """The migrations of the service's database, in order."""
        return [COMMON_BASE, COMMON_FILES, COMMON_JOBS, Component(self.name, self.migrations)]

    @property
    def registry(self) -> Registry:
        return Registry([*self.jobs, RUNS_IN_BULK.jobs, clean_up_jobs])

    @property
    def all_lanes(self) -> list[Lane]:
        """The lanes that jobs name, with their limits."""
        declared = {lane.name: lane for lane in self.lanes}
        used = dict.fromkeys(job.lane for job in self.registry)
        return [declared.get(name, Lane(name)) for name in used]


@asynccontextmanager
async def open_core(
    definition: ServiceDefinition[SettingsT, Any],
    settings: SettingsT,
    *,
    redis: bool = True,
    process: Process = "other",
) -> AsyncIterator[Core[SettingsT]]:
    """Open the database and the doorbell, and make sure that the seeded schedules exist.

    Args:
        redis: False leaves the doorbell out (tests, one-off commands); workers then find runs by polling.
    """
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(
            open_database(str(settings.database_url), size=settings.database_pool_size, application=definition.name)
        )
        ring: Callable[[UUID], Awaitable[None]] = no_bell
        if redis:
            ring = (await stack.enter_async_context(open_bell(definition.name, str(settings.redis_url)))).ring
        clock = SystemClock(settings.clock_shift)
        core = Core(
            service=definition.name,
            process=process,
            settings=settings,
            db=db,
            clock=clock,
            ledger=Ledger(definition.registry, clock, ring),
            outbox=Outbox(),
            options=OptionStore(db, [*definition.options, Retention]),
            files=BlobStore(db),
            settles_own_effects=definition.settles_own_effects,
        )
        with suppress(asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError):  # not migrated yet: `/readyz` says so
            async with db.transaction() as conn:
                await seed_schedules(conn, [*definition.schedules, CLEAN_UP_SCHEDULE], clock.now())
        yield core
