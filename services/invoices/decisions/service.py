"""Decisions: a person accepts a held file, imports one of another day or one that came late, or discards it.

The import is the one that every file takes; what a decision adds is the claim, one conditional statement in the same
transaction. A file never gets into a session that was started: then nothing is changed, and the answer says so.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from common import audit
from common.errors import Conflict, InvalidInput
from services.invoices.decisions.repository import DecisionRepository
from services.invoices.decisions.rules import Decision
from services.invoices.imports.rules import FileState

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from common.core import Core
    from common.db import Connection
    from common.identity import Identity
    from services.invoices.imports.rules import StoredFile
    from services.invoices.imports.service import ImportService, Reading
    from services.invoices.settings import InvoicesSettings


class DecisionService:
    """Carries out what a person decides about a file."""

    def __init__(self, core: Core[InvoicesSettings], *, imports: ImportService) -> None:
        self._db = core.db
        self._blobs = core.files
        self._imports = imports

    async def accept(self, file_id: UUID, who: Identity) -> StoredFile:
        """Import a held file into today's session although its count is wrong.

        Raises:
            Conflict: `not_acceptable`: it is not held (any more); `session_started`; nothing was changed.
        """
        return await self._import(file_id, who, Decision.ACCEPT, accept_count=True)

    async def import_today(self, file_id: UUID, who: Identity, *, accept_count: bool) -> StoredFile:
        """Import a file of another day, or one that came late, into today's session.

        Raises:
            Conflict: `not_importable`: it is neither (any more); `session_started`; nothing was changed.
            InvalidInput: `count_mismatch` unless accepted, `empty_file, encoding, no_records`; nothing was changed.
        """
        return await self._import(file_id, who, Decision.IMPORT, accept_count=accept_count)

    async def discard(self, file_id: UUID, who: Identity, reason: str) -> StoredFile:
        """Say that a file is not wanted. Its bytes are kept; the inbox may delete its copy.

        Raises:
            Conflict: `not_discardable`: it was imported, or discarded before.
        """
        async with self._db.transaction() as conn:
            return await self.discard_within(conn, file_id, who, reason)

    async def discard_within(self, conn: Connection, file_id: UUID, who: Identity, reason: str) -> StoredFile:
        """The same in the caller's transaction, as when one of many is discarded."""
        repository = DecisionRepository(conn)
        before = await repository.get(file_id)
        discarded = await repository.discard(file_id, Decision.DISCARD.states)
        if discarded is None:
            raise _refusal(before, Decision.DISCARD)
        facts = {"state": discarded.state, "reason": reason}
        was = {"state": before.state}
        await audit.record(conn, who, Decision.DISCARD.action, f"files/{file_id}", before=was, after=facts)
        return discarded

    async def _import(self, file_id: UUID, who: Identity, decision: Decision, *, accept_count: bool) -> StoredFile:
        day = await self._imports.today()
        async with self._db.connection() as conn:
            before = await DecisionRepository(conn).get(file_id)
        if before.state not in decision.states:
            raise _refusal(before, decision)
        await self._imports.check_open(day)
        async with self._imports.read(before.name, partial(self._blobs.open, before.sha256)) as reading:
            reading.warnings[:0] = before.warnings
            if problem := reading.problem(accepted=accept_count):
                counts = {"declared": reading.declared, "records": reading.records, "kept": reading.kept}
                raise InvalidInput(problem.sentence, code=problem.reason, params=counts)
            accepted_by = who.name if reading.problem(accepted=False) else None
            await self._imports.ask_view(reading, day)
            async with reading.conn.transaction():
                return await self._take(reading, before.id, decision, who, day=day, accepted_by=accepted_by)

    async def _take(
        self,
        reading: Reading,
        file_id: UUID,
        decision: Decision,
        who: Identity,
        *,
        day: date,
        accepted_by: str | None,
    ) -> StoredFile:
        repository = DecisionRepository(reading.conn)
        before = await repository.get(file_id)
        claimed = await repository.claim(file_id, decision.states, day=day, accepted_by=accepted_by)
        if claimed is None:
            raise _refusal(await repository.get(file_id), decision)
        file = (await self._imports.take(reading, claimed)).file
        if file.state is FileState.LATE:
            await self._imports.check_open(day)
        facts = {"state": file.state, "business_date": day, "count_accepted_by": accepted_by}
        was = {"state": before.state, "business_date": before.business_date}
        await audit.record(reading.conn, who, decision.action, f"files/{file_id}", before=was, after=facts)
        return file


def _refusal(file: StoredFile, decision: Decision) -> Conflict:
    """The file is not, or not any more, what the decision is for."""
    facts = {"id": str(file.id), "state": file.state.value, "name": file.name}
    if decision is Decision.ACCEPT:
        return Conflict(
            f"{file.name} is {file.state}: there is no count to accept.", code="not_acceptable", params=facts
        )
    if decision is Decision.IMPORT:
        return Conflict(
            f"{file.name} is {file.state}: only a late file, or one of another day, is imported by hand.",
            code="not_importable",
            params=facts,
        )
    return Conflict(f"{file.name} is {file.state}: it can't be discarded.", code="not_discardable", params=facts)
