"""Users in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from common.db import queries_beside
from common.errors import NotFound
from common.listing import Listing, Sort

if TYPE_CHECKING:
    from common.db import Connection
    from gateway.auth.rules import Roles

sql = queries_beside(__file__)

USERS = Listing(
    sql.users_for_list,
    columns={"q": ("username", "name"), "disabled": "disabled"},
    sort=Sort("created_at", datetime),
    row_id=Sort("id", UUID),
)


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user without the password."""

    id: UUID
    username: str
    name: str
    roles: Roles
    kiosk: bool
    locale: str | None
    must_change_password: bool
    last_login_at: datetime | None
    created_at: datetime
    version: int
    disabled: bool


class UsersRepository:
    """Reads and writes over one connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def get(self, user_id: UUID) -> UserRow:
        return _found(await self._conn.fetchrow(sql.get, user_id))

    async def lock(self, user_id: UUID) -> UserRow:
        return _found(await self._conn.fetchrow(sql.lock, user_id))

    async def lock_admins(self) -> set[UUID]:
        return {row["id"] for row in await self._conn.fetch(sql.lock_admins)}

    async def insert(
        self,
        *,
        username: str,
        name: str,
        password_hash: str,
        must_change_password: bool,
        kiosk: bool,
        locale: str | None,
        roles: Roles,
    ) -> UUID | None:
        """The new user's id; None when the name is taken."""
        user_id: UUID | None = await self._conn.fetchval(
            sql.insert, username, name, password_hash, must_change_password, kiosk, locale, roles
        )
        return user_id

    async def update(self, user: UserRow, now: datetime) -> None:
        await self._conn.execute(
            sql.update, user.id, user.name, user.roles, user.kiosk, user.locale, user.disabled, now
        )

    async def set_password(self, user_id: UUID, password_hash: str, *, must_change: bool) -> None:
        await self._conn.execute(sql.set_password, user_id, password_hash, must_change)

    async def delete(self, user_id: UUID) -> None:
        await self._conn.execute(sql.delete, user_id)

    async def end_sessions(self, user_id: UUID) -> None:
        await self._conn.execute(sql.end_sessions, user_id)


def _found(row: object) -> UserRow:
    if row is None:
        raise NotFound("There is no such user.", code="no_such_user")
    return UserRow(**dict(row))  # type: ignore[call-overload]  # asyncpg's Record is a mapping
