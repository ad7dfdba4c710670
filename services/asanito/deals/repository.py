"""Trigger products and deals in PostgreSQL; the statements are in `queries.sql`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from common.db import queries_beside
from common.listing import Listing, Sort

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.db import Connection
    from services.asanito.sync.rules import Verdict

sql = queries_beside(__file__)

DEALS = Listing(
    sql.deals_for_list,
    columns={
        "state": "state",
        "reason": "reason_code",
        "q": ("title", "key_text", "deal_text", "message"),
        "updated_at": "updated_at",
    },
    sort=Sort("updated_at", datetime),
    row_id=Sort("item_key", UUID),
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A product whose sale opens a deal, and at which level of which funnel."""

    asanito_product_id: int
    product_title: str
    product_category: str
    funnel_id: int | None
    funnel_level_id: int | None


@dataclass(frozen=True, slots=True)
class DealKey:
    """A deal belongs to one line of one invoice."""

    invoice_kind: str
    invoice_key: UUID
    item_key: UUID


class DealRepository:
    """Takes the connection of the caller's transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def triggers(self) -> dict[int, Trigger]:
        return {row["asanito_product_id"]: Trigger(**row) for row in await self._conn.fetch(sql.triggers)}

    async def lock_triggers(self) -> None:
        """Nobody else changes the list before the transaction ends."""
        await self._conn.execute(sql.lock_triggers)

    async def find_state(self, key: DealKey) -> str | None:
        """State of the line's deal; None when there is none."""
        row = await self._conn.fetchrow(sql.find_deal, key.invoice_kind, key.invoice_key, key.item_key)
        return row["state"] if row else None

    async def lock_state(self, key: DealKey) -> str | None:
        """State of the line's deal, held until the transaction ends."""
        state: str | None = await self._conn.fetchval(sql.lock_deal, key.invoice_kind, key.invoice_key, key.item_key)
        return state

    async def set_state(self, key: DealKey, state: str) -> None:
        await self._conn.execute(sql.set_deal_state, key.invoice_kind, key.invoice_key, key.item_key, state)

    async def bind(self, key: DealKey, deal_id: int) -> bool:
        """It is this deal in Asanito; False when that one is another line's."""
        where = (key.invoice_kind, key.invoice_key, key.item_key)
        return bool(await self._conn.fetchval(sql.bind_deal, *where, deal_id))

    async def replace_triggers(self, triggers: Sequence[Trigger], by: str) -> None:
        """These and no others."""
        await self._conn.execute(sql.delete_other_triggers, [one.asanito_product_id for one in triggers])
        for one in triggers:
            await self._conn.execute(
                sql.save_trigger,
                one.asanito_product_id,
                one.product_title,
                one.product_category,
                one.funnel_id,
                one.funnel_level_id,
                by,
            )

    async def keep(
        self, key: DealKey, verdict: Verdict, *, title: str, amount: int, run_id: UUID, deal_id: int | None = None
    ) -> None:
        await self._conn.execute(
            sql.keep_deal,
            key.invoice_kind,
            key.invoice_key,
            key.item_key,
            verdict.state,
            verdict.reason,
            verdict.message,
            deal_id,
            title,
            amount,
            run_id,
        )
