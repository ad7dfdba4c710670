"""What administrators send and get about API keys."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from common.filters import Text
from common.identity import Role
from common.listing import ListQuery
from gateway.auth.schemas import DisplayName, RolesByService


class Key(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    public_id: str = Field(description="The readable part of the key: `pk_<public id>_…`.")
    name: str
    roles: dict[str, Role]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")


class KeyCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: DisplayName = Field(description="What runs and the audit call whoever uses the key.")
    roles: RolesByService
    expires_at: AwareDatetime | None = Field(None, description="null: never.")


class CreatedKey(BaseModel):
    key: Key
    secret: str = Field(description="The whole key, shown this once and never again.")


class KeyQuery(ListQuery):
    q: Text = ""
