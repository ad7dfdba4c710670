"""Sessions, keys and logins in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.db import queries_beside

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from uuid import UUID

    from common.db import Connection
    from gateway.auth.rules import Roles

sql = queries_beside(__file__)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A living session with its user."""

    id: UUID
    user_id: UUID
    created_at: datetime
    last_seen_at: datetime
    idle_seconds: int
    expires_at: datetime
    username: str
    name: str
    roles: Roles
    kiosk: bool
    locale: str | None
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A living API key."""

    id: UUID
    name: str
    roles: Roles
    secret_sha256: bytes
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class LoginRow:
    """A user with what is needed to let them in."""

    id: UUID
    username: str
    name: str
    password_hash: str
    roles: Roles
    kiosk: bool
    locale: str | None
    must_change_password: bool
    disabled_at: datetime | None
    version: int


class AuthRepository:
    """Reads and writes over one connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def find_session(self, token_sha256: bytes, now: datetime) -> SessionRow | None:
        row = await self._conn.fetchrow(sql.find_session, token_sha256, now)
        return SessionRow(**row) if row else None

    async def touch_session(self, session_id: UUID, now: datetime) -> None:
        await self._conn.execute(sql.touch_session, session_id, now)

    async def insert_session(
        self,
        user_id: UUID,
        token_sha256: bytes,
        *,
        ip: str,
        user_agent: str,
        now: datetime,
        idle: timedelta,
        expires_at: datetime,
    ) -> UUID:
        session_id: UUID = await self._conn.fetchval(
            sql.insert_session, user_id, token_sha256, ip, user_agent, now, int(idle.total_seconds()), expires_at
        )
        return session_id

    async def delete_session_by_token(self, token_sha256: bytes) -> bool:
        return await self._conn.fetchrow(sql.delete_session_by_token, token_sha256) is not None

    async def delete_dead_sessions(self, now: datetime) -> None:
        await self._conn.execute(sql.delete_dead_sessions, now)

    async def delete_other_sessions(self, user_id: UUID, session_id: UUID) -> None:
        await self._conn.execute(sql.delete_other_sessions, user_id, session_id)

    async def find_key(self, public_id: str, now: datetime) -> KeyRow | None:
        row = await self._conn.fetchrow(sql.find_key, public_id, now)
        return KeyRow(**row) if row else None

    async def touch_key(self, key_id: UUID, now: datetime) -> None:
        await self._conn.execute(sql.touch_key, key_id, now)

    async def find_login(self, username: str) -> LoginRow | None:
        row = await self._conn.fetchrow(sql.find_login, username)
        return LoginRow(**row) if row else None

    async def get_login(self, user_id: UUID) -> LoginRow | None:
        row = await self._conn.fetchrow(sql.get_login, user_id)
        return LoginRow(**row) if row else None

    async def note_login(self, user_id: UUID, now: datetime, password_hash: str | None) -> None:
        await self._conn.execute(sql.note_login, user_id, now, password_hash)

    async def set_own_password(self, user_id: UUID, password_hash: str) -> None:
        await self._conn.execute(sql.set_own_password, user_id, password_hash)

    async def update_profile(self, user_id: UUID, name: str | None, locale: str | None) -> None:
        await self._conn.execute(sql.update_profile, user_id, name, locale)

    async def take_attempt(self, subject: bytes, now: datetime, forget_before: datetime) -> int | None:
        """Count one more try; None while the subject is blocked."""
        failures: int | None = await self._conn.fetchval(sql.take_attempt, subject, now, forget_before)
        return failures

    async def block(self, subject: bytes, until: datetime) -> None:
        await self._conn.execute(sql.block, subject, until)

    async def blocked_until(self, subject: bytes) -> datetime | None:
        until: datetime | None = await self._conn.fetchval(sql.blocked_until, subject)
        return until

    async def forgive(self, subject: bytes) -> None:
        await self._conn.execute(sql.forgive, subject)

    async def give_back(self, subject: bytes, now: datetime) -> None:
        await self._conn.execute(sql.give_back, subject, now)

    async def delete_old_failures(self, before: datetime) -> None:
        await self._conn.execute(sql.delete_old_failures, before)
