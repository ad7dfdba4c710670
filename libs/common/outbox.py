"""The outbox: what must leave the house (mails, mirrors, webhooks). Used by every service.

A row is written in the transaction of its cause; any worker sends it afterwards, oldest first within its kind, one
sender per kind at a time. A handler raises `Transient` when the other side is down (the row, and after two in a row the
kind, waits), anything else when this row is refused (dead letter; a person may retry it). Delivery is at least once:
a handler makes repeats harmless by the row's id (a stable Message-ID, an idempotency key).

A sender holds its rows by a lease of a few seconds, renewed for as long as a call takes: when it dies, the next one
goes on at once. One that was frozen and finds its rows with somebody else drops what it has in hand.

`put` sends each key once, for ever. `put_latest` is for mirrors: of what was written under a key only the newest word
goes out, as often as there is a newer one; its handler is `InBatches`, which overwrites many rows in one call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

import asyncpg
import structlog

from common.db import queries_beside
from common.errors import Conflict, NotFound, PorticoError, Unavailable
from common.jobs.outcomes import may_pass
from common.jobs.storable import storable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from common.db import Connection, Database

sql = queries_beside(__file__, "outbox.sql")
log = structlog.get_logger()

BATCH = 20
LEASE = timedelta(seconds=10)
"""For so long nobody else sends what a dead sender had in hand. A third of it is used before it is renewed."""
GIVE_UP_AFTER = timedelta(hours=24)
DATABASE_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, Unavailable)
DELAYS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]

ResourcesT = TypeVar("ResourcesT")


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One row in a handler's hands. `id` is the same at every try."""

    id: UUID
    kind: str
    key: str
    payload: dict[str, Any]
    attempts: int
    created_at: datetime
    revision: int


SendOne: TypeAlias = Callable[[ResourcesT, OutboxRow], Awaitable[None]]
SendMany: TypeAlias = Callable[[ResourcesT, Sequence[OutboxRow]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class InBatches(Generic[ResourcesT]):
    """A handler for a kind whose rows go together: all of them, or it raises and none counts as sent.

    When it raises something that waiting does not mend, the rows are tried one by one: only the wrong ones are dead.

    Args:
        send: may get a row again that was written already, and overwrites it with the newer word.
        give_up_after: a row that could not be sent for so long is dead; None: a mirror catches up whenever it can.
    """

    send: SendMany[ResourcesT]
    size: int = 200
    give_up_after: timedelta | None = None


OutboxHandler: TypeAlias = SendOne[ResourcesT] | InBatches[ResourcesT]


class Outbox:
    """The writing side, as `core.outbox`."""

    async def put(self, conn: Connection, *, kind: str, key: str, payload: dict[str, Any]) -> bool:
        """Send this once, after the commit; False when `(kind, key)` was put before (then nothing changes)."""
        return bool(await conn.fetchval(sql.put, kind, key, payload))

    async def put_latest(self, conn: Connection, *, kind: str, payloads: Mapping[str, dict[str, Any]]) -> None:
        """Send the newest payload of each key after the commit; what waits under a key already is replaced."""
        if payloads:
            await conn.execute(sql.put_latest, kind, storable(payloads))

    async def annotate(self, conn: Connection, row_id: UUID, known: dict[str, Any]) -> None:
        """Add to a row's payload what is known only when it is sent: `to` and `subject` for lists, who was refused."""
        await conn.execute(sql.annotate, row_id, known)

    async def retry(self, conn: Connection, row_id: UUID) -> None:
        """Send now: a dead letter with a fresh set of tries, or one that waits for its next try.

        Raises:
            NotFound, Conflict: no such row; `already_sent`.
        """
        state = await conn.fetchval(sql.revive, row_id)
        if state is None:
            raise NotFound("There is no such message here.", code="unknown_message")
        if state == "sent":
            raise Conflict("The message was sent already.", code="already_sent")


async def send_due(db: Database, resources: Any, handlers: Mapping[str, OutboxHandler[Any]]) -> int:
    """Send what is due, one batch per kind, the kinds side by side; how many rows were tried.

    Called by every worker each second.
    """
    return sum(await asyncio.gather(*(_send_kind(db, resources, *item) for item in handlers.items())))


class _LeaseLost(Exception):
    """The rows in hand are somebody else's by now."""


class _Lease:
    """One sender's hold on the rows that it claimed, renewed while it sends them.

    Args:
        since: read from the monotonic clock before they were claimed, so that what it says errs on the safe side.
    """

    def __init__(self, db: Database, rows: Sequence[OutboxRow], since: float) -> None:
        self._db = db
        self._attempts = {row.id: row.attempts for row in rows}
        self._renewed = since

    async def during(self, send: Callable[[], Coroutine[Any, Any, Exception | None]], rows: Sequence[OutboxRow]) -> Any:
        """What `send` answers; the lease is renewed as long as that takes.

        Raises:
            _LeaseLost: this process was frozen, and the rows went to another, before the call or during it.
        """
        pause = LEASE.total_seconds() / 3
        if monotonic() - self._renewed > pause:
            await self._renew()
        self._check(rows)
        sending = asyncio.create_task(send())
        try:
            while not (await asyncio.wait({sending}, timeout=pause))[0]:
                try:
                    await self._renew()
                except DATABASE_AWAY as error:  # nobody else can claim them either
                    log.warning("outbox.lease_not_renewed", error=type(error).__name__)
                self._check(rows)
            return sending.result()
        finally:
            while not sending.done():
                sending.cancel()
                await asyncio.wait({sending}, timeout=1)

    async def _renew(self) -> None:
        before = monotonic()
        async with self._db.connection() as conn:
            kept = await conn.fetch(sql.renew, list(self._attempts), list(self._attempts.values()), LEASE)
        self._attempts = {row["id"]: self._attempts[row["id"]] for row in kept}
        self._renewed = before

    def _check(self, rows: Sequence[OutboxRow]) -> None:
        if not {row.id for row in rows} <= set(self._attempts):
            log.warning("outbox.lease_lost", kind=rows[0].kind, key=rows[0].key, rows=len(rows))
            raise _LeaseLost


async def _send_kind(db: Database, resources: Any, kind: str, handler: OutboxHandler[Any]) -> int:
    many = handler if isinstance(handler, InBatches) else None
    before = monotonic()
    async with db.transaction() as conn:
        mine = await conn.fetchval(sql.lock_kind, kind)
        size = many.size if many else BATCH
        claimed = [OutboxRow(**row) for row in await conn.fetch(sql.claim_batch, kind, size, LEASE)] if mine else []
    rows = sorted(claimed, key=lambda row: row.id)  # RETURNING keeps no order; ids grow with time
    lease = _Lease(db, rows, before)
    if many and rows:
        await _send_together(db, resources, many, rows, lease)
    elif not isinstance(handler, InBatches):
        await _send_batch(db, resources, handler, rows, lease, GIVE_UP_AFTER)
    return len(rows)


async def _send_together(
    db: Database, resources: Any, handler: InBatches[Any], rows: list[OutboxRow], lease: _Lease
) -> None:
    try:
        error = await lease.during(partial(_send, resources, handler.send, rows, rows), rows)
    except _LeaseLost:
        return
    if error is None:
        await _mark_sent(db, rows)
    elif may_pass(error) or len(rows) == 1:
        delay = await _mark_failed(db, rows, error, handler.give_up_after)
        if may_pass(error):
            await _hold(db, rows[0].kind, delay)
    else:

        async def alone(resources: Any, row: OutboxRow) -> None:
            await handler.send(resources, [row])

        await _send_batch(db, resources, alone, rows, lease, handler.give_up_after)


async def _send_batch(
    db: Database,
    resources: Any,
    handler: SendOne[Any],
    rows: list[OutboxRow],
    lease: _Lease,
    give_up_after: timedelta | None,
) -> None:
    failed_in_a_row = 0
    for position, row in enumerate(rows):
        try:
            error = await lease.during(partial(_send, resources, handler, row, [row]), [row])
        except _LeaseLost:
            continue
        if error is None:
            failed_in_a_row = 0
            await _mark_sent(db, [row])
            continue
        failed_in_a_row += 1
        delay = await _mark_failed(db, [row], error, give_up_after)
        if failed_in_a_row == 2 and may_pass(error):  # noqa: PLR2004 - one may be the row's own, two are the server's
            await _release(db, rows[position + 1 :])
            await _hold(db, row.kind, delay)
            return


async def _mark_sent(db: Database, rows: list[OutboxRow]) -> None:
    async with db.connection() as conn:
        await conn.execute(sql.mark_sent, [row.id for row in rows], [row.revision for row in rows])


async def _mark_failed(
    db: Database, rows: list[OutboxRow], error: Exception, give_up_after: timedelta | None
) -> timedelta:
    """Note the failure; when it is worth another try."""
    delay = DELAYS[min(max(row.attempts for row in rows), len(DELAYS)) - 1]
    ids, revisions, attempts = zip(*((row.id, row.revision, row.attempts) for row in rows), strict=True)
    async with db.connection() as conn:
        await conn.execute(
            sql.mark_failed, ids, revisions, attempts, describe(error), may_pass(error), delay, give_up_after
        )
    return delay


async def _release(db: Database, rows: list[OutboxRow]) -> None:
    async with db.connection() as conn:
        await conn.execute(sql.release, [row.id for row in rows], [row.attempts for row in rows])


async def _hold(db: Database, kind: str, delay: timedelta) -> None:
    async with db.connection() as conn:
        await conn.execute(sql.hold_kind, kind, delay)


async def _send(
    resources: Any, handler: Callable[..., Awaitable[None]], what: Any, rows: list[OutboxRow]
) -> Exception | None:
    told = {"kind": rows[0].kind, "key": rows[0].key, "rows": len(rows)}
    try:
        await handler(resources, what)
    except PorticoError as error:
        log.warning("outbox.send_failed", code=error.code, **told)
        return error
    except Exception as error:
        log.exception("outbox.send_crashed", **told)
        return error
    log.info("outbox.sent", **told)
    return None


def describe(error: Exception) -> str:
    """What the console shows: our own sentences, never a foreign exception's text."""
    return error.detail if isinstance(error, PorticoError) else f"Internal error ({type(error).__name__})."
