"""The engine: what every kind of record goes through, from what is due to what became of it.

A kind (`contacts`, `products` …) says what a record's payload is, how it is sent, and how a lost answer is looked up
(`Sending`). Everything else happens here: scan, tenant, order, limit, dry run, saved positions, verdicts, counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable
from uuid import UUID

from common.errors import Ambiguous, Conflict, Permanent, Transient
from common.jobs import Outcome, Record
from common.limits import Patience
from services.asanito.formats.persian import masked
from services.asanito.mirror.service import note_change
from services.asanito.options import StartOptions, SyncOptions, TargetOptions
from services.asanito.source.rules import KINDS, Kind
from services.asanito.sync import brake
from services.asanito.sync.repository import BEFORE_ALL, INVOICES, SyncRepository
from services.asanito.sync.rules import (
    TARGET,
    Entity,
    NotSent,
    Plan,
    State,
    Verdict,
    Warned,
    check_numbers,
    deleted,
    ends_the_run,
    fail,
    given_up,
    postponed,
    rejected,
    still_open,
    without_persons,
)
from services.asanito.sync.writer import Writer, record_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.core import Core
    from common.db import Connection
    from common.jobs import RunContext
    from services.asanito.ports import AsanitoApi
    from services.asanito.settings import AsanitoSettings
    from services.asanito.source.service import SourceService

OUTCOMES = {
    State.SYNCED: "ok",
    State.PENDING: "skipped",
    State.SKIPPED: "skipped",
    State.IGNORED: "skipped",
    State.DUPLICATE: "skipped",
    State.FAILED: "problem",
    State.UNCERTAIN: "problem",
}
JOB_OF = {
    Kind.PERSON: "contacts",
    Kind.PRODUCT: "products",
    Kind.STORE_INVOICE: "store-invoices",
    Kind.SERVICE_INVOICE: "service-invoices",
    Kind.RECEIPT: "receipts",
}
START_OF = {
    Kind.PERSON: "membership",
    Kind.PRODUCT: "service",
    Kind.STORE_INVOICE: "invoice_hed",
    Kind.SERVICE_INVOICE: "service_invoice",
    Kind.RECEIPT: "receipt",
}


class Sending(Protocol):
    """What one run knows of its kind; made once a run by `Sender.open`, so that it can keep what does not change."""

    async def plan(self, entity: Entity) -> Plan:
        """What would be sent now; only reads, of our database and of Asanito.

        Raises:
            NotSent: the record is not sent, and why.
        """
        ...

    async def carry_out(self, entity: Entity, plan: Plan, writer: Writer) -> Sequence[Warned]:
        """Send it, step by step, and give what a person should know although it worked.

        Raises:
            NotSent: it did not work.
        """
        ...


@runtime_checkable
class Cancelling(Protocol):
    """A kind that can be taken back in Asanito; its `Sending` has this besides."""

    async def cancel(self, entity: Entity, asanito_id: int, writer: Writer) -> None:
        """Cancel it there.

        Raises:
            NotSent: it did not work.
        """
        ...


class Sender(Protocol):
    """A kind of record, as its feature's service."""

    kind: Kind

    async def open(self) -> Sending: ...


CLAIMS_NOTHING = frozenset({State.PENDING, State.SKIPPED, State.FAILED})
"""States that say of a record without a binding that it is not in Asanito."""
LAST_KEY = UUID(int=2**128 - 1)
SKIPPED_AT_ONCE = 200


@dataclass(slots=True)
class Tried:
    """One try at a record, filled while it goes on."""

    plan: Plan | None = None
    verdict: Verdict = field(default_factory=lambda: Verdict(State.SYNCED))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller asked of a run: only these records, at most so many."""

    keys: Sequence[UUID] | None = None
    limit: int | None = None


class SyncService:
    """Runs one kind of record through."""

    def __init__(self, core: Core[AsanitoSettings], *, source: SourceService, asanito: AsanitoApi) -> None:
        self._core = core
        self._db = core.db
        self._source = source
        self._asanito = asanito

    async def sync(self, run: RunContext[Any], sender: Sender, wanted: Wanted) -> Outcome:
        """Send what is due of one kind; the whole of a run.

        Raises:
            Transient: `target_down`, Asanito refused too often in a row; the records stay pending.
            Permanent: `remote_unauthorized`, the login is wrong; `tenant_changed`.
        """
        await self._source.scan(run)
        await self._asanito.login()  # who can't sign in there claims no tenant
        if not run.dry_run:
            await self.check_tenant()
        target = await self._core.options.get(TargetOptions)
        sending = await sender.open()
        if asked := await self._brake(run, sender.kind, sending, wanted):
            return asked
        writer = Writer(run, self._core, target, Patience(TARGET, target.down_after))
        counts = await self._work(run, sender.kind, sending, writer, wanted)
        if not run.dry_run and wanted.keys is None:
            async with self._db.transaction() as conn:  # also a run that created nothing tells what is usual
                await SyncRepository(conn).keep_creations(run.id, sender.kind, 0)
        return self._outcome(counts)

    async def check_tenant(self) -> None:
        """Refuse to write to another tenant than the one that all bindings belong to.

        Raises:
            Permanent: `tenant_changed`.
        """
        settings = self._core.settings
        here = (str(settings.base_url).rstrip("/"), settings.customer_id)
        async with self._db.transaction() as conn:
            bound = await SyncRepository(conn).claim_tenant(*here)
        if bound != here:
            raise Permanent(
                f"What is known of Asanito belongs to {bound[0]}, customer {bound[1]}; the settings name {here[0]}, "
                f"customer {here[1]}. Nothing is sent until they are the same again.",
                target=TARGET,
                code="tenant_changed",
                params={"bound": bound, "settings": here},
            )

    async def tenant(self) -> tuple[str, int] | None:
        """The tenant that all bindings belong to; None before the first."""
        async with self._db.connection() as conn:
            return await SyncRepository(conn).find_tenant()

    async def preview(self, sender: Sender, key: UUID) -> tuple[Entity, Plan]:
        """What would be sent for one record now; nothing is changed anywhere.

        Raises:
            NotSent: it would not be sent.
        """
        async with self._db.connection() as conn:
            entity = await SyncRepository(conn).find(sender.kind, key)
        if entity is None:
            raise Conflict("There is no such record.", code="unknown_record")
        if entity.is_unchanged and entity.state is not State.UNCERTAIN:  # as a run passes it by
            return entity, Plan("none", entity.synced_payload or {})
        return entity, await planned(await sender.open(), entity)

    async def _brake(self, run: RunContext[Any], kind: Kind, sending: Sending, wanted: Wanted) -> Outcome | None:
        """The question of a run that would create too much; None when it may go on."""
        if run.dry_run or wanted.keys is not None:
            return None
        options = await self._core.options.get(SyncOptions)
        least = await self._least(kind)
        async with self._db.connection() as conn:
            repository = SyncRepository(conn)
            due = await repository.count_due(kind, now=run.now, least_idd=least)
            limit = brake.allowed(await repository.past_creations(kind, run.id), options)
            samples = await repository.samples(kind, least_idd=least)
        creates = min(due.creates, wanted.limit or options.limit or due.creates)
        answer = await run.answer_to(brake.BRAKE)
        if creates <= limit or (answer and creates <= answer.counts["create"]):
            return None
        tried_never = due.creates - due.skipped
        if tried_never <= limit and not await self._are_healed(run, kind, sending, limit - tried_never):
            return None
        return Outcome.ask(brake.question(kind, creates, limit, [(key, masked(label)) for key, label in samples]))

    async def _are_healed(self, run: RunContext[Any], kind: Kind, sending: Sending, fine: int) -> bool:
        """Whether more than `fine` of the records that were skipped the last time would be created now."""
        least, after, healed = await self._least(kind), BEFORE_ALL, 0
        while True:
            async with self._db.connection() as conn:
                batch = await SyncRepository(conn).list_due(
                    kind, after=after, now=run.now, least_idd=least, limit=SKIPPED_AT_ONCE, keys=None
                )
            if not batch:
                return False
            after = (batch[-1].idd, batch[-1].key)
            for entity in batch:
                if entity.state is State.SKIPPED and entity.asanito_id is None and not entity.is_deleted:
                    healed += await self._would_go(sending, entity)
                    if healed > fine:
                        return True
            await run.checkpoint()

    @staticmethod
    async def _would_go(sending: Sending, entity: Entity) -> bool:
        try:
            await planned(sending, entity)
        except NotSent:
            return False
        except Permanent as error:  # what is looked up for it is not there: told when the record is at work
            if ends_the_run(error):
                raise
            return False
        return True

    async def _least(self, kind: Kind) -> int:
        """The start point of a kind."""
        starts = await self._core.options.get(StartOptions)
        return getattr(starts, START_OF[kind]) or 0

    async def want_steps_again(self, conn: Connection, kind: Kind, key: UUID) -> None:
        """Have the next run take up a sent record for a step that is missing, in the caller's transaction."""
        await SyncRepository(conn).want_steps_again(kind, key)

    async def bind_by_hand(self, conn: Connection, kind: Kind, key: UUID, asanito_id: int, content_hash: bytes) -> None:
        """What a person says a record is in Asanito, in the caller's transaction.

        Raises:
            NotSent: `ambiguous`, the id belongs to another record.
        """
        steps = {"issued": content_hash.hex()} if kind in INVOICES else None
        await SyncRepository(conn).bind(kind, key, asanito_id, origin="bound_by_hand", steps=steps)

    async def _work(
        self, run: RunContext[Any], kind: Kind, sending: Sending, writer: Writer, wanted: Wanted
    ) -> dict[State, int]:
        options = await self._core.options.get(SyncOptions)
        least = await self._least(kind)
        limit = wanted.limit or options.limit
        saved = run.checkpoint_data
        counts = {state: int(saved.get("counts", {}).get(state, 0)) for state in State}
        after = (int(saved["after"][0]), UUID(saved["after"][1])) if saved.get("after") else BEFORE_ALL
        async with self._db.connection() as conn:
            due = (await SyncRepository(conn).count_due(kind, now=run.now, least_idd=least)).all
        total = min(due, limit or due)
        while (room := min(options.batch_size, limit - sum(counts.values()) if limit else options.batch_size)) > 0:
            async with self._db.connection() as conn:
                batch = await SyncRepository(conn).list_due(
                    kind,
                    after=after,
                    now=run.now,
                    least_idd=least,
                    limit=room,
                    keys=wanted.keys,
                    with_deleted=options.cancel_deleted and isinstance(sending, Cancelling),
                )
            if not batch:
                break
            for entity in batch:
                await run.checkpoint(
                    {
                        "after": [entity.idd - 1, str(LAST_KEY)],
                        "counts": {state.value: seen for state, seen in counts.items()},
                    }
                )
                verdict = await self._one(run, sending, writer, entity, chosen=wanted.keys is not None)
                if verdict:
                    counts[verdict.state] += 1
                await run.progress(sum(counts.values()), total, unit=KINDS[kind].name)
                if writer.down:
                    raise writer.down
            after = (batch[-1].idd, batch[-1].key)
        return counts

    async def _one(
        self, run: RunContext[Any], sending: Sending, writer: Writer, listed: Entity, *, chosen: bool
    ) -> Verdict | None:
        """Bring one record as far as it goes; None when somebody else has settled it since it was listed."""
        for pause in writer.pauses:
            async with self._db.connection() as conn:
                entity = await SyncRepository(conn).find(listed.kind, listed.key)
            if entity is None or not (
                entity.is_due or (chosen and entity.state is State.SYNCED) or (entity.is_deleted and listed.is_deleted)
            ):
                return None
            tried = Tried()
            try:
                await self._try(run, sending, writer, entity, tried)
            except NotSent as error:
                tried.verdict = error.verdict
            except Permanent as error:
                if ends_the_run(error):
                    raise
                tried.verdict = rejected(error)
            except (Transient, Ambiguous) as error:  # of what was only read: nothing was sent
                wish = error.retry_after_seconds if isinstance(error, Transient) else None
                passing = Transient(error.detail, target=TARGET, code=error.code, retry_after_seconds=wish)
                writer.failed(passing)
                if pause is not None and not writer.down:
                    await run.rest(max(pause, wish or 0))
                    continue
                tried.verdict = postponed(passing, writer.later())
            return await self._settle(run, writer, entity, tried)
        raise AssertionError("the last pause is None")

    async def _try(self, run: RunContext[Any], sending: Sending, writer: Writer, entity: Entity, tried: Tried) -> None:
        if entity.is_unchanged and entity.state is not State.UNCERTAIN:
            tried.verdict = Verdict(State.SYNCED, warnings=entity.own_warnings)  # nothing was done about them
            return
        if entity.is_deleted and not await writer.has_open_creation(record_key(entity)):
            await self._cancel(run, sending, writer, entity)
            raise deleted(entity)
        plan = tried.plan = await planned(sending, entity)
        warnings: Sequence[Warned] = plan.warnings
        if plan.op != "none" and not run.dry_run:
            warnings = await sending.carry_out(entity, plan, writer)
            if entity.is_deleted:
                raise deleted(replace(entity, asanito_id=0))
        tried.verdict = Verdict(State.SYNCED, warnings=tuple(warnings))

    async def _cancel(self, run: RunContext[Any], sending: Sending, writer: Writer, entity: Entity) -> None:
        """Take back in Asanito what the source has deleted, where the options say so and the kind can be."""
        options = await self._core.options.get(SyncOptions)
        if (
            run.dry_run
            or entity.asanito_id is None
            or not options.cancel_deleted
            or not isinstance(sending, Cancelling)
        ):
            return
        await sending.cancel(entity, entity.asanito_id, writer)
        async with self._db.transaction() as conn:
            await run.guard(conn)
            await SyncRepository(conn).mark_synced(entity, {})
        raise NotSent(Verdict(State.IGNORED, "deleted_at_source", "Deleted in the source, and cancelled in Asanito."))

    async def _settle(self, run: RunContext[Any], writer: Writer, entity: Entity, tried: Tried) -> Verdict:
        """Write down what became of a record."""
        verdict, plan = tried.verdict, tried.plan
        if writer.down and verdict.state is State.PENDING:
            raise writer.down  # that is not the record's fault: nothing of it changes
        if verdict.state is State.PENDING:
            target = await self._core.options.get(TargetOptions)
            if entity.attempts + 1 >= target.give_up_after_runs:
                verdict = given_up(verdict, entity.attempts + 1)
        if verdict.state in CLAIMS_NOTHING and not run.dry_run and await writer.has_open_creation(record_key(entity)):
            verdict = still_open(verdict)
        verdict = discreet(verdict, entity)
        record = Record(
            f"{entity.kind}:{entity.key}",
            OUTCOMES[verdict.state] if not verdict.warnings else "warning",  # type: ignore[arg-type]
            reason=verdict.reason or (f"would_{plan.op}" if plan and run.dry_run else plan.op if plan else None),
            message=verdict.message,
            link=f"/asanito/records/{entity.kind}/{entity.key}",
        )
        async with self._db.transaction() as conn:
            await run.guard(conn)
            if not run.dry_run:
                repository = SyncRepository(conn)
                if plan and verdict.state is State.SYNCED:
                    await repository.mark_synced(entity, plan.payload)
                    await repository.keep_creations(run.id, entity.kind, int(plan.op == "create"))
                await repository.save(entity, verdict, run.id)
                await note_change(self._core, conn, entity.kind, [entity.key])
            await run.record(conn, [record])
        return verdict

    @staticmethod
    def _outcome(counts: dict[State, int]) -> Outcome:
        seen = {state.value: count for state, count in counts.items() if count}
        if not seen:
            return Outcome.nothing_to_do("Nothing is due.")
        words = ", ".join(f"{count} {state}" for state, count in seen.items())
        if counts[State.FAILED] or counts[State.UNCERTAIN]:
            return Outcome.partial(words, reason="records_need_attention", result=seen)
        return Outcome.succeeded(words, result=seen)


def discreet(verdict: Verdict, entity: Entity) -> Verdict:
    """The same without what Asanito's words repeat of a person."""
    told = [replace(one, message=without_persons(one.message, entity.row)) for one in verdict.warnings]
    return replace(verdict, message=without_persons(verdict.message, entity.row), warnings=tuple(told))


async def planned(sending: Sending, entity: Entity) -> Plan:
    """What would be sent for a record. A value that nobody thought of is this record's fault, and stops no other.

    Raises:
        NotSent: it is not sent, and why.
    """
    try:
        plan = await sending.plan(entity)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise fail("invalid_data", f"Something in it can't be read ({type(error).__name__}).") from error
    check_numbers(plan.payload)
    return plan
