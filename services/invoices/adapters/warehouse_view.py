"""The customer's view of available invoices, over PostgreSQL; read-only, names by options."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from services.invoices.adapters.processing_table import classify, quoted
from services.invoices.options import ViewOptions
from services.invoices.ports import AvailableInvoice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from common.connections import Steps
    from common.db import Pool
    from common.options import OptionStore

TARGET = "view"
QUESTION = """
SELECT {number}::int, {branch}::text, {day}::date, {weight}::numeric
  FROM {table}
 WHERE {number} = ANY($1::int[])
 ORDER BY {number}
"""
TABLE_OF_TRIAL = "SELECT count(*) FROM (SELECT {number}, {branch}, {day}, {weight} FROM {table} LIMIT 1) AS trial"


class CustomerView:
    """Fulfils `WarehouseView`.

    Args:
        pool: of the customer's database; opened without a connection, so that we start when it is away.
    """

    def __init__(self, pool: Pool, options: OptionStore) -> None:
        self._pool = pool
        self._options = options

    async def find(self, numbers: Sequence[int]) -> AsyncIterator[list[AvailableInvoice]]:
        names = await self._options.get(ViewOptions)
        statement = with_names(QUESTION, names)
        for at in range(0, len(numbers), names.chunk_size):
            chunk = numbers[at : at + names.chunk_size]
            yield await self._ask(statement, chunk, names.statement_timeout_seconds)

    async def probe(self, step: Steps) -> None:
        """A connection test: connect, then ask with the names of the options."""
        names = await self._options.get(ViewOptions)
        async with step("connect"), _classified():
            conn = await self._pool.acquire(timeout=names.statement_timeout_seconds)
        try:
            async with step("view"), _classified():
                await conn.fetchval(with_names(TABLE_OF_TRIAL, names))
        finally:
            await self._pool.release(conn)

    async def _ask(self, statement: str, numbers: Sequence[int], seconds: float) -> list[AvailableInvoice]:
        async with _classified(), self._pool.acquire(timeout=seconds) as conn:
            rows = await conn.fetch(statement, numbers, timeout=seconds)
        return await asyncio.to_thread(_invoices, rows)


def _invoices(rows: Sequence[asyncpg.Record]) -> list[AvailableInvoice]:
    """For a thread: a chunk is tens of thousands of rows."""
    return list(map(AvailableInvoice._make, rows))


@asynccontextmanager
async def _classified() -> AsyncIterator[None]:
    try:
        yield
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise classify(error, TARGET) from error


def with_names(question: str, names: ViewOptions) -> str:
    """The question, with the customer's names."""
    return question.format(
        table=".".join(quoted(part) for part in names.available_view.split(".")),
        number=quoted(names.number_column),
        branch=quoted(names.branch_column),
        day=quoted(names.date_column),
        weight=quoted(names.weight_column),
    )
