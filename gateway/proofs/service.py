"""A shared screen asks who stands there, and its own session stays what it is.

A person's name and password become a proof for one request; the proxy takes it back with that request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

import structlog

from common.audit import record
from common.errors import Forbidden
from gateway.auth.principals import Principal
from gateway.auth.rules import PORTICO, make_token, token_digest
from gateway.proofs.repository import Action, ProofsRepository

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from common.clock import Clock
    from common.db import Database
    from gateway.auth.repository import LoginRow, SessionRow
    from gateway.auth.service import AuthService
    from gateway.proofs.schemas import ActAs
    from gateway.upstreams import Upstream

LIFETIME = timedelta(seconds=60)
HEADER = b"x-portico-act-as"


@dataclass(frozen=True, slots=True)
class GivenProof:
    """`token` is known to the screen alone from here on."""

    token: str
    person: LoginRow
    expires_at: datetime


class ProofsService:
    """Gives proofs for passwords, and takes each back once."""

    def __init__(self, db: Database, clock: Clock, auth: AuthService, upstreams: Mapping[str, Upstream]) -> None:
        self._db = db
        self._clock = clock
        self._auth = auth
        self._upstreams = upstreams

    async def give(self, kiosk: Principal, asked: ActAs, *, ip: str) -> GivenProof:
        """A proof for one request of this session.

        Raises:
            Forbidden: this is no shared screen; name or password is wrong or the user disabled (the same answer, as
                slow, for all); the person has no role there, must choose a password first, or is a screen too.
            TooManyRequests: too many wrong tries; counted together with those of the login.
        """
        session = _kiosk_session(kiosk)
        action = Action(session.id, asked.method, asked.path)
        person, right = await self._auth.try_password(asked.username, asked.password, ip=ip)
        if person is None or not right or person.disabled_at is not None:
            await self._refuse(kiosk, action, person, wrong_person())
        if reason := self._why_not(person, action):
            await self._refuse(kiosk, action, person, reason)
        token, expires_at = make_token(), self._clock.now() + LIFETIME
        async with self._db.transaction() as conn:
            repository = ProofsRepository(conn)
            await repository.delete_expired(self._clock.now())
            if not await repository.insert(
                token_digest(token), action, user_id=person.id, user_version=person.version, expires_at=expires_at
            ):
                raise wrong_person()
            await self._auth.forgive(conn, person.username, ip)
            await record(
                conn, kiosk.identity(PORTICO), "person.confirmed", f"user/{person.username}", after=_told(action)
            )
        return GivenProof(token, person, expires_at)

    async def take(
        self, kiosk: Principal, token: str, *, method: str, path: str, ip: str, request_id: str
    ) -> Principal:
        """Who makes this request at `kiosk`. The proof is gone with it, whatever the request comes to.

        Raises:
            Forbidden: no proof for this request of this session, or used, or too old, or the user was changed since.
        """
        action = Action(_kiosk_session(kiosk).id, method, path)
        # Outside the framework nobody has said yet whose request this is; the audit wants to know.
        with structlog.contextvars.bound_contextvars(ip=ip, request_id=request_id):
            async with self._db.transaction() as conn:
                row = await ProofsRepository(conn).take(token_digest(token), action, self._clock.now())
                if row is None:
                    raise Forbidden(
                        "The confirmation of who you are was used, is too old or was for something else.",
                        code="proof_not_valid",
                    )
                person = Principal(id=row.id, kind="user", name=row.username, roles=row.roles)
                await record(conn, person.identity(PORTICO), "person.acted", f"kiosk/{kiosk.name}", after=_told(action))
        return person

    def _why_not(self, person: LoginRow, action: Action) -> Forbidden | None:
        """Told only to who knows the password."""
        upstream = self._upstreams.get(action.path.split("/")[2])
        if person.must_change_password:
            return Forbidden(
                f"{person.name} must log in at another screen first and choose a password.",
                code="person_must_change_password",
                params={"name": person.name},
            )
        if person.kiosk:
            return Forbidden(
                f"{person.name} is a shared screen, not a person.",
                code="person_is_a_screen",
                params={"name": person.name},
            )
        known = Principal(id=person.id, kind="user", name=person.username, roles=person.roles)
        if upstream is None or not known.has(upstream.name, "viewer"):
            title = upstream.title if upstream else action.path.split("/")[2]
            return Forbidden(
                f"{person.name} has no role for {title}. An administrator can give one.",
                code="person_without_role",
                params={"name": person.name, "service": title},
            )
        return None

    async def _refuse(self, kiosk: Principal, action: Action, person: LoginRow | None, why: Forbidden) -> NoReturn:
        # Unknown names are not written down: people type passwords into the wrong field.
        target = f"user/{person.username}" if person else "user/unknown"
        async with self._db.transaction() as conn:
            await record(
                conn, kiosk.identity(PORTICO), "person.confirmed", target, after=_told(action), outcome="refused"
            )
        raise why


def wrong_person() -> Forbidden:
    """Not 401: the screen's own session is fine."""
    return Forbidden("The name or the password is not right.", code="person_not_confirmed")


def _kiosk_session(principal: Principal) -> SessionRow:
    if principal.session is None or not principal.session.kiosk:
        raise Forbidden("Only a shared screen asks who stands there; you act under your own name.", code="not_a_kiosk")
    return principal.session


def _told(action: Action) -> dict[str, str]:
    return {"method": action.method, "path": action.path}
