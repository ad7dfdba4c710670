"""The job that looks at the inbox: by schedule, by "Check inbox now", by the command line."""

from typing import TYPE_CHECKING

from common.jobs import JobSet, NoPayload, Outcome, Retry, RunContext, SeedSchedule

if TYPE_CHECKING:
    from services.invoices.resources import Resources

jobs = JobSet()


@jobs.job(
    "imports.pick_up",
    title="Check inbox",
    payload=NoPayload,
    key=lambda _: "inbox",
    dedupe=lambda _: "",
    timeout_seconds=1800,
    retry=Retry(attempts=3, first_seconds=10, longest_seconds=60),
)
async def pick_up(run: "RunContext[Resources]", _: NoPayload) -> Outcome:
    """Looks at the inbox, takes and imports what is new, deletes there what is safe here, raises the day's alarms."""
    return await run.resources.inbox.pick_up(run)


# 25 looks a day, 08:00 to 20:00. A look missed while the service was down is made up for once, within half a day.
schedules = [
    SeedSchedule(
        "imports.pick_up",
        "imports.pick_up",
        cron=["0,30 8-19 * * 1-5", "0 20 * * 1-5"],
        zone="Europe/Rome",
        grace_seconds=12 * 3600,
    )
]
