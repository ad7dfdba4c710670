"""Who may: the dependencies that every endpoint of the gateway names one of. The proxy asks the doorman by itself.

    async def list_users(admin: PorticoAdmin) -> ...

A scope names the role; the OpenAPI document shows it as `x-role`. For what concerns all services at once it is enough
to have the role for one of them: each service still decides for itself.
"""

from typing import Annotated, TypeAlias

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer, SecurityScopes
from fastapi.security.http import HTTPAuthorizationCredentials

from common.errors import Forbidden
from common.identity import Role
from gateway.asgi import single_headers
from gateway.auth.doorman import password_change_required
from gateway.auth.principals import Principal
from gateway.resources import Resources

SESSION_SCHEME = "session"
KEY_SCHEME = "api_key"

# What the console's frame shows on every screen and asks for every few seconds, whether somebody is there or not.
ASKED_ALL_THE_TIME = frozenset({"/api/attention", "/api/health", "/api/pause"})

_cookie = APIKeyCookie(
    name="__Host-sid",
    scheme_name=SESSION_SCHEME,
    description="Session cookie, set by login (`sid` in plain-http mode). Changes also need `X-CSRF-Token`.",
    auto_error=False,
)
_bearer = HTTPBearer(scheme_name=KEY_SCHEME, description="An API key: `Bearer pk_…`.", auto_error=False)


def resources_of(request: Request) -> Resources:
    """What the process holds open."""
    resources: Resources = request.app.state.resources
    return resources


TheResources: TypeAlias = Annotated[Resources, Depends(resources_of)]


async def known(
    request: Request,
    resources: TheResources,
    _session: Annotated[str | None, Security(_cookie)],
    _key: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Principal:
    """Whoever is signed in, even before a password that somebody else set was changed."""
    background = request.method == "GET" and request.url.path in ASKED_ALL_THE_TIME
    return await resources.doorman.identify(
        request.method, single_headers(request.scope["headers"]), background=background
    )


async def signed_in(principal: Annotated[Principal, Depends(known)]) -> Principal:
    if principal.must_change_password:
        raise password_change_required()
    return principal


async def admin_of_portico(principal: Annotated[Principal, Depends(signed_in)], _scopes: SecurityScopes) -> Principal:
    if not principal.is_admin:
        raise _too_little(principal, "admin", "for Portico itself")
    return principal


async def somewhere(principal: Annotated[Principal, Depends(signed_in)], scopes: SecurityScopes) -> Principal:
    role: Role = scopes.scopes[0]  # type: ignore[assignment]  # the aliases below are the only scopes
    if not principal.has_somewhere(role):
        raise _too_little(principal, role, "for at least one service")
    return principal


def _too_little(principal: Principal, role: Role, where: str) -> Forbidden:
    return Forbidden(f"This needs the role {role} {where}; {principal.name} does not have it.", params={"needed": role})


Known: TypeAlias = Annotated[Principal, Depends(known)]
SignedIn: TypeAlias = Annotated[Principal, Depends(signed_in)]
PorticoAdmin: TypeAlias = Annotated[Principal, Security(admin_of_portico, scopes=["admin"])]
AnyViewer: TypeAlias = Annotated[Principal, Security(somewhere, scopes=["viewer"])]
AnyOperator: TypeAlias = Annotated[Principal, Security(somewhere, scopes=["operator"])]
AnyAdmin: TypeAlias = Annotated[Principal, Security(somewhere, scopes=["admin"])]


def address_of(request: Request) -> str:
    """Where the request comes from; behind a trusted proxy, what that says."""
    return request.client.host if request.client else ""
