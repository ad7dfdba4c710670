"""The own sessions: see them, end them."""

from uuid import UUID

from fastapi import APIRouter, Response

from common.listing import Page
from common.problem import problems
from gateway.auth.access import SignedIn, TheResources
from gateway.sessions.schemas import Session

router = APIRouter(prefix="/api/auth/sessions", tags=["auth"])


@router.get("", operation_id="list_sessions")
async def list_sessions(principal: SignedIn, resources: TheResources) -> Page[Session]:
    """Where one is signed in, last used first."""
    current = principal.session.id if principal.session else None
    items = [Session.model_validate(session) for session in await resources.sessions.list(principal)]
    return Page(items=[item.model_copy(update={"current": item.id == current}) for item in items], next=None, prev=None)


@router.delete("/{session_id}", operation_id="end_session", status_code=204, responses=problems(404))
async def end_session(session_id: UUID, principal: SignedIn, resources: TheResources) -> Response:
    """End one of the own sessions at once."""
    await resources.sessions.end(session_id, principal)
    return Response(status_code=204)
