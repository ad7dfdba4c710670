"""The dedupe job; shares the key of the jobs that write, so that nobody is sent while it decides."""

from typing import TYPE_CHECKING

from common.jobs import JobSet, NoPayload, Outcome, RunContext
from services.asanito.sync.jobs import writes_to_asanito

if TYPE_CHECKING:
    from services.asanito.resources import Resources

jobs = JobSet()


@jobs.job(
    "dedupe",
    title="Duplicates",
    payload=NoPayload,
    key=writes_to_asanito,
    dedupe=lambda _: "",
    timeout_seconds=3600,
    dry_run=True,
)
async def dedupe(run: "RunContext[Resources]", _: NoPayload) -> Outcome:
    """Finds members that the source holds twice, by mobile number and national code."""
    return await run.resources.dedupe.dedupe(run)
