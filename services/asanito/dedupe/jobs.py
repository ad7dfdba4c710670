"""The dedupe job; shares the key of the jobs that write, so that nobody is sent while it decides."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from common.jobs import JobSet, Outcome, RunContext
from services.asanito.sync.jobs import writes_to_asanito

if TYPE_CHECKING:
    from services.asanito.resources import Resources

jobs = JobSet()


class Dedupe(BaseModel):
    """Nothing to choose."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@jobs.job(
    "dedupe",
    title="Duplicates",
    payload=Dedupe,
    key=writes_to_asanito,
    dedupe=lambda _: "",
    timeout_seconds=3600,
    dry_run=True,
)
async def dedupe(run: "RunContext[Resources]", _: Dedupe) -> Outcome:
    """Finds members that the source holds twice, by mobile number and national code."""
    return await run.resources.dedupe.dedupe(run)
