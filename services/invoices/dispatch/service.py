"""Dispatch: the steps D1 to D9 of one session, each repeatable, the file delivered at most once.

Each step ends with a transaction that writes into the session's row that it is done, so that whoever continues after a
crash goes on with the next. The one step that can't be repeated, giving the file its final name, is bracketed by an
effect: planned before; afterwards confirmed, or looked up by the next attempt and never repeated blindly.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from common.errors import Ambiguous, Conflict, Permanent, RemoteError, Transient
from common.jobs import Outcome, Record
from common.transfer import discard_older_parts, put, temporary_name
from services.invoices.dispatch.repository import DispatchRepository
from services.invoices.dispatch.rules import (
    Progress,
    Work,
    attempt_of,
    delivery_key,
    judge_all,
    next_work,
    remote_name,
)
from services.invoices.formats.dispatch_csv import Shipment, render
from services.invoices.options import DispatchOptions, SiteOptions
from services.invoices.sessions.outcomes import SYSTEM
from services.invoices.sessions.rules import Reason, State

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence
    from datetime import date, datetime
    from uuid import UUID
    from zoneinfo import ZoneInfo

    import asyncpg

    from common.core import Core
    from common.jobs import Effect, RunContext
    from common.transfer import FileServer, FileStore
    from services.invoices.formats.dispatch_csv import DispatchFile, Layout
    from services.invoices.formats.upload_log import Verdict
    from services.invoices.ports import RemoteLog, WarehouseView
    from services.invoices.sessions.outcomes import SessionOutcomes
    from services.invoices.sessions.repository import Session
    from services.invoices.sessions.service import SessionService
    from services.invoices.settings import InvoicesSettings

    Run = RunContext[Any]

FAILURES = {
    Work.GENERATE: Reason.VIEW_UNAVAILABLE,
    Work.MARK: Reason.UPLOAD_FAILED,
    Work.DELIVER: Reason.UPLOAD_FAILED,
    Work.VERIFY: Reason.LOG_FAILURE,
}

NOT_KNOWN = (
    "Neither name is on the delivery server, and the receiver's log says nothing about the file. "
    "Ask the receiver, then say whether it happened."
)
RECORDED = 10_000
"""Invoices that can't go, as records of the run; the session's page has them all."""


class DispatchService:
    """Sends sessions."""

    def __init__(
        self,
        core: Core[InvoicesSettings],
        *,
        sessions: SessionService,
        outcomes: SessionOutcomes,
        view: WarehouseView,
        delivery: FileServer,
        remote_log: RemoteLog,
    ) -> None:
        self._db = core.db
        self._clock = core.clock
        self._options = core.options
        self._files = core.files
        self._hold_seconds = core.settings.lease_seconds / 2
        self._sessions = sessions
        self._outcomes = outcomes
        self._view = view
        self._delivery = delivery
        self._remote_log = remote_log
        self._steps = {
            Work.GENERATE: self._generate,
            Work.MARK: self._mark,
            Work.DELIVER: self._deliver,
            Work.VERIFY: self._verify,
        }

    async def send(self, run: Run, session_id: UUID) -> Outcome:
        """Do what is left to do for the session, step by step; the run's outcome."""
        while True:
            session = await self._sessions.get(session_id)
            work = next_work(_progress(session))
            if work is Work.NOTHING:
                return await self._nothing_to_send(run, session)
            await run.progress(list(Work).index(work), len(self._steps), unit="steps", text=work)
            try:
                outcome = await self._steps[work](run, session)
            except Permanent as error:
                return await self._fail(run, session, FAILURES[work], error.detail)
            except (Transient, Ambiguous) as error:
                if run.attempt < run.max_attempts:
                    raise Transient(error.detail, target=error.target, code=error.code) from error
                return await self._fail(run, session, FAILURES[work], error.detail)
            if outcome:
                return outcome
            await run.checkpoint()

    async def _generate(self, run: Run, session: Session) -> Outcome | None:
        """D2: ask the view again, freeze the totals, render the CSV once and keep its bytes: one transaction."""
        await run.log("dispatch.generating", "Asking the customer's view again.")
        options, site = await self._options.get(DispatchOptions), await self._options.get(SiteOptions)
        async with self._db.connection() as conn:
            numbers = await DispatchRepository(conn).list_numbers(session.id)
        answers = await self._ask(numbers, session.business_date)
        now = self._clock.now()
        async with self._db.transaction() as conn:
            await run.guard(conn)
            repository = DispatchRepository(conn)
            await repository.revalidate(session.id, answers)
            if (total := await repository.save_counts(session.id)) is None:
                return None
            left_out = await repository.list_left_out(session.id, RECORDED)
            await run.record(conn, [Record(str(number), "skipped", status) for number, status in left_out])
            if total == 0:
                sentence = "No invoice of the day's file can be sent."
                outcome = Outcome.failed(Reason.NO_RECORDS, sentence)
                await self._outcomes.fail(conn, session, Reason.NO_RECORDS, sentence)
                await run.finish(conn, outcome)
                return outcome
            rows = await repository.list_shipments(session.id)
            file = await asyncio.to_thread(_render, rows, at=now, zone=site.tz, layout=options.layout)
            blob = await self._files.put(conn, _one_piece(file.content))
            name = remote_name(options.remote_name, day=session.business_date, session_id=session.id)
            await repository.save_csv(session.id, sha256=blob.sha256, lines=file.lines, at=now, remote_name=name)
        await run.log("dispatch.generated", f"{file.lines} lines rendered as {name}.", lines=file.lines)
        return None

    async def _ask(self, numbers: Sequence[int], day: date) -> list[bytes]:
        """What the view says, as COPY's text; numbers that it does not know are left out."""
        return [await asyncio.to_thread(judge_all, found, day) async for found in self._view.find(numbers)]

    async def _mark(self, run: Run, session: Session) -> None:
        """D3: where the receiver's log ends now; no older line can be taken for ours."""
        end = await self._remote_log.end()
        async with self._db.transaction() as conn:
            await run.guard(conn)
            await DispatchRepository(conn).save_baseline(session.id, end)

    async def _deliver(self, run: Run, session: Session) -> None:
        """D4 to D7: temporary name, size, final name; or find out that an earlier attempt has done it."""
        content = b"".join([piece async for piece in self._files.open(session.csv_sha256 or "")])
        async with self._delivery.connect() as store:
            found = await self._look(run, session, store, content)
            if found == "nothing" and not await self._upload(run, session, store, content):
                return
            await self._tidy(run, session, store)
        await self._delivered(run, session, certain=found != "taken")

    async def _upload(self, run: Run, session: Session, store: FileStore, content: bytes) -> bool:
        """Put the file there; false when the session was closed before it got its final name."""
        name = session.remote_name or ""
        await run.log("dispatch.uploading", f"Uploading {name}, {len(content)} bytes.", bytes=len(content))
        await run.hold(self._hold_seconds)
        try:
            await put(
                store,
                name,
                content,
                size=len(content),
                attempt=attempt_of(run.id, run.attempt),
                before_rename=partial(self._intend, run, session),
            )
        except Conflict:
            async with self._db.transaction() as conn:
                await run.guard(conn)
                await DispatchRepository(conn).end_delivery(session.id, at=self._clock.now(), uploaded_at=None)
            return False
        except Permanent as error:
            # The server said no: if it was the final name that it refused, that did not happen.
            await self._settle(run, session, absent=error.detail)
            raise
        return True

    async def _look(
        self, run: Run, session: Session, store: FileStore, content: bytes
    ) -> Literal["nothing", "delivered", "taken"]:
        """What an earlier attempt left on the server. `taken`: it may have been delivered and fetched already.

        Raises:
            Permanent: `name_taken`, a file of that name with other content is there.
        """
        name = session.remote_name or ""
        effect = await self._open_effect(run, session)
        async with self._db.connection() as conn:
            if await DispatchRepository(conn).is_delivered(delivery_key(session.business_date, name)):
                return "delivered"
        stopped = effect is not None and await self._stop_earlier(run, session, store, effect)
        if await store.stat(name):
            there = bytearray()
            await store.read(name, there.extend, limit=len(content) + 1)
            if bytes(there) != content:
                raise Permanent(
                    f"Another file named {name} is on the delivery server already.",
                    target="delivery",
                    code="name_taken",
                )
            return "delivered"
        if effect is None:
            return "nothing"
        if not stopped:
            return "taken"
        await self._settle(run, session, absent="Only the temporary name was there.")
        return "nothing"

    async def _stop_earlier(self, run: Run, session: Session, store: FileStore, effect: Effect) -> bool:
        """Take its temporary file away from an attempt that announced the final name; whether it was still there.

        That attempt may be frozen and go on later: without the temporary file it can't give the final name any more.
        A server moves a file once, so a rename that succeeds proves that the other one did not happen and never will.
        """
        theirs = str(effect.evidence.get("temporary", ""))
        ours = temporary_name(session.remote_name or "", attempt_of(run.id, run.attempt))
        if theirs == ours:
            return await store.stat(ours) is not None
        if not theirs or await store.stat(theirs) is None:
            return False
        try:
            await store.rename(theirs, ours)
        except Permanent as error:
            raise Transient("The temporary file moved while it was looked at.", target="delivery") from error
        await store.delete(ours)
        return True

    async def _tidy(self, run: Run, session: Session, store: FileStore) -> None:
        """Delete the parts of attempts that were cut off. The file has its final name: nothing here may fail that."""
        try:
            parts = await discard_older_parts(store, session.remote_name or "", attempt_of(run.id, run.attempt))
        except RemoteError as error:
            await run.log("dispatch.parts_left", error.detail, level="warning", code=error.code)
        else:
            for part in parts:
                await run.log("dispatch.part_deleted", f"{part}, left by an earlier attempt, is deleted.")

    async def _settle(self, run: Run, session: Session, *, absent: str) -> None:
        """An effect that is open is known not to have happened."""
        effect = await self._open_effect(run, session)
        if effect is None:
            return
        async with self._db.transaction() as conn:
            await run.guard(conn)
            await run.effects.absent(conn, effect, {"found": absent})

    async def _intend(self, run: Run, session: Session) -> None:
        """Directly before the final name: say so, unless the session was closed, and make sure that the lease lasts.

        Raises:
            Conflict: the session was closed.
        """
        async with self._db.transaction() as conn:
            if not await DispatchRepository(conn).begin_delivery(session.id):
                raise Conflict("The session was closed while its file was being uploaded.", code="closed")
            evidence = {
                "sha256": session.csv_sha256,
                "lines": session.csv_lines,
                "temporary": temporary_name(session.remote_name or "", attempt_of(run.id, run.attempt)),
            }
            await run.effects.plan(
                conn,
                target="delivery",
                op="put",
                key=delivery_key(session.business_date, session.remote_name),
                evidence=evidence,
            )
        await run.hold(self._hold_seconds)

    async def _delivered(self, run: Run, session: Session, *, certain: bool) -> None:
        now = self._clock.now()
        until = now + timedelta(minutes=(await self._options.get(DispatchOptions)).log_minutes)
        effect = await self._open_effect(run, session)
        async with self._db.transaction() as conn:
            await run.guard(conn)
            if effect and certain:
                await run.effects.confirm(conn, effect, {"found": "the final name"})
            elif effect:
                doubt = "Neither name is on the server: the receiver may have fetched it."
                await run.effects.doubt(conn, effect, doubt)
            await DispatchRepository(conn).end_delivery(session.id, at=now, uploaded_at=now, verify_until=until)
        await run.log("dispatch.delivered", f"{session.remote_name} is delivered; waiting for the receiver's log.")

    async def _verify(self, run: Run, session: Session) -> Outcome:
        """D8: one look at the receiver's log; without a verdict come again, until the deadline."""
        options = await self._options.get(DispatchOptions)
        position = session.log_position
        detail = "The receiver's log says nothing about the file."
        if position is None or session.remote_name is None:
            raise Permanent("The session has no mark in the receiver's log.", target="remote_log")
        try:
            reading = await self._remote_log.read(position, file=session.remote_name, patterns=options.patterns)
        except Transient as error:
            detail = error.detail
        else:
            if reading.verdict:
                return await self._conclude(run, session, reading.verdict)
            if reading.position != position:
                async with self._db.transaction() as conn:
                    await run.guard(conn)
                    await DispatchRepository(conn).save_position(session.id, reading.position)
        if session.verify_until and self._clock.now() >= session.verify_until:
            return await self._fail(run, session, Reason.LOG_TIMEOUT, detail)
        return Outcome.again(after=timedelta(seconds=options.log_poll_seconds), message=detail)

    async def _conclude(self, run: Run, session: Session, verdict: Verdict) -> Outcome:
        """D9: verdict, state, mail, watch and the run's end in one transaction."""
        await run.progress(len(self._steps), len(self._steps), unit="steps")
        async with self._db.transaction() as conn:
            outcome = _outcome(await self._outcomes.conclude(conn, session, verdict))
            await run.finish(conn, outcome)
        return outcome

    async def _fail(self, run: Run, session: Session, reason: Reason, detail: str) -> Outcome:
        """The attempt failed: state, mail and the run's end in one transaction. What is open is looked up next time."""
        effect = await self._open_effect(run, session)
        outcome = Outcome.failed(reason, detail)
        async with self._db.transaction() as conn:
            if effect:
                await run.effects.doubt(conn, effect, detail)
            await self._outcomes.fail(conn, session, reason, detail)
            await run.finish(conn, outcome)
        return outcome

    async def _nothing_to_send(self, run: Run, session: Session) -> Outcome:
        """The session is not being opened (any more). What may have been delivered is looked up, never sent.

        This is what "Check again" does with an effect in doubt.
        """
        if await self._open_effect(run, session) is None:
            if session.state is State.FAILED:
                return Outcome.failed(str(session.reason), f"Nothing was done; the session failed: {session.error}")
            return Outcome.succeeded(f"The session is {session.state}.", reason="ended")
        if await self._find_out(run, session):
            return Outcome.succeeded("It is known now whether the file was delivered.", reason="ended")
        return Outcome.partial(NOT_KNOWN, reason="delivery_unknown")

    async def _find_out(self, run: Run, session: Session) -> bool:
        """Whether the receiver's log or the delivery server can tell what became of the file; the doubt ends then."""
        by = run.trigger.by or SYSTEM
        if await self._sessions.read_log_again(session, by):
            return True
        content = b"".join([piece async for piece in self._files.open(session.csv_sha256 or "")])
        async with self._delivery.connect() as store:
            found = await self._look(run, session, store, content)
        async with self._db.transaction() as conn:
            await run.guard(conn)
            if found == "delivered":
                await self._outcomes.settle_delivery(conn, session, {"found": "the final name"})
        return found != "taken"

    async def _open_effect(self, run: Run, session: Session) -> Effect | None:
        async with self._db.connection() as conn:
            return await run.effects.find_open(
                conn, target="delivery", op="put", key=delivery_key(session.business_date, session.remote_name)
            )


def _render(rows: Iterable[asyncpg.Record], *, at: datetime, zone: ZoneInfo, layout: Layout) -> DispatchFile:
    """For a thread: thousands of lines would hold up everything else that this process does."""
    return render((Shipment(*row) for row in rows), at=at, zone=zone, layout=layout)


async def _one_piece(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _progress(session: Session) -> Progress:
    return Progress(
        opening=session.state is State.OPENING,
        rendered=session.csv_sha256 is not None,
        marked=session.log_position is not None,
        uploaded=session.uploaded_at is not None,
    )


def _outcome(session: Session | None) -> Outcome:
    """How the run ends when the receiver has spoken."""
    if session is None or session.state is State.CLOSED:
        return Outcome.succeeded("The session was closed meanwhile.", reason="ended")
    if session.state is State.FAILED:
        return Outcome.failed(str(session.reason), session.error or "")
    return Outcome.succeeded(f"{session.csv_lines} records delivered and read.")
