"""What people see of their own sessions."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Session(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    ip: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime = Field(description="To the minute.")
    expires_at: datetime
    current: bool = Field(False, description="The session that asks.")
