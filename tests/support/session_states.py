"""Every situation that a session can be in, and how a test's site gets there. Used by tests of the state machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.invoices.sessions.rules import Reason, Situation, State

if TYPE_CHECKING:
    from tests.support.session_site import Site

NUMBERS = (600000001, 600000002, 600000003)

SITUATIONS = [
    Situation(State.NONE),
    Situation(State.READY, total=3),
    Situation(State.OPENING, total=3),
    Situation(State.OPENING, total=3, delivering=True),
    Situation(State.OPEN, processed=2, total=3),
    Situation(State.OPEN, processed=3, total=3),
    *[Situation(State.FAILED, reason, total=3) for reason in Reason if reason not in {Reason.COMPLETED, Reason.FORCED}],
    Situation(State.CLOSED, Reason.FORCED, processed=1, total=3),
]


def name_of(now: Situation) -> str:
    """For the names of tests."""
    return f"{now.state}-{now.reason or now.processed}-{now.delivering}"


async def arrange(site: Site, now: Situation) -> None:
    """Put the site's day into the situation `now`."""
    if now.state is not State.NONE:
        await site.add_session(*NUMBERS)
        await site.process(*NUMBERS[: now.processed])
        step = "uploading" if now.state is State.OPENING else None
        columns = {"state": now.state, "reason": now.reason, "processed": now.processed, "step": step}
        await site.set(**columns, delivering=now.delivering)
