"""Persons that share something, in PostgreSQL; the statements are in `queries.sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.db import queries_beside
from services.asanito.dedupe.rules import Loss, Person, message_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from uuid import UUID

    from common.db import Connection

sql = queries_beside(__file__)


class DedupeRepository:
    """Takes the connection of the caller's transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def sharing(self, placeholders: Collection[str]) -> list[Person]:
        """Persons that have a mobile number, other than a placeholder, or a national code in common with somebody."""
        return [Person(**row) for row in await self._conn.fetch(sql.sharing, list(placeholders))]

    async def duplicates(self) -> dict[UUID, UUID]:
        """Those that are duplicates now, and whose."""
        return {row["key"]: row["alias_of"] for row in await self._conn.fetch(sql.duplicates)}

    async def mark(self, losses: Sequence[Loss], run_id: UUID) -> list[UUID]:
        """Make them duplicates; those that were and stay the same are left out of the answer."""
        rows = await self._conn.fetch(
            sql.mark_duplicates,
            [loss.key for loss in losses],
            [loss.winner for loss in losses],
            [message_of(loss) for loss in losses],
            [{"winner": str(loss.winner), "by": loss.by, "differs": loss.differs} for loss in losses],
            run_id,
        )
        return [row["key"] for row in rows]

    async def release(self, keys: Iterable[UUID], run_id: UUID) -> None:
        """They are nobody's duplicate any more."""
        await self._conn.execute(sql.release, list(keys), run_id)

    async def warn(self, keys: Iterable[UUID]) -> list[UUID]:
        """Both are in Asanito; those that were told before are left out of the answer."""
        return [row["key"] for row in await self._conn.fetch(sql.warn_both_bound, list(keys))]
