"""Users, for administrators of Portico."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from common.etag import IfMatch, set_etag
from common.listing import Page
from common.problem import problems
from gateway.auth.access import PorticoAdmin, TheResources
from gateway.auth.rules import PORTICO
from gateway.users.repository import USERS, UsersRepository
from gateway.users.schemas import PasswordSet, User, UserCreate, UserPatch, UserQuery

router = APIRouter(prefix="/api/users", tags=["users"])


@router.get("", operation_id="list_users")
async def list_users(query: Annotated[UserQuery, Query()], _: PorticoAdmin, resources: TheResources) -> Page[User]:
    """Users, newest first."""
    async with resources.db.connection() as conn:
        return await USERS.page(conn, query, lambda row: User.model_validate(dict(row)))


@router.post("", operation_id="create_user", status_code=201, responses=problems(409))
async def create_user(body: UserCreate, admin: PorticoAdmin, response: Response, resources: TheResources) -> User:
    """Add a user; the password must be changed at the first login."""
    user = await resources.users.create(body, admin.identity(PORTICO))
    set_etag(response, user.version)
    response.headers["Location"] = f"/api/users/{user.id}"
    return User.model_validate(user)


@router.get("/{user_id}", operation_id="get_user", responses=problems(404))
async def get_user(user_id: UUID, _: PorticoAdmin, response: Response, resources: TheResources) -> User:
    """One user."""
    async with resources.db.connection() as conn:
        user = await UsersRepository(conn).get(user_id)
    set_etag(response, user.version)
    return User.model_validate(user)


@router.patch("/{user_id}", operation_id="update_user", responses=problems(404, 409))
async def update_user(
    user_id: UUID, body: UserPatch, seen: IfMatch, admin: PorticoAdmin, response: Response, resources: TheResources
) -> User:
    """Change name, roles, kiosk, language, or disable; what is left out stays."""
    user = await resources.users.update(user_id, body, seen, admin.identity(PORTICO))
    set_etag(response, user.version)
    return User.model_validate(user)


@router.delete("/{user_id}", operation_id="delete_user", status_code=204, responses=problems(404, 409))
async def delete_user(user_id: UUID, admin: PorticoAdmin, resources: TheResources) -> Response:
    """Remove a user; the last administrator can't be removed."""
    await resources.users.delete(user_id, admin.identity(PORTICO))
    return Response(status_code=204)


@router.post("/{user_id}/password", operation_id="set_user_password", status_code=204, responses=problems(404))
async def set_user_password(user_id: UUID, body: PasswordSet, admin: PorticoAdmin, resources: TheResources) -> Response:
    """Set a password that is good for one login; all sessions of the user end."""
    await resources.users.set_password(user_id, body.password, admin.identity(PORTICO))
    return Response(status_code=204)
