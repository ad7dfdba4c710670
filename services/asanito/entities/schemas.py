"""What callers send and get about records."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from common.filters import Among, Instants, Terms, Text
from common.jobs.schemas import EffectView
from common.listing import ListQuery
from services.asanito.entities.rules import Action, actions_for
from services.asanito.formats.persian import masked
from services.asanito.source.rules import Kind
from services.asanito.sync.rules import LARGEST, State

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class RecordQuery(ListQuery):
    """Filters of records."""

    kind: Annotated[Terms | None, Among(tuple(Kind))] = None
    state: Annotated[Terms | None, Among(tuple(State))] = None
    reason: Terms | None = None
    q: Text = ""
    warned: bool = Field(False, description="Only those that were sent with a warning.")
    updated_at: Instants | None = None


class RecordWarning(BaseModel):
    """Something that did not keep the record from being sent."""

    code: str
    message: str
    params: dict[str, Any] = {}
    retry: bool = Field(False, description="The next run tries the step again.")


class SyncRecord(BaseModel):
    """A thing of the source, and what became of it."""

    id: UUID
    kind: Kind
    key: UUID
    state: State
    reason_code: str | None
    message: str
    params: dict[str, Any]
    warnings: list[RecordWarning]
    label: str = Field(description="What people call it; for viewers only the first letters.")
    idd: int
    asanito_id: int | None
    attempts: int
    next_attempt_at: datetime | None
    alias_of: UUID | None
    is_distinct: bool
    last_run_id: UUID | None
    updated_at: datetime
    version: int
    actions: list[Action]

    @classmethod
    def of(cls, row: asyncpg.Record, *, clear: bool) -> Self:
        """A row of the list.

        Args:
            clear: the caller may read names.
        """
        values = {name: row[name] for name in cls.model_fields if name != "actions"}
        if not clear:
            values["label"] = masked(row["label"])
        found = actions_for(State(row["state"]), row["reason_code"], is_bound=row["asanito_id"] is not None)
        return cls(**values, actions=found)


class RecordDetail(SyncRecord):
    """A record with all that is known of it."""

    source: dict[str, Any] | None = Field(description="The newest version in the source; null for viewers.")
    read_at: datetime | None
    versions: list[UUID] = Field(description="The memberVIds of a person.")
    origin: str | None = Field(description="How it came to its id: created, adopted, taken over, bound by hand.")
    steps: dict[str, Any]
    bound_at: datetime | None
    synced_at: datetime | None
    last_sent: dict[str, Any] | None = Field(description="The payload last sent; null for viewers.")
    effects: list[EffectView]


class Difference(BaseModel):
    """A field that would change."""

    field: str
    before: Any
    after: Any


class Preview(BaseModel):
    """What would be sent now."""

    op: Literal["create", "update", "confirm", "none", "not_sent"]
    payload: dict[str, Any] | None
    differences: list[Difference]
    warnings: list[RecordWarning]
    state: State | None = Field(None, description="What it would become instead of being sent.")
    reason_code: str | None = None
    message: str = ""


class ReasonCount(BaseModel):
    """Records of one state that have one reason."""

    state: State
    reason_code: str
    count: int


class KindCount(BaseModel):
    """The tile of one kind: `total` is the sum of the seven states."""

    kind: Kind
    total: int
    pending: int
    synced: int
    skipped: int
    failed: int
    uncertain: int
    ignored: int
    duplicate: int
    warned: int = Field(description="Of all of them, those with a warning.")
    before_start: int = Field(description="Of all of them, those below the start point.")
    reasons: list[ReasonCount]


class RecordStats(BaseModel):
    """The tiles, in the order in which kinds depend on each other."""

    kinds: list[KindCount]


class Why(BaseModel):
    """Why somebody decides so; goes into the audit."""

    model_config = ConfigDict(extra="forbid")

    note: Note = ""


class Bind(Why):
    """What a record is in Asanito, on an administrator's word."""

    asanito_id: int = Field(gt=0, le=LARGEST)
