"""What the source says of itself and of a login: for the doctor only, never for the daily work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.db import queries_beside
from common.errors import RemoteError
from services.asanito.ports import SourceFacts

if TYPE_CHECKING:
    from services.asanito.adapters.source_tables import Driver

sql = queries_beside(__file__, "source_facts.sql")


async def facts_of(driver: Driver, *, dialect: str) -> SourceFacts:
    """Ask the server.

    Args:
        dialect: `mssql` or `postgresql`.
    """

    def statement(name: str) -> str:
        return str(getattr(sql, f"{name}_{dialect}"))

    (server,) = await driver.fetch(statement("server"))
    try:
        found = await driver.fetch(statement("encrypted"))
        encrypted = bool(found[0]["encrypted"]) if found else None
    except RemoteError:  # SQL Server tells it only to who may see its state
        encrypted = None
    rights = await driver.fetch(statement("rights"))
    return SourceFacts(
        server=f"{dialect} {server['server']}",
        login=server["login"],
        utc=server["utc"],
        encrypted=encrypted,
        indexed=frozenset((row["table_name"], row["column_name"]) for row in await driver.fetch(statement("indexes"))),
        readable=frozenset(row["table_name"] for row in rights if row["reads"]),
        writable=frozenset(row["table_name"] for row in rights if row["writes"]),
    )
