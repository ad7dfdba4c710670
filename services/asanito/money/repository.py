"""Documents with their money in PostgreSQL; the statement is in `queries.sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from common.db import queries_beside
from services.asanito.money.rules import Document
from services.asanito.source.rules import KINDS, Kind
from services.asanito.sync.rules import State

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import date

    import asyncpg

    from common.db import Connection

sql = queries_beside(__file__)

AT_ONCE = 500


class MoneyRepository:
    """Takes the connection of the caller's transaction: documents are read by a cursor."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def documents(
        self, kind: Kind, since: date, until: date, *, least_idd: int
    ) -> AsyncIterator[list[asyncpg.Record]]:
        """Rows of all documents of the days, a few hundred at a time; `document_of` turns each."""
        cursor = await self._conn.cursor(sql.documents, kind, KINDS[kind].name, since, until, least_idd)
        while rows := await cursor.fetch(AT_ONCE):
            yield rows


def document_of(row: asyncpg.Record) -> Document:
    """A document out of its row."""
    items = [(UUID(key), item) for key, item in row["items"]]
    return Document(**{**row, "kind": Kind(row["kind"]), "state": State(row["state"]), "items": items})
