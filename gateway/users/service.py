"""Managing users. Every change is audited in its own transaction, and nobody can remove the last administrator."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from common.audit import record
from common.errors import Conflict
from gateway.auth.passwords import check_new_password
from gateway.users.repository import UserRow, UsersRepository
from gateway.users.rules import is_admin

if TYPE_CHECKING:
    from uuid import UUID

    from common.clock import Clock
    from common.db import Connection, Database
    from common.etag import Seen
    from common.identity import Identity
    from gateway.auth.doorman import Doorman
    from gateway.auth.passwords import Passwords
    from gateway.users.schemas import UserCreate, UserPatch

AUDITED = ("username", "name", "roles", "kiosk", "locale", "disabled")


class UsersService:
    """What administrators do."""

    def __init__(self, db: Database, clock: Clock, passwords: Passwords, doorman: Doorman) -> None:
        self._db = db
        self._clock = clock
        self._passwords = passwords
        self._doorman = doorman

    async def create(self, wanted: UserCreate, by: Identity, *, must_change_password: bool = True) -> UserRow:
        """Add a user, whose password is good for one login.

        Raises:
            Conflict: the name is taken.
        """
        check_new_password(wanted.password, pointer="/password")
        password_hash = await self._passwords.hash(wanted.password)
        async with self._db.transaction() as conn:
            repository = UsersRepository(conn)
            user_id = await repository.insert(
                password_hash=password_hash,
                must_change_password=must_change_password,
                **wanted.model_dump(exclude={"password"}),
            )
            if user_id is None:
                raise Conflict(f"There is already a user named {wanted.username}.", code="username_taken")
            user = await repository.get(user_id)
            await record(conn, by, "user.created", f"user/{user.username}", after=_audited(user))
        return user

    async def update(self, user_id: UUID, patch: UserPatch, seen: Seen, by: Identity) -> UserRow:
        """Change what `patch` names. Disabling ends the user's sessions at once.

        Raises:
            Conflict: nobody would be left who can manage users.
        """
        async with self._db.transaction() as conn:
            repository = UsersRepository(conn)
            admins = await repository.lock_admins()
            before = await repository.lock(user_id)
            seen.check(before.version)
            changed = replace(before, **patch.model_dump(exclude_none=True))
            if not is_admin(changed.roles, disabled=changed.disabled):
                _keep_an_admin(admins, before)
            await repository.update(changed, self._clock.now())
            if changed.disabled:
                await repository.end_sessions(user_id)
            after = await repository.get(user_id)
            await _record_change(conn, by, before, after)
        self._doorman.forget()
        return after

    async def set_password(self, user_id: UUID, password: str, by: Identity) -> None:
        """Give a user a new password for one login; all of the user's sessions end."""
        check_new_password(password, pointer="/password")
        password_hash = await self._passwords.hash(password)
        async with self._db.transaction() as conn:
            repository = UsersRepository(conn)
            user = await repository.lock(user_id)
            await repository.set_password(user_id, password_hash, must_change=True)
            await repository.end_sessions(user_id)
            await record(conn, by, "user.password_set", f"user/{user.username}")
        self._doorman.forget()

    async def delete(self, user_id: UUID, by: Identity) -> None:
        """Remove a user with all sessions; what they did stays in the audit.

        Raises:
            Conflict: nobody would be left who can manage users.
        """
        async with self._db.transaction() as conn:
            repository = UsersRepository(conn)
            admins = await repository.lock_admins()
            user = await repository.lock(user_id)
            _keep_an_admin(admins, user)
            await repository.delete(user_id)
            await record(conn, by, "user.deleted", f"user/{user.username}", before=_audited(user))
        self._doorman.forget()


def _keep_an_admin(admins: set[UUID], leaving: UserRow) -> None:
    if admins == {leaving.id}:
        raise Conflict(
            f"{leaving.username} is the last administrator. Make somebody else one first.", code="last_admin"
        )


async def _record_change(conn: Connection, by: Identity, before: UserRow, after: UserRow) -> None:
    was, now = _audited(before), _audited(after)
    changed = [name for name in AUDITED if was[name] != now[name]]
    await record(
        conn,
        by,
        "user.changed",
        f"user/{after.username}",
        before={name: was[name] for name in changed},
        after={name: now[name] for name in changed},
    )


def _audited(user: UserRow) -> dict[str, Any]:
    return {name: value for name, value in asdict(user).items() if name in AUDITED}
