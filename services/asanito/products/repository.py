"""Categories in PostgreSQL; the statements are in `queries.sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.db import queries_beside

if TYPE_CHECKING:
    from common.db import Connection

sql = queries_beside(__file__)


class CategoryRepository:
    """Takes the connection of the caller's transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def ids(self) -> dict[str, int]:
        """Asanito's ids of the categories that are known, by comparison key."""
        return {row["title_key"]: row["asanito_id"] for row in await self._conn.fetch(sql.all_categories)}

    async def keep(self, title_key: str, title: str, asanito_id: int) -> None:
        await self._conn.execute(sql.keep_category, title_key, title, asanito_id)

    async def forget(self, title_key: str) -> None:
        """It is not in Asanito any more."""
        await self._conn.execute(sql.forget_category, title_key)
