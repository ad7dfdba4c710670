"""Worker processes that can be killed by the hundred: forked from a warm server, so that each costs milliseconds."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import structlog

from common.core import Core, ServiceDefinition
from common.jobs import JobSet, Lane, SeedSchedule
from common.jobs.worker import run_worker
from common.settings import ServiceSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from multiprocessing.process import BaseProcess

    Definition: TypeAlias = Callable[..., ServiceDefinition[Any, Any]]


@asynccontextmanager
async def nothing(_core: Core[Any]) -> AsyncIterator[None]:
    yield None


def service(
    jobs: Sequence[JobSet],
    *,
    limit: int = 10,
    open_resources: Callable[[Core[Any]], AbstractAsyncContextManager[Any]] = nothing,
    schedules: Sequence[SeedSchedule] = (),
) -> ServiceDefinition[Any, Any]:
    """A service that has nothing but these jobs."""
    return ServiceDefinition(
        name="chaos",
        title="Chaos",
        settings=ServiceSettings,
        migrations=Path(__file__).with_name("no_migrations"),
        open_resources=open_resources,
        jobs=jobs,
        lanes=[Lane("default", limit)],
        schedules=schedules,
    )


def settings(url: str, redis_url: str, *, lease_seconds: float = 2) -> ServiceSettings:
    return ServiceSettings.model_validate(
        {
            "environment": "development",
            "database_url": url,
            "redis_url": redis_url,
            "identity_keys": '{"keys": []}',
            "lease_seconds": lease_seconds,
            "drain_seconds": 2,
        }
    )


class Crew:
    """Workers of one definition.

    Args:
        definition: a function of a module that gives the definition; it is called in each child.
    """

    def __init__(
        self, definition: Callable[..., ServiceDefinition[Any, Any]], chosen: ServiceSettings, *given: Any
    ) -> None:
        self._arguments = (definition, chosen.model_dump(mode="json"), given)
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([definition.__module__, __name__])
        self.workers: list[BaseProcess] = []

    def hire(self, count: int = 1) -> None:
        for _ in range(count):
            worker = self._context.Process(target=_work, args=self._arguments, daemon=True)
            worker.start()
            self.workers.append(worker)

    def kill(self, worker: BaseProcess) -> None:
        worker.kill()
        worker.join()
        self.workers.remove(worker)

    def freeze(self, worker: BaseProcess) -> None:
        os.kill(worker.pid or 0, signal.SIGSTOP)

    def thaw(self, worker: BaseProcess) -> None:
        os.kill(worker.pid or 0, signal.SIGCONT)

    def dismiss(self) -> None:
        """Stop all of them the ordinary way."""
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            worker.join(10)
            worker.kill()
        self.workers.clear()


def _work(definition: Definition, chosen: dict[str, Any], given: Sequence[Any]) -> None:
    level = logging.WARNING if os.environ.get("CHAOS_LOUD") else logging.CRITICAL
    logging.basicConfig(level=logging.CRITICAL)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    asyncio.run(run_worker(definition(*given), ServiceSettings.model_validate(chosen)))
