"""The worker process: claims, keeps, executes, rescues, fires, sends. Used by every service's `worker` command.

One process serves all lanes of its service. Each duty is a small step in a loop of its own (`keep_going`): whatever
goes wrong with PostgreSQL or Redis is logged, waited out and tried again; the process ends on SIGTERM only.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack, suppress
from functools import partial
from importlib.metadata import version
from time import monotonic
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import asyncpg
import structlog

from common.core import open_core
from common.db import open_database, queries_beside
from common.errors import Unavailable
from common.jobs.bell import listen
from common.jobs.execute import Executor
from common.jobs.finish import Finisher
from common.jobs.lease import Keeper, Lease
from common.jobs.outcomes import database_gone
from common.jobs.scribe import Scribe
from common.jobs.sweeper import sweep_while_leading
from common.outbox import send_due

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from common.core import Core, ServiceDefinition
    from common.db import Database
    from common.jobs.declare import Lane

sql = queries_beside(__file__, "worker.sql")
log = structlog.get_logger()

POLL_SECONDS = 1.0
GATHER_SECONDS = 0.01  # between two claims that did not fill the lane: what is enqueued meanwhile is claimed together
SHOW_SECONDS = 5.0
MACHINERY_CONNECTIONS = 6  # claim, finish, pulse, scribe, sweeper (keeps one while it leads), outbox


class Worker:
    """The duties of one worker process.

    Args:
        database: a small pool of its own, so that jobs that use up the service's pool never stop the machinery.
    """

    def __init__(
        self,
        definition: ServiceDefinition[Any, Any],
        core: Core[Any],
        resources: Any,
        database: Database,
        lanes: Sequence[str] = (),
    ) -> None:
        self.id = uuid4()
        self._definition = definition
        self._core = core
        self._resources = resources
        self._database = database
        self._registry = definition.registry
        self._lanes = {lane: asyncio.Event() for lane in definition.all_lanes if not lanes or lane.name in lanes}
        self._jobs = {lane: [job.name for job in self._registry if job.lane == lane.name] for lane in self._lanes}
        self._busy = dict.fromkeys(self._lanes, 0)
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._shown_at = 0.0
        self._keeper = Keeper(database, core.settings.lease_seconds)
        self._scribe = Scribe(database)
        self._finisher = Finisher(database, core.clock)
        self._executor = Executor(resources, core, database, self._keeper, self._scribe, self._finisher)

    async def run(self, stop: asyncio.Event, *, redis: bool = True) -> None:
        """Work until `stop` is set; then let runs reach a checkpoint, hand back the rest, and return."""
        duties: dict[str, Callable[[], Awaitable[Any]]] = {
            "finish": self._finisher.write_waiting,
            "scribe": self._scribe.flush_when_dirty,
            "pulse": self._pulse,
            "sweep": partial(sweep_while_leading, self._database, self._core, self._keeper.lease_seconds),
            "outbox": self._send_outbox,
        }
        if redis:
            url = str(self._core.settings.redis_url)
            duties["bell"] = partial(listen, self._core.service, url, self.wake)
        helpers = [asyncio.create_task(keep_going(name, step), name=name) for name, step in duties.items()]
        claimers = [
            asyncio.create_task(keep_going(f"claim {lane.name}", partial(self._claim, lane)), name=f"claim {lane.name}")
            for lane in self._lanes
        ]
        log.info("worker.started", worker_id=str(self.id), lanes=[lane.name for lane in self._lanes])
        try:
            await stop.wait()
        finally:
            await cancel_all(claimers)
            await self._drain()
            await cancel_all(helpers)
            await self._leave()
        log.info("worker.stopped", worker_id=str(self.id))

    async def work_off(self) -> int:
        """Execute what is due, until nothing is, without any loop of the running worker; for tests. How many."""
        finishing = asyncio.create_task(keep_going("finish", self._finisher.write_waiting))
        executed = 0
        try:
            while started := sum([await self._claim_once(lane) for lane in self._lanes]):
                executed += started
                await asyncio.gather(*self._running)
        finally:
            await cancel_all([finishing])
        return executed

    def wake(self) -> None:
        """Look into the ledger now."""
        for bell in self._lanes.values():
            bell.set()

    async def _claim(self, lane: Lane) -> None:
        """Claim until the lane is full or nothing is due, then wait for a ring or a second."""
        self._lanes[lane].clear()
        while self._busy[lane] < lane.limit and await self._claim_once(lane):
            if self._busy[lane] < lane.limit:
                await asyncio.sleep(GATHER_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._lanes[lane].wait()

    async def _claim_once(self, lane: Lane) -> int:
        before = monotonic()
        free = lane.limit - self._busy[lane]
        now = self._core.clock.now()
        arguments = (lane.name, self._jobs[lane], free, self.id, self._keeper.lease_seconds, now)
        try:
            async with self._database.connection() as conn:
                rows = await conn.fetch(sql.claim_due, *arguments)
        except asyncpg.UniqueViolationError:
            return 1  # another worker took a run of the same key a moment ago: look again
        except BaseException:
            await self._disown(lane)
            raise
        for row in rows:
            self._start(lane, row, before)
        return len(rows)

    async def _disown(self, lane: Lane) -> None:
        """The claim may have been committed before its answer got lost; whoever we don't know may go to others."""
        async with self._database.connection() as conn:
            await conn.execute(sql.disown, self.id, lane.name, self._keeper.held)

    def _start(self, lane: Lane, row: asyncpg.Record, claimed_at: float) -> None:
        lease = Lease(
            run_id=row["id"],
            token=row["lease_token"],
            job=self._registry.get(row["job"]),
            attempt=row["attempt"],
            max_attempts=row["max_attempts"],
            row=row,
            expires=claimed_at + self._keeper.lease_seconds,
            stopping=self._stopping,
        )
        self._keeper.add(lease)
        self._busy[lane] += 1
        lease.task = asyncio.create_task(self._executor.execute(lease, partial(self._free, lane)))
        self._running.add(lease.task)
        lease.task.add_done_callback(partial(self._ended, lease))

    def _free(self, lane: Lane) -> None:
        """The job's function has returned: the next run may start while this one's end is being committed."""
        if self._busy[lane] == lane.limit:
            self._lanes[lane].set()  # something may be due that there was no room for
        self._busy[lane] -= 1

    def _ended(self, lease: Lease, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("run.end_failed", exc_info=error)
        if lease.row["concurrency_key"] or lease.row["parent_id"]:
            self.wake()  # a run of the same key, or the chain it is a step of, may have waited for this one

    async def _pulse(self) -> None:
        await self._keeper.pulse()
        if monotonic() - self._shown_at > SHOW_SECONDS:
            lanes = [lane.name for lane in self._lanes]
            running = len(self._running)
            async with self._database.connection() as conn:
                await conn.execute(sql.show_worker, self.id, version("portico"), lanes, running)
            self._shown_at = monotonic()
        await asyncio.sleep(self._keeper.pulse_seconds)

    async def _send_outbox(self) -> None:
        if not await send_due(self._database, self._resources, self._definition.outbox):
            await asyncio.sleep(POLL_SECONDS)

    async def _drain(self) -> None:
        self._stopping.set()
        if not self._running:
            return
        log.info("worker.draining", running=len(self._running))
        _, late = await asyncio.wait(self._running, timeout=self._core.settings.drain_seconds)
        for task in late:
            task.cancel()  # the executor hands the run back
        if late:
            await asyncio.wait(late, timeout=POLL_SECONDS * 5)

    async def _leave(self) -> None:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, Unavailable):
            await self._scribe.flush()
            async with self._database.connection() as conn:
                await conn.execute(sql.hide_worker, self.id)


async def keep_going(name: str, step: Callable[[], Awaitable[Any]]) -> None:
    """Repeat `step` for ever. What it raises is logged once per streak and waited out: half a second to five."""
    failures, last = 0, None
    while True:
        try:
            await step()
        except Exception as error:  # noqa: BLE001 - the boundary of the process: nothing ends it but SIGTERM
            failures += 1
            if type(error) is not last:
                log_trouble("worker.step_failed", error, step=name)
            last = type(error)
            await asyncio.sleep(min(0.25 * 2**failures, 5))
        else:
            if failures:
                log.info("worker.step_recovered", step=name, failures=failures)
            failures, last = 0, None


def log_trouble(event: str, error: Exception, **fields: Any) -> None:
    """A server that is away is one line; anything else is ours, and comes with its traceback."""
    expected = database_gone(error) or isinstance(error, OSError)
    log.warning(event, error=repr(error), exc_info=None if expected else error, **fields)


async def cancel_all(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel and await; once more for a step whose clean-up turned the cancellation into another error."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=1)


async def run_worker(definition: ServiceDefinition[Any, Any], settings: Any, lanes: Sequence[str] = ()) -> None:
    """Open everything, work until SIGTERM or SIGINT; while the database is away, wait for it."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    failures = 0
    while not stop.is_set():
        try:
            await _work(definition, settings, lanes, stop)
        except Exception as error:  # noqa: BLE001 - as in keep_going
            failures += 1
            log_trouble("worker.not_started", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), min(0.25 * 2**failures, 5))


async def _work(
    definition: ServiceDefinition[Any, Any], settings: Any, lanes: Sequence[str], stop: asyncio.Event
) -> None:
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(open_core(definition, settings, process="worker"))
        resources = await stack.enter_async_context(definition.open_resources(core))
        application = f"{definition.name} worker"
        database = await stack.enter_async_context(
            open_database(str(settings.database_url), size=MACHINERY_CONNECTIONS, application=application)
        )
        await Worker(definition, core, resources, database, lanes).run(stop)
