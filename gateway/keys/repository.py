"""API keys in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from common.db import queries_beside
from common.listing import Listing, Sort

if TYPE_CHECKING:
    from common.db import Connection
    from gateway.auth.rules import Roles

sql = queries_beside(__file__)

KEYS = Listing(
    sql.keys_for_list,
    columns={"q": ("name", "public_id")},
    sort=Sort("created_at", datetime),
    row_id=Sort("id", UUID),
)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key without its secret."""

    id: UUID
    public_id: str
    name: str
    roles: Roles
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class KeysRepository:
    """Reads and writes over one connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def insert(
        self,
        *,
        public_id: str,
        secret_sha256: bytes,
        name: str,
        roles: Roles,
        created_by: str,
        expires_at: datetime | None,
    ) -> KeyRow | None:
        """The new key; None when the name is taken."""
        row = await self._conn.fetchrow(sql.insert, public_id, secret_sha256, name, roles, created_by, expires_at)
        return KeyRow(**row) if row else None

    async def delete(self, key_id: UUID) -> KeyRow | None:
        row = await self._conn.fetchrow(sql.delete, key_id)
        return KeyRow(**row) if row else None
