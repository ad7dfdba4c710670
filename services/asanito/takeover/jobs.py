"""The job of the first day: look at the source, take over, list what a person has to decide. Sends nothing."""

from typing import TYPE_CHECKING

from common.jobs import JobSet, NoPayload, Outcome, RunContext
from services.asanito.sync.jobs import writes_to_asanito

if TYPE_CHECKING:
    from services.asanito.resources import Resources

jobs = JobSet()


@jobs.job(
    "take-over",
    title="Take over",
    payload=NoPayload,
    key=writes_to_asanito,
    dedupe=lambda _: "",
    timeout_seconds=6 * 3600,
    role="admin",
)
async def take_over(run: "RunContext[Resources]", _: NoPayload) -> Outcome:
    """Takes over ids, statuses, mappings and deals of the application before this one; sends nothing."""
    await run.resources.mirror.add_missing_columns(run)
    await run.resources.source.scan(run)
    return await run.resources.takeover.report(run)
