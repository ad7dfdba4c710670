"""How runs ended and what was told of it; the statements are in `queries.sql`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.db import queries_beside
from services.asanito.alerts.rules import CODES, Attempt
from services.asanito.mails.schemas import KindLine, ReasonLine, StepLine
from services.asanito.source.rules import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from common.db import Connection

sql = queries_beside(__file__)

GOOD = ["succeeded", "partial", "waiting"]
"""How an attempt ends that has reached the source and Asanito; one that asks a person has, too."""


@dataclass(frozen=True, slots=True)
class EndedCycle:
    """A cycle whose mail is not written yet."""

    id: UUID
    state: str
    reason_code: str | None
    started_at: datetime
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class Over:
    """An alert whose trouble has passed."""

    key: str
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Stand:
    """How records stand: by kind, by reason, and how many wait for a mapping."""

    kinds: list[KindLine]
    reasons: list[ReasonLine]
    gaps: int


class AlertRepository:
    """Takes the connection of the caller's transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def failed_attempts(self, jobs: Sequence[str]) -> list[Attempt]:
        """Those since the last attempt that did its work."""
        return [Attempt(**row) for row in await self._conn.fetch(sql.failed_attempts, jobs, GOOD)]

    async def recovered(self, jobs: Sequence[str]) -> list[Over]:
        return [Over(**row) for row in await self._conn.fetch(sql.recovered, jobs, GOOD, list(CODES))]

    async def ended_cycles(self) -> list[EndedCycle]:
        return [EndedCycle(**row) for row in await self._conn.fetch(sql.ended_cycles)]

    async def steps(self, cycle: UUID) -> list[StepLine]:
        return [StepLine(**row) for row in await self._conn.fetch(sql.steps, cycle)]

    async def stand(self) -> Stand:
        rows = {row["kind"]: dict(row) for row in await self._conn.fetch(sql.kinds)}
        gaps = sum(row.pop("gaps") for row in rows.values())
        kinds = [KindLine(**rows[kind]) for kind in Kind if kind in rows]
        reasons = [ReasonLine(**row) for row in await self._conn.fetch(sql.reasons)]
        return Stand(kinds, reasons, gaps)

    async def open_questions(self) -> int:
        return int(await self._conn.fetchval(sql.open_questions) or 0)

    async def due_cycle(self, since: datetime, until: datetime) -> tuple[datetime, str | None] | None:
        """When today's cycle was due, and how the newest one since stands; None when none was due."""
        row = await self._conn.fetchrow(sql.due_cycle, since, until)
        return (row["due_at"], row["state"]) if row else None
