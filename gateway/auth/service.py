"""Logging in and out, the own password, the own profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.audit import record
from common.errors import FieldError, InvalidInput, TooManyRequests, Unauthorized
from common.identity import Identity
from gateway.auth.passwords import check_new_password
from gateway.auth.principals import principal_of_session
from gateway.auth.repository import AuthRepository
from gateway.auth.rules import (
    ABSOLUTE,
    FORGET_FAILURES_AFTER,
    IDLE,
    PORTICO,
    login_delay,
    make_token,
    throttle_subject,
    token_digest,
)

if TYPE_CHECKING:
    from datetime import datetime

    from common.clock import Clock
    from common.db import Connection, Database
    from gateway.auth.doorman import Doorman
    from gateway.auth.passwords import Passwords
    from gateway.auth.principals import Principal
    from gateway.auth.repository import LoginRow, SessionRow


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A fresh session. `token` is known to the browser alone from here on."""

    token: str
    principal: Principal


class AuthService:
    """The rules are in `rules`; this puts them around short transactions. No transaction is open while hashing."""

    def __init__(self, db: Database, clock: Clock, passwords: Passwords, doorman: Doorman) -> None:
        self._db = db
        self._clock = clock
        self._passwords = passwords
        self._doorman = doorman

    async def login(
        self, username: str, password: str, *, ip: str, user_agent: str, old_token: str | None
    ) -> OpenedSession:
        """Open a session with a token of its own; the one that was sent along ends.

        Raises:
            TooManyRequests: too many wrong tries; says when to come back.
            Unauthorized: name or password is wrong, or the user is disabled: the same answer, as slow, for all.
        """
        user, right = await self.try_password(username, password, ip=ip)
        if user is None or not right or user.disabled_at is not None:
            await self._note_refusal(user)
            raise Unauthorized("The name or the password is not right.", code="login_failed")
        new_hash = None
        if self._passwords.is_outdated(user.password_hash):
            new_hash = await self._passwords.hash(password)
        return await self._open_session(user, new_hash, ip=ip, user_agent=user_agent, old_token=old_token)

    async def try_password(self, username: str, password: str, *, ip: str) -> tuple[LoginRow | None, bool]:
        """The user of that name, if there is one, and whether the password is right; as slow without one.

        The try is counted; whoever lets the user do something for it calls `forgive`.

        Raises:
            TooManyRequests: too many wrong tries; says when to come back.
        """
        username = username.strip().lower()
        await self._take_attempt(username, ip)
        async with self._db.connection() as conn:
            user = await AuthRepository(conn).find_login(username)
        return user, await self._passwords.verify(user.password_hash if user else None, password)

    async def forgive(self, conn: Connection, username: str, ip: str) -> None:
        """The password was right: the account starts anew, the address gets this one try back."""
        repository = AuthRepository(conn)
        await repository.forgive(throttle_subject("account", username))
        await repository.give_back(throttle_subject("address", ip), self._clock.now())

    async def logout(self, token: str | None, principal: Principal) -> None:
        """End the session of `token`; without one there is nothing to do."""
        if token is None:
            return
        async with self._db.transaction() as conn:
            if await AuthRepository(conn).delete_session_by_token(token_digest(token)):
                await record(conn, principal.identity(PORTICO), "session.ended", f"user/{principal.name}")
        self._doorman.forget()

    async def change_password(self, principal: Principal, current: str, new: str, *, ip: str) -> None:
        """Replace the own password and end every other session of the user.

        Raises:
            InvalidInput: the current password is wrong, or the new one too short or the same.
            TooManyRequests: too many wrong tries of the current one.
        """
        session = _session_of(principal)
        check_new_password(new, pointer="/new")
        if new == current:
            raise _refused_password("/new", "password_unchanged", "The new password is the old one.")
        await self._take_attempt(principal.name, ip)
        async with self._db.connection() as conn:
            user = await AuthRepository(conn).get_login(principal.id)
        if user is None or not await self._passwords.verify(user.password_hash, current):
            raise _refused_password("/current", "password_wrong", "The current password is not right.")
        new_hash = await self._passwords.hash(new)
        async with self._db.transaction() as conn:
            repository = AuthRepository(conn)
            await repository.set_own_password(user.id, new_hash)
            await repository.delete_other_sessions(user.id, session.id)
            await self.forgive(conn, user.username, ip)
            await record(conn, principal.identity(PORTICO), "user.password_changed", f"user/{user.username}")
        self._doorman.forget()

    async def update_profile(self, principal: Principal, *, name: str | None, locale: str | None) -> None:
        """Change the own displayed name or language."""
        session = _session_of(principal)
        async with self._db.transaction() as conn:
            await AuthRepository(conn).update_profile(principal.id, name, locale)
            await record(
                conn,
                principal.identity(PORTICO),
                "user.profile_changed",
                f"user/{principal.name}",
                before={"name": session.name, "locale": session.locale},
                after={"name": name or session.name, "locale": locale or session.locale},
            )
        self._doorman.forget()

    async def _open_session(
        self, user: LoginRow, new_hash: str | None, *, ip: str, user_agent: str, old_token: str | None
    ) -> OpenedSession:
        token = make_token()
        now = self._clock.now()
        async with self._db.transaction() as conn:
            repository = AuthRepository(conn)
            if old_token:
                await repository.delete_session_by_token(token_digest(old_token))
            await repository.delete_dead_sessions(now)
            await repository.insert_session(
                user.id,
                token_digest(token),
                ip=ip,
                user_agent=user_agent[:300],
                now=now,
                idle=ABSOLUTE if user.kiosk else IDLE,
                expires_at=now + ABSOLUTE,
            )
            await repository.note_login(user.id, now, new_hash)
            await self.forgive(conn, user.username, ip)
            await record(conn, _identity(user), "session.opened", f"user/{user.username}")
            session = await repository.find_session(token_digest(token), now)
        self._doorman.forget()
        if session is None:
            raise Unauthorized("The user was disabled this very moment.")
        return OpenedSession(token, principal_of_session(session))

    async def _take_attempt(self, username: str, ip: str) -> None:
        """Count the try for the account and the address before the password is looked at.

        Raises:
            TooManyRequests: one of them has to wait.
        """
        now = self._clock.now()
        async with self._db.transaction() as conn:
            repository = AuthRepository(conn)
            await repository.delete_old_failures(now - FORGET_FAILURES_AFTER)
            for kind, value in _subjects(username, ip):
                subject = throttle_subject(kind, value)
                failures = await repository.take_attempt(subject, now, now - FORGET_FAILURES_AFTER)
                if failures is None:
                    raise _wait(await repository.blocked_until(subject), now)
                if delay := login_delay(kind, failures):
                    await repository.block(subject, now + delay)

    async def _note_refusal(self, user: LoginRow | None) -> None:
        # Unknown names are not written down: people type passwords into the wrong field.
        identity = _identity(user) if user else Identity("", "unknown", "user", None)
        target = f"user/{user.username}" if user else "user/unknown"
        async with self._db.transaction() as conn:
            await record(conn, identity, "session.opened", target, outcome="refused")


def _identity(user: LoginRow) -> Identity:
    return Identity(str(user.id), user.username, "user", user.roles.get(PORTICO))


def _subjects(username: str, ip: str) -> list[tuple[str, str]]:
    return [("account", username), ("address", ip)]


def _wait(until: datetime | None, now: datetime) -> TooManyRequests:
    seconds = max(1, round((until - now).total_seconds() + 0.5)) if until else 1
    return TooManyRequests(
        f"Too many wrong tries. Wait {seconds} s, then try again.",
        code="login_throttled",
        params={"seconds": seconds},
        headers={"Retry-After": str(seconds)},
    )


def _session_of(principal: Principal) -> SessionRow:
    if principal.session is None:
        raise InvalidInput("An API key has no password and no profile.", code="not_a_person")
    return principal.session


def _refused_password(pointer: str, code: str, detail: str) -> InvalidInput:
    return InvalidInput(detail, code=code, errors=[FieldError(pointer, code, detail)])
