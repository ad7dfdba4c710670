"""The six source tables on PostgreSQL, over asyncpg; the embedded default of development, and a real option."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from common.db import close_pool
from common.errors import Permanent, RemoteError, Transient
from services.asanito.adapters.source_text import SourceText, row_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from common.connections import Steps
    from common.db import Connection, Pool
    from services.asanito.ports import SourceRow

TARGET = "source"
CONNECTIONS = 4
CALL_SECONDS = 30
OURS_TO_MEND = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)


class PostgresSource:
    """Fulfils `SourceReader`.

    Args:
        pool: opened without a connection, so that we start when the source is away.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._text = SourceText(numbered=True)

    async def next_idd(self, table: str, at_least: int) -> int | None:
        return await self._value(self._text.next_idd(table), at_least)

    async def newest_idd(self, table: str) -> int | None:
        return await self._value(self._text.newest_idd(table))

    async def block(self, table: str, low: int, high: int) -> list[SourceRow]:
        rows = await self._rows(self._text.block(table), low, high)
        return [row_of(row.items()) for row in rows]

    async def explore(self, table: str, column: str, value: str, *, after: int, limit: int) -> list[SourceRow]:
        rows = await self._rows(self._text.explore(table, column, limit), self._text.like(value), after)
        return [row_of(row.items()) for row in rows]

    async def columns(self) -> dict[str, frozenset[str]]:
        return self._text.columns_of(tuple(row.values()) for row in await self._rows(self._text.columns))

    async def probe(self, step: Steps) -> None:
        async with step("connect"), self._connection() as conn:
            await conn.fetchval("SELECT 1")
        async with step("tables") as said:
            said(self._text.check(await self.columns()))
        async with step("rows") as said:
            said(f"newest member: idd {await self.newest_idd('membership')}")

    async def _value(self, statement: str, *values: Any) -> int | None:
        async with self._connection() as conn:
            found: int | None = await conn.fetchval(statement, *values, timeout=CALL_SECONDS)
        return found

    async def _rows(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        async with self._connection() as conn:
            found: list[asyncpg.Record] = await conn.fetch(statement, *values, timeout=CALL_SECONDS)
        return found

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            async with self._pool.acquire(timeout=CALL_SECONDS) as conn:
                yield conn
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise classify(error) from error


def classify(error: BaseException) -> RemoteError:
    """What the source's failure means: ours to mend, or worth another try."""
    if isinstance(error, OURS_TO_MEND):
        return Permanent(f"The source refused: {error}", target=TARGET, code="source_refused")
    return Transient(f"The source does not answer ({type(error).__name__}).", target=TARGET, code="source_unavailable")


@asynccontextmanager
async def open_postgres_source(url: str) -> AsyncIterator[PostgresSource]:
    """The source behind a small pool that can't write."""
    pool = await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=CONNECTIONS,
        timeout=CALL_SECONDS,
        server_settings={"application_name": "portico", "default_transaction_read_only": "on"},
    )
    try:
        yield PostgresSource(pool)
    finally:
        await close_pool(pool)
