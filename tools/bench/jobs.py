"""Jobs per second from enqueue to committed finish, beside arq at its defaults and procrastinate; and enqueue to start.

One worker process each, ten runs at a time, ten clients that enqueue one run per transaction. Rounds alternate; medians
count. procrastinate gets the same concurrency and the same PostgreSQL, with fsync.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

import arq
import procrastinate
from arq.connections import RedisSettings

from common.core import open_core
from common.jobs import Trigger
from tools.chaos.crew import Crew, settings
from tools.chaos.jobs import Nap, naps
from tools.chaos.lab import Lab, open_lab

if TYPE_CHECKING:
    from common.core import Core

CONCURRENCY = 10
CLIENTS = 10
ROUNDS = 3
JOBS = 1500
SINGLE_RUNS = 150
BY_BENCH = Trigger("system", "bench")

Enqueue = Callable[[int], Awaitable[Any]]
Done = Callable[[], Awaitable[int]]
Contender = AbstractAsyncContextManager[tuple[Enqueue, Done]]


def measure() -> bool:
    """Print the figures; False when a target of the issue was missed."""
    with open_lab() as lab:
        urls = {name: lab.database(f"bench_{name}") for name in ("ours", "procrastinate")}
        contenders: dict[str, Callable[[], Contender]] = {
            "portico": lambda: ours(lab, urls["ours"]),
            "arq": lambda: with_arq(lab),
            "procrastinate": lambda: with_procrastinate(urls["procrastinate"]),
        }
        asyncio.run(procrastinate_app(urls["procrastinate"]).open_async_and_prepare())
        rates: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(ROUNDS):
            for name, contender in contenders.items():
                rates[name].append(asyncio.run(_rate(contender)))
        waits = asyncio.run(_waits(lab, urls["ours"]))
    return _print(rates, waits)


def _print(rates: dict[str, list[float]], waits: list[float]) -> bool:
    print(f"one worker, {CONCURRENCY} at a time, {CLIENTS} clients, {JOBS} jobs, {ROUNDS} rounds, fsync on")
    print("portico: batched claims and finishes, poll_delay 0.05; arq: defaults (poll_delay 0.5, max_jobs 10);")
    print("procrastinate: concurrency 10, listen_notify, psycopg pool")
    middle = {name: median(values) for name, values in rates.items()}
    for name, values in rates.items():
        print(f"{name:14} {middle[name]:7.0f} jobs/s  (rounds {', '.join(f'{value:.0f}' for value in values)})")
    ratios = {name: middle["portico"] / middle[name] for name in ("arq", "procrastinate")}
    for name, ratio in ratios.items():
        print(f"portico / {name:14} {ratio:.1f} x   (target 2, stretch 4)")
    p50, p99 = median(waits), quantiles(waits, n=100)[98]
    print(f"enqueue to start: p50 {p50 * 1000:.0f} ms (limit 50), p99 {p99 * 1000:.0f} ms (limit 250)")
    return min(ratios.values()) >= 2 and p50 <= 0.05 and p99 <= 0.25  # noqa: PLR2004 - the issue's figures


async def _rate(contender: Callable[[], Contender]) -> float:
    async with contender() as (enqueue, done):
        await enqueue(0)
        await until(done, 1)
        began = time.monotonic()
        numbers = iter(range(1, JOBS + 1))

        async def client() -> None:
            for n in numbers:
                await enqueue(n)

        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        await until(done, JOBS + 1)
        return JOBS / (time.monotonic() - began)


async def until(done: Done, count: int) -> None:
    while await done() < count:  # noqa: ASYNC110 - another process does it
        await asyncio.sleep(0.02)


@asynccontextmanager
async def ours(lab: Lab, url: str) -> AsyncIterator[tuple[Enqueue, Done]]:
    """One worker with a lane of ten, as deployed."""
    async with open_core(naps(CONCURRENCY), settings(url, lab.redis_url, lease_seconds=60)) as core:
        async with core.db.connection() as conn:
            await conn.execute("TRUNCATE runs CASCADE")
        crew = Crew(naps, settings(url, lab.redis_url, lease_seconds=60), CONCURRENCY)
        crew.hire()

        async def enqueue(n: int) -> None:
            async with core.db.transaction() as conn:
                await core.ledger.enqueue(conn, "chaos.nap", Nap(n=n), trigger=BY_BENCH)

        async def done() -> int:
            async with core.db.connection() as conn:
                return int(await conn.fetchval("SELECT count(*) FROM runs WHERE state = 'succeeded'"))

        try:
            yield enqueue, done
        finally:
            crew.dismiss()


async def noop(ctx: dict[Any, Any], *_: Any, **__: Any) -> None:
    """The job of arq."""


def _arq_worker(redis_url: str) -> None:
    asyncio.set_event_loop(asyncio.new_event_loop())
    arq.worker.Worker(functions=[noop], redis_settings=RedisSettings.from_dsn(redis_url)).run()


@asynccontextmanager
async def with_arq(lab: Lab) -> AsyncIterator[tuple[Enqueue, Done]]:
    pool = await arq.create_pool(RedisSettings.from_dsn(lab.redis_url))
    await pool.flushdb()
    process = multiprocessing.get_context("forkserver").Process(target=_arq_worker, args=[lab.redis_url], daemon=True)
    process.start()
    enqueued = 0

    async def enqueue(n: int) -> None:
        nonlocal enqueued
        await pool.enqueue_job("noop", n)
        enqueued += 1

    async def done() -> int:
        return enqueued - int(await pool.zcard("arq:queue"))

    try:
        yield enqueue, done
    finally:
        process.terminate()
        process.join()
        await pool.aclose()


def procrastinate_app(url: str) -> PreparedApp:
    return PreparedApp(connector=procrastinate.PsycopgConnector(conninfo=url, max_size=CLIENTS + 2))


class PreparedApp(procrastinate.App):
    async def open_async_and_prepare(self) -> None:
        async with self.open_async():
            await self.schema_manager.apply_schema_async()


def _procrastinate_worker(url: str) -> None:
    async def work() -> None:
        app = procrastinate_app(url)
        app.task(name="noop")(_procrastinate_noop)
        async with app.open_async():
            await app.run_worker_async(concurrency=CONCURRENCY, install_signal_handlers=False)

    asyncio.run(work())


async def _procrastinate_noop(n: int) -> None:
    """The job of procrastinate."""


@asynccontextmanager
async def with_procrastinate(url: str) -> AsyncIterator[tuple[Enqueue, Done]]:
    app = procrastinate_app(url)
    task = app.task(name="noop")(_procrastinate_noop)
    async with app.open_async():
        await app.connector.execute_query_async("TRUNCATE procrastinate_jobs CASCADE")
        context = multiprocessing.get_context("forkserver")
        process = context.Process(target=_procrastinate_worker, args=[url], daemon=True)
        process.start()

        async def enqueue(n: int) -> None:
            await task.defer_async(n=n)

        async def done() -> int:
            row = await app.connector.execute_query_one_async(
                "SELECT count(*) AS done FROM procrastinate_jobs WHERE status = 'succeeded'"
            )
            return int(row["done"])

        try:
            yield enqueue, done
        finally:
            process.kill()
            process.join()


async def _waits(lab: Lab, url: str) -> list[float]:
    """Seconds from the commit of a single run to its start, with an idle worker."""
    async with ours(lab, url) as (enqueue, done), open_core(naps(), settings(url, lab.redis_url)) as core:
        await enqueue(0)
        await until(done, 1)
        await asyncio.sleep(1)
        for n in range(SINGLE_RUNS):
            await enqueue(n)
            await asyncio.sleep(random.uniform(0.05, 0.15))  # noqa: S311 - out of step with the poll
        await until(done, SINGLE_RUNS + 1)
        return await _waited(core)


async def _waited(core: Core[Any]) -> list[float]:
    statement = """
        SELECT extract(epoch FROM a.started_at - r.created_at) AS waited
        FROM runs r JOIN run_attempts a ON a.run_id = r.id
        ORDER BY r.created_at OFFSET 1
    """
    async with core.db.connection() as conn:
        return [float(row["waited"]) for row in await conn.fetch(statement)]
