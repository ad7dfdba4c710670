"""The pick-up: look, wait until files have settled, take their bytes, import them, and only then delete them there.

Each step is a short transaction of its own, and what it has reached stands in `remote_files` and `files`, so a worker
may die after any of them: the next look goes on from there. The order is the promise (docs/reference/promises.md):

    seen ─▶ stable ─▶ downloading ─▶ stored        bytes, sha256 and this state in one transaction
                                        │ import   one transaction; the inbox may forget the file from here on
                                        ▼
                     present ─▶ delete_pending ─▶ gone
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING
from zoneinfo import ZoneInfo

from common.clock import business_date
from common.errors import Conflict, NotFound, Permanent, RemoteError, Transient
from common.jobs import Outcome, Record
from common.transfer import settle
from services.invoices.formats.letture import parse_name
from services.invoices.imports.rules import FileState, NewFile, StoredFile
from services.invoices.inbox.repository import InboxRepository, RemoteFile
from services.invoices.inbox.rules import Choice, Decision, Tick, choose, compare
from services.invoices.mails.schemas import DeleteRefused
from services.invoices.options import PickUpOptions, SiteOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from common.core import Core
    from common.jobs import RunContext
    from common.jobs.outcomes import RecordOutcome
    from common.transfer import Entry, FileServer, FileStore
    from services.invoices.alerts.service import AlertService
    from services.invoices.imports.service import ImportService
    from services.invoices.mails.service import Mails
    from services.invoices.resources import Resources
    from services.invoices.settings import InvoicesSettings

BLOCK_BYTES = 2**20
PASSES = 3
CONNECTIONS = 3
"""A look tries so many: files that can't be read cost one each."""
OUTCOMES: dict[str, RecordOutcome] = {
    FileState.IMPORTED: "ok",
    FileState.DUPLICATE: "skipped",
    FileState.LATE: "warning",
    FileState.STALE: "warning",
}


@dataclass(slots=True)
class _Look:
    """One run's look, and what it found."""

    run: RunContext[Resources]
    site: SiteOptions
    options: PickUpOptions
    tick: Tick
    records: list[Record] = field(default_factory=list)
    replaced: bool = False
    complete: bool = False
    """All that the inbox showed was tried; an `error` of the inbox is then that of single files."""
    error: RemoteError | None = None

    def note(self, file: StoredFile) -> None:
        outcome = OUTCOMES.get(file.state, "problem")
        link = f"/invoices/files/{file.id}"
        self.records.append(Record(file.name, outcome, file.reason or file.state, _sentence(file), link))

    def accept(self, name: str) -> bool:
        return parse_name(name, ignore_case=self.options.ignore_case) is not None


class InboxService:
    """Picks files up."""

    def __init__(
        self,
        core: Core[InvoicesSettings],
        *,
        server: FileServer,
        imports: ImportService,
        alerts: AlertService,
        mails: Mails,
    ) -> None:
        self._db = core.db
        self._options = core.options
        self._hold_seconds = core.settings.lease_seconds / 2
        self._server = server
        self._imports = imports
        self._alerts = alerts
        self._mails = mails

    async def pick_up(self, run: RunContext[Resources]) -> Outcome:
        """One look at the inbox, with everything that follows from it.

        Raises:
            Transient, Permanent: the inbox or the customer's view fails; what was reached is kept.
        """
        look = await self._begin(run)
        await self._take_all(look)
        await self._import_all(look)
        if look.complete:
            await self._delete_all(look)
        await run.record(None, look.records)
        if look.error is not None:
            if not isinstance(look.error, Transient) or run.attempt >= run.max_attempts:
                await self._tell_alerts(look)
            raise look.error
        await self._tell_alerts(look)
        return await _outcome(look)

    async def list_troubles(self) -> list[RemoteFile]:
        """Files in the inbox that a person should know of."""
        async with self._db.connection() as conn:
            return await InboxRepository(conn).list_troubles()

    async def _begin(self, run: RunContext[Resources]) -> _Look:
        site, options = await self._options.get(SiteOptions), await self._options.get(PickUpOptions)
        local = run.now.astimezone(site.tz)
        tick = Tick(
            today=business_date(run.now, site.tz),
            site_zone=site.tz,
            source_zone=ZoneInfo(options.source_mtime_zone),
            max_bytes=options.max_inbox_bytes,
            is_last=local.time() >= site.window_end,
        )
        return _Look(run, site, options, tick)

    async def _tell_alerts(self, look: _Look) -> None:
        failure = look.error if look.error is not None and look.error.target == self._server.name else None
        if look.complete and isinstance(failure, Permanent):
            failure = None  # the inbox answers; what it refuses is told as the run's own trouble
        await self._alerts.after_look(
            look.run.now, site=look.site, source=self._server, failure=failure, guard=look.run.guard
        )

    async def _take_all(self, look: _Look) -> None:
        """Look twice, and bring the bytes of what stayed the same into our database.

        A file that can't be read costs the connection, not the other files: the next one goes over a new connection.
        """
        left: list[RemoteFile] | None = None
        for _ in range(CONNECTIONS):
            tried: RemoteFile | None = None
            try:
                async with self._server.connect() as store:
                    left = await self._settled(look, store) if left is None else left
                    while left:
                        await look.run.checkpoint()
                        tried = left.pop(0)
                        await self._decide(look, store, tried)
            except RemoteError as error:
                look.error = look.error or error
                name = tried.name if tried else None
                await look.run.log("inbox.look_failed", error.detail, level="warning", code=error.code, name=name)
                if tried is not None:
                    look.records.append(Record(tried.name, "problem", error.code, error.detail))
            if not left:
                break
        look.complete = left == []

    async def _settled(self, look: _Look, store: FileStore) -> list[RemoteFile]:
        """What is there, was not taken yet, and has stopped growing."""
        entries = await store.entries(look.accept)
        settled = await settle(store, await self._see(look, entries), look.options.stability_seconds)
        by_name = {entry.name: entry for entry in settled}
        return [remote for remote in await self._list_present() if remote.is_version(by_name.get(remote.name))]

    async def _see(self, look: _Look, entries: list[Entry]) -> list[Entry]:
        """Write down what is there; what has to be looked at a second time."""
        async with self._db.transaction() as conn:
            await look.run.guard(conn)
            repository = InboxRepository(conn)
            changes = compare(await repository.list_present(), entries)
            await repository.mark_gone(changes.gone, look.run.now)
            for entry in changes.new:
                await repository.insert_seen(entry, look.run.now)
            for remote_id, entry in changes.changed:
                await repository.update_version(remote_id, entry, look.run.now)
            await repository.touch(changes.same, look.run.now)
            waiting = {r.name for r in await repository.list_present() if r.state in {"seen", "stable", "downloading"}}
        for entry in changes.new:
            await look.run.log("file.seen", f"{entry.name} is there.", name=entry.name, size=entry.size)
        return [entry for entry in entries if entry.name in waiting]

    async def _list_present(self) -> list[RemoteFile]:
        async with self._db.connection() as conn:
            return await InboxRepository(conn).list_present()

    async def _decide(self, look: _Look, store: FileStore, remote: RemoteFile) -> None:
        name = parse_name(remote.name, ignore_case=look.options.ignore_case)
        decision = choose(remote.size_bytes, remote.modified_at, name, look.tick)
        if decision.choice is Choice.LEAVE:
            await self._mark(look, remote, "ignored", decision.reason)
            look.records.append(Record(remote.name, "warning", decision.reason, "Left in the inbox."))
            await look.run.log("file.left", f"{remote.name} is left: {decision.reason}.", level="warning")
        elif decision.choice is Choice.WAIT:
            await look.run.log("file.empty", f"{remote.name} is still empty.")
        else:
            await self._download(look, store, remote, decision)

    async def _mark(self, look: _Look, remote: RemoteFile, state: str, reason: str | None = None) -> None:
        async with self._db.transaction() as conn:
            await look.run.guard(conn)
            await InboxRepository(conn).mark(remote.id, state, reason)

    async def _download(self, look: _Look, store: FileStore, remote: RemoteFile, decision: Decision) -> None:
        """The bytes, whole and unchanged, into our database: from then on nothing can be lost."""
        await self._mark(look, remote, "downloading")
        with TemporaryFile() as file:
            count = await store.read(remote.name, file.write, limit=look.tick.max_bytes + 1)
            if not remote.is_version(await store.stat(remote.name)):
                await self._mark(look, remote, "seen")
                await look.run.log("file.changed", f"{remote.name} changed while it was read.", level="warning")
                return
            if count != remote.size_bytes:
                # Some servers say "complete" after half a file.
                raise Transient(
                    f"{count} of {remote.size_bytes} bytes of {remote.name} arrived.",
                    target=self._server.name,
                    code="download_incomplete",
                    params={"name": remote.name, "bytes": count, "size": remote.size_bytes},
                )
            await self._store(look, remote, decision, file)

    async def _store(self, look: _Look, remote: RemoteFile, decision: Decision, file: IO[bytes]) -> None:
        new = NewFile(
            remote.name,
            "ftp",
            look.tick.today,
            look.run.now,
            modified_at=remote.modified_at,
            warnings=decision.warnings,
        )
        async with self._db.transaction() as conn:
            await look.run.guard(conn)
            stored = await self._imports.store(conn, _blocks(file), new)
            await InboxRepository(conn).mark_stored(remote.id, stored.id)
            if decision.choice is Choice.SET_ASIDE:
                look.note(await self._imports.set_aside(conn, stored))
        await look.run.log("file.stored", f"{remote.name} is safe here.", name=remote.name, sha256=stored.sha256)

    async def _import_all(self, look: _Look) -> None:
        """Import what is stored, of this look and of one that was cut off."""
        files = await self._imports.list_stored()
        warnings = await self._alerts.recovery_warnings() if files and look.error is None else []
        for done, file in enumerate(files):
            await look.run.checkpoint()
            await look.run.progress(done, len(files), "files", file.name)
            try:
                report = await self._imports.import_stored(
                    file, today=look.tick.today, guard=look.run.guard, warnings=warnings
                )
            except RemoteError as error:
                look.error = look.error or error
                await look.run.log("import.failed", error.detail, level="warning", name=file.name, code=error.code)
                return
            except (Conflict, NotFound) as error:  # of this file alone: judged by a person just now, its bytes are gone
                look.records.append(Record(file.name, "problem", error.code, error.detail))
                await look.run.log("import.failed", error.detail, level="warning", name=file.name, code=error.code)
                continue
            look.note(report.file)
            await look.run.log("file.judged", _sentence(report.file), name=file.name, state=report.file.state)
        if files:
            await look.run.progress(len(files), len(files), "files")

    async def _delete_all(self, look: _Look) -> None:
        """Delete in the inbox what is safe here and still the same there."""
        async with self._db.connection() as conn:
            pending = await InboxRepository(conn).list_to_delete()
        if not pending:
            return
        try:
            async with self._server.connect() as store:
                for remote in pending:
                    await look.run.checkpoint()
                    await self._delete(look, store, remote)
        except RemoteError as error:
            look.error = look.error or error
            await look.run.log("inbox.delete_failed", error.detail, level="warning", code=error.code)

    async def _delete(self, look: _Look, store: FileStore, remote: RemoteFile) -> None:
        entry = await store.stat(remote.name)
        if entry is not None and not remote.is_version(entry):
            look.replaced = True
            await look.run.log("file.replaced", f"{remote.name} is another version now and stays.", level="warning")
        elif entry is not None:
            await look.run.hold(self._hold_seconds)
            try:
                await store.delete(remote.name)
            except Permanent as error:
                if error.code != "delete_refused":
                    raise
                await self._note_refusal(look, remote, error)
                return
        async with self._db.transaction() as conn:
            await look.run.guard(conn)
            await InboxRepository(conn).mark_gone([remote.id], look.run.now)
        if entry is not None and not look.replaced:
            await look.run.log("file.deleted", f"{remote.name} is deleted in the inbox.", name=remote.name)

    async def _note_refusal(self, look: _Look, remote: RemoteFile, error: Permanent) -> None:
        async with self._db.transaction() as conn:
            await look.run.guard(conn)
            file_id = await InboxRepository(conn).note_refusal(remote.id, error.detail)
            data = DeleteRefused(
                business_date=look.tick.today,
                file_name=remote.name,
                source_name=self._server.address,
                since=look.run.now,
                error=error.detail,
            )
            await self._mails.put(conn, "delete_refused", f"delete_refused:{file_id}", data)
        look.records.append(Record(remote.name, "warning", "delete_refused", error.detail))
        await look.run.log("file.delete_refused", error.detail, level="warning", name=remote.name)


async def _outcome(look: _Look) -> Outcome:
    passes = look.run.checkpoint_data.get("passes", 0)
    if look.replaced and passes < PASSES:
        await look.run.checkpoint({"passes": passes + 1})
        return Outcome.again(message="A file was replaced meanwhile; looking again.")
    if not look.records:
        return Outcome.nothing_to_do("No new file in the inbox.")
    problems = sum(record.outcome == "problem" for record in look.records)
    message = "; ".join(f"{record.key}: {record.message}" for record in look.records[:5])
    return Outcome.partial(message, reason="files_need_a_person") if problems else Outcome.succeeded(message)


def _sentence(file: StoredFile) -> str:
    counters = file.counters
    match file.state:
        case FileState.IMPORTED:
            return f"imported, {counters['kept']} kept, {counters['valid']} can be sent"
        case FileState.HELD:
            return f"held: the name says {file.declared} records, the file has {file.records}"
        case FileState.LATE:
            return "late: the session was started before"
        case FileState.STALE:
            return "of another day, kept aside"
        case FileState.DUPLICATE:
            return "the same bytes were imported before"
        case _:
            return f"{file.state}: {file.reason}"


async def _blocks(file: IO[bytes]) -> AsyncIterator[bytes]:
    file.seek(0)
    while block := await asyncio.to_thread(file.read, BLOCK_BYTES):
        yield block
