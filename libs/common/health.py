"""`/livez` and `/readyz`: can this process be sent requests, and is the service whole? Used by every service.

`unavailable` (503) when it can't answer: the database is gone, or its schema is older than the code. `degraded` (200)
when it answers and something behind it is missing: the doorbell, every worker, or what the service itself names
(`ServiceDefinition.needs`).
"""

import asyncio
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

import asyncpg
import redis.asyncio as redis
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from redis.exceptions import RedisError

from common.errors import PorticoError, Unavailable
from common.migrate import Component, behind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from common.core import Core

CHECK_SECONDS = 3
WAIT_SECONDS = 1.0
GOOD_FOR_SECONDS, BAD_FOR_SECONDS = 60.0, 10.0
"""How long it is taken for true what a service said of what it needs; whoever mended it wants to see it soon."""
SILENT_SECONDS = 30

_WORKERS = "SELECT count(*) FROM workers WHERE last_seen_at > clock_timestamp() - make_interval(secs => $1)"


class Check(BaseModel):
    ok: bool
    detail: str


class Readiness(BaseModel):
    """How a service is, and why."""

    status: Literal["ready", "degraded", "unavailable"]
    checks: dict[str, Check]


class Need:
    """Something outside that a service needs. It is asked rarely, and a slow answer keeps nobody waiting.

    Args:
        look: gives a sentence when all is well.
    """

    def __init__(self, look: "Callable[[], Awaitable[str]]") -> None:
        self._look = look
        self._said: Check | None = None
        self._ask_at = 0.0
        self._asking: asyncio.Task[None] | None = None

    async def check(self) -> Check | None:
        """What was said last; None before the first answer."""
        if self._asking is None and monotonic() >= self._ask_at:
            self._asking = asyncio.create_task(self._ask(), name="readiness")
        if self._asking is not None:
            await asyncio.wait({self._asking}, timeout=WAIT_SECONDS)
        return self._said

    async def stop(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            with suppress(asyncio.CancelledError):
                await self._asking

    async def _ask(self) -> None:
        try:
            self._said = Check(ok=True, detail=await self._look())
        except PorticoError as error:
            self._said = Check(ok=False, detail=error.detail)
        finally:
            is_good = self._said is not None and self._said.ok
            self._ask_at = monotonic() + (GOOD_FOR_SECONDS if is_good else BAD_FOR_SECONDS)
            self._asking = None


class Health:
    """The checks of one process.

    Args:
        needs: what the service needs besides, by name.
    """

    def __init__(
        self,
        core: "Core[Any]",
        components: list[Component],
        needs: "Mapping[str, Callable[[], Awaitable[str]]] | None" = None,
    ) -> None:
        self._core = core
        self._components = components
        self._needs = {name: Need(look) for name, look in (needs or {}).items()}
        self._schema_known = False
        self._redis: redis.Redis = redis.Redis.from_url(
            str(core.settings.redis_url), socket_timeout=1, socket_connect_timeout=1
        )

    @asynccontextmanager
    async def open(self) -> "AsyncIterator[Health]":
        """Hold the connections that the checks use."""
        try:
            yield self
        finally:
            for need in self._needs.values():
                await need.stop()
            await self._redis.aclose()

    async def check(self) -> Readiness:
        """Ask everything, each for a short time only."""
        needs = asyncio.gather(*(need.check() for need in self._needs.values()))
        (database, schema, workers), bell, said = await asyncio.gather(self._database(), self._bell(), needs)
        checks = {"database": database, "schema": schema, "redis": bell, "workers": workers}
        checks |= {name: check for name, check in zip(self._needs, said, strict=True) if check}
        able = database.ok and schema.ok
        whole = all(check.ok for check in checks.values())
        status: Any = "unavailable" if not able else "ready" if whole else "degraded"
        return Readiness(status=status, checks=checks)

    async def _database(self) -> tuple[Check, Check, Check]:
        unknown = Check(ok=False, detail="not known without the database")
        try:
            async with asyncio.timeout(CHECK_SECONDS), self._core.db.connection() as conn:
                missing = [] if self._schema_known else await behind(conn, self._components)
                self._schema_known = not missing
                seen = 0 if missing else await conn.fetchval(_WORKERS, SILENT_SECONDS)
        except (Unavailable, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            return Check(ok=False, detail=f"does not answer ({type(error).__name__})"), unknown, unknown
        schema = Check(ok=not missing, detail=f"missing: {', '.join(missing)}" if missing else "at head")
        alive = Check(ok=seen > 0, detail=f"{seen} alive" if seen else f"none seen for {SILENT_SECONDS} s")
        return Check(ok=True, detail="answers"), schema, alive

    async def _bell(self) -> Check:
        try:
            await self._redis.ping()
        except (RedisError, OSError, TimeoutError) as error:
            return Check(ok=False, detail=f"does not answer ({type(error).__name__}); runs start a little later")
        return Check(ok=True, detail="answers")


router = APIRouter(tags=["health"])


@router.get("/livez", operation_id="livez", summary="The process is alive")
async def livez() -> dict[str, str]:
    return {"status": "alive"}


@router.get("/readyz", operation_id="readyz", summary="The service can be used", responses={503: {"model": Readiness}})
async def readyz(request: Request, response: Response) -> Readiness:
    health: Health = request.app.state.health
    found = await health.check()
    if found.status == "unavailable":
        response.status_code = 503
    return found
