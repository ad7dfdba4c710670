"""The table `sessions`: every change of state is one conditional statement that answers with the row or nothing."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from common.db import queries_beside
from common.errors import NotFound
from common.listing import Listing, Sort
from services.invoices.formats.upload_log import Position
from services.invoices.sessions.rules import CONFIRMABLE, RETRYABLE, Reason, Situation, State

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from asyncpg import Record

    from common.db import Connection

sql = queries_beside(__file__)


@dataclass(frozen=True, slots=True)
class Session:
    """One row. The counts are those of the imported files until the session starts, then frozen."""

    id: UUID
    business_date: date
    state: State
    step: str | None
    reason: Reason | None
    error: str | None
    total: int
    not_found: int
    in_past: int
    already_sent: int
    incomplete: int
    kept: int
    ignored: int
    rejected: int
    total_quantity: int
    total_value: Decimal
    started_by: str | None
    started_at: datetime | None
    closed_by: str | None
    closed_at: datetime | None
    close_requested_by: str | None
    attempt: int
    run_id: UUID | None
    csv_sha256: str | None
    csv_lines: int | None
    csv_rendered_at: datetime | None
    remote_name: str | None
    delivering: bool
    uploaded_at: datetime | None
    log_offset: int | None
    log_head_bytes: int | None
    log_digest: str | None
    log_line: str | None
    read_count: int | None
    verify_until: datetime | None
    verified_at: datetime | None
    confirmed_by: str | None
    confirmed_note: str | None
    processed: int
    checked_at: datetime | None
    stale: bool
    expired: bool
    version: int

    @classmethod
    def of(cls, row: Record) -> Self:
        values: dict[str, Any] = {name: row[name] for name in COLUMNS}
        values["state"] = State(values["state"])
        values["reason"] = values["reason"] and Reason(values["reason"])
        return cls(**values)

    @property
    def situation(self) -> Situation:
        return Situation(self.state, self.reason, self.processed, self.total, self.delivering)

    @property
    def log_position(self) -> Position | None:
        """How far the receiver's log has been read; None before the baseline."""
        if self.log_offset is None or self.log_head_bytes is None or self.log_digest is None:
            return None
        return Position(self.log_offset, self.log_head_bytes, self.log_digest)


SESSIONS = Listing(
    sql.sessions_for_list,
    columns={"state": "state", "reason": "reason", "business_date": "business_date"},
    sort=Sort("business_date", date),
    row_id=Sort("id", UUID),
)

COLUMNS = tuple(field.name for field in fields(Session))


@dataclass(frozen=True, slots=True)
class SessionFile:
    """A file of the session's date, as the status shows it."""

    id: UUID
    name: str
    source: str
    size_bytes: int
    state: str
    reason: str | None
    received_at: datetime
    uploaded_by: str | None
    records: int | None


@dataclass(frozen=True, slots=True)
class Unsent:
    """A row that can't be sent, and why."""

    number: int
    status: str


class SessionRepository:
    """Statements on one connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def find(self, day: date) -> Session | None:
        return self._session(await self._conn.fetchrow(sql.find_session, day))

    async def get(self, session_id: UUID) -> Session:
        row = await self._conn.fetchrow(sql.get_session, session_id)
        if row is None:
            raise NotFound("There is no such session.", code="unknown_session", params={"id": str(session_id)})
        return Session.of(row)

    async def lock(self, session_id: UUID) -> Session:
        """The session as it is, and stays until the transaction ends; it must exist."""
        return Session.of((await self._conn.fetch(sql.lock_session, session_id))[0])

    async def list_unfinished(self) -> list[Session]:
        """Every session that is not closed, oldest first."""
        return [Session.of(row) for row in await self._conn.fetch(sql.list_unfinished)]

    async def list_files(self, day: date) -> list[SessionFile]:
        return [SessionFile(**row) for row in await self._conn.fetch(sql.list_files, day)]

    async def is_shadow(self) -> bool:
        """Whether another application still does the work (`ShadowOptions`)."""
        return bool(await self._conn.fetchval(sql.is_shadow))

    async def site_zone(self) -> str | None:
        """The zone that an administrator has set, if any."""
        zone: str | None = await self._conn.fetchval(sql.site_zone)
        return zone

    async def list_unsent(self, session_id: UUID, limit: int) -> list[Unsent]:
        return [Unsent(*row) for row in await self._conn.fetch(sql.list_unsent, session_id, limit)]

    async def list_valid_numbers(self, session_id: UUID) -> list[int]:
        return await self._conn.fetchval(sql.valid_numbers, session_id) or []

    async def start(self, day: date, *, by: str, at: datetime) -> Session | None:
        return self._session(await self._conn.fetchrow(sql.start_session, day, by, at, sorted(RETRYABLE)))

    async def set_run(self, session_id: UUID, run_id: UUID) -> Session:
        """Remember which run sends the present attempt."""
        row = await self._conn.fetchrow(sql.set_run, session_id, run_id)
        assert row is not None  # noqa: S101 - the caller has just updated it
        return Session.of(row)

    async def close(self, day: date, *, force: bool, by: str, at: datetime) -> Session | None:
        return self._session(await self._conn.fetchrow(sql.close_session, day, force, by, at))

    async def expire(self, today: date, at: datetime) -> list[tuple[Session, State]]:
        """Close what is left of earlier days; each with the state that it was in."""
        rows = await self._conn.fetch(sql.expire_sessions, today, at)
        return [(Session.of(row), State(row["state_before"])) for row in rows]

    async def fail(
        self,
        session_id: UUID,
        reason: Reason,
        error: str,
        *,
        at: datetime,
        read_count: int | None = None,
        log_line: str | None = None,
    ) -> Session | None:
        row = await self._conn.fetchrow(sql.fail_session, session_id, reason, error, at, read_count, log_line)
        return self._session(row)

    async def open(self, session_id: UUID, *, at: datetime, read_count: int, log_line: str) -> Session | None:
        return self._session(await self._conn.fetchrow(sql.open_session, session_id, at, read_count, log_line))

    async def confirm(self, day: date, *, by: str, note: str, at: datetime) -> Session | None:
        row = await self._conn.fetchrow(sql.confirm_session, day, at, by, note, sorted(CONFIRMABLE))
        return self._session(row)

    async def save_progress(self, session_id: UUID, processed: int, at: datetime) -> Session | None:
        return self._session(await self._conn.fetchrow(sql.save_progress, session_id, processed, at))

    async def mark_stale(self, session_id: UUID) -> None:
        await self._conn.execute(sql.mark_stale, session_id)

    @staticmethod
    def _session(row: Record | None) -> Session | None:
        return Session.of(row) if row else None
