"""Uploads: a file from a person's hand, imported into today's session, or only tried."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from common import audit
from common.errors import FieldError, InvalidInput
from services.invoices.imports.rules import FileState, NewFile, Problem

if TYPE_CHECKING:
    from datetime import date

    from common.core import Core
    from common.identity import Identity
    from services.invoices.imports.service import Content, ImportService, Reading, Report
    from services.invoices.settings import InvoicesSettings

SHOWN_ERRORS = 100


class UploadService:
    """Takes uploaded files."""

    def __init__(self, core: Core[InvoicesSettings], *, imports: ImportService) -> None:
        self._clock = core.clock
        self._imports = imports

    async def upload(
        self, name: str, content: Content, who: Identity, *, validate_only: bool, accept_count: bool
    ) -> Report:
        """Import an uploaded file into today's session; bytes and rows in one transaction.

        Args:
            validate_only: do all of it and take it back: the report is exact, and nothing stays.
            accept_count: the number in the name may be wrong.

        Raises:
            InvalidInput: `empty_file, encoding, count_mismatch, no_records`, with the first bad lines; nothing is kept.
            Conflict: `session_started`: today's session takes no more files; nothing is kept.
        """
        day = await self._imports.today()
        await self._imports.check_open(day)
        async with self._imports.read(name, content) as reading:
            if problem := reading.problem(accepted=accept_count):
                raise await _refused(reading, problem)
            await self._imports.ask_view(reading, day)
            transaction = reading.conn.transaction()
            await transaction.start()
            try:
                report = await self._take_upload(reading, name, content, who, day, accept_count=accept_count)
                if report.file.state is FileState.LATE:
                    await self._imports.check_open(day)
            except BaseException:
                await transaction.rollback()
                raise
            if validate_only or report.file.state is not FileState.IMPORTED:
                await transaction.rollback()
            else:
                await transaction.commit()
            return report

    async def _take_upload(
        self, reading: Reading, name: str, content: Content, who: Identity, day: date, *, accept_count: bool
    ) -> Report:
        new = NewFile(name, "upload", day, self._clock.now(), uploaded_by=who.name)
        file = await self._imports.store(reading.conn, content(), new)
        if accept_count and reading.problem(accepted=False):
            file = replace(file, count_accepted_by=who.name)
        report = await self._imports.take(reading, file)
        if report.file.state is FileState.IMPORTED:
            facts = {"name": name, "sha256": file.sha256, "accept_count": accept_count}
            await audit.record(reading.conn, who, "file.uploaded", f"files/{file.id}", after=facts)
        return report


async def _refused(reading: Reading, problem: Problem) -> InvalidInput:
    """The answer to an upload that can't be imported, with the first bad lines."""
    rejected = await reading.staging.count_rejections()
    lines = await reading.bad_lines(SHOWN_ERRORS)
    return InvalidInput(
        problem.sentence,
        code=problem.reason,
        params={"declared": reading.declared, "records": reading.records, "kept": reading.kept, "rejected": rejected},
        errors=[FieldError(f"/file/lines/{line.line}", line.reason, line.text) for line in lines],
    )
