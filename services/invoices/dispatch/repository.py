"""What dispatch writes: the re-validated rows, and its own columns of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.db import queries_beside
from services.invoices.formats.copy_text import stream

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    import asyncpg

    from common.db import Connection
    from services.invoices.formats.upload_log import Position

sql = queries_beside(__file__)

LONG_SECONDS = 600
"""What goes over all rows of a session may take longer than other statements."""


class DispatchRepository:
    """Statements on one connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def list_numbers(self, session_id: UUID) -> list[int]:
        """Every invoice of the session, whatever its status."""
        numbers: list[int] = await self._conn.fetchval(sql.list_numbers, session_id)
        return numbers

    async def revalidate(self, session_id: UUID, answers: Iterable[bytes]) -> None:
        """Write the view's answers, COPY's text, into the rows. Needs a transaction, for its temporary table."""
        await self._conn.execute(sql.create_answers)
        await self._conn.copy_to_table("answers", source=stream(answers), timeout=LONG_SECONDS)
        await self._conn.execute(sql.analyze_answers)
        await self._conn.execute(sql.revalidate, session_id, timeout=LONG_SECONDS)

    async def list_shipments(self, session_id: UUID) -> list[asyncpg.Record]:
        """Number, branch and weight of each invoice that can go: the fields of a `Shipment`."""
        return await self._conn.fetch(sql.list_shipments, session_id, timeout=LONG_SECONDS)

    async def list_left_out(self, session_id: UUID, limit: int) -> list[tuple[int, str]]:
        """The first invoices that can't go, each with its status."""
        rows = await self._conn.fetch(sql.list_left_out, session_id, limit)
        return [(row["number"], row["status"]) for row in rows]

    async def save_counts(self, session_id: UUID) -> int | None:
        """Freeze the totals; how many invoices can go, or None when the session is not waiting for its CSV any more."""
        total: int | None = await self._conn.fetchval(sql.save_counts, session_id)
        return total

    async def save_csv(self, session_id: UUID, *, sha256: str, lines: int, at: datetime, remote_name: str) -> None:
        await self._conn.execute(sql.save_csv, session_id, sha256, lines, at, remote_name)

    async def save_baseline(self, session_id: UUID, end: Position) -> None:
        """Remember where the receiver's log ended; a baseline that is there already stays."""
        await self._conn.execute(sql.save_baseline, session_id, end.offset, end.head_size, end.head_sha256)

    async def save_position(self, session_id: UUID, reached: Position) -> None:
        await self._conn.execute(sql.save_position, session_id, reached.offset, reached.head_size, reached.head_sha256)

    async def begin_delivery(self, session_id: UUID) -> bool:
        """Announce the step that nobody can take back; false when the session was closed before."""
        return bool(await self._conn.fetchval(sql.begin_delivery, session_id))

    async def is_delivered(self, key: str) -> bool:
        """Whether the delivery of this key is known to have happened, by evidence or by a person's word."""
        return bool(await self._conn.fetchval(sql.is_delivered, key))

    async def end_delivery(
        self, session_id: UUID, *, at: datetime, uploaded_at: datetime | None, verify_until: datetime | None = None
    ) -> None:
        """It is known whether the file was delivered; a close that waited for that is carried out."""
        await self._conn.execute(sql.end_delivery, session_id, uploaded_at, verify_until, at)
