"""Rescan: every row of the source against our copy, to find what a scan of new idd can't see.

Edits in place, rows that are gone, statuses that somebody emptied, and rows that committed later than the overlap. Read
from the newest idd down, so that a row that is gone is known to be when an older version of the same thing comes along.
One block is in hand and the next on its way: memory does not grow with the source.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from common.jobs import Outcome
from services.asanito.options import SourceOptions
from services.asanito.source.repository import SourceRepository
from services.asanito.source.rules import KINDS, PLACEHOLDER_IDS, TABLES, Kind, Table, content_hash
from services.asanito.source.service import Scanned, stage_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from common.core import Core
    from common.jobs import RunContext
    from services.asanito.mirror.service import MirrorService
    from services.asanito.ports import SourceReader, SourceRow
    from services.asanito.settings import AsanitoSettings
    from services.asanito.source.service import SourceService

AT_ONCE = 1000
SAVED_EVERY = 10
"""Blocks between two saved positions; comparing one again does no harm."""


@dataclass(frozen=True, slots=True)
class Block:
    """All rows of the source with `low <= idd < high`."""

    low: int
    high: int
    rows: list[SourceRow]


@dataclass(slots=True)
class Difference:
    """What a block of the source says otherwise than our copy."""

    rows: list[SourceRow] = field(default_factory=list)
    edited: int = 0
    gone: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Found:
    """What a rescan found."""

    rows: int = 0
    edited: int = 0
    late: int = 0
    gone: int = 0
    reset: int = 0


class RescanService:
    """Compares the whole source with our copy."""

    def __init__(
        self, core: Core[AsanitoSettings], reader: SourceReader, source: SourceService, mirror: MirrorService
    ) -> None:
        self._mirror = mirror
        self._db = core.db
        self._options = core.options
        self._reader = reader
        self._source = source

    async def rescan(self, run: RunContext[Any]) -> Outcome:
        """All tables, or what an earlier attempt left of them.

        Raises:
            Transient, Permanent: the source is away, or not as it should be; what was found stays.
        """
        options = await self._options.get(SourceOptions)
        found = Found(**run.checkpoint_data.get("found", {}))
        names = list(TABLES)
        saved = run.checkpoint_data.get("table")
        for name in names[names.index(saved) if saved else 0 :]:
            high = run.checkpoint_data.get("high") if name == saved else None
            await self._table(run, TABLES[name], options, found, high)
        await self._mirror.note_differing(run)
        words = f"{found.rows} rows: {found.edited} edited, {found.late} late or new, {found.gone} gone"
        result = asdict(found)
        if not (found.edited or found.late or found.gone or found.reset):
            return Outcome.nothing_to_do(f"{found.rows} rows, all as they were.")
        return Outcome.succeeded(f"{words}, {found.reset} reset.", result=result)

    async def _table(
        self, run: RunContext[Any], table: Table, options: SourceOptions, found: Found, high: int | None
    ) -> None:
        blocks = 0
        async for block in self._blocks(table.name, options.block_rows, high):
            await self._compare(run, table, block, options, found)
            found.rows += len(block.rows)
            await run.progress(found.rows, text=table.name, unit="rows")
            blocks += 1
            here = {"table": table.name, "high": block.low, "found": asdict(found)}
            await run.checkpoint(here if blocks % SAVED_EVERY == 0 else None)
        if table.kind:
            await self._tell_gone(run, table.kind)

    async def _blocks(self, table: str, width: int, high: int | None) -> AsyncIterator[Block]:
        """The source from above, each block read while the one before is compared; the last one is empty."""
        if high is None:
            newest = await self._reader.newest_idd(table)
            async with self._db.connection() as conn:  # the newest rows may be the ones that are gone
                ours = await SourceRepository(conn).newest_held(table)
            high = max(newest or 0, ours or 0) + 1
        coming: asyncio.Task[Block] | None = asyncio.create_task(self._read(table, high, width))
        try:
            while coming is not None:
                block = await coming
                coming = asyncio.create_task(self._read(table, block.low, width)) if block.rows else None
                yield block
        finally:
            if coming is not None:
                coming.cancel()
                with suppress(asyncio.CancelledError):
                    await coming

    async def _read(self, table: str, high: int, width: int) -> Block:
        rows = await self._reader.block(table, high - width, high)
        if rows:
            return Block(high - width, high, rows)
        last = await self._reader.previous_idd(table, high)  # a gap: leapt
        if last is None:
            return Block(0, high, [])
        low = last + 1 - width
        return Block(low, high, await self._reader.block(table, low, high))

    async def _compare(
        self, run: RunContext[Any], table: Table, block: Block, options: SourceOptions, found: Found
    ) -> None:
        async with self._db.connection() as conn:
            held = await SourceRepository(conn).held(table.name, block.low, block.high)
        difference = await asyncio.to_thread(compare, table, block.rows, held)
        if not difference.rows and not difference.gone:
            return
        staged = await asyncio.to_thread(stage_all, table, difference.rows, frozenset(options.mobile_placeholders))
        done = Scanned()
        async with self._db.transaction() as conn:
            await run.guard(conn)
            repository = SourceRepository(conn)
            parents = await repository.mark_absent(table.name, difference.gone, run.now)
            changed = await self._source.take(repository, table, staged, run.now, done) if staged else 0
            if table.kind is None and parents:
                labels = dict.fromkeys(parents, "")
                await repository.refresh_entities(Kind.STORE_INVOICE, KINDS[Kind.STORE_INVOICE].name, labels)
        found.reset += done.reset
        found.edited += difference.edited
        found.gone += len(difference.gone)
        found.late += max(0, changed - difference.edited)

    async def _tell_gone(self, run: RunContext[Any], kind: Kind) -> None:
        """What has no row any more becomes ignored when it was never sent, else a case for a person."""
        after = UUID(int=0)
        while True:
            async with self._db.transaction() as conn:
                await run.guard(conn)
                repository = SourceRepository(conn)
                keys = await repository.list_gone(kind, KINDS[kind].name, after, AT_ONCE)
                if not keys:
                    return
                await repository.refresh_entities(kind, KINDS[kind].name, dict.fromkeys(keys, ""))
            after = keys[-1]


def compare(
    table: Table, rows: list[SourceRow], held: Mapping[int, tuple[bytes, str | None, str | None]]
) -> Difference:
    """Which rows have to be looked at, and which of ours are gone."""
    difference = Difference()
    seen = set()
    for row in rows:
        idd = row["idd"]
        seen.add(idd)
        known = held.get(idd)
        if known is None:  # an older version of something, or one that committed late: the copy decides
            difference.rows.append(row)
            continue
        digest, status, aid = known
        is_edited = content_hash(table, row) != digest
        if is_edited or row["fetchStatus"] != status or aid_of(table, row) != aid:
            difference.rows.append(row)
            difference.edited += is_edited
    difference.gone = [idd for idd in held if idd not in seen]
    return difference


def aid_of(table: Table, row: Mapping[str, Any]) -> str | None:
    """The row's Asanito id; None when it has none that counts."""
    found = str(row[table.aid]).strip() if row[table.aid] is not None else ""
    return None if found in PLACEHOLDER_IDS else found
