"""Rescan: every row of the source against our copy, to find what a scan of new idd can't see.

Edits in place, rows that are gone, statuses that somebody emptied, and rows that committed later than the overlap. Read
from the newest idd down, so that a row that is gone is known to be when an older version of the same thing comes along.
One block is in hand and the next on its way: memory does not grow with the source.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from common.jobs import Outcome
from services.asanito.options import SourceOptions
from services.asanito.ports import SourceValues
from services.asanito.source.repository import SourceRepository
from services.asanito.source.rules import CONTENT, KINDS, TABLES, Kind, Table, digest_of, read_aid, rows_of
from services.asanito.source.service import Scanned, stage_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from common.core import Core
    from common.jobs import RunContext
    from services.asanito.mirror.service import MirrorService
    from services.asanito.ports import SourceReader, SourceRow
    from services.asanito.settings import AsanitoSettings
    from services.asanito.source.repository import Held
    from services.asanito.source.service import SourceService

AT_ONCE = 1000
SAVED_EVERY = 10
"""Blocks between two saved positions; comparing one again does no harm."""


@dataclass(frozen=True, slots=True)
class Block:
    """All rows of the source with `low <= idd < high`, and what we hold of them.

    What is held is read beside the rows. A block above that is still compared may change it meanwhile; then a row is
    looked at once more than it must be, and the copy decides.
    """

    low: int
    high: int
    values: SourceValues
    held: Mapping[int, Held]


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
            await self._compare(run, table, block, found)
            found.rows += len(block.values.rows)
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
                coming = asyncio.create_task(self._read(table, block.low, width)) if block.values.rows else None
                yield block
        finally:
            if coming is not None:
                coming.cancel()
                with suppress(asyncio.CancelledError):
                    await coming

    async def _read(self, table: str, high: int, width: int) -> Block:
        block = await self._range(table, high - width, high)
        if block.values.rows:
            return block
        last = await self._reader.previous_idd(table, high)  # a gap: leapt
        return await self._range(table, 0 if last is None else last + 1 - width, high)

    async def _range(self, table: str, low: int, high: int) -> Block:
        values, held = await asyncio.gather(self._reader.block_values(table, low, high), self._held(table, low, high))
        return Block(low, high, values, held)

    async def _held(self, table: str, low: int, high: int) -> dict[int, Held]:
        async with self._db.connection() as conn:
            return await SourceRepository(conn).held(table, low, high)

    async def _compare(self, run: RunContext[Any], table: Table, block: Block, found: Found) -> None:
        difference = await asyncio.to_thread(compare, table, block.values, block.held)
        if not difference.rows and not difference.gone:
            return
        staged = await asyncio.to_thread(stage_all, table, difference.rows)
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


def compare(table: Table, values: SourceValues, held: Mapping[int, Held]) -> Difference:
    """Which rows have to be looked at, and which of ours are gone. By places: a million rows have no names here."""
    difference, chosen, seen = Difference(), [], frozenset[int]()
    if values.rows:
        place = {name: number for number, name in enumerate(values.names)}
        content = itemgetter(*(place[name] for name in CONTENT[table.name]))
        idd, status, aid = place["idd"], place["fetchStatus"], place[table.aid]
        seen = frozenset(map(itemgetter(idd), values.rows))
        for row in values.rows:
            known = held.get(row[idd])
            if known is None:  # an older version of something, or one that committed late: the copy decides
                chosen.append(row)
            elif digest_of(content(row)) != known[0]:
                chosen.append(row)
                difference.edited += 1
            elif (row[status], read_aid(row[aid])) != known[1:]:
                chosen.append(row)
    difference.rows = rows_of(SourceValues(values.names, chosen))
    difference.gone = list(held.keys() - seen)
    return difference
