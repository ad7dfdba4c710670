"""Which records need a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.attention import AttentionAction, AttentionItem
from services.asanito.entities.repository import EntityRepository

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.asanito.resources import Resources


async def uncertain_records(resources: Resources) -> Sequence[AttentionItem]:
    """Records of which nobody knows whether they are in Asanito, the newest fifty."""
    async with resources.core.db.connection() as conn:
        rows = await EntityRepository(conn).list_uncertain()
    return [
        AttentionItem(
            id=f"record:{row['id']}",
            kind="record",
            severity="question",
            title="Is it in Asanito?",
            detail=row["message"],
            since=row["updated_at"],
            link=f"/asanito/records/{row['kind']}/{row['key']}",
            code="record_uncertain",
            params={"kind": row["kind"], "key": str(row["key"]), "reason_code": row["reason_code"]},
            actions=[
                AttentionAction(
                    name="check",
                    label_code="record.check",
                    path=f"/v1/entities/{row['kind']}/{row['key']}/check",
                ),
                AttentionAction(
                    name="confirm_absent",
                    label_code="record.confirm_absent",
                    path=f"/v1/entities/{row['kind']}/{row['key']}/confirm-absent",
                    body={"note": ""},
                    role="admin",
                    confirm="record.confirm_absent",
                ),
            ],
        )
        for row in rows
    ]


async def failed_records(resources: Resources) -> Sequence[AttentionItem]:
    """Failed records, one item for each kind and reason."""
    async with resources.core.db.connection() as conn:
        rows = await EntityRepository(conn).count_failed()
    return [
        AttentionItem(
            id=f"records:{row['kind']}:{row['reason_code']}",
            kind="record",
            severity="problem",
            title=f"{row['count']} records were not sent",
            detail=f"{row['kind']}: {row['reason_code']}",
            since=row["since"],
            link=f"/asanito/records?kind={row['kind']}&state=failed&reason={row['reason_code']}",
            code="records_failed",
            params={"kind": row["kind"], "reason_code": row["reason_code"], "count": row["count"]},
        )
        for row in rows
    ]
