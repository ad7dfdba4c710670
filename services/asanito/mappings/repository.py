"""Mappings in PostgreSQL; the statements are in `queries.sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.db import queries_beside
from services.asanito.formats.persian import comparison_key
from services.asanito.mappings.rules import MappingTable, MappingType

if TYPE_CHECKING:
    from common.db import Connection

sql = queries_beside(__file__)


class MappingRepository:
    """Takes the connection of the caller's transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def table(self) -> MappingTable:
        """All mappings; a few hundred at most."""
        ids: dict[MappingType, dict[str, int]] = {kind: {} for kind in MappingType}
        for row in await self._conn.fetch(sql.all_mappings):
            if row["map_type"] in ids:
                ids[MappingType(row["map_type"])][comparison_key(row["source_id"])] = int(row["asanito_id"])
        return MappingTable(ids)
