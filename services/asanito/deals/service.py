"""Deals: opened after an invoice was confirmed, one for each line that sells a trigger product.

A deal that fails never holds its invoice back: it is a row of its own, with a reason, and can be tried again.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, TypeAlias

from common import audit
from common.errors import Conflict, NotFound
from common.jobs import Trigger as Started
from services.asanito.deals.repository import DealKey, DealRepository, Trigger
from services.asanito.deals.rules import ALLOWED, DealAction, deal_payload, deal_title, marker, version_of
from services.asanito.options import SyncOptions, TargetOptions
from services.asanito.source.rules import Kind
from services.asanito.sync.by_hand import settle_by_hand
from services.asanito.sync.rules import NotSent, State, Verdict, Warned
from services.asanito.sync.service import JOB_OF
from services.asanito.sync.writer import Creation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from uuid import UUID

    from common.core import Core
    from common.db import Connection
    from common.etag import Seen
    from common.identity import Identity
    from common.jobs.outcomes import Enqueued
    from services.asanito.invoices.rules import Ids, Invoice, Line
    from services.asanito.ports import AsanitoApi
    from services.asanito.settings import AsanitoSettings
    from services.asanito.sync.rules import Entity
    from services.asanito.sync.writer import Created, Writer

    WantAgain: TypeAlias = Callable[[Connection, Kind, UUID], Awaitable[None]]

DONE = frozenset({State.SYNCED, State.IGNORED})


class DealService:
    """Opens deals."""

    def __init__(self, core: Core[AsanitoSettings], *, asanito: AsanitoApi, want_again: WantAgain) -> None:
        self._want_again = want_again
        self._core = core
        self._db = core.db
        self._asanito = asanito

    async def open_for(self, entity: Entity, invoice: Invoice, ids: Ids, writer: Writer) -> Sequence[Warned]:
        """The deals of a confirmed invoice; a warning for each that was not opened."""
        options = await self._core.options.get(SyncOptions)
        too_old = options.deals_since is not None and invoice.issued_at.date() < options.deals_since
        if not options.deals or too_old:
            return ()
        async with self._db.connection() as conn:
            triggers = await DealRepository(conn).triggers()
        warnings = []
        for line in invoice.lines:
            trigger = triggers.get(ids.products[line.product_key])
            if trigger is None:
                continue
            if warning := await self._open(entity, invoice, line, ids, trigger, writer):
                warnings.append(warning)
        return warnings

    async def triggers(self) -> tuple[list[Trigger], int]:
        """The products that open deals, and the version of the list."""
        async with self._db.connection() as conn:
            found = list((await DealRepository(conn).triggers()).values())
        return found, version_of(map(asdict, found))

    async def replace_triggers(self, triggers: Sequence[Trigger], seen: Seen, who: Identity) -> None:
        """These products open deals from now on, and no others; invoices sent before open none for it.

        Raises:
            PreconditionFailed: `stale`, the list is not the one that was seen.
        """
        async with self._db.transaction() as conn:
            repository = DealRepository(conn)
            await repository.lock_triggers()
            held = await repository.triggers()
            seen.check(version_of(map(asdict, held.values())))
            before = {"products": sorted(held)}
            await repository.replace_triggers(triggers, who.name)
            after = {"products": sorted(one.asanito_product_id for one in triggers)}
            await audit.record(conn, who, "deals.triggers_saved", "deals/triggers", before=before, after=after)

    async def retry(self, key: DealKey, who: Identity) -> None:
        """Have the invoice's next run open the deal.

        Raises:
            NotFound: `unknown_record`.
            Conflict: `not_possible_now`, it is open already.
        """
        async with self._db.transaction() as conn:
            state = await self._lock(conn, key, DealAction.RETRY)
            await DealRepository(conn).set_state(key, State.PENDING)
            await self._want_again(conn, Kind(key.invoice_kind), key.invoice_key)
            await audit.record(conn, who, "deal.retry", target_of(key), before={"state": state})

    async def check_now(self, key: DealKey, who: Identity) -> Enqueued:
        """Start a run of its invoice that asks Asanito what became of the deal.

        Raises:
            NotFound: `unknown_record`.
            Conflict: `not_possible_now`, nobody doubts it.
        """
        kind = Kind(key.invoice_kind)
        async with self._db.transaction() as conn:
            await self._lock(conn, key, DealAction.CHECK)
            await self._want_again(conn, kind, key.invoice_key)
            trigger = Started("manual" if who.kind == "user" else "api", who.name)
            wanted = {"keys": [str(key.invoice_key)]}
            started = await self._core.ledger.enqueue(conn, JOB_OF[kind], wanted, trigger=trigger)
            await audit.record(conn, who, "deal.check", target_of(key), after={"run_id": str(started.id)})
        return started

    async def settle(self, key: DealKey, deal_id: int | None, who: Identity, note: str = "") -> None:
        """Say what became of a deal whose answer was lost: it is this one, or it is not there and is opened again.

        Raises:
            NotFound: `unknown_record`.
            Conflict: `not_possible_now`, nobody doubts it or a call is under way; `already_bound`, the id is another
                deal's.
        """
        async with self._db.transaction() as conn:
            repository = DealRepository(conn)
            state = await self._lock(conn, key, DealAction.CONFIRM_ABSENT if deal_id is None else DealAction.BIND)
            settled = "absent" if deal_id is None else "confirmed"
            await settle_by_hand(conn, effect_key(key), settled, who, {"deal_id": deal_id})
            if deal_id is None:
                await repository.set_state(key, State.PENDING)
            elif not await repository.bind(key, deal_id):
                raise Conflict(f"Deal {deal_id} belongs to another line.", code="already_bound")
            await self._want_again(conn, Kind(key.invoice_kind), key.invoice_key)
            after = {"deal_id": deal_id, "note": note}
            await audit.record(conn, who, "deal.settle", target_of(key), before={"state": state}, after=after)

    async def _lock(self, conn: Connection, key: DealKey, action: DealAction) -> str:
        """Its state, held until the transaction ends; refuses an action that this state does not have."""
        state = await DealRepository(conn).lock_state(key)
        if state is None:
            raise NotFound("There is no such deal.", code="unknown_record", params={"id": str(key.item_key)})
        if state not in ALLOWED[action]:
            raise Conflict(f"The deal is {state}.", code="not_possible_now", params={"state": state, "action": action})
        return state

    async def _open(
        self, entity: Entity, invoice: Invoice, line: Line, ids: Ids, trigger: Trigger, writer: Writer
    ) -> Warned | None:
        key = DealKey(entity.kind, entity.key, line.key)
        async with self._db.connection() as conn:
            if await DealRepository(conn).find_state(key) in DONE:
                return None
        title, amount = deal_title(line.title, invoice.title), line.unit_price * line.count
        mark = marker(entity.kind, entity.key, line.key)
        verdict = Verdict(State.SYNCED)
        try:
            if trigger.funnel_level_id is None:
                verdict = Verdict(State.SKIPPED, "funnel_level_missing", "The trigger product has no funnel level yet.")
            else:
                payload = deal_payload(
                    title=title,
                    amount=amount,
                    level=trigger.funnel_level_id,
                    person=ids.person,
                    product=ids.products[line.product_key],
                    owner=ids.owner,
                    mark=mark,
                )

                async def send() -> int:
                    return await self._asanito.add_deal(payload)

                async def find() -> list[int] | None:
                    return await self._find(mark)

                async def settle(conn: Connection, created: Created) -> None:
                    done = Verdict(State.SYNCED)
                    await DealRepository(conn).keep(
                        key, done, title=title, amount=amount, run_id=writer.run.id, deal_id=created.asanito_id
                    )

                await writer.create(Creation(effect_key(key), "deal.create", send=send, find=find, settle=settle))
                return None
        except NotSent as error:
            verdict = error.verdict
        async with self._db.transaction() as conn:
            await writer.run.guard(conn)
            await DealRepository(conn).keep(key, verdict, title=title, amount=amount, run_id=writer.run.id)
        again = verdict.state in (State.PENDING, State.SKIPPED, State.UNCERTAIN)
        return Warned("deal_not_opened", verdict.message, {"reason": verdict.reason}, retry=again)

    async def _find(self, mark: str) -> list[int] | None:
        """Deals with our mark; None when Asanito can't be asked."""
        if not (await self._core.options.get(TargetOptions)).search_deals:
            return None
        return [deal.id for deal in await self._asanito.find_deals(mark) or [] if mark in deal.text]


def effect_key(key: DealKey) -> str:
    """What the effects of a deal go by."""
    return f"deal:{key.invoice_kind}:{key.invoice_key}:{key.item_key}"


def target_of(key: DealKey) -> str:
    """What the audit calls a deal."""
    return f"deals/{key.invoice_kind}/{key.invoice_key}/{key.item_key}"
