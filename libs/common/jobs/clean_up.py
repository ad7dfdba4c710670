"""Retention: the daily job of every service that deletes what is old enough. Added to each service by `common.core`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from common.db import queries_beside
from common.jobs.declare import JobSet, NoPayload, SeedSchedule
from common.jobs.outcomes import Outcome
from common.options import Options

if TYPE_CHECKING:
    from common.jobs.context import RunContext

sql = queries_beside(__file__, "clean_up.sql")

BATCH = 1000
ABANDONED_AFTER = timedelta(days=1)


class Retention(Options, name="retention", title="Retention"):
    """How long things are kept. The audit is kept for ever."""

    run_days: int = Field(90, ge=1, le=3650, description="Ended runs with their logs and records; mails sent.")
    file_days: int = Field(400, ge=1, le=3650, description="The bytes of files; what they contained stays known.")


def _same(_payload: NoPayload) -> str:
    return ""


CLEAN_UP_SCHEDULE = SeedSchedule("ledger.clean_up", "ledger.clean_up", ["17 3 * * *"], "UTC", grace_seconds=86_400)


clean_up_jobs = JobSet()


@clean_up_jobs.job(
    "ledger.clean_up",
    title="Clean up",
    payload=NoPayload,
    lane="ledger",
    timeout_seconds=3600,
    dedupe=_same,
    role="admin",
)
async def clean_up(run: RunContext[Any], _payload: NoPayload) -> Outcome:
    """Delete runs, mails and file bytes that are older than the retention options say."""
    core = run.core
    keep = await core.options.get(Retention)
    steps = {
        "runs": (sql.delete_runs, timedelta(days=keep.run_days)),
        "slots": (sql.delete_slots, timedelta(days=keep.run_days)),
        "mails": (sql.delete_outbox, timedelta(days=keep.run_days)),
        "files": (sql.delete_files, timedelta(days=keep.file_days)),
    }
    deleted = dict.fromkeys(steps, 0)
    for name, (statement, age) in steps.items():
        while True:
            async with core.db.connection() as conn:
                count = await conn.fetchval(statement, age, BATCH)
            deleted[name] += count
            await run.progress(sum(deleted.values()), unit=name)
            await run.checkpoint()
            if count < BATCH:
                break
    async with core.db.connection() as conn:
        await core.files.discard_abandoned(conn, ABANDONED_AFTER)
    if not any(deleted.values()):
        return Outcome.nothing_to_do("Nothing was old enough.")
    return Outcome.succeeded(", ".join(f"{name}: {count}" for name, count in deleted.items()), result=deleted)
