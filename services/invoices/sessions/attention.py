"""What of a session needs a person, with the buttons that settle it. Read by the console's overview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.attention import AttentionAction, AttentionItem
from services.invoices.sessions.rules import CONFIRMABLE, RETRYABLE, Reason, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.invoices.resources import Resources
    from services.invoices.sessions.repository import Session

LINK = "/invoices"

START = AttentionAction(name="start", label_code="start_again", path="/v1/session/start")
CHECK = AttentionAction(name="check", label_code="check_session", path="/v1/session/check")
CONFIRM = AttentionAction(
    name="confirm", label_code="confirm_session", path="/v1/session/confirm", role="admin", confirm="confirm_session"
)
CLOSE = AttentionAction(
    name="close",
    label_code="close_session",
    path="/v1/session/close",
    body={"force": True},
    confirm="close_session",
)


async def failed_sessions(resources: Resources) -> Sequence[AttentionItem]:
    """Today's session, when it failed, with what can be done about it."""
    session = (await resources.sessions.overview(await resources.sessions.today())).session
    failed = session is not None and session.state is State.FAILED
    return [_item(session, resources.core.clock.now())] if session and failed else []


def actions_for(reason: Reason | None) -> list[AttentionAction]:
    """The buttons that fit the failure."""
    retry = [START] if reason in RETRYABLE else []
    check = [CHECK] if reason is Reason.LOG_TIMEOUT else []
    confirm = [CONFIRM] if reason in CONFIRMABLE else []
    return [*retry, *check, *confirm, CLOSE]


def _item(session: Session, now: datetime) -> AttentionItem:
    facts = {
        "business_date": session.business_date.isoformat(),
        "reason": session.reason,
        "error": session.error,
        "generated": session.csv_lines,
        "read_count": session.read_count,
    }
    return AttentionItem(
        id=f"session:{session.id}:{session.attempt}",
        kind="session",
        severity="problem",
        title=f"The session of {session.business_date} failed",
        detail=session.error or "",
        since=session.started_at or now,
        link=LINK,
        actions=actions_for(session.reason),
        code=f"session_{session.reason}",
        params=facts,
    )
