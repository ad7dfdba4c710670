"""`/v1/outbox`: what was sent, what waits, what was given up. Used by every service that sends mails or mirrors."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from common import audit
from common.auth import Operator, Viewer
from common.errors import NotFound
from common.filters import Among, Instants, Terms, Text
from common.inside import CoreOf
from common.listing import Listing, ListQuery, Page, Sort
from common.problem import problems

STATES = ("pending", "sent", "dead")

_COLUMNS = """
SELECT id, kind, key, state, attempts, next_try_at, sent_at, error, created_at,
       coalesce(payload->>'to', '') AS "to", coalesce(payload->>'subject', '') AS subject,
       coalesce(payload->>'kind', '') AS topic, coalesce(payload->'refused', '{}') AS refused
FROM outbox
"""
_ONE = """
SELECT id, kind, key, state, attempts, next_try_at, sent_at, error, created_at, payload,
       coalesce(payload->>'to', '') AS "to", coalesce(payload->>'subject', '') AS subject,
       coalesce(payload->>'kind', '') AS topic, coalesce(payload->'refused', '{}') AS refused
FROM outbox WHERE id = $1
"""


class MessageSummary(BaseModel):
    to: str
    subject: str
    topic: str = Field(description="What it tells, such as the kind of a mail; empty where the service names none.")
    refused: list[str] = Field(description="Recipients that the other side did not take, although others got it.")


class Message(BaseModel):
    """Something that left the house, or is about to."""

    id: UUID
    kind: str
    key: str
    state: Literal["pending", "sent", "dead"]
    attempts: int
    next_try_at: datetime | None
    sent_at: datetime | None
    error: str | None
    summary: MessageSummary
    created_at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        summary = MessageSummary(
            to=row["to"], subject=row["subject"], topic=row["topic"], refused=sorted(row["refused"])
        )
        return cls(summary=summary, **row)


class MessageDetail(Message):
    payload: dict[str, Any]


class MessageQuery(ListQuery):
    state: Annotated[Terms | None, Among(STATES)] = None
    kind: Terms | None = None
    q: Text = ""
    created_at: Instants | None = None


MESSAGES = Listing(
    _COLUMNS,
    columns={"state": "state", "kind": "kind", "q": ("key", "subject", '"to"'), "created_at": "created_at"},
    sort=Sort("created_at", datetime),
    row_id=Sort("id", UUID),
)

router = APIRouter(prefix="/outbox", tags=["outbox"])


@router.get("", operation_id="list_outbox", summary="What is sent to people and systems")
async def list_outbox(core: CoreOf, _: Viewer, query: Annotated[MessageQuery, Query()]) -> Page[Message]:
    async with core.db.connection() as conn:
        return await MESSAGES.page(conn, query, Message.of)


@router.get("/{message_id}", operation_id="get_message", summary="One message", responses=problems(404))
async def get_message(message_id: UUID, core: CoreOf, _: Viewer) -> MessageDetail:
    return await _get(core, message_id)


@router.post(
    "/{message_id}/retry",
    operation_id="retry_message",
    summary="Send a message now that could not be delivered",
    responses=problems(404),
)
async def retry_message(message_id: UUID, core: CoreOf, operator: Operator) -> MessageDetail:
    async with core.db.transaction() as conn:
        await core.outbox.retry(conn, message_id)
        await audit.record(conn, operator, "message.retried", f"outbox/{message_id}")
    return await _get(core, message_id)


async def _get(core: CoreOf, message_id: UUID) -> MessageDetail:
    async with core.db.connection() as conn:
        row = await conn.fetchrow(_ONE, message_id)
    if row is None:
        raise NotFound("There is no such message here.", code="unknown_message")
    return MessageDetail.of(row)
