"""The door: who is asking, may a change come from that page. Used by the proxy for every request, so it is quick.

A session or key that was read from the database is believed for two seconds; one reader per session at a time.
Whoever ends a session in this process calls `forget`, so that here it ends at once.
"""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from common.errors import Forbidden, Unauthorized
from gateway.auth.principals import principal_of_key, principal_of_session
from gateway.auth.repository import AuthRepository
from gateway.auth.rules import PORTICO, SAFE_METHODS, csrf_token, is_same_site, split_api_key, token_digest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from common.clock import Clock
    from common.db import Database
    from gateway.auth.cookies import SessionCookie
    from gateway.auth.principals import Principal

BELIEVED_SECONDS = 2.0
MOST_REMEMBERED = 10_000
# Written at most this often per session or key; far below the least idle time.
TOUCH_SECONDS = 60

Headers = dict[bytes, bytes]


@dataclass(slots=True)
class _Known:
    """Who it was when it was read, and when the session is to be touched next; both on the monotonic clock."""

    principal: Principal
    read_at: float
    touch_at: float


class Doorman:
    """Knows who is in."""

    def __init__(self, db: Database, clock: Clock, cookie: SessionCookie, *, public_origin: str) -> None:
        self._db = db
        self._clock = clock
        self._cookie = cookie
        self._public_origin = public_origin
        self._known: dict[bytes, _Known] = {}
        self._readers: dict[bytes, asyncio.Lock] = {}
        self._generation = 0

    async def identify(self, method: str, headers: Mapping[bytes, bytes], *, background: bool = False) -> Principal:
        """Who sends a request with these headers; a key goes before a cookie.

        Args:
            background: nobody pressed anything: the session is not kept alive by it.

        Raises:
            Unauthorized: nobody, or no longer.
            Forbidden: a change that does not come from our own pages.
        """
        if authorization := headers.get(b"authorization"):
            return await self._by_key(authorization)
        token = self.session_token(headers)
        if token is None:
            raise signed_out("Sign in first.")
        known = await self._remembered(token_digest(token), self._find_session)
        if method not in SAFE_METHODS:
            self.check_page(headers)
            self._check_csrf(token, headers)
        if not background and monotonic() >= known.touch_at and _is_by_a_person(headers):
            await self._touch(known)
        return known.principal

    async def admit_to_metrics(self, method: str, headers: Mapping[bytes, bytes]) -> None:
        """Metrics tell how the house works: a role for Portico is needed, for instance an API key's.

        Raises:
            Unauthorized, Forbidden: as `identify`, or without that role.
        """
        principal = await self.identify(method, headers)
        if not principal.has(PORTICO, "viewer"):
            raise Forbidden("Metrics need a role for Portico itself.")

    def session_token(self, headers: Mapping[bytes, bytes]) -> str | None:
        cookies = headers.get(b"cookie")
        return self._cookie.read(cookies) if cookies else None

    def check_page(self, headers: Mapping[bytes, bytes]) -> None:
        """Refuse a change that a browser says another site asked for.

        Raises:
            Forbidden: it was.
        """
        if not is_same_site(
            fetch_site=_text(headers, b"sec-fetch-site"),
            origin=_text(headers, b"origin"),
            host=_text(headers, b"host"),
            public_origin=self._public_origin,
        ):
            raise Forbidden("This change was asked for by another site and was refused.", code="cross_site")

    def forget(self) -> None:
        """Believe nothing that was read before: a session, a user, a key or a role has just changed."""
        self._known.clear()
        self._generation += 1

    def _check_csrf(self, token: str, headers: Mapping[bytes, bytes]) -> None:
        sent = headers.get(b"x-csrf-token", b"")
        if not hmac.compare_digest(sent, csrf_token(token).encode()):
            raise Forbidden(
                "The page that sent this is out of date or not ours. Reload it and try again.", code="csrf_token_wrong"
            )

    async def _by_key(self, authorization: bytes) -> Principal:
        scheme, _, value = authorization.decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or split_api_key(value.strip()) is None:
            raise signed_out("The Authorization header holds no API key: it should be `Bearer pk_…`.")
        api_key = value.strip()
        known = await self._remembered(token_digest(api_key), lambda _digest, now: self._find_key(api_key, now))
        return known.principal

    async def _remembered(
        self, digest: bytes, find: Callable[[bytes, datetime], Awaitable[Principal | None]]
    ) -> _Known:
        if known := self._believed(digest):
            return known
        lock = self._readers.setdefault(digest, asyncio.Lock())
        try:
            async with lock:
                if known := self._believed(digest):
                    return known
                generation, now = self._generation, self._clock.now()
                principal = await find(digest, now)
        finally:
            self._readers.pop(digest, None)
        if principal is None:
            self._known.pop(digest, None)
            raise signed_out("Your session has ended, or the key is not valid. Sign in again.")
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        known = _Known(principal, monotonic(), _touch_at(principal, now))
        if generation == self._generation:
            self._known[digest] = known
        return known

    def _believed(self, digest: bytes) -> _Known | None:
        known = self._known.get(digest)
        return known if known and monotonic() - known.read_at < BELIEVED_SECONDS else None

    async def _find_session(self, digest: bytes, now: datetime) -> Principal | None:
        async with self._db.connection() as conn:
            row = await AuthRepository(conn).find_session(digest, now)
        return principal_of_session(row) if row else None

    async def _find_key(self, api_key: str, now: datetime) -> Principal | None:
        public_id, secret = split_api_key(api_key) or ("", "")
        async with self._db.connection() as conn:
            repository = AuthRepository(conn)
            row = await repository.find_key(public_id, now)
            if row is None or not hmac.compare_digest(row.secret_sha256, token_digest(secret)):
                return None
            if row.last_used_at is None or (now - row.last_used_at).total_seconds() > TOUCH_SECONDS:
                await repository.touch_key(row.id, now)
        return principal_of_key(row)

    async def _touch(self, known: _Known) -> None:
        """Note that the person is there, so that the session does not end by idleness."""
        known.touch_at = monotonic() + TOUCH_SECONDS
        if known.principal.session:
            async with self._db.connection() as conn:
                await AuthRepository(conn).touch_session(known.principal.session.id, self._clock.now())


def _touch_at(principal: Principal, now: datetime) -> float:
    """When the session is to be touched next, on the monotonic clock; never for a key, which is touched when read."""
    if principal.session is None:
        return float("inf")
    return monotonic() + TOUCH_SECONDS - (now - principal.session.last_seen_at).total_seconds()


def signed_out(detail: str) -> Unauthorized:
    return Unauthorized(detail, headers={"WWW-Authenticate": 'Bearer realm="portico"'})


def password_change_required() -> Forbidden:
    return Forbidden("Your password was set by somebody else. Choose a new one first.", code="password_change_required")


def _is_by_a_person(headers: Mapping[bytes, bytes]) -> bool:
    """Event streams and what the console asks for by itself (`X-Portico-Background`) keep no session alive."""
    return b"x-portico-background" not in headers and not is_event_stream(headers)


def is_event_stream(headers: Mapping[bytes, bytes]) -> bool:
    """Whether the client asks for server-sent events."""
    return headers.get(b"accept", b"").startswith(b"text/event-stream")


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")
