"""The job behind Start: one run from the first look at the view to the receiver's answer."""

from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from common.jobs import JobSet, Outcome, Retry, RunContext

if TYPE_CHECKING:
    from services.invoices.resources import Resources

jobs = JobSet()


class Send(BaseModel):
    """Which session to send; `attempt` counts the presses of Start."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    session_id: UUID
    attempt: int


@jobs.job(
    "dispatch.send",
    title="Send the session",
    payload=Send,
    key=lambda payload: f"dispatch:{payload.session_id}",
    dedupe=lambda payload: str(payload.session_id),
    timeout_seconds=900,
    retry=Retry(attempts=3, first_seconds=5, longest_seconds=60),
    startable=False,
)
async def send(run: "RunContext[Resources]", payload: Send) -> Outcome:
    """Renders the session's CSV once, delivers it once, and waits for the receiver's log to confirm it."""
    return await run.resources.dispatch.send(run, payload.session_id)
