"""Sessions: start, check, close, confirm, watch, expire: the table of `rules.py` at work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from common import audit
from common.clock import business_date
from common.errors import Busy, Conflict, NotFound, RemoteError
from common.jobs import Outcome, RunContext, RunState, Trigger
from services.invoices.mails.schemas import SessionExpired
from services.invoices.options import DispatchOptions, SiteOptions
from services.invoices.sessions.repository import Session, SessionFile, SessionRepository
from services.invoices.sessions.rules import (
    Event,
    Reason,
    Refuse,
    Situation,
    State,
    decide,
)
from services.invoices.sessions.rules_words import refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from common.core import Core
    from common.db import Connection
    from common.identity import Identity
    from services.invoices.mails.service import Mails
    from services.invoices.ports import Processing, RemoteLog
    from services.invoices.sessions.outcomes import SessionOutcomes
    from services.invoices.settings import InvoicesSettings

LIVE = frozenset({RunState.QUEUED, RunState.RUNNING, RunState.WAITING})


@dataclass(frozen=True, slots=True)
class Overview:
    """A business date as the warehouse sees it: its session, if there is one, and its files."""

    day: date
    session: Session | None
    files: Sequence[SessionFile]
    shadow: bool = False
    zone: str = ""

    @property
    def situation(self) -> Situation:
        return replace(self.session.situation, shadow=self.shadow) if self.session else Situation(State.NONE)


class SessionService:
    """The sessions of the site."""

    def __init__(
        self,
        core: Core[InvoicesSettings],
        *,
        outcomes: SessionOutcomes,
        mails: Mails,
        processing: Processing,
        remote_log: RemoteLog,
    ) -> None:
        self._db = core.db
        self._clock = core.clock
        self._options = core.options
        self._ledger = core.ledger
        self._outcomes = outcomes
        self._mails = mails
        self._processing = processing
        self._remote_log = remote_log

    async def today(self) -> date:
        """The present business date."""
        return business_date(self._clock.now(), (await self._options.get(SiteOptions)).tz)

    async def overview(self, day: date) -> Overview:
        async with self._db.connection() as conn:
            repository = SessionRepository(conn)
            return await read_overview(repository, day)

    async def past(self, day: date) -> Overview:
        """A day that has a session.

        Raises:
            NotFound: `no_session`.
        """
        overview = await self.overview(day)
        if overview.session is None:
            raise NotFound(f"There is no session of {day}.", code="no_session", params={"business_date": f"{day}"})
        return overview

    async def get(self, session_id: UUID) -> Session:
        async with self._db.connection() as conn:
            return await SessionRepository(conn).get(session_id)

    async def start(self, who: Identity) -> Session:
        """Start today's session, once; the CSV is sent by the run `session.run_id`.

        Raises:
            Conflict: `no_session, already_started, not_retryable, closed, shadow_mode`.
        """
        day, now = await self.today(), self._clock.now()
        async with self._db.transaction() as conn:
            repository = SessionRepository(conn)
            failed_run = await self._lock_failed_run(conn, day)
            if session := await repository.start(day, by=who.name, at=now):
                payload = {"session_id": str(session.id), "attempt": session.attempt}
                run = await self._ledger.enqueue(conn, "dispatch.send", payload, trigger=_by(who))
                if failed_run != run.id:
                    await self._supersede(conn, failed_run, who.name, f"Started again, attempt {session.attempt}.")
                await audit.record(conn, who, "session.started", f"session/{day}", after={"attempt": session.attempt})
                return await repository.set_run(session.id, run.id)
        raise await self._refusal(day, Event.START)

    async def close(self, who: Identity, *, force: bool) -> tuple[Session, bool]:
        """Close today's session; the session, and whether anything changed.

        Raises:
            Conflict: `no_session`, or `incomplete` with both counts unless forced.
        """
        day, now = await self.today(), self._clock.now()
        present = (await self.overview(day)).session
        if present and present.state is State.OPEN and not force:
            await self.refresh(present)
        async with self._db.transaction() as conn:
            repository = SessionRepository(conn)
            failed_run = await self._lock_failed_run(conn, day)
            if session := await repository.close(day, force=force, by=who.name, at=now):
                await self._supersede(conn, failed_run, who.name, "The session was closed.")
                counts = {"processed": session.processed, "total": session.total, "forced": force}
                await audit.record(conn, who, "session.closed", f"session/{day}", after=counts)
                return session, True
            present = await repository.find(day)
        if present and present.state is State.CLOSED:
            return present, False
        raise await self._refusal(day, Event.FORCE_CLOSE if force else Event.CLOSE)

    async def confirm(self, who: Identity, note: str) -> Session:
        """Open today's session although the receiver's log does not say so: an administrator has looked.

        Raises:
            Conflict: `no_session, not_confirmable`.
        """
        day, now = await self.today(), self._clock.now()
        async with self._db.transaction() as conn:
            repository = SessionRepository(conn)
            failed_run = await self._lock_failed_run(conn, day)
            if session := await repository.confirm(day, by=who.name, note=note, at=now):
                await self._supersede(conn, failed_run, who.name, f"Confirmed by hand: {note}")
                await self._outcomes.settle_delivery(conn, session, {"confirmed": note}, by=who.name)
                await audit.record(conn, who, "session.confirmed", f"session/{day}", after={"note": note})
                await self._outcomes.tell_opened(conn, session)
                return session
        raise await self._refusal(day, Event.CONFIRM)

    async def check(self, by: str = "system") -> None:
        """Look today's session up afresh: the receiver's log after a timeout, the shipments otherwise."""
        session = (await self.overview(await self.today())).session
        if session and session.state is State.FAILED and session.reason is Reason.LOG_TIMEOUT:
            await self.read_log_again(session, by)
        elif session and session.state in {State.OPEN, State.FAILED}:
            await self.refresh(session)

    async def refresh(self, session: Session) -> Session:
        """Count the processed shipments; the last one closes the session. Unreachable: the old count, marked stale."""
        async with self._db.connection() as conn:
            numbers = await SessionRepository(conn).list_valid_numbers(session.id)
        try:
            processed = await self._processing.count(numbers, session.business_date)
        except RemoteError:
            async with self._db.transaction() as conn:
                await SessionRepository(conn).mark_stale(session.id)
        else:
            async with self._db.transaction() as conn:
                await SessionRepository(conn).save_progress(session.id, processed, self._clock.now())
        return await self.get(session.id)

    async def watch(self, run: RunContext[Any], session_id: UUID) -> Outcome:
        """One look of the session's watch: count, and come again until the session is not open any more."""
        session = await self.get(session_id)
        if session.state is State.OPEN:
            session = await self.refresh(session)
        await run.progress(session.processed, session.total, unit="shipments")
        if session.state is not State.OPEN:
            return Outcome.succeeded(f"The session is {session.state}: {session.processed} of {session.total}.")
        options = await self._options.get(DispatchOptions)
        return Outcome.again(after=timedelta(seconds=options.progress_seconds))

    async def tidy(self) -> Outcome:
        """Put right what nobody else does: sessions of earlier days, a dispatch without an answer, a stopped watch."""
        today = await self.today()
        async with self._db.transaction() as conn:
            expired = await self._expire(conn, today)
            unfinished = await SessionRepository(conn).list_unfinished()
            for session in (one for one in unfinished if one.state is State.OPEN):
                await self._outcomes.watch(conn, session)
            broken = [found for session in unfinished if (found := await self._abandoned(conn, session))]
            for session in broken:
                reason = Reason.LOG_TIMEOUT if session.uploaded_at else Reason.UPLOAD_FAILED
                await self._outcomes.fail(
                    conn, session, reason, "The run that sends the session ended without an answer."
                )
        if not expired and not broken:
            return Outcome.nothing_to_do()
        return Outcome.succeeded(f"{expired} sessions of earlier days closed, {len(broken)} abandoned ones failed.")

    async def _expire(self, conn: Connection, today: date) -> int:
        expired = await SessionRepository(conn).expire(today, self._clock.now())
        for session, state in expired:
            data = SessionExpired(
                business_date=session.business_date,
                state=state,
                processed=session.processed,
                total=session.total,
                started_by=session.started_by,
            )
            await self._mails.put(conn, "expired", f"expired:{session.id}", data)
        return len(expired)

    async def _abandoned(self, conn: Connection, session: Session) -> Session | None:
        """The session when its run has ended without ending the opening; it may have been started again meanwhile."""
        if session.state is not State.OPENING or session.run_id is None:
            return None
        if (await self._ledger.lock(conn, session.run_id))["state"] in LIVE:
            return None
        present = await SessionRepository(conn).lock(session.id)
        return present if (present.state, present.run_id) == (State.OPENING, session.run_id) else None

    async def read_log_again(self, session: Session, by: str) -> bool:
        """Whether the receiver's log has a verdict by now; a session that waits for one ends its opening with it.

        Raises:
            RemoteError: the log can't be read.
        """
        position = session.log_position
        if position is None or session.remote_name is None:
            return False
        patterns = (await self._options.get(DispatchOptions)).patterns
        reading = await self._remote_log.read(position, file=session.remote_name, patterns=patterns)
        if reading.verdict is None:
            return False
        async with self._db.transaction() as conn:
            failed_run = await self._lock_failed_run(conn, session.business_date)
            ended = await self._outcomes.conclude(conn, session, reading.verdict)
            if ended and ended.state is not State.FAILED:
                await self._supersede(conn, failed_run, by, f"The receiver's log says: {reading.verdict.line}")
        return True

    async def _lock_failed_run(self, conn: Connection, day: date) -> UUID | None:
        """The run that failed the session of `day`, if it has failed; locked before the session, as everywhere."""
        session = await SessionRepository(conn).find(day)
        if session is None or session.state is not State.FAILED or session.run_id is None:
            return None
        await self._ledger.lock(conn, session.run_id)
        return session.run_id

    async def _supersede(self, conn: Connection, run_id: UUID | None, by: str, note: str) -> None:
        """What became of the session settles the run that had failed it: it needs nobody any more."""
        if run_id:
            await self._ledger.see(conn, run_id, by, note)

    async def _refusal(self, day: date, event: Event) -> Conflict:
        """Why `event` is refused now, with what the console needs to say so."""
        present = await self.overview(day)
        decision = decide(present.situation, event)
        if not isinstance(decision, Refuse):
            return Busy("Somebody else changed the session just now. Look at it, then try again.")
        zone = (await self._options.get(SiteOptions)).tz
        facts = refusal_facts(present, decision.code, zone)
        return Conflict(refusal(decision.code, facts), code=decision.code, params=facts)


async def read_overview(repository: SessionRepository, day: date) -> Overview:
    """A business date as it is in the database now."""
    return Overview(
        day,
        await repository.find(day),
        await repository.list_files(day),
        shadow=await repository.is_shadow(),
        zone=await repository.site_zone() or SiteOptions().zone,
    )


def refusal_facts(present: Overview, code: str, zone: ZoneInfo) -> dict[str, Any]:
    """Names and numbers of a refusal; `by` and `at` tell who did first what is refused now, in the site's time."""
    session, now = present.session, present.situation
    by, at = (session.closed_by, session.closed_at) if session and code == "closed" else (None, None)
    if session and code == "already_started":
        by, at = session.started_by, session.started_at
    return {
        "business_date": present.day.isoformat(),
        "by": by,
        "at": at.astimezone(zone).isoformat(timespec="seconds") if at else None,
        "processed": now.processed,
        "total": now.total,
        "reason": now.reason,
    }


def _by(who: Identity) -> Trigger:
    return Trigger("api" if who.kind == "key" else "manual", who.name)
