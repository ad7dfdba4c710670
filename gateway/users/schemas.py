"""What administrators send and get about users."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from common.filters import Text
from common.identity import Role
from common.listing import ListQuery
from gateway.auth.schemas import DisplayName, Locale, Password, RolesByService, Username


class User(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    username: str
    name: str
    roles: dict[str, Role]
    kiosk: bool = Field(description="A screen on a wall: its sessions last the day.")
    locale: str | None
    disabled: bool
    must_change_password: bool
    last_login_at: datetime | None
    created_at: datetime
    version: int


class UserCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    username: Username
    name: DisplayName
    password: Password = Field(description="At least 15 characters; the user must choose another at the first login.")
    roles: RolesByService = Field(default_factory=dict)
    kiosk: bool = False
    locale: Locale | None = None


class UserPatch(BaseModel):
    """What is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: DisplayName | None = None
    roles: RolesByService | None = Field(None, description="All roles of the user; what is not named is taken away.")
    kiosk: bool | None = None
    locale: Locale | None = None
    disabled: bool | None = Field(None, description="true ends all sessions of the user at once.")


class PasswordSet(BaseModel):
    model_config = ConfigDict(extra="forbid")

    password: Password


class UserQuery(ListQuery):
    q: Text = ""
    disabled: bool = False
