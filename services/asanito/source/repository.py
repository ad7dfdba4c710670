"""The copy of the source in PostgreSQL; the statements are in `queries.sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from common.db import queries_beside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from common.db import Connection
    from services.asanito.source.rules import StagedRow, Table

sql = queries_beside(__file__)


Held: TypeAlias = tuple[bytes, str | None, str | None]
"""A row as last read: the hash of its content, its status and its Asanito id."""


class SourceRepository:
    """Takes the connection of the caller's transaction."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    async def start_of_scan(self, table: str, before: datetime) -> tuple[int | None, int | None]:
        """The idd where the source stood at `before`, and the highest one read; None before the first scan."""
        row = await self.conn.fetchrow(sql.start_of_scan, table, before)
        return (row["marked"], row["newest"]) if row else (None, None)

    async def mark_scan(self, table: str, at: datetime, idd: int, *, forget_before: datetime) -> None:
        await self.conn.execute(sql.mark_scan, table, at, idd)
        await self.conn.execute(sql.forget_marks, table, forget_before)

    async def store(self, table: Table, rows: Sequence[StagedRow], read_at: datetime) -> list[UUID]:
        """Keep rows, and give the keys of the things that changed: an item's is its invoice's."""
        columns = list(zip(*rows, strict=True))
        changed = await self.conn.fetch(sql.upsert_rows, table.name, *columns[1:-1], read_at)
        if table.kind:
            return [row["key"] for row in changed]
        return list({row["parent_key"] for row in changed if row["parent_key"]})

    async def list_reset(self, table: Table, rows: Sequence[StagedRow]) -> list[UUID]:
        """Things whose row, unchanged in its number, had a status and has none now."""
        emptied = [row for row in rows if row.source_status is None]
        found = await self.conn.fetch(
            sql.list_reset, table.name, [row.key for row in emptied], [row.idd for row in emptied]
        )
        return [row["key"] for row in found]

    async def store_aliases(self, rows: Sequence[StagedRow]) -> None:
        """Remember every version of a member."""
        await self.conn.execute(sql.upsert_aliases, [row.version_key for row in rows], [row.key for row in rows])

    async def refresh_entities(self, kind: str, table: str, labels: dict[UUID, str]) -> list[UUID]:
        """Make work of what changed; which records did."""
        rows = await self.conn.fetch(sql.refresh_entities, kind, table, list(labels), list(labels.values()))
        return [row["key"] for row in rows]

    async def held(self, table: str, low: int, high: int) -> dict[int, Held]:
        """Of a range of the source, by idd."""
        rows = await self.conn.fetch(sql.held_rows, table, low, high)
        return {idd: (digest, status, aid) for idd, digest, status, aid in rows}

    async def newest_held(self, table: str) -> int | None:
        """The highest idd of our copy."""
        found: int | None = await self.conn.fetchval(sql.newest_held, table)
        return found

    async def mark_absent(self, table: str, idds: Sequence[int], at: datetime) -> list[UUID]:
        """The source has these rows no more; the things that they belong to, where they belong to any."""
        rows = await self.conn.fetch(sql.mark_absent, table, idds, at)
        return list({row["parent_key"] for row in rows if row["parent_key"]})

    async def list_gone(self, kind: str, table: str, after: UUID, limit: int) -> list[UUID]:
        """Things of which the source has no row any more, and that are not marked so."""
        return [row["key"] for row in await self.conn.fetch(sql.list_gone, kind, table, after, limit)]

    async def wish_again(self, kind: str, keys: Sequence[UUID]) -> int:
        """Try again what somebody reset in the source; how many there are."""
        return len(await self.conn.fetch(sql.wish_again, kind, keys))
