"""The rescan job; shares the key of the jobs that write, so that nothing is sent while the copy changes under it."""

from typing import TYPE_CHECKING

from common.jobs import JobSet, NoPayload, Outcome, RunContext, SeedSchedule
from services.asanito.sync.jobs import writes_to_asanito

if TYPE_CHECKING:
    from services.asanito.resources import Resources

jobs = JobSet()


@jobs.job(
    "rescan",
    title="Compare all",
    payload=NoPayload,
    key=writes_to_asanito,
    dedupe=lambda _: "",
    timeout_seconds=6 * 3600,
    role="admin",
)
async def rescan(run: "RunContext[Resources]", _: NoPayload) -> Outcome:
    """Compares every row of the source with our copy: finds edits, deletions, resets and late rows."""
    return await run.resources.rescan.rescan(run)


schedules = [SeedSchedule(name="rescan", job="rescan", cron=["0 5 * * 5"], zone="Asia/Tehran", enabled=False)]
"""Fridays, when the clubs' office is closed."""
