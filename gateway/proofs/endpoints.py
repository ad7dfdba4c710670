"""Who stands at a shared screen."""

from fastapi import APIRouter, Request

from common.problem import problems
from gateway.auth.access import SignedIn, TheResources, address_of
from gateway.proofs.schemas import ActAs, Proof

router = APIRouter(prefix="/api/auth", tags=["auth"])


@router.post("/act-as", operation_id="act_as", responses=problems(401, 403, 429))
async def act_as(body: ActAs, kiosk: SignedIn, request: Request, resources: TheResources) -> Proof:
    """At a shared screen: prove who you are, for one request.

    The proof goes with it as `X-Portico-Act-As`, within a minute and once. The request is then made under your name
    and with your role; the screen's session stays what it is.
    """
    given = await resources.proofs.give(kiosk, body, ip=address_of(request))
    return Proof(proof=given.token, username=given.person.username, name=given.person.name, expires_at=given.expires_at)
