"""Who changed what: one row in the transaction of the change, for ever. Used by every service and the gateway.

The runtime role can insert and read audit rows, nothing else. Address and request id come from the request that is
being served (`common.shell` binds them), so that no caller can forget them.
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import asyncpg
import structlog
from fastapi import APIRouter, Query
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from common.auth import Admin
from common.db import Connection
from common.filters import Among, Instants, Terms, Text
from common.identity import Identity
from common.inside import CoreOf
from common.listing import Listing, ListQuery, Page, Sort

_INSERT = """
INSERT INTO audit_entries (actor, actor_id, actor_kind, action, target, before, after, outcome, ip, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_SELECT = "SELECT id, at, actor, actor_kind, action, target, before, after, outcome, ip, request_id FROM audit_entries"
KINDS = ("user", "key", "system")
OUTCOMES = ("done", "refused", "failed")


async def record(
    conn: Connection,
    identity: Identity,
    action: str,
    target: str,
    *,
    before: Any = None,
    after: Any = None,
    outcome: Literal["done", "refused", "failed"] = "done",
) -> None:
    """Write one row, inside the transaction of the change.

    Args:
        action: `<noun>.<verb in the past>`, as in `schedule.changed`.
        target: what was changed, as `<noun>/<id>`.
        before: what it was, without secrets; anything that pydantic can turn into JSON.
        after: what it is now, likewise.
    """
    bound = structlog.contextvars.get_contextvars()
    await conn.execute(
        _INSERT,
        identity.name,
        identity.subject,
        identity.kind,
        action,
        target,
        to_jsonable_python(before),
        to_jsonable_python(after),
        outcome,
        bound.get("ip") or "",
        bound.get("request_id") or "",
    )


class AuditEntry(BaseModel):
    """One change, or one refused attempt at it."""

    id: UUID
    at: datetime
    actor: str
    actor_kind: Literal["user", "key", "system"]
    action: str
    target: str
    service: str
    ip: str
    request_id: str
    before: Any
    after: Any
    outcome: Literal["done", "refused", "failed"]

    @classmethod
    def of(cls, row: asyncpg.Record, service: str) -> Self:
        return cls(service=service, **row)


class AuditQuery(ListQuery):
    actor: Terms | None = None
    actor_kind: Annotated[Terms | None, Among(KINDS)] = None
    action: Terms | None = None
    target: Terms | None = None
    outcome: Annotated[Terms | None, Among(OUTCOMES)] = None
    request_id: Terms | None = None
    q: Text = ""
    at: Instants | None = None


ENTRIES = Listing(
    _SELECT,
    columns={
        "actor": "actor",
        "actor_kind": "actor_kind",
        "action": "action",
        "target": "target",
        "outcome": "outcome",
        "request_id": "request_id",
        "q": ("actor", "action", "target"),
        "at": "at",
    },
    sort=Sort("at", datetime),
    row_id=Sort("id", UUID),
)

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("", operation_id="list_audit", summary="Who changed what")
async def list_audit(core: CoreOf, _: Admin, query: Annotated[AuditQuery, Query()]) -> Page[AuditEntry]:
    async with core.db.connection() as conn:
        return await ENTRIES.page(conn, query, lambda row: AuditEntry.of(row, core.service))
