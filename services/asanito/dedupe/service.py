"""Dedupe: decides over all persons at once, and writes only what changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from common.jobs import Outcome, Record
from services.asanito.dedupe.repository import DedupeRepository
from services.asanito.dedupe.rules import judge
from services.asanito.mirror.service import note_change
from services.asanito.options import SourceOptions, placeholders_of
from services.asanito.source.rules import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from common.core import Core
    from common.jobs import RunContext
    from services.asanito.settings import AsanitoSettings
    from services.asanito.source.service import SourceService

T = TypeVar("T")

BATCH = 500


class DedupeService:
    """Finds persons that the source holds twice."""

    def __init__(self, core: Core[AsanitoSettings], *, source: SourceService) -> None:
        self._core = core
        self._db = core.db
        self._source = source

    async def dedupe(self, run: RunContext[Any]) -> Outcome:
        """Scan, judge, mark losers, release who lost no more; run again it changes nothing."""
        await self._source.scan(run)
        placeholders = placeholders_of(await self._core.options.get(SourceOptions))
        async with self._db.connection() as conn:
            repository = DedupeRepository(conn)
            people, before = await repository.sharing(placeholders), await repository.duplicates()
        verdicts = await asyncio.to_thread(judge, people)
        released = [key for key in before if key not in verdicts.losses]
        lost = list(verdicts.losses.values())
        if run.dry_run:
            new = sum(1 for loss in lost if before.get(loss.key) != loss.winner)
            return Outcome.succeeded(f"{new} would become duplicates, {len(released)} would be free again.")
        marked = 0
        for batch in batches(lost):
            await run.checkpoint()
            async with self._db.transaction() as conn:
                await run.guard(conn)
                changed = await DedupeRepository(conn).mark(batch, run.id)
                await note_change(self._core, conn, Kind.PERSON, changed)
                await run.record(conn, [_record(str(key), "duplicate") for key in changed])
            marked += len(changed)
            await run.progress(marked, len(lost), unit="persons")
        for keys in batches(released):
            await run.checkpoint()
            async with self._db.transaction() as conn:
                await run.guard(conn)
                await DedupeRepository(conn).release(keys, run.id)
                await note_change(self._core, conn, Kind.PERSON, keys)
                await run.record(conn, [_record(str(key), "released") for key in keys])
        async with self._db.transaction() as conn:
            await run.guard(conn)
            warned = await DedupeRepository(conn).warn(verdicts.both_bound)
        if not marked and not released and not warned:
            return Outcome.nothing_to_do("No person changed sides.")
        result = {"duplicates": marked, "released": len(released), "both_bound": len(warned)}
        return Outcome.succeeded(f"{marked} duplicates found, {len(released)} free again.", result=result)


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """`items` in pieces that one short transaction carries."""
    return (items[at : at + BATCH] for at in range(0, len(items), BATCH))


def _record(key: str, reason: str) -> Record:
    return Record(f"person:{key}", "ok", reason, "", f"/asanito/records/person/{key}")
