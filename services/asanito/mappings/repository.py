"""Mappings in PostgreSQL; the statements are in `queries.sql`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.db import queries_beside
from services.asanito.formats.persian import comparison_key
from services.asanito.mappings.rules import TYPES, MappingTable, MappingType

if TYPE_CHECKING:
    from datetime import datetime

    from common.db import Connection

sql = queries_beside(__file__)

MOST_DISCOVERED = 1000


@dataclass(frozen=True, slots=True)
class Saved:
    """One mapping."""

    source_id: str
    source_name: str
    asanito_id: str
    updated_by: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """A value without a mapping, and how many records wait for it."""

    map_type: str
    source_id: str
    waiting: int


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

    async def list_saved(self, kind: MappingType) -> list[Saved]:
        return [Saved(**row) for row in await self._conn.fetch(sql.mappings_of, kind)]

    async def discover(self, kind: MappingType) -> dict[str, int]:
        """Values of the source that this type translates → rows that hold them, the commonest first."""
        found: dict[str, int] = {}
        for table, column in TYPES[kind].discovered_in:
            for row in await self._conn.fetch(sql.discover, table, column, MOST_DISCOVERED):
                found[row["source_id"]] = found.get(row["source_id"], 0) + row["rows"]
        return found

    async def gaps(self) -> list[Gap]:
        """What is missing, by how many records wait for it."""
        return [
            Gap(row["map_type"], row["source_id"] or "", row["waiting"]) for row in await self._conn.fetch(sql.gaps)
        ]

    async def versions(self) -> dict[str, int]:
        return {row["map_type"]: row["version"] for row in await self._conn.fetch(sql.versions)}

    async def bump_version(self, kind: MappingType, seen: int) -> int | None:
        """The next version; None when it is not `seen` any more."""
        version: int | None = await self._conn.fetchval(sql.bump_version, kind, seen)
        return version

    async def save(self, kind: MappingType, source_id: str, asanito_id: str, *, name: str, by: str) -> None:
        """Save one, or delete it when `asanito_id` is empty."""
        if asanito_id:
            await self._conn.execute(sql.save_mapping, kind, source_id, name, asanito_id, by)
        else:
            await self._conn.execute(sql.delete_mapping, kind, source_id)
