"""How the sources are doing, in the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.db import queries_beside

if TYPE_CHECKING:
    from datetime import date, datetime

    from common.db import Connection

sql = queries_beside(__file__)


@dataclass(frozen=True, slots=True)
class Outage:
    """A source that does not answer."""

    failures: int
    failing_since: datetime
    outages: int
    told_at: datetime | None


class AlertRepository:
    """Statements on one connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def note_reached(self, source: str, at: datetime) -> None:
        await self._conn.execute(sql.note_reached, source, at)

    async def note_failure(self, source: str, at: datetime, error: str) -> Outage:
        rows = await self._conn.fetch(sql.note_failure, source, at, error)
        return Outage(**rows[0])

    async def note_told(self, source: str, at: datetime) -> None:
        await self._conn.execute(sql.note_told, source, at)

    async def take_recovery(self, source: str) -> bool:
        """Whether an outage that was told is over and nobody has said so; true only once."""
        return bool(await self._conn.fetchval(sql.take_recovery, source))

    async def next_look(self, after: datetime) -> datetime | None:
        """When the inbox is looked at again, by the schedules as they stand."""
        found: datetime | None = await self._conn.fetchval(sql.next_look, after)
        return found

    async def has_file(self, day: date) -> bool:
        return bool(await self._conn.fetchval(sql.has_file, day))
