"""The source by its URL: which driver speaks to it. Opened by `resources.py`, to read and, when asked, to mirror."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from services.asanito.adapters.source_odbc import open_odbc_driver
from services.asanito.adapters.source_postgres import open_postgres_driver
from services.asanito.adapters.source_seeder import TableSeeder
from services.asanito.adapters.source_tables import CALL_SECONDS, TableSource
from services.asanito.adapters.source_writer import TableWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from services.asanito.adapters.source_tables import Driver

ODBC_SCHEMES = frozenset({"mssql", "postgresql+odbc"})


def dialect_of(url: str) -> str:
    """What the server behind a URL speaks."""
    return "mssql" if urlsplit(url).scheme == "mssql" else "postgresql"


def open_driver(
    url: str, odbc_driver: str, *, writes: bool = False, seconds: float = CALL_SECONDS
) -> AbstractAsyncContextManager[Driver]:
    """Aioodbc for `mssql://` (and `postgresql+odbc://`), asyncpg for `postgresql://`."""
    if urlsplit(url).scheme in ODBC_SCHEMES:
        return open_odbc_driver(url, odbc_driver, writes=writes, seconds=seconds)
    return open_postgres_driver(url, writes=writes, seconds=seconds)


@asynccontextmanager
async def open_source(url: str, odbc_driver: str, *, seconds: float = CALL_SECONDS) -> AsyncIterator[TableSource]:
    """The source for reading; it does not have to be there yet."""
    async with open_driver(url, odbc_driver, seconds=seconds) as driver:
        yield TableSource(driver, dialect=dialect_of(url))


@asynccontextmanager
async def open_writer(url: str, odbc_driver: str, *, seconds: float = CALL_SECONDS) -> AsyncIterator[TableWriter]:
    """The source for the mirror, by a login that may write its status columns."""
    async with open_driver(url, odbc_driver, writes=True, seconds=seconds) as driver:
        yield TableWriter(driver, dialect=dialect_of(url))


@asynccontextmanager
async def open_seeder(url: str, odbc_driver: str, *, reader: str) -> AsyncIterator[TableSeeder]:
    """The source for test data, by a login that may make its tables; `reader` is the login that is to read them."""
    async with open_driver(url, odbc_driver, writes=True) as driver:
        yield TableSeeder(driver, dialect=dialect_of(url), reader=reader)
