"""Records by name, key or Asanito id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.search import SearchHit
from services.asanito.entities.repository import EntityRepository
from services.asanito.formats.persian import masked
from services.asanito.source.rules import read_uuid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.asanito.resources import Resources

LONGEST_ID = 18


async def search_records(resources: Resources, text: str, limit: int) -> Sequence[SearchHit]:
    """Hits carry masked names: whoever may read them opens the record."""
    asanito_id = int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else None
    async with resources.core.db.connection() as conn:
        rows = await EntityRepository(conn).search(text, read_uuid(text), asanito_id, limit)
    return [
        SearchHit(
            kind="record",
            id=f"{row['kind']}:{row['key']}",
            title=masked(row["label"]) if row["kind"] == "person" else row["label"],
            detail=f"{row['kind']}, {row['state']}",
            link=f"/asanito/records/{row['kind']}/{row['key']}",
        )
        for row in rows
    ]
