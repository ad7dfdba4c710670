"""What the inbox showed, and what became of it, in the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from common.db import queries_beside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    import asyncpg

    from common.db import Connection
    from common.transfer import Entry

sql = queries_beside(__file__)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One version of a name on the sender's server."""

    id: UUID
    name: str
    size_bytes: int
    modified_at: datetime | None
    state: str
    reason: str | None
    remote_state: str
    file_id: UUID | None
    delete_error: str | None
    first_seen_at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        return cls(**row)

    def is_version(self, entry: Entry | None) -> bool:
        """Whether `entry` still shows this version: nothing but size and time tells one from another."""
        return entry is not None and (entry.size, entry.modified) == (self.size_bytes, self.modified_at)


class InboxRepository:
    """Statements on one connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def list_present(self) -> list[RemoteFile]:
        """What the inbox showed when we looked last."""
        return [RemoteFile.of(row) for row in await self._conn.fetch(sql.list_present)]

    async def list_to_delete(self) -> list[RemoteFile]:
        return [RemoteFile.of(row) for row in await self._conn.fetch(sql.list_to_delete)]

    async def insert_seen(self, entry: Entry, at: datetime) -> None:
        await self._conn.execute(sql.insert_seen, entry.name, entry.size, entry.modified, at)

    async def update_version(self, remote_id: UUID, entry: Entry, at: datetime) -> None:
        await self._conn.execute(sql.update_version, remote_id, entry.size, entry.modified, at)

    async def touch(self, remote_ids: Sequence[UUID], at: datetime) -> None:
        await self._conn.execute(sql.touch, remote_ids, at)

    async def mark_gone(self, remote_ids: Sequence[UUID], at: datetime) -> None:
        await self._conn.execute(sql.mark_gone, remote_ids, at)

    async def mark(self, remote_id: UUID, state: str, reason: str | None = None) -> None:
        await self._conn.execute(sql.mark, remote_id, state, reason)

    async def mark_stored(self, remote_id: UUID, file_id: UUID) -> None:
        await self._conn.execute(sql.mark_stored, remote_id, file_id)

    async def note_refusal(self, remote_id: UUID, error: str) -> UUID | None:
        """The server would not delete; the file whose copy it keeps."""
        file_id: UUID | None = await self._conn.fetchval(sql.note_refusal, remote_id, error)
        return file_id

    async def list_troubles(self) -> list[RemoteFile]:
        """What the inbox keeps although it should not, and what we left there."""
        return [RemoteFile.of(row) for row in await self._conn.fetch(sql.list_troubles)]
