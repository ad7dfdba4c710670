"""Saved views, for everybody who sees a list."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from common.etag import IfMatch, set_etag
from common.problem import problems
from gateway.auth.access import AnyViewer, TheResources
from gateway.views.schemas import Screen, View, ViewCreate, ViewList, ViewPatch

router = APIRouter(prefix="/api/views", tags=["views"])


@router.get("", operation_id="list_views")
async def list_views(
    who: AnyViewer, resources: TheResources, screen: Annotated[Screen | None, Query()] = None
) -> ViewList:
    """One's own views and the shared ones, of a screen or of all."""
    return ViewList(items=await resources.views.list_views(who, screen))


@router.post("", operation_id="create_view", status_code=201, responses=problems(409))
async def create_view(body: ViewCreate, who: AnyViewer, response: Response, resources: TheResources) -> View:
    """Keep a list's filters under a name; sharing needs the role operator."""
    view = await resources.views.create(who, body)
    response.headers["Location"] = f"/api/views/{view.id}"
    return _tagged(view, response)


@router.get("/{view_id}", operation_id="get_view", responses=problems(404))
async def get_view(view_id: UUID, who: AnyViewer, response: Response, resources: TheResources) -> View:
    """One view."""
    return _tagged(await resources.views.get(who, view_id), response)


@router.patch("/{view_id}", operation_id="update_view", responses=problems(404, 409))
async def update_view(
    view_id: UUID, body: ViewPatch, seen: IfMatch, who: AnyViewer, response: Response, resources: TheResources
) -> View:
    """Rename, change its filters, share; what is left out stays."""
    return _tagged(await resources.views.update(who, view_id, body, seen), response)


@router.delete("/{view_id}", operation_id="delete_view", status_code=204, responses=problems(404))
async def delete_view(view_id: UUID, who: AnyViewer, resources: TheResources) -> Response:
    """Delete a view; for a day it can be restored."""
    await resources.views.delete(who, view_id)
    return Response(status_code=204)


@router.post("/{view_id}/restore", operation_id="restore_view", responses=problems(404, 409))
async def restore_view(view_id: UUID, who: AnyViewer, response: Response, resources: TheResources) -> View:
    """Take a delete back."""
    return _tagged(await resources.views.restore(who, view_id), response)


@router.put("/{view_id}/default", operation_id="set_default_view", responses=problems(404))
async def set_default_view(view_id: UUID, who: AnyViewer, resources: TheResources) -> View:
    """Let the screen open with it, for whoever asks."""
    return await resources.views.set_default(who, view_id, wanted=True)


@router.delete("/{view_id}/default", operation_id="unset_default_view", responses=problems(404))
async def unset_default_view(view_id: UUID, who: AnyViewer, resources: TheResources) -> View:
    """Let the screen open without it."""
    return await resources.views.set_default(who, view_id, wanted=False)


def _tagged(view: View, response: Response) -> View:
    set_etag(response, view.version)
    return view
