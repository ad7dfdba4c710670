"""Mails that some of their recipients did not get, in the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.db import queries_beside

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from common.db import Connection

sql = queries_beside(__file__)


@dataclass(frozen=True, slots=True)
class PartlyRefused:
    """A mail that was sent; `refused`: which addresses its server did not take, with its words."""

    id: UUID
    key: str
    kind: str
    refused: dict[str, str]
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class RefusedMail:
    """The same, locked, to be settled."""

    key: str
    payload: dict[str, Any]
    settled: bool

    @property
    def taken(self) -> list[str]:
        """The addresses that have it."""
        refused = self.payload["refused"]
        return [address for address in self.payload["to"].split(", ") if address not in refused]


class MailRepository:
    """Statements on one connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def list_refused(self) -> list[PartlyRefused]:
        """Mails whose refused recipients nobody has seen to, newest first."""
        return [PartlyRefused(**row) for row in await self._conn.fetch(sql.list_refused)]

    async def find_refused(self, message_id: UUID) -> RefusedMail | None:
        """The mail, locked until the transaction ends; None when it is none that was partly refused."""
        row = await self._conn.fetchrow(sql.find_refused, message_id)
        return RefusedMail(**row) if row else None
