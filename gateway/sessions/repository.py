"""A user's sessions in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.db import queries_beside

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from common.db import Connection

sql = queries_beside(__file__)


@dataclass(frozen=True, slots=True)
class OwnSession:
    """Where and when somebody is signed in."""

    id: UUID
    ip: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class SessionsRepository:
    """Reads and writes over one connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def list(self, user_id: UUID, now: datetime) -> list[OwnSession]:
        return [OwnSession(**row) for row in await self._conn.fetch(sql.list_living, user_id, now)]

    async def delete(self, session_id: UUID, user_id: UUID) -> bool:
        return await self._conn.fetchval(sql.delete, session_id, user_id) is not None
