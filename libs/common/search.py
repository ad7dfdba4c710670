"""One search box for what a service knows. Used by every service.

A provider is an async function `(resources, text, limit)` that gives `SearchHit`s, best first. One that is down leaves
its hits out and says so in the log.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, TypeAlias

import structlog
from fastapi import APIRouter, Depends, Query, Request
from pydantic import AfterValidator, BaseModel, Field

from common.auth import Viewer
from common.errors import PorticoError
from common.inside import CoreOf, resources_of
from common.listing import Page

log = structlog.get_logger()

PER_PROVIDER = 10
PROVIDER_SECONDS = 5


class SearchHit(BaseModel):
    """Something found, with the console's address of it."""

    kind: str
    id: str
    title: str
    detail: str = ""
    link: str = Field(description="Path in the console.")


Provider: TypeAlias = Callable[[Any, str, int], Awaitable[Sequence[SearchHit]]]


def _trimmed(text: str) -> str:
    cleaned = text.replace("\0", "").strip()
    if not cleaned:
        raise ValueError("write something to look for")
    return cleaned


router = APIRouter(prefix="/search", tags=["search"])


@router.get("", operation_id="search", summary="Find anything by text")
async def search(
    request: Request,
    core: CoreOf,
    resources: Annotated[Any, Depends(resources_of)],
    _: Viewer,
    q: Annotated[str, Query(min_length=1, max_length=200), AfterValidator(_trimmed)],
) -> Page[SearchHit]:
    providers: list[tuple[Provider, Any]] = [(provide, core) for provide in request.app.state.core_search]
    providers += [(provide, resources) for provide in request.app.state.definition.search]
    found = await asyncio.gather(*(_ask(provide, of, q) for provide, of in providers))
    return Page[SearchHit](items=[hit for hits in found for hit in hits])


async def _ask(provide: Provider, of: Any, text: str) -> Sequence[SearchHit]:
    try:
        return await asyncio.wait_for(provide(of, text, PER_PROVIDER), PROVIDER_SECONDS)
    except (PorticoError, TimeoutError, OSError) as error:
        log.warning("search.provider_failed", provider=provide.__name__, error=type(error).__name__)
        return []
