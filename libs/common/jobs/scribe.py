"""What runs tell while they run: log lines, progress, records. Used by the run context; one per worker.

Lines and progress are collected and written in bulk a few times a second, and before the run ends.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import asyncpg

from common.clock import SystemClock
from common.db import queries_beside
from common.errors import Unavailable
from common.jobs.outcomes import LeaseLost, database_gone
from common.jobs.storable import storable
from common.logging import redact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.db import Connection, Database
    from common.jobs.lease import Lease
    from common.jobs.outcomes import Record

sql = queries_beside(__file__, "worker.sql")

FLUSH_SECONDS = 0.3
MOST_LINES = 50_000  # kept while the database is away; older ones are dropped first


class Scribe:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._clock = SystemClock()  # lines lie beside the database's times of the run, so they are never shifted
        self._lines: list[dict[str, Any]] = []
        self._progress: dict[Lease, dict[str, Any]] = {}
        self._dirty = asyncio.Event()
        self._writing = asyncio.Lock()

    def log(self, lease: Lease, event: str, message: str, level: str, fields: dict[str, Any]) -> None:
        self._lines.append(
            {
                "run_id": str(lease.run_id),
                "at": self._clock.now(),
                "level": level,
                "event": event,
                "message": redact(storable(message)),
                "fields": redact(storable(fields)),
                "attempt": lease.attempt,
            }
        )
        self._dirty.set()

    def progress(self, lease: Lease, progress: dict[str, Any]) -> None:
        self._progress[lease] = storable({"id": lease.run_id, "token": lease.token, **progress})
        self._dirty.set()

    async def record(self, conn: Connection, lease: Lease, records: Sequence[Record]) -> None:
        """Insert or replace records and move the run's counters along, in the caller's transaction; fenced."""
        items = [storable(asdict(record)) for record in {record.key: record for record in records}.values()]
        if items and not await conn.fetchval(sql.write_items, lease.run_id, lease.token, items):
            raise LeaseLost(f"Run {lease.run_id} is no longer held by this worker.")

    async def flush_when_dirty(self) -> None:
        """Called in a loop by the worker."""
        await self._dirty.wait()
        await asyncio.sleep(FLUSH_SECONDS)
        await self.flush()

    async def flush(self) -> None:
        """Write what has been collected; while the database is away it stays collected."""
        if not self._dirty.is_set():
            return
        async with self._writing:
            self._dirty.clear()
            lines, self._lines = self._lines, []
            try:
                async with self._database.connection() as conn:
                    if lines:
                        runs = list({line["run_id"] for line in lines})
                        await conn.execute(sql.write_logs, [{"n": n, **line} for n, line in enumerate(lines)], runs)
                        lines = []
                    if self._progress:
                        await self._write_progress(conn)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, Unavailable) as error:
                if database_gone(error) or isinstance(error, OSError):
                    self._lines = [*lines, *self._lines][-MOST_LINES:]
                    self._dirty.set()
                raise

    def forget(self, lease: Lease) -> None:
        self._progress.pop(lease, None)

    async def _write_progress(self, conn: Connection) -> None:
        sent = dict(self._progress)
        ids, tokens = [lease.run_id for lease in sent], [lease.token for lease in sent]
        written = {row["id"] for row in await conn.fetch(sql.write_progress, list(sent.values()), ids, tokens)}
        for lease, progress in sent.items():
            if lease.run_id in written and self._progress.get(lease) is progress:
                del self._progress[lease]
        if self._progress:
            self._dirty.set()
