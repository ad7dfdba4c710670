"""The doorbell: the only file that knows arq. Used by the API and worker processes of every service.

A ring wakes one worker of the service, which then claims from the ledger whatever is due. Rings are best effort: they
are sent after the commit by a task of their own, several become one, and a lost one costs at most one poll of the
ledger (a second). Nothing is ever read from Redis but "wake up".
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.worker import Worker, func
from redis.asyncio.retry import Retry as RedisRetry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from uuid import UUID

log = structlog.get_logger()

REDIS_AWAY = (RedisError, OSError, TimeoutError)
RING_SECONDS = 2
RINGS_PER_SECOND = 100  # rings of one hundredth of a second share an id, and so become one


def _dumps(message: dict[str, Any]) -> bytes:
    return orjson.dumps(message, default=str)


async def no_bell(_run_id: UUID) -> None:
    """For processes without Redis: workers find the run by polling."""


class Bell:
    """The ringing side. `ring` only notes; the sending task of `open_bell` does the rest."""

    def __init__(self, service: str, url: str) -> None:
        self._queue = queue_name(service)
        self._settings = RedisSettings.from_dsn(url)
        self._settings.conn_retries = 0
        self._settings.conn_timeout = RING_SECONDS
        self._redis: ArqRedis | None = None
        self._noted: UUID | None = None
        self._wanted = asyncio.Event()
        self._away = False

    async def ring(self, run_id: UUID) -> None:
        """Ask for a ring; returns at once and never fails."""
        self._noted = run_id
        self._wanted.set()

    async def send_for_ever(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                async with asyncio.timeout(RING_SECONDS):
                    await self._send()
            except REDIS_AWAY as error:
                if not self._away:
                    log.warning("bell.away", error=type(error).__name__)
                self._away = True
                await self._drop_connection()
                await asyncio.sleep(1)
            else:
                if self._away:
                    log.info("bell.back")
                self._away = False

    async def close(self) -> None:
        if self._wanted.is_set():
            with suppress(*REDIS_AWAY):
                async with asyncio.timeout(RING_SECONDS):
                    await self._send()
        await self._drop_connection()

    async def _send(self) -> None:
        if self._redis is None:
            self._redis = await create_pool(self._settings, job_serializer=_dumps, job_deserializer=orjson.loads)
        moment = int(asyncio.get_running_loop().time() * RINGS_PER_SECOND)
        ring_id = f"{self._queue}:{moment}"
        await self._redis.enqueue_job("wake", str(self._noted), _job_id=ring_id, _queue_name=self._queue)

    async def _drop_connection(self) -> None:
        redis, self._redis = self._redis, None
        if redis:
            with suppress(*REDIS_AWAY):
                await redis.aclose(close_connection_pool=True)


def queue_name(service: str) -> str:
    return f"portico:{service}"


@asynccontextmanager
async def open_bell(service: str, url: str) -> AsyncIterator[Bell]:
    """A bell whose sending task lives as long as the block; Redis may be absent at any moment of it."""
    bell = Bell(service, url)
    task = asyncio.create_task(bell.send_for_ever(), name="bell")
    try:
        yield bell
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await bell.close()


async def listen(service: str, url: str, wake: Callable[[], None]) -> None:
    """Call `wake` at each ring until Redis goes away (then raises; the worker starts it again).

    `wake` is called after arq has deleted the ring's key: a ring that arrives while the key still exists is swallowed,
    but then its run was committed before the claim that follows.
    """
    settings = RedisSettings.from_dsn(url)
    settings.conn_retries = 0
    settings.retry_on_timeout = True
    settings.retry = RedisRetry(ExponentialBackoff(cap=1, base=0.1), 30)
    settings.retry_on_error = [RedisConnectionError, RedisTimeoutError, OSError]

    async def claim_follows(ctx: dict[Any, Any]) -> None:  # noqa: ARG001 - arq names it
        wake()

    async def ring(ctx: dict[Any, Any], *_: Any, **__: Any) -> None:
        """Nothing: the work is in the ledger."""

    redis = await create_pool(settings, job_serializer=_dumps, job_deserializer=orjson.loads)
    worker = Worker(
        functions=[func(ring, name="wake")],
        queue_name=queue_name(service),
        redis_pool=redis,
        after_job_end=claim_follows,
        handle_signals=False,
        max_tries=1,
        retry_jobs=False,
        keep_result=0,
        job_timeout=1,
        poll_delay=0.05,
        health_check_interval=15,
        job_serializer=_dumps,
        job_deserializer=orjson.loads,
    )
    try:
        await worker.async_run()
    finally:
        with suppress(*REDIS_AWAY):
            await redis.aclose(close_connection_pool=True)
