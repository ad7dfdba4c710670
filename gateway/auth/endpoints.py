"""Login, logout, the own account."""

from fastapi import APIRouter, Request, Response

from common.problem import problems
from gateway.asgi import single_headers
from gateway.auth.access import Known, SignedIn, TheResources, address_of
from gateway.auth.principals import Principal
from gateway.auth.rules import csrf_token
from gateway.auth.schemas import Login, Me, PasswordChange, ProfilePatch, SignedInUser
from gateway.resources import Resources

router = APIRouter(prefix="/api/auth", tags=["auth"])


@router.post("/login", operation_id="login", responses=problems(401, 403, 429))
async def login(body: Login, request: Request, response: Response, resources: TheResources) -> SignedInUser:
    """Sign in with name and password; opens a session and sets its cookie."""
    headers = single_headers(request.scope["headers"])
    resources.doorman.check_page(headers)
    opened = await resources.auth.login(
        body.username,
        body.password,
        ip=address_of(request),
        user_agent=request.headers.get("user-agent", ""),
        old_token=resources.doorman.session_token(headers),
    )
    response.headers["Set-Cookie"] = resources.cookie.set(opened.token)
    return SignedInUser(user=_me(opened.principal), csrf_token=csrf_token(opened.token))


@router.post("/logout", operation_id="logout", status_code=204, responses=problems(401, 403))
async def logout(principal: Known, request: Request, resources: TheResources) -> Response:
    """End this session."""
    token = resources.doorman.session_token(single_headers(request.scope["headers"]))
    await resources.auth.logout(token, principal)
    return Response(
        status_code=204,
        headers={"Set-Cookie": resources.cookie.clear(), "Clear-Site-Data": '"cache"'},
    )


@router.get("/me", operation_id="get_me", responses=problems(401))
async def get_me(principal: Known, request: Request, resources: TheResources) -> SignedInUser:
    """Who is signed in, with the token that changes need."""
    return _signed_in(principal, request, resources)


@router.patch("/me", operation_id="update_me", responses=problems(401, 403))
async def update_me(body: ProfilePatch, principal: SignedIn, request: Request, resources: TheResources) -> SignedInUser:
    """Change the own displayed name or language."""
    await resources.auth.update_profile(principal, name=body.name, locale=body.locale)
    changed = await resources.doorman.identify("GET", single_headers(request.scope["headers"]))
    return _signed_in(changed, request, resources)


@router.post(
    "/password", operation_id="change_password", status_code=204, responses=problems(401, 403, 429),
)  # fmt: skip
async def change_password(
    body: PasswordChange, principal: Known, request: Request, resources: TheResources
) -> Response:
    """Change the own password; all other sessions of the user end."""
    await resources.auth.change_password(principal, body.current, body.new, ip=address_of(request))
    return Response(status_code=204)


def _signed_in(principal: Principal, request: Request, resources: Resources) -> SignedInUser:
    token = resources.doorman.session_token(single_headers(request.scope["headers"]))
    by_session = principal.session is not None and token is not None
    return SignedInUser(user=_me(principal), csrf_token=csrf_token(token or "") if by_session else None)


def _me(principal: Principal) -> Me:
    session = principal.session
    return Me(
        id=principal.id,
        kind=principal.kind,
        username=principal.name,
        name=session.name if session else principal.name,
        roles=principal.roles,
        must_change_password=principal.must_change_password,
        kiosk=session.kiosk if session else False,
        locale=session.locale if session else None,
    )
