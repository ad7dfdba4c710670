"""What was inherited, in PostgreSQL; the statements are in `queries.sql`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from common.db import queries_beside
from services.asanito.source.rules import KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    import asyncpg

    from common.db import Connection
    from services.asanito.mappings.rules import MappingType
    from services.asanito.takeover.rules import Word

sql = queries_beside(__file__)

BY_WHOM = "the application before"


class TakeOverRepository:
    """Takes the connection of the caller's transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def keep_words(self, kind: Kind, words: Sequence[tuple[UUID, int, Word]]) -> None:
        """Remember what stood beside rows (key, idd, word); what is known already stays as it was judged."""
        await self._conn.execute(
            sql.keep_words,
            kind,
            [key for key, _, _ in words],
            [word.asanito_id for _, _, word in words],
            [word.status for _, _, word in words],
            [word.message for _, _, word in words],
            [idd for _, idd, _ in words],
        )

    async def has_unjudged(self) -> bool:
        return bool(await self._conn.fetchval(sql.has_unjudged))

    async def judge_ambiguous(self) -> int:
        """Ids that stand on several things; how many records wait for a person because of it."""
        return len(await self._conn.fetch(sql.judge_ambiguous))

    async def bind_some(self, limit: int) -> Counter[str]:
        """Bind the next records to the ids that they had; outcomes, none when all are done."""
        tables = {kind.value: table.name for kind, table in KINDS.items()}
        return Counter(row["outcome"] for row in await self._conn.fetch(sql.bind_some, limit, tables))

    async def judge_rest(self, limit: int) -> Counter[str]:
        """The next statuses without an id; outcomes, none when all are done."""
        return Counter(row["outcome"] for row in await self._conn.fetch(sql.judge_rest, limit))

    async def counts(self) -> list[asyncpg.Record]:
        return list(await self._conn.fetch(sql.counts))

    async def ambiguous(self, limit: int) -> list[asyncpg.Record]:
        return list(await self._conn.fetch(sql.ambiguous, limit))

    async def sample(self, each: int) -> list[asyncpg.Record]:
        return list(await self._conn.fetch(sql.sample, each))

    async def taken_tables(self) -> list[asyncpg.Record]:
        return list(await self._conn.fetch(sql.taken_tables))

    async def keep_table(self, name: str, *, rows: int, taken: int, notes: list[str]) -> None:
        await self._conn.execute(sql.keep_table, name, rows, taken, notes)

    async def take_mapping(self, kind: MappingType, source_id: str, name: str, asanito_id: str) -> bool:
        """False when somebody mapped it here already."""
        return bool(await self._conn.fetchval(sql.take_mapping, kind, source_id, name, asanito_id, BY_WHOM))

    async def take_trigger(self, row: dict[str, Any]) -> bool:
        values = [row["product_title"] or "", row["product_category"] or "", row["funnel_id"], row["funnel_level_id"]]
        return bool(await self._conn.fetchval(sql.take_trigger, row["asanito_product_id"], *values, BY_WHOM))

    async def take_deals(self, links: Sequence[tuple[UUID, UUID, int]]) -> int:
        """Which line of which invoice has its deal; how many were new."""
        invoices, items, deals = zip(*links, strict=True) if links else ((), (), ())
        return len(await self._conn.fetch(sql.take_deals, invoices, items, deals))
