"""What the sites of all services have in common: a database to look into, options to set, a clock of the test's own.

`inbox_site.py`, `session_site.py`, `month_site.py` and `asanito_site.py` are such sites.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncpg

    from common.clock import Clock
    from common.core import Core


class ServiceSite:
    """An open core with a database behind it."""

    core: Core[Any]

    async def fetch(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        async with self.core.db.connection() as conn:
            return list(await conn.fetch(statement, *values))

    async def fetchrow(self, statement: str, *values: Any) -> asyncpg.Record:
        (row,) = await self.fetch(statement, *values)
        return row

    async def put_options(self, kind: Any, **values: Any) -> None:
        await put_options(self.core, kind, **values)


async def put_options(core: Core[Any], kind: Any, **values: Any) -> None:
    """Set some options of a kind; the others stay as they are."""
    async with core.db.connection() as conn:
        await conn.execute(
            "INSERT INTO options (name, value, updated_by) VALUES ($1, $2, 'test') "
            "ON CONFLICT (name) DO UPDATE SET value = options.value || excluded.value",
            kind.topic,
            values,
        )


def with_clock(core: Core[Any], clock: Clock) -> Core[Any]:
    """The core, telling the time by the test's clock."""
    core.ledger._clock = clock
    return replace(core, clock=clock)
