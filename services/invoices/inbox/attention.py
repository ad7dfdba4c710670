"""What of the inbox needs a person: files that its server keeps, and files that were left there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.attention import AttentionItem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.invoices.resources import Resources

DETAILS = {
    "bad_name": "Its name has an impossible date.",
    "file_too_large": "It is larger than the options allow.",
}


async def inbox_files(resources: Resources) -> Sequence[AttentionItem]:
    """Files whose delete was refused, and files that were not taken."""
    return [
        AttentionItem(
            id=f"remote_file:{file.id}",
            kind="remote_file",
            severity="warning",
            title=f"{file.name} can't be deleted" if file.delete_error else f"{file.name} was left in the inbox",
            detail=file.delete_error or DETAILS.get(file.reason or "", ""),
            since=file.first_seen_at,
            link="/invoices/files",
            code="delete_refused" if file.delete_error else file.reason or "left",
            params={"name": file.name},
        )
        for file in await resources.inbox.list_troubles()
    ]
