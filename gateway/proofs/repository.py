"""Proofs in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.db import queries_beside

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from common.db import Connection
    from gateway.auth.rules import Roles

sql = queries_beside(__file__)


@dataclass(frozen=True, slots=True)
class Action:
    """The one request that a proof is good for."""

    session_id: UUID
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Who has proven themselves."""

    id: UUID
    username: str
    roles: Roles


class ProofsRepository:
    """Reads and writes over one connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def insert(
        self, token_sha256: bytes, action: Action, *, user_id: UUID, user_version: int, expires_at: datetime
    ) -> bool:
        """False when the user was changed or disabled since they were read."""
        inserted = await self._conn.fetchval(
            sql.insert, token_sha256, action.session_id, user_id, action.method, action.path, expires_at, user_version
        )
        return inserted is not None

    async def take(self, token_sha256: bytes, action: Action, now: datetime) -> PersonRow | None:
        """Whose proof it is, once; None when there is none (any more) for this action."""
        row = await self._conn.fetchrow(sql.take, token_sha256, action.session_id, action.method, action.path, now)
        return PersonRow(**row) if row else None

    async def delete_expired(self, now: datetime) -> None:
        await self._conn.execute(sql.delete_expired, now)
