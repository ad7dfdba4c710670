"""What needs a person, each with the action that settles it. Used by every service.

A provider is an async function over the service's resources that gives `AttentionItem`s; the ledger's own (failed runs,
uncertain effects, dead outbox rows) come first. A provider that is down leaves its items out and says so in the log.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

import structlog
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from common.auth import Viewer
from common.errors import PorticoError
from common.identity import Role
from common.inside import CoreOf, resources_of
from common.listing import Page

log = structlog.get_logger()

PROVIDER_SECONDS = 5

Provider: TypeAlias = Callable[[Any], Awaitable[Sequence["AttentionItem"]]]


class AttentionAction(BaseModel):
    """A button: the request that it sends."""

    name: str
    label_code: str = Field(description="The console's text for it.")
    method: Literal["POST", "PUT", "PATCH", "DELETE", "GET"] = "POST"
    path: str = Field(description="Below the service: `/v1/…`.")
    body: dict[str, Any] | None = None
    role: Role = "operator"
    confirm: str | None = Field(None, description="Code of the question to ask first.")


class AttentionItem(BaseModel):
    """One thing that waits for a person."""

    id: str
    service: str = ""
    kind: str
    severity: Literal["problem", "warning", "question"]
    title: str
    detail: str = ""
    since: datetime
    link: str = ""
    actions: list[AttentionAction] = []
    code: str
    params: dict[str, Any] = {}


router = APIRouter(prefix="/attention", tags=["attention"])


@router.get("", operation_id="list_attention", summary="What needs a person")
async def list_attention(
    request: Request, core: CoreOf, resources: Annotated[Any, Depends(resources_of)], _: Viewer
) -> Page[AttentionItem]:
    providers: list[tuple[Provider, Any]] = [(provide, core) for provide in request.app.state.core_attention]
    providers += [(provide, resources) for provide in request.app.state.definition.attention]
    found = await asyncio.gather(*(_ask(provide, of) for provide, of in providers))
    items = [item.model_copy(update={"service": core.service}) for items in found for item in items]
    return Page[AttentionItem](items=sorted(items, key=lambda item: item.since, reverse=True))


async def _ask(provide: Provider, of: Any) -> Sequence[AttentionItem]:
    try:
        return await asyncio.wait_for(provide(of), PROVIDER_SECONDS)
    except (PorticoError, TimeoutError, OSError) as error:
        log.warning("attention.provider_failed", provider=provide.__name__, error=type(error).__name__)
        return []
