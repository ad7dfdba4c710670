"""Files, their rows and the staging of an import, in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from common.db import queries_beside
from common.errors import NotFound
from common.listing import Listing, Sort
from services.invoices.formats.copy_text import stream
from services.invoices.imports.rules import FileState, NewFile, StoredFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    import asyncpg

    from common.db import Connection
    from services.invoices.imports.rules_staging import Batch

sql = queries_beside(__file__)

LONG_SECONDS = 600
FRESH = ("line_number", "invoice_number", "quantity", "description", "categories", "value")
"""Columns of a staged row that is no repeat."""

FILES = Listing(
    sql.files_for_list,
    columns={
        "state": "state",
        "source": "source",
        "business_date": "business_date",
        "received_at": "received_at",
        "q": ("name", "sha256"),
    },
    sort=Sort("received_at", datetime),
    row_id=Sort("id", UUID),
)
ROWS = Listing(
    sql.rows_for_list,
    columns={"status": "status", "reason": "reason", "q": ("invoice_number::text", "description", "text")},
    sort=Sort("line_number", int),
    row_id=Sort("id", int),
    descending=False,
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an import found out about a file."""

    state: FileState
    reason: str | None = None
    session_id: UUID | None = None
    duplicate_of: UUID | None = None
    encoding: str | None = None
    declared: int | None = None
    records: int | None = None
    verdict: str | None = None
    counters: Mapping[str, Any] | None = None
    total_quantity: int | None = None
    total_value: Decimal | None = None
    warnings: Sequence[str] = ()
    count_accepted_by: str | None = None


@dataclass(frozen=True, slots=True)
class PresentSession:
    """Today's session, as far as an import asks."""

    id: UUID
    state: str
    started_by: str | None
    started_at: datetime | None


@dataclass(frozen=True, slots=True)
class Inserted:
    """The rows that a file brought."""

    kept: int
    valid: int
    not_found: int
    in_past: int
    already_sent: int
    incomplete: int
    total_quantity: int
    total_value: Decimal


@dataclass(frozen=True, slots=True)
class Repeats:
    """Numbers that came before: with the same content, and with other content."""

    same: int
    conflicting: int


class FileRepository:
    """Statements on one connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def get(self, file_id: UUID) -> StoredFile:
        return self._file(await self._conn.fetchrow(sql.get_file, file_id), file_id)

    async def lock(self, file_id: UUID) -> StoredFile:
        return self._file(await self._conn.fetchrow(sql.lock_file, file_id), file_id)

    async def list_stored(self) -> list[StoredFile]:
        """Files that were taken and not judged yet, oldest first."""
        return [stored_file(row) for row in await self._conn.fetch(sql.list_stored)]

    async def find_imported(self, sha256: str) -> UUID | None:
        found: UUID | None = await self._conn.fetchval(sql.find_imported, sha256)
        return found

    async def was_name_used(self, name: str, sha256: str) -> bool:
        return bool(await self._conn.fetchval(sql.was_name_used, name, sha256))

    async def insert(self, file: NewFile, *, sha256: str, size_bytes: int) -> StoredFile:
        rows = await self._conn.fetch(
            sql.insert_file,
            sha256,
            file.name,
            file.source,
            file.uploaded_by,
            size_bytes,
            file.business_date,
            file.received_at,
            file.modified_at,
            list(file.warnings),
        )
        return stored_file(rows[0])

    async def finish(self, file_id: UUID, judgement: Judgement, at: datetime) -> StoredFile | None:
        """Write the judgement; None when somebody else judged the file meanwhile."""
        row = await self._conn.fetchrow(
            sql.finish_file,
            file_id,
            judgement.state,
            judgement.reason,
            judgement.session_id,
            judgement.duplicate_of,
            judgement.encoding,
            judgement.declared,
            judgement.records,
            judgement.verdict,
            dict(judgement.counters or {}),
            judgement.total_quantity,
            judgement.total_value,
            list(judgement.warnings),
            at,
            judgement.count_accepted_by,
        )
        return stored_file(row) if row else None

    async def take_session(self, day: date, at: datetime) -> UUID | None:
        """The session of `day` if it can still take files, made if there is none; it stays locked."""
        session_id: UUID | None = await self._conn.fetchval(sql.take_session, day, at)
        return session_id

    async def find_session(self, day: date) -> PresentSession | None:
        row = await self._conn.fetchrow(sql.find_session, day)
        return PresentSession(**row) if row else None

    async def add_to_session(self, session_id: UUID) -> None:
        await self._conn.execute(sql.add_to_session, session_id)

    async def free_remote_file(self, file_id: UUID) -> None:
        await self._conn.execute(sql.free_remote_file, file_id)

    async def list_unsent(self, file_id: UUID, limit: int) -> list[tuple[int, str]]:
        """Number and status of its rows that can't be sent as things stand."""
        return [(row["number"], row["status"]) for row in await self._conn.fetch(sql.list_unsent, file_id, limit)]

    async def list_open_questions(self) -> list[asyncpg.Record]:
        return list(await self._conn.fetch(sql.list_open_questions))

    async def search(self, text: str, limit: int) -> list[asyncpg.Record]:
        return list(await self._conn.fetch(sql.search_files, text, limit))

    async def search_rows(self, number: int, limit: int) -> list[asyncpg.Record]:
        return list(await self._conn.fetch(sql.search_rows, number, limit))

    def _file(self, row: asyncpg.Record | None, file_id: UUID) -> StoredFile:
        if row is None:
            raise NotFound("There is no such file.", code="unknown_file", params={"id": str(file_id)})
        return stored_file(row)


class Staging:
    """The temporary tables of one import, on the one connection that holds them.

    Statements over a whole file may take longer than others may.
    """

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def prepare(self) -> None:
        await self._conn.execute(sql.create_staging)
        await self.clear()

    async def clear(self) -> None:
        await self._conn.execute(sql.clear_staging)

    async def add(self, batch: Batch) -> None:
        await self._copy("staged_rows", batch.rows, columns=FRESH)
        await self._copy("staged_rows", batch.repeats)
        for table, records in (("staged_categories", batch.categories), ("staged_rejections", batch.rejections)):
            if records:
                await self._conn.copy_records_to_table(table, records=records, timeout=LONG_SECONDS)

    async def answer(self, answers: bytes) -> None:
        """What the customer's view says, as COPY's text; numbers without an answer are not in it."""
        await self._copy("staged_answers", [answers])

    async def analyze(self) -> None:
        """Tell the planner how much there is: without, it joins a million rows in loops."""
        await self._conn.execute(sql.analyze_staging)

    async def allow_memory(self) -> None:
        """For the statements of the open transaction that go over the whole file."""
        await self._conn.execute(sql.allow_memory)

    async def reject_conflicting_repeats(self) -> Repeats:
        return Repeats(**await self._one(sql.reject_conflicting_repeats))

    async def reject_conflicting_rows(self, session_id: UUID) -> Repeats:
        return Repeats(**await self._one(sql.reject_conflicting_rows, session_id))

    async def insert_rows(self, file_id: UUID, session_id: UUID) -> Inserted:
        await self._conn.execute(sql.insert_rows, file_id, session_id, timeout=LONG_SECONDS)
        return Inserted(**await self._one(sql.count_rows, file_id))

    async def insert_categories(self) -> None:
        """Make the new ones; rows need their ids."""
        await self._conn.execute(sql.insert_categories)

    async def count_categories(self, file_id: UUID) -> None:
        """Add the rows of the file to the numbers that the archive shows."""
        await self._conn.execute(sql.count_categories, file_id, timeout=LONG_SECONDS)

    async def save_rejections(self, file_id: UUID) -> None:
        await self._conn.execute(sql.save_rejections, file_id, timeout=LONG_SECONDS)

    async def count_rejections(self) -> dict[str, int]:
        return {row["reason"]: row["number"] for row in await self._conn.fetch(sql.count_rejections)}

    async def list_first_rejections(self, limit: int) -> list[asyncpg.Record]:
        return list(await self._conn.fetch(sql.list_first_rejections, limit))

    async def _copy(self, table: str, pieces: Sequence[bytes], columns: Sequence[str] | None = None) -> None:
        if any(pieces):
            await self._conn.copy_to_table(table, source=stream(pieces), columns=columns, timeout=LONG_SECONDS)

    async def _one(self, statement: str, *values: Any) -> asyncpg.Record:
        return (await self._conn.fetch(statement, *values, timeout=LONG_SECONDS))[0]


def stored_file(row: asyncpg.Record) -> StoredFile:
    """A row of `files`."""
    return StoredFile(**{**row, "state": FileState(row["state"])})
