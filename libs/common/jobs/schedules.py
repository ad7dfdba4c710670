"""Firing schedules: each slot once, whoever looks. Used by the sweeper, `common.core` and the endpoints.

A schedule remembers until when its slots are decided. Deciding locks its row, writes one `schedule_slots` row per slot
(fired, missed, overlapped or paused) and enqueues the runs, all in one transaction.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from common.db import queries_beside
from common.errors import AppError
from common.jobs.firings import check_schedule, due_slots, next_firings, slots_to_fire
from common.jobs.ledger import valid_payload
from common.jobs.outcomes import Trigger

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    import asyncpg

    from common.db import Connection, Database
    from common.jobs.declare import SeedSchedule
    from common.jobs.ledger import Ledger

sql = queries_beside(__file__, "schedules.sql")
log = structlog.get_logger()

FORGET_AFTER = timedelta(days=2)
"""Slots missed longer ago than this (and the grace) leave no row: nobody looks for them any more."""


async def seed_schedules(conn: Connection, seeds: Sequence[SeedSchedule], now: datetime) -> None:
    """Insert the schedules whose names are absent; rows that exist belong to the operators."""
    for seed in seeds:
        check_schedule(seed.cron, seed.zone)
        following = next_firings(seed.cron, seed.zone, now, seed.holidays, 1)
        await conn.execute(
            sql.seed_schedule,
            seed.name,
            seed.job,
            list(seed.cron),
            seed.zone,
            seed.params,
            seed.enabled,
            seed.misfire,
            seed.grace_seconds,
            seed.overlap,
            list(seed.holidays),
            now,
            following[0] if following else None,
        )


async def fire_due(db: Database, ledger: Ledger, now: datetime) -> int:
    """Decide all slots up to `now`; how many runs were enqueued. Any number of workers may do this at once."""
    async with db.connection() as conn:
        due = [row["id"] for row in await conn.fetch(sql.due_schedules, now)]
    fired = 0
    for schedule_id in due:
        async with db.transaction() as conn:
            fired += await decide_due(conn, ledger, schedule_id, now)
    return fired


async def decide_due(conn: Connection, ledger: Ledger, schedule_id: UUID, now: datetime) -> int:
    """Decide one schedule's slots up to `now`, before it is changed for example; how many runs were enqueued."""
    row = await conn.fetchrow(sql.lock_due_schedule, schedule_id, now)
    return await _decide(conn, ledger, row, now) if row else 0


async def keep_zone(conn: Connection, ledger: Ledger, job: str, zone: str, now: datetime) -> list[str]:
    """Plan every schedule of `job` in `zone`, where a service keeps its zone in an option; the names that changed.

    What is due by the old zone is decided first; from `now` on the lines mean hours of the new one.
    """
    rows = await conn.fetch(sql.list_other_zones, job, zone)
    for row in rows:
        await decide_due(conn, ledger, row["id"], now)
        following = next_firings(row["cron"], zone, now, row["holidays"], 1) if row["enabled"] else []
        await conn.execute(sql.change_zone, row["id"], zone, now, following[0] if following else None)
    return [row["name"] for row in rows]


async def _decide(conn: Connection, ledger: Ledger, row: asyncpg.Record, now: datetime) -> int:
    grace = timedelta(seconds=row["grace_seconds"])
    after = max(row["decided_until"], now - max(grace, FORGET_AFTER))
    slots = due_slots(row["cron"], row["zone"], after, now, row["holidays"])
    chosen = set(slots_to_fire(slots, now, row["misfire"], grace))
    fired = 0
    for slot in slots:
        if not await conn.fetchval(sql.take_slot, row["id"], slot):
            continue
        decision, run_id = "missed", None
        if row["paused"]:
            decision = "paused"
        elif slot in chosen:
            decision, run_id = await _fire(conn, ledger, row)
        await conn.execute(sql.write_slot, row["id"], slot, decision, run_id)
        fired += decision == "fired"
    following = next_firings(row["cron"], row["zone"], now, row["holidays"], 1)
    await conn.execute(sql.move_on, row["id"], now, following[0] if following else None)
    return fired


async def _fire(conn: Connection, ledger: Ledger, row: asyncpg.Record) -> tuple[str, UUID | None]:
    if row["overlap"] == "skip" and (live := await conn.fetchval(sql.find_live_run, row["id"])):
        return "overlapped", live
    trigger = Trigger("schedule", row["name"], row["id"])
    try:
        key = _queue_key(ledger, row) if row["overlap"] == "queue" else None
        async with conn.transaction():
            return "fired", (await ledger.enqueue(conn, row["job"], row["params"], trigger=trigger, key=key)).id
    except AppError as error:  # an unknown job, parameters that no longer fit, an equal run with `refuse`
        log.warning("schedule.not_fired", schedule=row["name"], code=error.code, detail=error.detail)
        return "missed", None


def _queue_key(ledger: Ledger, row: asyncpg.Record) -> str | None:
    """What makes runs of one schedule wait for each other; the job's own key does so already, and guards more."""
    job = ledger.registry.get(row["job"])
    own = job.key(valid_payload(job, row["params"])) if job.key else None
    return None if own else f"schedule:{row['id']}"
