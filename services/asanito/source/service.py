"""Scan: the first step of every run copies what is new in the source, and makes work of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from services.asanito.mirror.service import note_change
from services.asanito.options import SourceOptions
from services.asanito.source.repository import SourceRepository
from services.asanito.source.rules import KINDS, TABLES, Kind, NotAKeyError, StagedRow, Table, stage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from common.core import Core
    from common.db import Connection
    from common.jobs import RunContext
    from services.asanito.ports import SourceReader, SourceRow
    from services.asanito.settings import AsanitoSettings


class TakeOver(Protocol):
    """What becomes of the ids and statuses that another application writes beside the rows."""

    async def hear(self, conn: Connection, kind: Kind, rows: Sequence[StagedRow]) -> None: ...
    async def settle(self, run: RunContext[Any]) -> None: ...


@dataclass(slots=True)
class Scanned:
    """What a scan did: rows read, rows without a key, records wished again in the source, things that changed."""

    read: int = 0
    unusable: int = 0
    reset: int = 0
    changed: dict[str, int] = field(default_factory=dict)


class SourceService:
    """Keeps `src_rows` equal to the source's newest versions."""

    def __init__(self, core: Core[AsanitoSettings], reader: SourceReader, takeover: TakeOver) -> None:
        self._core = core
        self._db = core.db
        self._options = core.options
        self._reader = reader
        self._takeover = takeover

    async def scan(self, run: RunContext[Any], tables: Sequence[str] = tuple(TABLES)) -> Scanned:
        """Copy what is new since the last scan, a little overlap included: a lower idd may have committed later.

        Raises:
            Transient, Permanent: the source is away, or not as it should be; what was copied stays.
        """
        options = await self._options.get(SourceOptions)
        done = Scanned()
        for name in tables:
            table = TABLES[name]
            overlap = run.now - timedelta(minutes=options.overlap_minutes)
            async with self._db.connection() as conn:
                marked, newest = await SourceRepository(conn).start_of_scan(name, overlap)
            start = 0 if marked is None or newest is None else max(0, min(marked, newest - options.overlap_rows))
            highest = newest or 0
            while (low := await self._reader.next_idd(name, start)) is not None:
                start = low + options.block_rows
                rows = await self._reader.block(name, low, start)
                await self._store(run, table, rows, options, done)
                highest = max(highest, *(row["idd"] for row in rows)) if rows else highest
                await run.progress(done.read, text=name, unit="rows")
                await run.checkpoint()
            async with self._db.transaction() as conn:
                await run.guard(conn)
                # Not the run's begin: what was read a moment ago is no mark of ten minutes ago.
                await SourceRepository(conn).mark_scan(name, self._core.clock.now(), highest, forget_before=overlap)
        await self._takeover.settle(run)
        return done

    async def _store(
        self, run: RunContext[Any], table: Table, rows: list[SourceRow], options: SourceOptions, done: Scanned
    ) -> None:
        done.read += len(rows)
        staged = await asyncio.to_thread(stage_all, table, rows)
        done.unusable += len(rows) - len(staged)
        if len(staged) < len(rows):
            await run.log(
                "source.rows_without_key", "Rows without a usable key were left out.", level="warning",
                table=table.name, count=len(rows) - len(staged),
            )  # fmt: skip
        if not staged:
            return
        async with self._db.transaction() as conn:
            await run.guard(conn)
            await self.take(SourceRepository(conn), table, staged, run.now, done)
            if table.kind and not options.write_back:  # what stands beside the rows is not ours
                await self._takeover.hear(conn, table.kind, staged)

    async def take(
        self, repository: SourceRepository, table: Table, staged: list[StagedRow], at: datetime, done: Scanned
    ) -> int:
        """Keep staged rows and make work of what changed, in the caller's transaction; how many things did."""
        if table.kind is Kind.PERSON:
            await repository.store_aliases(staged)
        if table.kind and (reset := await repository.list_reset(table, staged)):
            done.reset += await repository.wish_again(table.kind, reset)
        keys = await repository.store(table, staged, at)
        if not keys:
            return 0
        kind = table.kind or Kind.STORE_INVOICE
        labels = dict.fromkeys(keys, "")
        if table.kind:
            labels |= {row.key: row.label for row in staged if row.key in labels}
        changed = await repository.refresh_entities(kind, KINDS[kind].name, labels)
        await note_change(self._core, repository.conn, kind, changed)
        done.changed[kind] = done.changed.get(kind, 0) + len(changed)
        return len(changed)


def stage_all(table: Table, rows: list[SourceRow]) -> list[StagedRow]:
    """The rows that have a key, by idd."""
    staged = []
    for row in rows:
        try:
            staged.append(stage(table, row))
        except NotAKeyError:
            continue
    return staged
