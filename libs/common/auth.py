"""Who may: the three dependencies that every endpoint of a service names one of. Used by every service.

    async def start(operator: Operator) -> ...

A missing identity is 401, too little of a role 403. The role stands in the OpenAPI document as `x-role`, since the
dependency carries it as its scope (`common.openapi`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

from fastapi import Request, Security
from fastapi.security import APIKeyHeader, SecurityScopes

from common.errors import Forbidden, Unauthorized
from common.identity import HEADER, Identity, Role, Verifier

if TYPE_CHECKING:
    from starlette.types import Scope

SCHEME_NAME = "identity"

_header = APIKeyHeader(
    name=HEADER,
    scheme_name=SCHEME_NAME,
    description="Short-lived identity, signed by the gateway. Callers outside use a session or an API key instead.",
    auto_error=False,
)


def identity_of(scope: Scope) -> Identity | None:
    """Who asks; None when nobody said so.

    Raises:
        Unauthorized: an identity was sent and is not valid.
    """
    if "portico.identity" in scope:
        known: Identity | None = scope["portico.identity"]
        return known
    tokens = [value for name, value in scope["headers"] if name == HEADER.lower().encode()]
    if not tokens:
        return None
    if len(tokens) > 1:
        raise Unauthorized("More than one identity was sent.", code="identity_invalid")
    verifier: Verifier = scope["app"].state.verifier
    identity = verifier.verify(tokens[0].decode("latin-1"))
    scope["portico.identity"] = identity
    return identity


async def need(request: Request, scopes: SecurityScopes, _: Annotated[str | None, Security(_header)]) -> Identity:
    """The identity of the request, with at least the role named by the scope."""
    identity = identity_of(request.scope)
    if identity is None:
        raise Unauthorized("Sign in first.")
    role: Role = scopes.scopes[0]  # type: ignore[assignment]  # the aliases below are the only scopes
    if not identity.may(role):
        raise Forbidden(
            f"This needs the role {role}; {identity.name} has {identity.role or 'none'} here.",
            params={"needed": role, "role": identity.role},
        )
    return identity


Viewer: TypeAlias = Annotated[Identity, Security(need, scopes=["viewer"])]
Operator: TypeAlias = Annotated[Identity, Security(need, scopes=["operator"])]
Admin: TypeAlias = Annotated[Identity, Security(need, scopes=["admin"])]
