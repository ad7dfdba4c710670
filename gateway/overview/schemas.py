"""What the pages over all services take and answer. A service that is away is named in `errors`, the rest is there."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from common.audit import AuditQuery
from common.filters import Terms
from common.health import Check
from common.identity import Role
from common.jobs.listed import RunQuery
from common.jobs.schemas import Pause
from common.listing import Page
from common.search import SearchHit

T = TypeVar("T")


class ServiceError(BaseModel):
    """A service whose part is missing here, and why."""

    service: str
    code: str
    detail: str


class PartialPage(Page[T], Generic[T]):
    """One page over all services that one may see."""

    errors: list[ServiceError] = Field(default_factory=list)


class Service(BaseModel):
    name: str
    title: str
    prefix: str = Field(description="Its operations are below this path.")
    role: Role
    zone: str | None = Field(
        None, description="IANA zone of the service's site, in which its days are meant; null when it has none."
    )


class ServiceHealth(BaseModel):
    name: str
    title: str
    status: Literal["ready", "degraded", "unavailable"]
    checks: dict[str, Check]
    workers: Check | None = Field(description="Whether workers are alive; null when the service does not answer.")


class Health(BaseModel):
    status: Literal["ready", "degraded", "unavailable"] = Field(
        description="`unavailable` only when no service answers; `degraded` when one is not ready."
    )
    checks: dict[str, Check] = Field(description="The gateway's own parts.")
    services: list[ServiceHealth]


class AllRunsQuery(RunQuery):
    """The filters of a service's `/v1/runs`, and which services to ask."""

    service: Terms | None = None


class AllAuditQuery(AuditQuery):
    service: Terms | None = None


class WholeQuery(BaseModel):
    """A list that is short enough to come whole."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(1000, ge=1, le=1000)


class SearchQuery(WholeQuery):
    limit: int = Field(100, ge=1, le=1000)
    q: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class FoundHit(SearchHit):
    service: str


class PauseOfService(BaseModel):
    service: str
    pause: Pause | None = Field(description="Who paused it, why and until when; null when it is not paused.")
