"""API keys, for administrators of Portico."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from common.idempotency import withhold_answer
from common.listing import Page
from common.problem import problems
from gateway.auth.access import PorticoAdmin, TheResources
from gateway.auth.rules import PORTICO
from gateway.keys.repository import KEYS
from gateway.keys.schemas import CreatedKey, Key, KeyCreate, KeyQuery

router = APIRouter(prefix="/api/keys", tags=["keys"])


@router.get("", operation_id="list_keys")
async def list_keys(query: Annotated[KeyQuery, Query()], _: PorticoAdmin, resources: TheResources) -> Page[Key]:
    """API keys, newest first, without their secrets."""
    async with resources.db.connection() as conn:
        return await KEYS.page(conn, query, lambda row: Key.model_validate(dict(row)))


@router.post("", operation_id="create_key", status_code=201, responses=problems(409))
async def create_key(body: KeyCreate, admin: PorticoAdmin, request: Request, resources: TheResources) -> CreatedKey:
    """Make a key; the answer is the only place where it is ever shown."""
    withhold_answer(request)
    key, secret = await resources.keys.create(body, admin.identity(PORTICO))
    return CreatedKey(key=Key.model_validate(key), secret=secret)


@router.delete("/{key_id}", operation_id="delete_key", status_code=204, responses=problems(404))
async def delete_key(key_id: UUID, admin: PorticoAdmin, resources: TheResources) -> Response:
    """End a key at once."""
    await resources.keys.delete(key_id, admin.identity(PORTICO))
    return Response(status_code=204)
