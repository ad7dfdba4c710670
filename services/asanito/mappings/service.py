"""Mappings: one reading of all of them for a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.asanito.mappings.repository import MappingRepository

if TYPE_CHECKING:
    from common.core import Core
    from services.asanito.mappings.rules import MappingTable
    from services.asanito.settings import AsanitoSettings


class MappingService:
    """Reads the mappings."""

    def __init__(self, core: Core[AsanitoSettings]) -> None:
        self._db = core.db

    async def table(self) -> MappingTable:
        """The mappings as they are now."""
        async with self._db.connection() as conn:
            return await MappingRepository(conn).table()
