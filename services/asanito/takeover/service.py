"""Takes over from the application before us: its ids and statuses, its mappings, triggers and deals.

Runs at the end of every scan, and does something only where there is something new: on the first day, and while both
applications stand side by side. It never overwrites what was decided here.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from common.etag import Seen
from common.identity import SYSTEM
from common.jobs import Outcome, Record
from services.asanito.options import DefaultOptions, SourceOptions, StartOptions, SyncOptions
from services.asanito.source.rules import read_uuid
from services.asanito.takeover.repository import TakeOverRepository
from services.asanito.takeover.rules import schedule_note, sort_mappings, word_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from common.core import Core
    from common.db import Connection
    from common.jobs import RunContext
    from common.options import Options
    from services.asanito.ports import SourceReader, SourceRow
    from services.asanito.settings import AsanitoSettings
    from services.asanito.source.rules import Kind, StagedRow

AT_ONCE = 5000
TABLES = ("mapping", "deal_trigger_product", "invoice_deal_link", "job_config")


class TakeOverService:
    """Makes ours what another application left in the source."""

    def __init__(self, core: Core[AsanitoSettings], reader: SourceReader) -> None:
        self._db = core.db
        self._options = core.options
        self._reader = reader

    async def hear(self, conn: Connection, kind: Kind, rows: Sequence[StagedRow]) -> None:
        """Remember what stood beside rows, in the caller's transaction; `settle` judges it."""
        words = [
            (row.key, row.idd, word)
            for row in rows
            if (word := word_of(row.source_aid, row.source_status, row.row["fetchMessage"]))
        ]
        if words:
            await TakeOverRepository(conn).keep_words(kind, words)

    async def settle(self, run: RunContext[Any]) -> None:
        """Take in what the scan found, and the tables that were not taken in yet."""
        await self._take_tables(run)
        async with self._db.connection() as conn:
            if not await TakeOverRepository(conn).has_unjudged():
                return
        async with self._db.transaction() as conn:
            await run.guard(conn)
            ambiguous = await TakeOverRepository(conn).judge_ambiguous()
        outcomes: Counter[str] = Counter({"ambiguous": ambiguous} if ambiguous else {})
        outcomes += await self._in_turns(run, "bind_some")
        outcomes += await self._in_turns(run, "judge_rest")
        said = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        await run.log("takeover.settled", f"Taken over from the application before: {said}.")

    async def report(self, run: RunContext[Any]) -> Outcome:
        """What was taken over, with every ambiguous record as one of the run's."""
        async with self._db.connection() as conn:
            repository = TakeOverRepository(conn)
            counts = await repository.counts()
            ambiguous = await repository.ambiguous(AT_ONCE)
            tables = await repository.taken_tables()
        records = [
            Record(
                f"{row['kind']}:{row['key']}",
                "problem",
                "ambiguous",
                f"Asanito's {row['asanito_id']} stands on several records.",
                f"/asanito/records/{row['kind']}/{row['key']}",
            )
            for row in ambiguous
        ]
        async with self._db.transaction() as conn:
            await run.guard(conn)
            await run.record(conn, records)
        for table in tables:
            for note in table["notes"]:
                await run.log("takeover.note", note, table=table["name"])
        if not counts and not tables:
            return Outcome.nothing_to_do("No application was here before.")
        result: dict[str, Any] = {"tables": {row["name"]: row["taken"] for row in tables}}
        for row in counts:
            result.setdefault(row["kind"], {})[row["outcome"]] = row["count"]
        bound = sum(row["count"] for row in counts if row["outcome"] == "bound")
        if ambiguous:
            return Outcome.partial(
                f"{bound} records taken over, {len(ambiguous)} ambiguous.", reason="ambiguous", result=result
            )
        return Outcome.succeeded(f"{bound} records taken over.", result=result)

    async def _in_turns(self, run: RunContext[Any], step: str) -> Counter[str]:
        total: Counter[str] = Counter()
        while True:
            await run.checkpoint()
            async with self._db.transaction() as conn:
                await run.guard(conn)
                done: Counter[str] = await getattr(TakeOverRepository(conn), step)(AT_ONCE)
            if not done:
                return total
            total += done

    async def _take_tables(self, run: RunContext[Any]) -> None:
        async with self._db.connection() as conn:
            taken = {row["name"] for row in await TakeOverRepository(conn).taken_tables()}
        for name in TABLES:
            if name in taken:
                continue
            rows = await self._reader.old_rows(name)
            if rows is None:
                continue
            async with self._db.transaction() as conn:
                await run.guard(conn)
                repository = TakeOverRepository(conn)
                count, notes = await self._take_rows(conn, repository, name, rows)
                await repository.keep_table(name, rows=len(rows), taken=count, notes=notes)
            await run.log("takeover.table", "Taken in from the application before.", table=name, rows=len(rows))

    async def _take_rows(
        self, conn: Connection, repository: TakeOverRepository, name: str, rows: list[SourceRow]
    ) -> tuple[int, list[str]]:
        if name == "mapping":
            found = sort_mappings(rows)
            taken = sum([await repository.take_mapping(*one) for one in found.mappings])
            for kind in (DefaultOptions, StartOptions, SourceOptions, SyncOptions):
                taken += await self._take_options(conn, kind, found.options.get(kind.topic, {}))
            return taken, found.notes
        if name == "deal_trigger_product":
            return sum([await repository.take_trigger(row) for row in rows]), []
        if name == "invoice_deal_link":
            links: list[tuple[UUID, UUID, int]] = []
            for row in rows:
                invoice, item = read_uuid(row["source_invoice_vid"]), read_uuid(row["source_item_pk"])
                if invoice and item and row["deal_asanito_id"]:
                    links.append((invoice, item, int(row["deal_asanito_id"])))
            lost = len(rows) - len(links)
            return await repository.take_deals(links), [f"{lost} links without a key or a deal"] if lost else []
        return len(rows), [schedule_note(row) for row in rows]

    async def _take_options(self, conn: Connection, kind: type[Options], values: dict[str, Any]) -> int:
        """Options that nobody has set here; the rest stays as it was decided."""
        topic = next(one for one in await self._options.topics() if one.name == kind.topic)
        fresh = {name: value for name, value in values.items() if topic.value[name] == topic.defaults[name]}
        fresh = {name: value for name, value in fresh.items() if value != topic.value[name]}
        if fresh:
            await self._options.put(conn, kind.stored(topic.value | fresh), Seen(None), SYSTEM)
        return len(fresh)
