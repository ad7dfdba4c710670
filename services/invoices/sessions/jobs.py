"""Jobs of the session: its watch, and the tidying of what a day or a stopped run left behind."""

from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from common.jobs import JobSet, NoPayload, Outcome, RunContext, SeedSchedule

if TYPE_CHECKING:
    from services.invoices.resources import Resources

jobs = JobSet()
schedules = [SeedSchedule(name="sessions.tidy", job="sessions.tidy", cron=["* * * * *"], zone="UTC", grace_seconds=60)]


class Watch(BaseModel):
    """Which session to watch."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    session_id: UUID


@jobs.job(
    "sessions.watch",
    title="Count shipments",
    payload=Watch,
    key=lambda payload: f"watch:{payload.session_id}",
    dedupe=lambda payload: str(payload.session_id),
    timeout_seconds=120,
    startable=False,
)
async def watch(run: "RunContext[Resources]", payload: Watch) -> Outcome:
    """Counts the processed shipments of an open session until all are, and closes it then."""
    return await run.resources.sessions.watch(run, payload.session_id)


@jobs.job(
    "sessions.tidy",
    title="Tidy sessions",
    payload=NoPayload,
    key=lambda _: "sessions.tidy",
    dedupe=lambda _: "",
    timeout_seconds=60,
)
async def tidy(run: "RunContext[Resources]", _: NoPayload) -> Outcome:
    """Closes sessions of earlier days, fails those whose sending was stopped; keeps the looks in the site's zone."""
    moved = await run.resources.alerts.keep_zone()
    outcome = await run.resources.sessions.tidy()
    return Outcome.succeeded(f"{', '.join(moved)}: now in the site's zone. {outcome.message}") if moved else outcome
