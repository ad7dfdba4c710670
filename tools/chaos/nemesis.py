"""The scenes of `./dev chaos`: what is broken, and what must hold afterwards. The kill tests play the short ones."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg

from common.core import Core, open_core
from common.jobs import Trigger
from tools.chaos.asanito import stormy_day
from tools.chaos.crew import Crew, settings
from tools.chaos.history import read_history
from tools.chaos.jobs import deliveries, naps
from tools.chaos.sink import Sink

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Coroutine
    from uuid import UUID

    from tools.chaos.lab import Lab

BY_CHAOS = Trigger("system", "chaos")
ENOUGH = 0.9  # of the throughput before
WITHIN_SECONDS = 10
FEW = 100
WINDOW_SECONDS = 2


@dataclass(frozen=True)
class Report:
    passed: bool
    text: str


async def kills(lab: Lab, url: str, options: argparse.Namespace) -> Report:
    """SIGKILL one of three workers again and again, while they deliver to a sink that shows every repeat."""
    chance = random.Random(options.seed)  # noqa: S311 - a seed that is printed
    acknowledged: dict[str, UUID] = {}
    killed = 0
    async with (
        Sink(options.seed).serving() as sink,
        open_core(deliveries(sink.port), settings(url, lab.redis_url)) as core,
    ):
        await deliver_more(core, options.jobs, acknowledged, chance)
        crew = Crew(deliveries, settings(url, lab.redis_url), sink.port)
        crew.hire(3)
        try:
            while (waiting := await left(core)) or killed < options.kills:
                if killed < options.kills:
                    crew.kill(chance.choice(crew.workers))
                    crew.hire()
                    killed += 1
                    if waiting < FEW:  # every kill shall fall into work
                        await deliver_more(core, FEW, acknowledged, chance)
                await asyncio.sleep(chance.uniform(0.02, 0.16))
        finally:
            crew.dismiss()
        verdict = await read_history(url, acknowledged, sink.puts)
    return Report(verdict.clean, f"{killed} kills, {len(acknowledged)} jobs: {verdict}")


async def freeze(lab: Lab, url: str, options: argparse.Namespace) -> Report:
    """SIGSTOP a worker for three leases, let another one take over, then let it go on."""
    async with (
        Sink(options.seed).serving() as sink,
        open_core(deliveries(sink.port), settings(url, lab.redis_url)) as core,
    ):
        keys = [str(n) for n in range(200)]
        acknowledged = await enqueue_all(core, "chaos.deliver", [{"key": key, "milliseconds": 400} for key in keys])
        crew = Crew(deliveries, settings(url, lab.redis_url), sink.port)
        crew.hire(2)
        try:
            while await workers_at_work(core) < len(crew.workers):  # noqa: ASYNC110 - other processes do it
                await asyncio.sleep(0.05)
            crew.freeze(crew.workers[0])
            await asyncio.sleep(6)
            crew.thaw(crew.workers[0])
            await until_done(core, 60)
            await asyncio.sleep(1)
        finally:
            crew.dismiss()
        verdict = await read_history(url, dict(zip(keys, acknowledged, strict=True)), sink.puts)
    taken_over = verdict.attempts - len(keys)
    return Report(verdict.clean and taken_over > 0, f"{taken_over} taken over; {verdict}")


async def redis(lab: Lab, url: str, _options: argparse.Namespace) -> Report:
    """Kill Redis, leave it away, start it, flush it, all while runs are made and done."""

    async def break_it() -> None:
        lab.kill_redis()
        await asyncio.sleep(3)
        lab.start_redis()
        await asyncio.sleep(1)
        await flush(lab.redis_url)

    return await _under(lab, url, break_it)


async def postgres(lab: Lab, url: str, _options: argparse.Namespace) -> Report:
    """Stop PostgreSQL as a power cut would, and start it again."""

    async def break_it() -> None:
        lab.restart_postgres()

    return await _under(lab, url, break_it)


async def backends(lab: Lab, url: str, _options: argparse.Namespace) -> Report:
    """Terminate every backend twice a second for ten seconds."""

    async def break_it() -> None:
        for _ in range(20):
            conn = await asyncpg.connect(url)
            await conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await conn.close()
            await asyncio.sleep(0.5)

    return await _under(lab, url, break_it)


async def asanito(lab: Lab, url: str, options: argparse.Namespace) -> Report:
    """A long day of the Asanito bridge: random faults, workers killed at random, the books compared."""
    return Report(*await stormy_day(lab, url, options))


SCENES: dict[str, Callable[[Lab, str, argparse.Namespace], Coroutine[Any, Any, Report]]] = {
    "kills": kills,
    "freeze": freeze,
    "redis": redis,
    "postgres": postgres,
    "backends": backends,
    "asanito": asanito,
}


async def _under(lab: Lab, url: str, break_it: Callable[[], Awaitable[None]]) -> Report:
    """Measure what one worker gets done per second, break something, measure again; naps leave the processor free."""
    async with open_core(naps(), settings(url, lab.redis_url)) as core:
        acknowledged = await enqueue_all(core, "chaos.nap", [{"n": n, "milliseconds": 100} for n in range(5000)])
        crew = Crew(naps, settings(url, lab.redis_url))
        crew.hire(1)
        try:
            await asyncio.sleep(2)
            before = await finished_per_second(core, 3)
            await break_it()
            began, best = time.monotonic(), 0.0
            while best < ENOUGH * before and time.monotonic() - began < WITHIN_SECONDS - WINDOW_SECONDS:
                best = max(best, await finished_per_second(core, WINDOW_SECONDS))
            after = time.monotonic() - began
            alive = all(worker.is_alive() for worker in crew.workers)
            kept = await drop_what_is_queued(core, acknowledged)
            await until_done(core, 30)
        finally:
            crew.dismiss()
        verdict = await read_history(url, {str(run_id): run_id for run_id in kept}, Counter())
    share = best / before if before else 0.0
    text = f"{before:.0f}/s before, {best:.0f}/s ({share:.0%}) after {after:.0f} s; worker alive: {alive}; {verdict}"
    return Report(share >= ENOUGH and alive and verdict.clean, text)


async def drop_what_is_queued(core: Core[Any], acknowledged: list[UUID]) -> set[UUID]:
    """Shorten the backlog to what was begun; those must still end well."""
    async with core.db.connection() as conn:
        gone = await conn.fetch("DELETE FROM runs WHERE state = 'queued' AND attempt = 0 RETURNING id")
    return set(acknowledged) - {row["id"] for row in gone}


async def enqueue_all(core: Core[Any], job: str, payloads: list[dict[str, Any]]) -> list[UUID]:
    """Enqueue in transactions of five hundred; the ids, in the order of the payloads, once committed."""
    ids = []
    for start in range(0, len(payloads), 500):
        async with core.db.transaction() as conn:
            for payload in payloads[start : start + 500]:
                new = await core.ledger.enqueue(conn, job, payload, trigger=BY_CHAOS)
                ids.append(new.id)
    return ids


async def left(core: Core[Any]) -> int:
    """Runs that have not ended."""
    async with core.db.connection() as conn:
        count: int = await conn.fetchval("SELECT count(*) FROM runs WHERE state IN ('queued', 'running')")
    return count


async def workers_at_work(core: Core[Any]) -> int:
    async with core.db.connection() as conn:
        count: int = await conn.fetchval("SELECT count(DISTINCT worker_id) FROM runs WHERE state = 'running'")
    return count


async def until_done(core: Core[Any], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while await left(core):  # noqa: ASYNC110 - other processes do it
            await asyncio.sleep(0.1)


async def finished_per_second(core: Core[Any], seconds: float) -> float:
    statement = "SELECT count(*) FROM runs WHERE finished_at > clock_timestamp() - make_interval(secs => $1)"
    await asyncio.sleep(seconds)
    async with core.db.connection() as conn:
        return float(await conn.fetchval(statement, seconds)) / seconds


async def flush(redis_url: str) -> None:
    from redis.asyncio import Redis  # noqa: PLC0415 - the one place here that needs it

    client = Redis.from_url(redis_url)
    await client.flushall()
    await client.aclose()


async def deliver_more(core: Core[Any], count: int, acknowledged: dict[str, UUID], chance: random.Random) -> None:
    """Enqueue deliveries of 20 to 200 ms under keys of their own, and remember them once they are committed."""
    keys = [str(len(acknowledged) + n) for n in range(count)]
    payloads = [{"key": key, "milliseconds": chance.randint(20, 200)} for key in keys]
    acknowledged.update(zip(keys, await enqueue_all(core, "chaos.deliver", payloads), strict=True))
