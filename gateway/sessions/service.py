"""Ending sessions of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.audit import record
from common.errors import NotFound
from gateway.auth.rules import PORTICO
from gateway.sessions.repository import OwnSession, SessionsRepository

if TYPE_CHECKING:
    from uuid import UUID

    from common.clock import Clock
    from common.db import Database
    from gateway.auth.doorman import Doorman
    from gateway.auth.principals import Principal


class SessionsService:
    """A person's sessions on all their devices."""

    def __init__(self, db: Database, clock: Clock, doorman: Doorman) -> None:
        self._db = db
        self._clock = clock
        self._doorman = doorman

    async def list(self, principal: Principal) -> list[OwnSession]:
        """The living ones, last used first; a key has none."""
        async with self._db.connection() as conn:
            return await SessionsRepository(conn).list(principal.id, self._clock.now())

    async def end(self, session_id: UUID, principal: Principal) -> None:
        """End one at once.

        Raises:
            NotFound: no living session of this person has this id.
        """
        async with self._db.transaction() as conn:
            if not await SessionsRepository(conn).delete(session_id, principal.id):
                raise NotFound("You have no such session (any more).", code="no_such_session")
            await record(conn, principal.identity(PORTICO), "session.ended", f"user/{principal.name}")
        self._doorman.forget()
