"""The customer's PostgreSQL: the view of available invoices, and the table that fills as shipments are processed.

The server is a real one, given by URL; an optional gate in front of it (`--customer-port`) lets it be out of reach.
Any role of that server may read the two views, as the customer's own read-only account would.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.database import AWAY, OutsideDatabase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sandbox.kit import Kit
    from sandbox.warehouse.letture import StockRow

SYSTEM = "customer"
TICK_SECONDS = 0.5

EXPECT = "INSERT INTO bdm.work (file, invoice_number, day) SELECT $1, unnest($2::int[]), $3 ON CONFLICT DO NOTHING"

ADVANCE = """
WITH next AS (
  SELECT id, invoice_number FROM bdm.work WHERE NOT done ORDER BY id LIMIT $1 FOR UPDATE
), worked AS (
  UPDATE bdm.work SET done = true FROM next WHERE work.id = next.id RETURNING work.invoice_number
)
INSERT INTO bdm.processing (invoice_number, process_date) SELECT invoice_number, $2 FROM worked
"""


@dataclass
class Pace:
    """How fast the warehouse works: all it has in `seconds`, nothing while `paused`, never more than `stop_at`."""

    seconds: float = 60.0
    paused: bool = False
    stop_at: int | None = None


class Customer(OutsideDatabase):
    """The database, and the people who work the shipments off."""

    def __init__(self, kit: Kit, url: str) -> None:
        super().__init__(kit, SYSTEM, url)
        self.pace = Pace()
        self._carry = 0.0
        self._unwritten: list[tuple[str, list[int]]] = []
        self._writing = asyncio.Lock()

    async def prepare(self) -> None:
        schema = await asyncio.to_thread(Path(__file__).with_name("schema.sql").read_text, encoding="utf-8")
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(20201120)")
            await connection.execute(schema)

    async def stock(self, rows: Sequence[StockRow]) -> None:
        """Makes the rows visible in the view."""
        await self.pool.copy_records_to_table(
            "stock",
            schema_name="bdm",
            records=[astuple(row) for row in rows],
            columns=["number", "destination_branch", "date", "partial", "weight"],
        )

    async def is_empty(self) -> bool:
        return not await self.pool.fetchval("SELECT EXISTS (SELECT FROM bdm.stock)")

    async def expect(self, file: str, numbers: Iterable[int]) -> None:
        """The consumer has read these; they will be worked off. The same file twice is no more work."""
        self._unwritten.append((file, list(numbers)))
        with contextlib.suppress(*AWAY):  # the next tick tries again
            await self._write_expected()

    async def _write_expected(self) -> None:
        async with self._writing:
            while self._unwritten:
                file, numbers = self._unwritten[0]
                await self.pool.execute(EXPECT, file, numbers, self._kit.clock.today())
                del self._unwritten[0]

    async def advance(self, shipments: int | None = None) -> int:
        """Processes the next shipments (all that are left when no number is given); returns how many."""
        status = await self.pool.execute(ADVANCE, shipments, self._kit.clock.today())
        return int(status.rsplit(" ", 1)[-1])

    async def counts(self) -> dict[str, int]:
        """Today's shipments."""
        row = await self.pool.fetchrow(
            "SELECT count(*) AS total, count(*) FILTER (WHERE done) AS processed FROM bdm.work WHERE day = $1",
            self._kit.clock.today(),
        )
        return {"total": row["total"], "processed": row["processed"]} if row else {"total": 0, "processed": 0}

    async def run(self) -> None:
        """Works off what was read, at the set pace, until cancelled."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                await self._tick()
            except AWAY as error:
                self._kit.journal.note(SYSTEM, "work", answer=f"the database did not answer: {error}")

    async def _tick(self) -> None:
        await self._write_expected()
        counts = await self.counts()
        left = counts["total"] - counts["processed"]
        if self.pace.paused or left <= 0:
            self._carry = 0.0
            return
        self._carry += counts["total"] * TICK_SECONDS / max(self.pace.seconds, TICK_SECONDS)
        shipments = min(int(self._carry), left)
        if self.pace.stop_at is not None:
            shipments = min(shipments, self.pace.stop_at - counts["processed"])
        if shipments > 0:
            self._carry -= shipments
            await self.advance(shipments)

    async def hide_view(self, *, hidden: bool) -> None:
        """As when the customer drops or renames a view on a Friday afternoon."""
        if hidden:
            await self.pool.execute("ALTER VIEW IF EXISTS bdm.available_invoices RENAME TO available_invoices_old")
        else:
            await self.pool.execute("ALTER VIEW IF EXISTS bdm.available_invoices_old RENAME TO available_invoices")

    async def clear(self) -> None:
        await self.hide_view(hidden=False)
        await self.pool.execute("TRUNCATE bdm.stock, bdm.processing, bdm.work")
