"""The outbox: what must leave the house once (mails, mirrors, webhooks). Used by every service.

A row is written in the transaction of its cause; any worker sends it afterwards, oldest first within its kind, one
sender per kind at a time. A handler raises `Transient` when the other side is down (the row, and after two in a row the
kind, waits), anything else when this row is refused (dead letter; a person may retry it). Delivery is at least once:
a handler makes repeats harmless by the row's id (a stable Message-ID, an idempotency key).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import structlog

from common.db import queries_beside
from common.errors import Conflict, NotFound, PorticoError
from common.jobs.outcomes import may_pass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from common.db import Connection, Database

sql = queries_beside(__file__, "outbox.sql")
log = structlog.get_logger()

BATCH = 20
LEASE = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(hours=24)
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


OutboxHandler: TypeAlias = Callable[[ResourcesT, OutboxRow], Awaitable[None]]


class Outbox:
    """The writing side, as `core.outbox`."""

    async def put(self, conn: Connection, *, kind: str, key: str, payload: dict[str, Any]) -> bool:
        """Send this once, after the commit; False when `(kind, key)` was put before (then nothing changes)."""
        return bool(await conn.fetchval(sql.put, kind, key, payload))

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


async def _send_kind(db: Database, resources: Any, kind: str, handler: OutboxHandler[Any]) -> int:
    until = monotonic() + LEASE.total_seconds() / 2
    async with db.transaction() as conn:
        mine = await conn.fetchval(sql.lock_kind, kind)
        claimed = [OutboxRow(**row) for row in await conn.fetch(sql.claim_batch, kind, BATCH, LEASE)] if mine else []
    rows = sorted(claimed, key=lambda row: row.id)  # RETURNING keeps no order; ids grow with time
    await _send_batch(db, resources, handler, rows, until)
    return len(rows)


async def _send_batch(
    db: Database, resources: Any, handler: OutboxHandler[Any], rows: list[OutboxRow], until: float
) -> None:
    failed_in_a_row = 0
    for position, row in enumerate(rows):
        if monotonic() > until:  # a slow server: what is left is claimed anew, not sent on a lease that ends
            await _release(db, rows[position:], timedelta())
            return
        error = await _send(resources, handler, row)
        async with db.connection() as conn:
            if error is None:
                failed_in_a_row = 0
                await conn.execute(sql.mark_sent, row.id)
                continue
            failed_in_a_row += 1
            delay = DELAYS[min(row.attempts, len(DELAYS)) - 1]
            await conn.execute(
                sql.mark_failed, row.id, describe(error), may_pass(error), delay, GIVE_UP_AFTER, row.attempts
            )
        if failed_in_a_row == 2 and may_pass(error):  # noqa: PLR2004 - one may be the row's own, two are the server's
            await _release(db, rows[position + 1 :], delay)
            return


async def _release(db: Database, rows: list[OutboxRow], delay: timedelta) -> None:
    async with db.connection() as conn:
        await conn.execute(sql.release, [row.id for row in rows], [row.attempts for row in rows], delay)


async def _send(resources: Any, handler: OutboxHandler[Any], row: OutboxRow) -> Exception | None:
    try:
        await handler(resources, row)
    except PorticoError as error:
        log.warning("outbox.send_failed", kind=row.kind, key=row.key, code=error.code)
        return error
    except Exception as error:
        log.exception("outbox.send_crashed", kind=row.kind, key=row.key)
        return error
    log.info("outbox.sent", kind=row.kind, key=row.key)
    return None


def describe(error: Exception) -> str:
    """What the console shows: our own sentences, never a foreign exception's text."""
    return error.detail if isinstance(error, PorticoError) else f"Internal error ({type(error).__name__})."
