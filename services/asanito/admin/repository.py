"""What a reset and a removal do in PostgreSQL; the statements are in `queries.sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.db import queries_beside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    import asyncpg

    from common.db import Connection

sql = queries_beside(__file__)

COPY = {
    "records": sql.delete_entities,
    "source_rows": sql.delete_rows,
    "aliases": sql.delete_aliases,
    "scan_marks": sql.delete_marks,
    "inherited": sql.delete_inherited,
}
"""What we know of the source's rows."""


class AdminRepository:
    """Takes the connection of the caller's transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def active_runs(self, harmless: Sequence[str]) -> list[asyncpg.Record]:
        """Runs under way, none of which can begin before the transaction ends."""
        await self._conn.execute(sql.hold_runs)
        return await self._conn.fetch(sql.active_runs, harmless)

    async def clear(self, *, bindings: bool, deals: bool) -> dict[str, int]:
        """Remove everything; rows by table. Bindings and deals only when asked."""
        of_tenant = {
            "bindings": sql.delete_bindings,
            "categories": sql.delete_categories,
            "tenant": sql.delete_tenant,
        }
        wanted = {
            **COPY,
            "mappings": sql.delete_mappings,
            "trigger_products": sql.delete_triggers,
            "creations": sql.delete_creations,
            "inherited_tables": sql.delete_inherited_tables,
            **(of_tenant if bindings else {}),
            **({"deals": sql.delete_deals} if deals else {}),
        }
        removed = {name: _count(await self._conn.execute(statement)) for name, statement in wanted.items()}
        await self._conn.execute(sql.bump_mapping_versions)
        return removed

    async def forget_source(self) -> None:
        """Remove our copy of the source; what was set up and what is bound stays."""
        for statement in COPY.values():
            await self._conn.execute(statement)

    async def switch_off(self, harmless: Sequence[str]) -> int:
        """Disable the schedules; how many were on."""
        return _count(await self._conn.execute(sql.switch_off, harmless))

    async def find_person(self, key: UUID) -> asyncpg.Record | None:
        return await self._conn.fetchrow(sql.find_person, key)

    async def forget(self, key: UUID, by: str) -> list[UUID]:
        """Remove a person's values, and those of its receipts; the receipts' keys."""
        await self._conn.execute(sql.keep_forgotten, key, by)
        await self._conn.execute(sql.strip_person, key)
        receipts = [row["key"] for row in await self._conn.fetch(sql.strip_receipts, key)]
        await self._conn.execute(sql.strip_records, key, receipts)
        await self._conn.execute(sql.strip_payload, key)
        await self._conn.execute(sql.strip_inherited, key)
        return receipts

    async def sent_receipts(self, keys: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
        """What was last sent of receipts."""
        return {row["key"]: row["synced_payload"] for row in await self._conn.fetch(sql.sent_receipts, keys)}

    async def keep_payload(self, key: UUID, payload: dict[str, Any]) -> None:
        await self._conn.execute(sql.keep_payload, key, payload)


def _count(status: str) -> int:
    """Rows out of a command's tag, such as `DELETE 7`."""
    return int(status.rpartition(" ")[2])
