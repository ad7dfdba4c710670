"""The look at how runs ended, every five minutes: small, alone, and nothing to do most of the time."""

from typing import TYPE_CHECKING

from common.jobs import JobSet, NoPayload, Outcome, RunContext, SeedSchedule

if TYPE_CHECKING:
    from services.asanito.resources import Resources

jobs = JobSet()


@jobs.job("watch", title="Mails and alerts", payload=NoPayload, dedupe=lambda _: "", timeout_seconds=600)
async def watch(run: "RunContext[Resources]", _: NoPayload) -> Outcome:
    """Writes the morning's mail when a cycle has ended, and tells troubles and their end."""
    told = await run.resources.alerts.look(run.now, run.guard)
    if not told:
        return Outcome.nothing_to_do("Nothing to tell.")
    return Outcome.succeeded(f"{len(told)} mail{'s' if len(told) > 1 else ''} written.", result={"mails": told})


schedules = [SeedSchedule(name="watch", job="watch", cron=["*/5 * * * *"], zone="Asia/Tehran")]
