"""The rescan job; shares the key of the jobs that write, so that nothing is sent while the copy changes under it."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from common.jobs import JobSet, Outcome, RunContext, SeedSchedule

if TYPE_CHECKING:
    from services.asanito.resources import Resources

jobs = JobSet()


class Rescan(BaseModel):
    """Nothing to choose."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@jobs.job(
    "rescan",
    title="Compare all",
    payload=Rescan,
    key=lambda _: "asanito",
    dedupe=lambda _: "",
    timeout_seconds=6 * 3600,
    role="admin",
)
async def rescan(run: "RunContext[Resources]", _: Rescan) -> Outcome:
    """Compares every row of the source with our copy: finds edits, deletions, resets and late rows."""
    return await run.resources.rescan.rescan(run)


schedules = [SeedSchedule(name="rescan", job="rescan", cron=["0 5 * * 5"], zone="Asia/Tehran", enabled=False)]
"""Fridays, when the clubs' office is closed."""
