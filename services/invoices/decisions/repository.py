"""Files that a person decides on, in the database: each decision is one conditional statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.db import queries_beside
from common.errors import NotFound
from services.invoices.imports.rules import FileState, StoredFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from uuid import UUID

    import asyncpg

    from common.db import Connection

sql = queries_beside(__file__)


class DecisionRepository:
    """Statements on one connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def get(self, file_id: UUID) -> StoredFile:
        if file := _file(await self._conn.fetchrow(sql.get_file, file_id)):
            return file
        raise NotFound("There is no such file.", code="unknown_file", params={"id": str(file_id)})

    async def claim(
        self, file_id: UUID, states: Iterable[FileState], *, day: date, accepted_by: str | None
    ) -> StoredFile | None:
        """Make it a file of `day` that is about to be imported; None when it is in none of `states` any more."""
        return _file(await self._conn.fetchrow(sql.claim_file, file_id, sorted(states), day, accepted_by))

    async def discard(self, file_id: UUID, states: Iterable[FileState]) -> StoredFile | None:
        return _file(await self._conn.fetchrow(sql.discard_file, file_id, sorted(states)))


def _file(row: asyncpg.Record | None) -> StoredFile | None:
    return StoredFile(**{**row, "state": FileState(row["state"])}) if row else None
