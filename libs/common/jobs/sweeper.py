"""The sweeper: rescues runs whose worker fell silent, fires schedules. One of a service's workers does it at a time.

It waits for PostgreSQL only. Who leads holds a session's advisory lock: when its connection goes, so does the lead.
A leader that is silent for a lease loses both, since it may be frozen.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog

from common.db import queries_beside
from common.jobs.schedules import fire_due

if TYPE_CHECKING:
    from common.core import Core
    from common.db import Database

sql = queries_beside(__file__, "sweeper.sql")
log = structlog.get_logger()

SWEEP_SECONDS = 1.0
LEAST_SILENCE_SECONDS = 5.0


async def sweep_while_leading(db: Database, core: Core[Any], lease_seconds: float) -> None:
    """Try to lead; as long as it does, sweep once a second. Called in a loop by the worker."""
    async with db.connection() as leading:
        if await leading.fetchval(sql.try_lead):
            silent_milliseconds = 1000 * max(lease_seconds, LEAST_SILENCE_SECONDS)
            try:
                await leading.execute(sql.give_up_when_silent, f"{silent_milliseconds:.0f}")
                while await leading.fetchval(sql.still_leading):  # raises when the connection, and so the lead, is gone
                    await rescue_expired(db, core, lease_seconds)
                    await fire_due(db, core.ledger, core.clock.now())
                    await asyncio.sleep(min(SWEEP_SECONDS, lease_seconds / 2))
            finally:
                with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await leading.execute(sql.stop_leading)
    await asyncio.sleep(SWEEP_SECONDS)


async def rescue_expired(db: Database, core: Core[Any], lease_seconds: float) -> int:
    """Queue runs with an expired lease again; end those whose attempts or patience are used up. How many runs."""
    async with db.transaction() as conn:
        rows = [*await conn.fetch(sql.rescue_expired, lease_seconds), *await conn.fetch(sql.give_up)]
        for row in rows:
            log.warning("run.rescued", run_id=str(row["id"]), job=row["job"], state=row["state"])
            job = core.ledger.registry.find(row["job"])
            if job and row["state"] != "queued":
                await job.abandon(conn, row["params"])
        await conn.execute(sql.forget_workers)
        if rows:
            core.ledger.ring_after_commit(rows[0]["id"])
    return len(rows)
