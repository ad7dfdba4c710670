"""How a category of goods is found: by a part of its name. Read by the console's search box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.search import SearchHit
from services.invoices.archive import repository

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.invoices.resources import Resources


async def search_categories(resources: Resources, text: str, limit: int) -> Sequence[SearchHit]:
    """Categories with `text` in their name; the link leads to their invoices."""
    async with resources.core.db.connection() as conn:
        found = await repository.search_categories(conn, text.strip(), limit)
    return [
        SearchHit(
            kind="category",
            id=str(category.id),
            title=category.name,
            detail=f"{category.rows} invoices, over all days",
            link=f"/invoices/archive?category={category.id}",
        )
        for category in found
    ]
