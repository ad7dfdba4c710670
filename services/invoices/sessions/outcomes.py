"""How the opening of a session ends: open or failed, each with its mail, in the transaction of whoever found out.

Used by the dispatch, which hears the receiver's answer, and by the session's own service (check, confirm, tidy).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from common.jobs import Trigger, find_open_effect, settle_effect
from services.invoices.dispatch.rules import delivery_key
from services.invoices.mails.schemas import SessionFailed, SessionOpened, UnsentInvoice
from services.invoices.mails.service import ATTACHED
from services.invoices.sessions.repository import SessionRepository
from services.invoices.sessions.rules import RETRYABLE, Reason, State, failure_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.core import Core
    from common.db import Connection
    from services.invoices.formats.upload_log import Verdict
    from services.invoices.mails.service import Mails
    from services.invoices.sessions.repository import Session, Unsent
    from services.invoices.settings import InvoicesSettings

SYSTEM = "system"


class SessionOutcomes:
    """Ends the opening of sessions."""

    def __init__(self, core: Core[InvoicesSettings], mails: Mails) -> None:
        self._clock = core.clock
        self._ledger = core.ledger
        self._mails = mails

    async def conclude(self, conn: Connection, session: Session, verdict: Verdict) -> Session | None:
        """What the receiver's verdict makes of the session, with its mail; None when it was closed meanwhile.

        Whatever it says about the file, it has the file: a doubt about the delivery ends here.
        """
        await self.settle_delivery(conn, session, {"log_line": verdict.line})
        if failure := failure_of(verdict, session.csv_lines or 0):
            reason, error = failure
            count = verdict.count if verdict.kind == "read" else None
            return await self.fail(conn, session, reason, error, read_count=count, log_line=verdict.line)
        opened = await SessionRepository(conn).open(
            session.id, at=self._clock.now(), read_count=verdict.count, log_line=verdict.line
        )
        if opened and opened.state is State.OPEN:
            await self.tell_opened(conn, opened)
        return opened

    async def settle_delivery(
        self, conn: Connection, session: Session, evidence: dict[str, Any], by: str | None = None
    ) -> None:
        """The file is known to have been delivered; `by`: the person who says so."""
        key = delivery_key(session.business_date, session.remote_name)
        if effect := await find_open_effect(conn, target="delivery", op="put", key=key):
            await settle_effect(conn, effect.id, "confirmed", evidence=evidence, by=by)

    async def fail(
        self,
        conn: Connection,
        session: Session,
        reason: Reason,
        error: str,
        *,
        read_count: int | None = None,
        log_line: str | None = None,
    ) -> Session | None:
        """The present attempt failed, with its mail; None when the session is not being opened any more."""
        repository = SessionRepository(conn)
        failed = await repository.fail(
            session.id, reason, error, at=self._clock.now(), read_count=read_count, log_line=log_line
        )
        if failed and failed.state is State.FAILED:
            again = ":checked" if session.state is State.FAILED else ""
            data = SessionFailed(
                business_date=failed.business_date,
                reason=reason,
                step=failed.step or "",
                error=error,
                generated=failed.csv_lines,
                read_count=read_count,
                can_retry=reason in RETRYABLE,
                started_by=failed.started_by or SYSTEM,
                attempt=failed.attempt,
                **await self._unsent(repository, failed),
            )
            await self._mails.put(conn, "failed", f"failed:{failed.id}:{failed.attempt}{again}", data)
        return failed

    async def tell_opened(self, conn: Connection, session: Session) -> None:
        """The mail and the watch of a session that is open from now on."""
        await self.watch(conn, session)
        data = SessionOpened(
            business_date=session.business_date,
            generated=session.csv_lines or 0,
            generated_at=session.csv_rendered_at or self._clock.now(),
            uploaded_at=session.uploaded_at,
            verified_at=session.verified_at or self._clock.now(),
            remote_name=session.remote_name or "",
            log_line=session.log_line or "",
            started_by=session.started_by or SYSTEM,
            confirmed_by=session.confirmed_by,
            confirmed_note=session.confirmed_note,
            **await self._unsent(SessionRepository(conn), session),
        )
        await self._mails.put(conn, "success", f"success:{session.id}", data)

    async def watch(self, conn: Connection, session: Session) -> None:
        """Start the session's watch; a living one is joined."""
        await self._ledger.enqueue(conn, "sessions.watch", {"session_id": str(session.id)}, trigger=Trigger("chain"))

    async def _unsent(self, repository: SessionRepository, session: Session) -> dict[str, Any]:
        """The invoices that could not be sent, as many as a mail carries, and how many more there are."""
        rows = await repository.list_unsent(session.id, ATTACHED)
        count = session.not_found + session.in_past + session.already_sent + session.incomplete
        return {
            "unsent": await asyncio.to_thread(_unsent_invoices, rows),
            "unsent_left_out": max(0, count - len(rows)) if len(rows) == ATTACHED else 0,
        }


def _unsent_invoices(rows: Sequence[Unsent]) -> list[UnsentInvoice]:
    """For a thread: there may be tens of thousands."""
    return [UnsentInvoice.model_construct(number=row.number, status=row.status) for row in rows]
