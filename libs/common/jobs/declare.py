"""Declaring jobs: `@jobs.job(...)`, lanes, seeded schedules. Used by every service's `jobs.py` and `main.py`."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import asyncpg
import structlog
from pydantic import BaseModel, ConfigDict

from common.errors import NotFound, PorticoError
from common.jobs.chains import Chain, Step
from common.jobs.outcomes import Retry

if TYPE_CHECKING:
    from datetime import date

    from common.db import Connection
    from common.identity import Role
    from common.jobs.context import RunContext
    from common.jobs.outcomes import Outcome

log = structlog.get_logger()

ResourcesT = TypeVar("ResourcesT")
PayloadT = TypeVar("PayloadT", bound=BaseModel)
JobFunction = Callable[["RunContext[ResourcesT]", PayloadT], Awaitable["Outcome"]]

OnDuplicate = Literal["join", "refuse"]
Misfire = Literal["skip", "once", "all"]
Overlap = Literal["skip", "queue", "allow"]


class NoPayload(BaseModel):
    """Nothing to choose."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Lane:
    """A share of each worker: at most `limit` runs of the lane at a time in one process."""

    name: str
    limit: int = 10


@dataclass(frozen=True, slots=True)
class Job:
    """One declared job. `description` is the first line of the function's docstring.

    Args:
        key: concurrency key of a payload; runs with the same key never run at the same time, whatever their job.
        busy_deadline_seconds: a run that waits longer than this for its busy key fails with the reason `busy`.
        dedupe: what makes two queued or running runs of this job the same; None when nothing does. A dry run and a
            real one are never the same.
        startable: people and API clients may start it; `role` is what they need.
        precheck: read-only look at claim, in its own short transaction; an outcome ends the run without calling it.
        on_abandoned: SQL only, in the transaction that ends the run without the function's own word: attempts used
            up by dead workers, or cancelled before it ran.
    """

    name: str
    title: str
    description: str
    payload: type[BaseModel]
    function: JobFunction[Any, Any]
    lane: str = "default"
    timeout_seconds: float = 600
    key: Callable[[Any], str | None] | None = None
    busy_deadline_seconds: float | None = None
    dedupe: Callable[[Any], str] | None = None
    on_duplicate: OnDuplicate = "join"
    retry: Retry = field(default_factory=Retry)
    startable: bool = True
    role: Role = "operator"
    dry_run: bool = False
    precheck: Callable[[Connection, Any], Awaitable[Outcome | None]] | None = None
    on_abandoned: Callable[[Connection, Any], Awaitable[None]] | None = None

    async def abandon(self, conn: Connection, params: dict[str, Any]) -> None:
        """Tell the owner, if it wants to hear; what goes wrong there never keeps the ledger from going on."""
        if self.on_abandoned:
            try:
                async with conn.transaction():
                    await self.on_abandoned(conn, self.payload.model_validate(params))
            except (ValueError, PorticoError, asyncpg.PostgresError) as error:  # pydantic's error is a ValueError
                log.exception("job.on_abandoned_failed", job=self.name, exc_info=error)


class JobSet:
    """The jobs of one feature, filled by its `jobs.py`; the service definition lists the sets."""

    def __init__(self) -> None:
        self._jobs: list[Job] = []

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs)

    def job(
        self, name: str, *, title: str, payload: type[PayloadT], **options: Any
    ) -> Callable[[JobFunction[ResourcesT, PayloadT]], JobFunction[ResourcesT, PayloadT]]:
        """Declare `async def f(run, payload) -> Outcome` as the job `name` (`<feature>.<verb_noun>`).

        Args:
            options: the other fields of `Job`.
        """

        def declare(function: JobFunction[ResourcesT, PayloadT]) -> JobFunction[ResourcesT, PayloadT]:
            description = (inspect.getdoc(function) or title).partition("\n")[0]
            self._jobs.append(Job(name, title, description, payload, function, **options))
            return function

        return declare

    def chain(
        self,
        name: str,
        *,
        title: str,
        payload: type[BaseModel],
        steps: Sequence[Step],
        description: str = "",
        **options: Any,
    ) -> None:
        """Declare a job whose run lets the jobs of `steps` run one after another; see `common.jobs.chains`."""
        self._jobs.append(Job(name, title, description or title, payload, Chain(tuple(steps)), **options))


class Registry:
    """All jobs of a service by name."""

    def __init__(self, sets: Iterable[JobSet]) -> None:
        self._jobs: dict[str, Job] = {}
        for job in (job for jobs in sets for job in jobs):
            if self._jobs.setdefault(job.name, job) is not job:
                raise ValueError(f"two jobs are named {job.name}")

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    def get(self, name: str) -> Job:
        """The job.

        Raises:
            NotFound: `unknown_job`.
        """
        if job := self._jobs.get(name):
            return job
        raise NotFound(f"There is no job named {name!r} here.", code="unknown_job", params={"job": name})

    def find(self, name: str) -> Job | None:
        return self._jobs.get(name)


@dataclass(frozen=True, slots=True)
class SeedSchedule:
    """A schedule that is inserted when its name is absent; operators own the row from then on.

    Args:
        cron: five-field expressions; a slot of any of them fires.
        zone: IANA zone in which they are read.
        grace_seconds: a slot later than this is not fired any more, whatever `misfire` says.
    """

    name: str
    job: str
    cron: Sequence[str]
    zone: str
    params: dict[str, Any] = field(default_factory=dict)
    misfire: Misfire = "once"
    grace_seconds: int = 3600
    overlap: Overlap = "skip"
    holidays: Sequence[date] = ()
    enabled: bool = True
