"""What of the files needs a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.attention import AttentionAction, AttentionItem
from services.invoices.alerts.rules import is_alert_time
from services.invoices.imports.repository import FileRepository
from services.invoices.options import SiteOptions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from services.invoices.resources import Resources

TITLES = {
    "held": "{name}: the count does not fit",
    "late": "{name} came after the session was started",
    "stale": "{name} is of another day",
}
DETAILS = {
    "held": "The name says {declared} records, the file has {records}.",
    "late": "It was kept, and is not in the session.",
    "stale": "It was kept, and not imported.",
}


def actions_for(file_id: UUID, state: str) -> list[AttentionAction]:
    """The buttons that settle what becomes of a file."""
    verb = "accept" if state == "held" else "import"
    path = f"/v1/files/{file_id}"
    return [
        AttentionAction(name=verb, label_code=f"{verb}_file", path=f"{path}/{verb}", confirm=f"{verb}_file"),
        AttentionAction(
            name="discard",
            label_code="discard_file",
            path=f"{path}/discard",
            body={"reason": "Discarded from the overview."},
            confirm="discard_file",
        ),
    ]


async def open_questions(resources: Resources) -> Sequence[AttentionItem]:
    """Files that are held, late or of another day."""
    async with resources.core.db.connection() as conn:
        files = await FileRepository(conn).list_open_questions()
    return [
        AttentionItem(
            id=f"file:{file['id']}",
            kind="file",
            severity="question" if file["state"] == "held" else "warning",
            title=TITLES[file["state"]].format(**file),
            detail=DETAILS[file["state"]].format(**file),
            since=file["received_at"],
            link=f"/invoices/files/{file['id']}",
            actions=actions_for(file["id"], file["state"]),
            code=f"file_{file['state']}",
            params={"name": file["name"], "declared": file["declared"], "records": file["records"]},
        )
        for file in files
    ]


async def missing_file(resources: Resources) -> Sequence[AttentionItem]:
    """A working day that has no file although its time has come."""
    now = resources.core.clock.now()
    site = await resources.core.options.get(SiteOptions)
    today = await resources.imports.today()
    if not is_alert_time(now, site) or await resources.alerts.has_file(today):
        return []
    return [
        AttentionItem(
            id=f"no_file:{today}",
            kind="file",
            severity="problem",
            title="No file today",
            detail=f"No file of {today} has come. Ask the sender, or upload it by hand.",
            since=now.replace(minute=0, second=0, microsecond=0),
            link="/invoices",
            code="no_file",
            params={"business_date": str(today)},
        )
    ]
