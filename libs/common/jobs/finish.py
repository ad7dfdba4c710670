"""Ending attempts, fenced by the lease token. Used by the worker and by `run.finish`.

Runs that end while a statement is under way are ended together by the next one: under load one commit ends many.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from common.db import queries_beside
from common.jobs.storable import storable

if TYPE_CHECKING:
    from common.clock import Clock
    from common.db import Connection, Database
    from common.jobs.lease import Lease
    from common.jobs.outcomes import Outcome

sql = queries_beside(__file__, "worker.sql")


class Finisher:
    """Writes outcomes; one per worker."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: list[tuple[dict[str, Any], asyncio.Future[bool]]] = []
        self._there_are_some = asyncio.Event()

    async def finish(self, lease: Lease, outcome: Outcome) -> bool:
        """Committed when it returns; False when the run was not ours any more (nothing was changed)."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._row(lease, outcome), done))
        self._there_are_some.set()
        return await done

    async def finish_within(self, conn: Connection, lease: Lease, outcome: Outcome) -> str | None:
        """In the caller's transaction: the run's state from then on, None when it is not ours any more."""
        ended = await conn.fetchrow(sql.finish_runs, [self._row(lease, outcome)], [lease.run_id])
        return ended["state"] if ended else None

    async def write_waiting(self) -> None:
        """Wait for runs that have ended, and end them in one statement. Called in a loop by the worker.

        When the database is away they stay in line; ending one twice is refused by its token, so it is safe to repeat.
        """
        await self._there_are_some.wait()
        self._there_are_some.clear()
        batch, self._waiting = self._waiting, []
        try:
            async with self._database.connection() as conn:
                rows = [row for row, _ in batch]
                found = await conn.fetch(sql.finish_runs, rows, [row["id"] for row in rows])
                ended = {str(row["id"]) for row in found}
        except BaseException:
            self._waiting[:0] = batch
            self._there_are_some.set()
            raise
        for row, done in batch:
            if not done.done():
                done.set_result(row["id"] in ended)

    def _row(self, lease: Lease, outcome: Outcome) -> dict[str, Any]:
        lease.ending = True
        after = outcome.at - self._clock.now() if outcome.at else outcome.after
        row = {
            "id": lease.run_id,
            "token": lease.token,
            "kind": outcome.kind,
            "state": outcome.state,
            "reason_code": outcome.reason,
            "message": outcome.message,
            "result": outcome.result,
            "error": outcome.error,
            "delay_seconds": max(after.total_seconds(), 0) if after else 0,
            "counted": outcome.counted,
            "question": outcome.question,
            "checkpoint": outcome.checkpoint,
        }
        return {name: storable(value) for name, value in row.items()}
