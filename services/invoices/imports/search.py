"""How files and invoices are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.search import SearchHit
from services.invoices.imports.repository import FileRepository

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.invoices.resources import Resources

LARGEST_NUMBER = 2**31 - 1


async def search_files(resources: Resources, text: str, limit: int) -> Sequence[SearchHit]:
    """Files by name, and invoices by their whole number, over all days."""
    async with resources.core.db.connection() as conn:
        repository = FileRepository(conn)
        files = await repository.search(text, limit)
        rows = await repository.search_rows(int(text), limit) if is_number(text) else []
    return [
        *(
            SearchHit(
                kind="invoice",
                id=f"{row['file_id']}:{row['line_number']}",
                title=f"Invoice {row['invoice_number']}",
                detail=f"{row['status']}, {row['business_date']}, line {row['line_number']} of {row['name']}",
                link=f"/invoices/files/{row['file_id']}?q={row['invoice_number']}",
            )
            for row in rows
        ),
        *(
            SearchHit(
                kind="file",
                id=str(file["id"]),
                title=file["name"],
                detail=f"{file['state']}, {file['business_date']}",
                link=f"/invoices/files/{file['id']}",
            )
            for file in files
        ),
    ]


def is_number(text: str) -> bool:
    """Whether `text` can be an invoice number."""
    return text.isascii() and text.isdigit() and int(text) <= LARGEST_NUMBER
