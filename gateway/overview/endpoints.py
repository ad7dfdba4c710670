"""The pages over all services. Each answers with what there is, and names the services that are missing.

What services said is passed on as they said it: a service that is newer than the gateway loses none of its fields.
"""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from fastapi.responses import Response

from common.attention import AttentionItem
from common.audit import AuditEntry
from common.jobs.schemas import PauseBody, Run
from gateway.auth.access import AnyAdmin, AnyOperator, AnyViewer, TheResources
from gateway.health import own_checks
from gateway.overview.schemas import (
    AllAuditQuery,
    AllRunsQuery,
    FoundHit,
    Health,
    PartialPage,
    PauseOfService,
    SearchQuery,
    Service,
    WholeQuery,
)

router = APIRouter(prefix="/api", tags=["overview"])


@router.get("/services", operation_id="list_services")
async def list_services(principal: AnyViewer, resources: TheResources) -> list[Service]:
    """The services that one may see, with one's role for each and the zone of its site."""
    return await resources.overview.services(principal)


@router.get("/health", operation_id="get_health")
async def get_health(principal: AnyViewer, resources: TheResources) -> Health:
    """How each service is: its database, doorbell and workers."""
    return await resources.overview.health(principal, await own_checks(resources))


@router.get("/runs", operation_id="list_all_runs", response_model=PartialPage[Run])
async def list_all_runs(
    query: Annotated[AllRunsQuery, Query()], principal: AnyViewer, resources: TheResources
) -> Response:
    """Runs of all services, newest first."""
    return _as_told(await resources.overview.runs(principal, query))


@router.get("/attention", operation_id="list_all_attention", response_model=PartialPage[AttentionItem])
async def list_all_attention(
    query: Annotated[WholeQuery, Query()], principal: AnyViewer, resources: TheResources
) -> Response:
    """What needs a person, over all services."""
    return _as_told(await resources.overview.attention(principal, query.limit))


@router.get("/search", operation_id="search_all", response_model=PartialPage[FoundHit])
async def search_all(query: Annotated[SearchQuery, Query()], principal: AnyViewer, resources: TheResources) -> Response:
    """Find anything by text, over all services."""
    return _as_told(await resources.overview.search(principal, query.q, query.limit))


@router.get("/audit", operation_id="list_all_audit", response_model=PartialPage[AuditEntry])
async def list_all_audit(
    query: Annotated[AllAuditQuery, Query()], principal: AnyAdmin, resources: TheResources
) -> Response:
    """Who changed what: the gateway's own entries and those of every service that one is admin of."""
    return _as_told(await resources.overview.audit(principal, query))


@router.get("/pause", operation_id="list_pauses", response_model=PartialPage[PauseOfService])
async def list_pauses(principal: AnyViewer, resources: TheResources) -> Response:
    """Which services are paused, by whom and why."""
    return _as_told(await resources.overview.pauses(principal))


@router.put("/pause", operation_id="pause_all", response_model=PartialPage[PauseOfService])
async def pause_all(body: PauseBody, principal: AnyOperator, resources: TheResources) -> Response:
    """Pause every service: nothing new is started; what runs goes on to its end."""
    return _as_told(await resources.overview.pause(principal, body))


@router.delete("/pause", operation_id="resume_all", response_model=PartialPage[PauseOfService])
async def resume_all(principal: AnyOperator, resources: TheResources) -> Response:
    """End the pause of every service."""
    return _as_told(await resources.overview.resume(principal))


def _as_told(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
