"""Imports: what a file's bytes become. The same way for a file of the inbox and for an uploaded one.

Parse into temporary tables, ask the customer's view, then decide in one transaction: rows, session, totals, mail and
what the inbox may forget. No transaction is open while the view is asked. Two files at once, or a file and a Start at
the same moment, are told apart by that one transaction.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import asyncpg

from common.clock import business_date
from common.errors import Conflict
from services.invoices.dispatch.rules import judge_all
from services.invoices.formats.letture import Inspector, Layout, Parser, parse_name
from services.invoices.imports.repository import FileRepository, Judgement, Staging
from services.invoices.imports.rules import (
    FileState,
    NewFile,
    Problem,
    StoredFile,
    Verdict,
    find_problem,
    judge_count,
    warnings_of,
)
from services.invoices.imports.rules_mails import late_mail, refusal_mail, stale_mail, summary_mail
from services.invoices.imports.rules_staging import Batch, Stager
from services.invoices.mails.schemas import BadLine, ImportSummary, UnsentInvoice
from services.invoices.mails.service import ATTACHED
from services.invoices.options import PickUpOptions, SiteOptions

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from common.core import Core
    from common.db import Connection
    from services.invoices.mails.service import Mails
    from services.invoices.ports import WarehouseView
    from services.invoices.settings import InvoicesSettings

Content: TypeAlias = Callable[[], AsyncIterator[bytes]]
"""The bytes of a file, from the beginning at each call."""
T = TypeVar("T")
Guard: TypeAlias = Callable[["Connection"], Awaitable[None]]

AT_ONCE = 2
"""Imports of one process at the same time: each holds a connection, and most of a core."""
PIECE_BYTES = 128 * 2**10
"""What is parsed at once: the search for its lines lets nothing else run in this process, for some milliseconds."""
SHOWN_LINES = 20


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file. `bad_lines` are the first rejected ones."""

    file: StoredFile
    bad_lines: Sequence[BadLine] = ()


@dataclass(slots=True)
class Reading:
    """A file's content in the staging tables of `conn`."""

    conn: Connection
    staging: Staging
    layout: Layout
    sha256: str
    size_bytes: int
    declared: int | None
    verdict: Verdict
    records: int
    kept: int
    ignored: int
    repeated: int
    numbers: Sequence[int]
    warnings: list[str]

    def problem(self, *, accepted: bool) -> Problem | None:
        return find_problem(
            self.layout,
            size_bytes=self.size_bytes,
            records=self.records,
            kept=self.kept,
            verdict=self.verdict,
            declared=self.declared,
            accepted=accepted,
        )

    async def judgement(self, state: FileState, reason: str | None = None, **counted: int) -> Judgement:
        rejected = await self.staging.count_rejections()
        counters = {"kept": self.kept, "ignored": self.ignored, "duplicates": 0, **counted}
        return Judgement(
            state,
            reason,
            encoding=self.layout.encoding,
            declared=self.declared,
            records=self.records,
            verdict=self.verdict,
            counters={**counters, "rejected": sum(rejected.values()), "rejected_by": rejected},
            warnings=self.warnings,
        )

    async def bad_lines(self, limit: int) -> list[BadLine]:
        rows = await self.staging.list_first_rejections(limit)
        return [BadLine(line=row["line_number"], reason=row["reason"], text=row["text"]) for row in rows]


class ImportService:
    """Stores, imports and judges files."""

    def __init__(self, core: Core[InvoicesSettings], *, view: WarehouseView, mails: Mails) -> None:
        self._db = core.db
        self._clock = core.clock
        self._options = core.options
        self._blobs = core.files
        self._view = view
        self._mails = mails
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def today(self) -> date:
        """The present business date."""
        return business_date(self._clock.now(), (await self._options.get(SiteOptions)).tz)

    async def list_stored(self) -> list[StoredFile]:
        """Files that were taken and not judged yet: a worker stopped, or the view did not answer."""
        async with self._db.connection() as conn:
            return await FileRepository(conn).list_stored()

    async def check_open(self, day: date) -> None:
        """Refuse when the session of `day` takes no more files.

        Raises:
            Conflict: `session_started`, with who and in which state.
        """
        async with self._db.connection() as conn:
            session = await FileRepository(conn).find_session(day)
        if session is not None and session.state != "ready":
            raise Conflict(
                f"The session of {day} is {session.state}: it takes no more files.",
                code="session_started",
                params={"business_date": str(day), "state": session.state, "started_by": session.started_by},
            )

    async def store(self, conn: Connection, content: AsyncIterator[bytes], file: NewFile) -> StoredFile:
        """Keep the bytes and the file's row, in the caller's transaction."""
        blob = await self._blobs.put(conn, content)
        return await FileRepository(conn).insert(file, sha256=blob.sha256, size_bytes=blob.size)

    async def set_aside(self, conn: Connection, file: StoredFile) -> StoredFile:
        """A file of another day: shown, told once, imported only if a person says so. The inbox keeps its copy."""
        stale = await self._finish(conn, file, Judgement(FileState.STALE, "other_day", warnings=file.warnings))
        await self._mails.put(conn, "stale", f"stale:{file.id}", stale_mail(file))
        return stale

    async def import_stored(
        self, file: StoredFile, *, today: date, guard: Guard, warnings: Sequence[str] = ()
    ) -> Report:
        """Judge a file whose bytes we hold. Harmless to repeat.

        Args:
            today: the business date of the look, which may have begun before midnight.
            guard: fences the transaction to the run that works on it.
            warnings: what else is to be told about it.

        Raises:
            Transient, Permanent: the customer's view does not answer; nothing was imported.
        """
        if file.business_date < today:
            async with self._db.transaction() as conn:
                await guard(conn)
                return Report(await self.set_aside(conn, file))
        async with self.read(file.name, partial(self._blobs.open, file.sha256)) as reading:
            reading.warnings[:0] = [*file.warnings, *warnings]
            problem = reading.problem(accepted=file.count_accepted_by is not None)
            if problem is None:
                await self.ask_view(reading, file.business_date)
            async with reading.conn.transaction():
                await guard(reading.conn)
                locked = await FileRepository(reading.conn).lock(file.id)
                if locked.state is not FileState.STORED:
                    return Report(locked)
                if problem is not None:
                    return await self._refuse(reading, locked, problem)
                return await self.take(reading, locked)

    async def take(self, reading: Reading, file: StoredFile) -> Report:
        """Import what is staged, inside the open transaction: `imported`, `duplicate` or `late`."""
        conn, staging, repository = reading.conn, reading.staging, FileRepository(reading.conn)
        if twin := await repository.find_imported(file.sha256):
            return await self._duplicate(reading, file, twin)
        session_id = await repository.take_session(file.business_date, self._clock.now())
        if twin := await repository.find_imported(file.sha256):
            # The same bytes came in while this waited for the session.
            return await self._duplicate(reading, file, twin)
        if session_id is None:
            return await self._late(reading, file)
        if await repository.was_name_used(file.name, file.sha256):
            reading.warnings.append("name_reused")
        await staging.allow_memory()
        same = (await staging.reject_conflicting_repeats()).same if reading.repeated else 0
        same += (await staging.reject_conflicting_rows(session_id)).same
        await staging.insert_categories()
        inserted = await staging.insert_rows(file.id, session_id)
        await staging.count_categories(file.id)
        await staging.save_rejections(file.id)
        totals = asdict(inserted)
        quantity, value = totals.pop("total_quantity"), totals.pop("total_value")
        judgement = replace(
            await reading.judgement(FileState.IMPORTED, duplicates=same, **totals),
            session_id=session_id,
            total_quantity=quantity,
            total_value=value,
            count_accepted_by=file.count_accepted_by,
        )
        imported = await self._finish(conn, file, judgement)
        await repository.add_to_session(session_id)
        await repository.free_remote_file(file.id)
        await self._tell_import(conn, imported)
        return Report(imported, await reading.bad_lines(SHOWN_LINES))

    async def _duplicate(self, reading: Reading, file: StoredFile, twin: UUID) -> Report:
        judgement = await reading.judgement(FileState.DUPLICATE, "duplicate_file")
        duplicate = await self._finish(reading.conn, file, replace(judgement, duplicate_of=twin))
        await FileRepository(reading.conn).free_remote_file(file.id)
        return Report(duplicate)

    async def _late(self, reading: Reading, file: StoredFile) -> Report:
        repository = FileRepository(reading.conn)
        session = await repository.find_session(file.business_date)
        late = await self._finish(reading.conn, file, await reading.judgement(FileState.LATE, "session_started"))
        await repository.free_remote_file(file.id)
        data = late_mail(late, session.started_by if session else None, session.started_at if session else None)
        await self._mails.put(reading.conn, "late", f"late:{file.id}", data)
        return Report(late)

    async def _refuse(self, reading: Reading, file: StoredFile, problem: Problem) -> Report:
        """Held or invalid. The inbox keeps a held file: its sender may still complete it."""
        refused = await self._finish(reading.conn, file, await reading.judgement(problem.state, problem.reason))
        await reading.staging.save_rejections(file.id)
        bad_lines = await reading.bad_lines(SHOWN_LINES)
        if problem.state is FileState.INVALID:
            await FileRepository(reading.conn).free_remote_file(file.id)
        await self._mails.put(reading.conn, "invalid", f"invalid:{file.id}", refusal_mail(refused, bad_lines))
        return Report(refused, bad_lines)

    async def _finish(self, conn: Connection, file: StoredFile, judgement: Judgement) -> StoredFile:
        finished = await FileRepository(conn).finish(file.id, judgement, self._clock.now())
        if finished is None:
            raise Conflict("Somebody else judged the file just now.", code="file_judged", params={"id": str(file.id)})
        return finished

    async def _tell_import(self, conn: Connection, file: StoredFile) -> None:
        unsent = await FileRepository(conn).list_unsent(file.id, ATTACHED)
        await self._mails.put(conn, "import", f"import:{file.id}", await asyncio.to_thread(_summary, file, unsent))

    async def ask_view(self, reading: Reading, day: date) -> None:
        """Stage what the customer's view says; it is asked for the next numbers while the last are judged."""
        async with aclosing(ahead(self._view.find(reading.numbers))) as answers:
            async for found in answers:
                await reading.staging.answer(await asyncio.to_thread(judge_all, found, day))
        await reading.staging.analyze()

    @asynccontextmanager
    async def read(self, name: str, content: Content) -> AsyncIterator[Reading]:
        """Parse a file into staging tables, which are empty again afterwards."""
        options = await self._options.get(PickUpOptions)
        parsed_name = parse_name(name, ignore_case=options.ignore_case)
        declared = parsed_name.declared if parsed_name else None
        async with self._slots, self._db.connection() as conn:
            staging = Staging(conn)
            await staging.prepare()
            try:
                inspector, digest = Inspector(), hashlib.sha256()
                async for block in content():
                    inspector.feed(block)
                    digest.update(block)
                layout = inspector.layout()
                stager = Stager(Parser(layout, max_line_bytes=options.max_line_bytes))
                if layout.encoding != "utf-16":
                    await _stage(staging, stager, content)
                counts = stager.parser.counts
                yield Reading(
                    conn,
                    staging,
                    layout,
                    digest.hexdigest(),
                    inspector.size_bytes,
                    declared,
                    judge_count(counts.records, declared, options.count_policy),
                    counts.records,
                    counts.kept,
                    counts.ignored + counts.blank,
                    counts.repeated,
                    stager.numbers,
                    warnings_of(layout),
                )
            finally:
                # A broken connection takes its temporary tables along.
                with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                    await staging.clear()


async def _stage(staging: Staging, stager: Stager, content: Content) -> None:
    """Parse ahead, in a thread: a big file never stops the other tasks of this process."""
    async with aclosing(ahead(_batches(stager, content))) as batches:
        async for batch in batches:
            await staging.add(batch)


async def _batches(stager: Stager, content: Content) -> AsyncIterator[Batch]:
    async for block in content():  # each in one COPY: the server's answer to each piece would be waited for
        yield await asyncio.to_thread(_feed, stager, block)
    yield await asyncio.to_thread(stager.close)


def _feed(stager: Stager, block: bytes) -> Batch:
    batch = Batch()
    for start in range(0, len(block), PIECE_BYTES):
        batch.extend(stager.feed(block[start : start + PIECE_BYTES]))
    return batch


async def ahead(items: AsyncIterator[T]) -> AsyncGenerator[T]:
    """The same items; the next one is made while the present one is worked on."""
    coming = asyncio.ensure_future(anext(items, None))
    try:
        while (item := await coming) is not None:
            coming = asyncio.ensure_future(anext(items, None))
            yield item
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


def _summary(file: StoredFile, unsent: Sequence[tuple[int, str]]) -> ImportSummary:
    """For a thread: the list may have tens of thousands of invoices."""
    return summary_mail(file, [UnsentInvoice.model_construct(number=n, status=status) for n, status in unsent])
