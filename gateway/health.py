"""Whether this process lives and can serve. Open to everybody, and therefore silent about everything behind it."""

from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Depends, Response

from common.errors import Unavailable
from common.health import Check, Readiness
from common.migrate import behind
from gateway.auth.access import resources_of
from gateway.resources import COMPONENTS, Resources

router = APIRouter(tags=["health"])


@router.get("/livez", operation_id="livez")
async def livez() -> dict[str, str]:
    """The process is alive."""
    return {"status": "alive"}


@router.get("/readyz", operation_id="readyz", responses={503: {"model": Readiness}})
async def readyz(resources: Annotated[Resources, Depends(resources_of)], response: Response) -> Readiness:
    """The gateway can be used: its database answers and has the tables that this build needs."""
    checks = await own_checks(resources)
    able = all(check.ok for check in checks.values())
    response.status_code = 200 if able else 503
    status: Any = "ready" if able else "unavailable"
    return Readiness(status=status, checks=checks)


async def own_checks(resources: Resources) -> dict[str, Check]:
    """The gateway's own parts. A service that is away is told by `/api/health`: the gateway serves without it."""
    try:
        async with resources.db.connection() as conn:
            missing = await behind(conn, COMPONENTS)
    except (Unavailable, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return {"database": Check(ok=False, detail=f"does not answer ({type(error).__name__})")}
    detail = f"missing: {', '.join(missing)}" if missing else "at head"
    return {"database": Check(ok=True, detail="answers"), "schema": Check(ok=not missing, detail=detail)}
