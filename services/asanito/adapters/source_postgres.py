"""The six source tables on PostgreSQL, over asyncpg; the embedded default of development, and a real option."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from common.db import close_pool
from common.errors import Permanent, RemoteError, Transient
from services.asanito.adapters.source_tables import CALL_SECONDS, CONNECTIONS, LOCK_SECONDS, TARGET
from services.asanito.ports import SourceValues
from services.asanito.source.rules import rows_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from common.db import Connection, Pool
    from services.asanito.ports import SourceRow

OURS_TO_MEND = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.DataError,
    asyncpg.ReadOnlySQLTransactionError,
)
DEAD = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.AdminShutdownError, ConnectionError)


class PostgresDriver:
    """Fulfils `Driver`.

    Args:
        pool: opened without a connection, so that we start when the source is away.
    """

    numbered = True

    def __init__(self, pool: Pool, *, seconds: float) -> None:
        self._pool = pool
        self._seconds = seconds

    async def fetch(self, statement: str, *values: Any) -> list[SourceRow]:
        return rows_of(await self.fetch_values(statement, *values))

    async def fetch_values(self, statement: str, *values: Any) -> SourceValues:
        async def ask(conn: Connection) -> list[asyncpg.Record]:
            return list(await conn.fetch(statement, *values, timeout=self._seconds))

        try:
            rows = await self._with_connection(ask)
        except DEAD:
            await self._pool.expire_connections()
            try:
                rows = await self._with_connection(ask)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                raise classify(error) from error
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            raise classify(error) from error
        return SourceValues(list(rows[0].keys()) if rows else [], rows)

    async def change(self, statement: str, *values: Any) -> None:
        async def write(conn: Connection) -> None:
            await conn.execute(statement, *values, timeout=self._seconds)

        try:
            await self._with_connection(write)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise classify(error) from error

    async def _with_connection(self, use: Callable[[Connection], Awaitable[Any]]) -> Any:
        async with self._pool.acquire(timeout=self._seconds) as conn:
            return await use(conn)


def classify(error: BaseException) -> RemoteError:
    """What the source's failure means: ours to mend, or worth another try."""
    if isinstance(error, OURS_TO_MEND):
        return Permanent(f"The source refused: {error}", target=TARGET, code="source_refused")
    return Transient(f"The source does not answer ({type(error).__name__}).", target=TARGET, code="source_unavailable")


@asynccontextmanager
async def open_postgres_driver(
    url: str, *, writes: bool = False, seconds: float = CALL_SECONDS
) -> AsyncIterator[PostgresDriver]:
    """The source behind a small pool that can't write unless it `writes`."""
    pool = await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=CONNECTIONS,
        timeout=seconds,
        server_settings={
            "application_name": "portico",
            "default_transaction_read_only": "off" if writes else "on",
            "lock_timeout": str(int(LOCK_SECONDS * 1000)),
        },
    )
    try:
        yield PostgresDriver(pool, seconds=seconds)
    finally:
        await close_pool(pool)
