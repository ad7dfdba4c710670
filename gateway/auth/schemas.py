"""What login and the own account send and answer."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from common.identity import Role

# A person's or key's displayed name: one line, no odd characters.
DisplayName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Username = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._@-]{0,63}$")
]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
Password = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
ServiceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
RolesByService = Annotated[dict[ServiceName, Role], Field(max_length=50)]


class Login(BaseModel):
    model_config = ConfigDict(extra="forbid")

    username: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)]
    password: Password


class Me(BaseModel):
    """Who is signed in: a person or an API key."""

    id: UUID
    kind: str = Field(description="`user` or `key`.")
    username: str
    name: str
    roles: dict[str, Role] = Field(description='By service; `portico` is the gateway itself: {"portico": "admin"}.')
    must_change_password: bool = False
    kiosk: bool = False
    locale: str | None = None


class SignedInUser(BaseModel):
    user: Me
    csrf_token: str | None = Field(
        None, description="To send as `X-CSRF-Token` with every change; null for API keys, which need none."
    )


class PasswordChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    current: Password
    new: Password


class ProfilePatch(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: DisplayName | None = None
    locale: Locale | None = None
