"""`/livez` and `/readyz`: can this process be sent requests, and is the service whole? Used by every service.

`unavailable` (503) when it can't answer: the database is gone, or its schema is older than the code. `degraded` (200)
when it answers and something behind it is missing: the doorbell, or every worker.
"""

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

import asyncpg
import redis.asyncio as redis
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from redis.exceptions import RedisError

from common.errors import Unavailable
from common.migrate import Component, behind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from common.core import Core

CHECK_SECONDS = 3
SILENT_SECONDS = 30

_WORKERS = "SELECT count(*) FROM workers WHERE last_seen_at > clock_timestamp() - make_interval(secs => $1)"


class Check(BaseModel):
    ok: bool
    detail: str


class Readiness(BaseModel):
    """How a service is, and why."""

    status: Literal["ready", "degraded", "unavailable"]
    checks: dict[str, Check]


class Health:
    """The checks of one process."""

    def __init__(self, core: "Core[Any]", components: list[Component]) -> None:
        self._core = core
        self._components = components
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
            await self._redis.aclose()

    async def check(self) -> Readiness:
        """Ask everything, each for a short time only."""
        (database, schema, workers), bell = await asyncio.gather(self._database(), self._bell())
        checks = {"database": database, "schema": schema, "redis": bell, "workers": workers}
        able = database.ok and schema.ok
        status: Any = "unavailable" if not able else "ready" if bell.ok and workers.ok else "degraded"
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
