"""The customer's table of shipments that have gone, over PostgreSQL; read-only, names by options."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import asyncpg

from common.errors import Permanent, RemoteError, Transient
from services.invoices.options import ViewOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.connections import Steps
    from common.db import Pool
    from common.options import OptionStore

TARGET = "processing"
OURS_TO_MEND = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
"""What waiting does not help against: a wrong name, a missing right, a wrong login."""


class ProcessingTable:
    """Fulfils `Processing`.

    Args:
        pool: of the customer's database; opened without a connection, so that we start when it is away.
    """

    def __init__(self, pool: Pool, options: OptionStore) -> None:
        self._pool = pool
        self._options = options

    async def count(self, numbers: Sequence[int], day: date) -> int:
        if not numbers:
            return 0
        names = await self._options.get(ViewOptions)
        statement = count_statement(names)
        seconds = names.statement_timeout_seconds
        try:
            async with self._pool.acquire(timeout=seconds) as conn:
                counted: list[int] = [
                    await conn.fetchval(statement, day, numbers[at : at + names.chunk_size], timeout=seconds)
                    for at in range(0, len(numbers), names.chunk_size)
                ]
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise classify(error) from error
        return sum(counted)

    async def probe(self, step: Steps) -> None:
        """A connection test: reach the table, and count the rows of one invoice that does not exist."""
        async with step("count") as said:
            await self.count([0], date.min)
            said((await self._options.get(ViewOptions)).processing_table)


QUESTION = "SELECT count(DISTINCT {number}) FROM {table} WHERE {day} = $1 AND {number} = ANY($2::int[])"


def count_statement(names: ViewOptions) -> str:
    """The question, with the customer's names."""
    return QUESTION.format(
        number=quoted(names.processing_number_column),
        table=".".join(quoted(part) for part in names.processing_table.split(".")),
        day=quoted(names.processing_date_column),
    )


def quoted(name: str) -> str:
    """A name as PostgreSQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def classify(error: Exception, target: str = TARGET) -> RemoteError:
    """What the caller is told: try again, or have a name, a right or a login mended."""
    if isinstance(error, OURS_TO_MEND):
        return Permanent(f"The customer's database refuses: {error}", target=target)
    return Transient(f"The customer's database does not answer ({type(error).__name__}).", target=target)
