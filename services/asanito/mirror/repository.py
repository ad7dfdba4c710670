"""What is mirrored, in PostgreSQL; the statements are in `queries.sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.db import queries_beside
from services.asanito.mirror.rules import STATUSES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    import asyncpg

    from common.db import Connection
    from services.asanito.ports import StatusWord
    from services.asanito.source.rules import Kind, Table

sql = queries_beside(__file__)


class MirrorRepository:
    """Takes the connection of the caller's transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def is_on(self) -> bool:
        """Whether an administrator wants the statuses mirrored."""
        return bool(await self._conn.fetchval(sql.is_on))

    async def words(self, kinds: Sequence[str], keys: Sequence[UUID]) -> list[asyncpg.Record]:
        """What these records are now."""
        return list(await self._conn.fetch(sql.words, kinds, keys))

    async def keep_written(self, table: Table, keys: Sequence[UUID], words: Sequence[StatusWord]) -> None:
        """The source says this now."""
        await self._conn.execute(
            sql.keep_written,
            table.name,
            keys,
            [word.idd for word in words],
            [word.status for word in words],
            [str(word.asanito_id) if word.asanito_id else None for word in words],
        )

    async def list_differing(self, kind: Kind, table: str, after: UUID, limit: int) -> list[UUID]:
        """Records of which the source says something else."""
        statuses = {state.value: status for state, status in STATUSES.items()}
        return [row["key"] for row in await self._conn.fetch(sql.list_differing, kind, table, after, limit, statuses)]
