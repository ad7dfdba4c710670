"""What a shared screen sends when it asks who stands there, and what it gets."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.auth.schemas import Login

# Plain segments only: what is proven is one action, so there is nothing to decode, to escape or to query.
ActionPath = Annotated[
    str, StringConstraints(pattern=r"^/api/[a-z][a-z0-9_]*/v1(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$", max_length=300)
]


class ActAs(Login):
    """Name and password of the person, and the one request that is meant."""

    model_config = ConfigDict(extra="forbid")

    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    path: ActionPath = Field(description="As it will be sent, without a query: `/api/invoices/v1/session/start`.")


class Proof(BaseModel):
    """Good for that one request of this session, once."""

    proof: str = Field(description="To send as `X-Portico-Act-As` with the request.")
    username: str
    name: str
    expires_at: datetime
