"""The customer's PostgreSQL: the view of available invoices, and the table that fills as shipments are processed.

The server is a real one, given by URL; an optional gate in front of it (`--customer-port`) lets it be out of reach.
Any role of that server may read the two views, as the customer's own read-only account would.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import asyncpg

from sandbox.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sandbox.kit import Kit
    from sandbox.warehouse.letture import StockRow

SYSTEM = "customer"
TICK_SECONDS = 0.5
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

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


class Customer:
    """The database, and the people who work the shipments off."""

    def __init__(self, kit: Kit, url: str) -> None:
        self.url = url
        self.pace = Pace()
        self.gate: Gate | None = None
        self._kit = kit
        self._pool: asyncpg.Pool[Any] | None = None
        self._carry = 0.0
        self._unwritten: list[tuple[str, list[int]]] = []
        self._writing = asyncio.Lock()

    @property
    def public_url(self) -> str:
        """The URL without an account, through the gate where there is one."""
        parts = urlsplit(self.url)
        if self.gate is None:
            return urlunsplit(parts)
        account = parts.netloc.rpartition("@")[0]
        place = f"{account}@" if account else ""
        return urlunsplit((parts.scheme, f"{place}{self.gate.address[0]}:{self.gate.address[1]}", parts.path, "", ""))

    async def open(self, gate_port: int | None, host: str) -> None:
        self._pool = await asyncpg.create_pool(self.url, min_size=1, max_size=4)
        schema = await asyncio.to_thread(Path(__file__).with_name("schema.sql").read_text, encoding="utf-8")
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(20201120)")
            await connection.execute(schema)
        if gate_port is not None:
            self.gate = Gate(self._kit, SYSTEM, _server_of(self.url))
            await self.gate.open(host, gate_port)

    async def shut(self) -> None:
        if self.gate is not None:
            await self.gate.shut()
        if self._pool is not None:
            await self._pool.close()

    @property
    def pool(self) -> asyncpg.Pool[Any]:
        if self._pool is None:
            raise RuntimeError("The customer's database is not open.")
        return self._pool

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


def _server_of(url: str) -> tuple[str, int] | str:
    """Where the server behind a PostgreSQL URL listens: host and port, or its Unix socket."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    host = query.get("host", [parts.hostname or "127.0.0.1"])[0]
    port = int(query.get("port", [str(parts.port or 5432)])[0])
    host = unquote(host)
    return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)
