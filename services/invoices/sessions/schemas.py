"""What the session's endpoints take and answer."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from common.filters import Among, Days, Terms
from common.listing import ListQuery

SessionState: TypeAlias = Literal["none", "ready", "opening", "open", "failed", "closed"]


class ButtonState(BaseModel):
    """One of the four buttons."""

    enabled: bool
    code: str | None = Field(None, description="Why it is off: stable snake_case.")
    why: str | None = Field(None, description="Why it is off, as a sentence.")
    needs_force: bool = Field(False, description="Close: ask for a confirmation, then send `force`.")


class Buttons(BaseModel):
    """The four buttons of the warehouse screen."""

    start: ButtonState
    check: ButtonState
    close: ButtonState
    upload: ButtonState


class FileOfSession(BaseModel):
    """A file of the session's date."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    source: str
    size_bytes: int
    state: str
    reason: str | None
    received_at: datetime
    uploaded_by: str | None
    records: int | None


class SessionStatus(BaseModel):
    """A business date as the warehouse sees it; `state` is `none` while there is no session."""

    business_date: date
    zone: str = Field("", description="The site's IANA zone: in it the date is meant, and times should be shown.")
    text: str = Field(description="The status line, in the language of Accept-Language (en, it).")
    state: SessionState
    shadow: bool = Field(False, description="Shadow mode: another application does the work, nothing is sent.")
    step: str | None = Field(None, description="Of an `opening` or failed session: generating, uploading, verifying.")
    reason: str | None = Field(None, description="Why it failed or was closed.")
    error: str | None = Field(None, description="The last thing that went wrong, in words.")
    processed: int = 0
    total: int = Field(0, description="Shipments that can be sent; frozen when the session starts.")
    generated: int | None = Field(None, description="Lines of the CSV; null before it is rendered.")
    read_count: int | None = Field(None, description="Records that the receiver says it read.")
    kept: int = Field(0, description="Rows of all files of the day; the numbers below say what became of the others.")
    ignored: int = 0
    rejected: int = 0
    not_found: int = 0
    in_past: int = 0
    already_sent: int = 0
    incomplete: int = Field(0, description="In the customer's view, but without weight or branch.")
    total_quantity: int = 0
    total_value: Decimal = Decimal(0)
    files: list[FileOfSession] = []
    started_by: str | None = None
    started_at: datetime | None = None
    generated_at: datetime | None = None
    uploaded_at: datetime | None = None
    verified_at: datetime | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None
    confirmed_by: str | None = None
    confirmed_note: str | None = None
    closing: bool = Field(False, description="A close was asked for and waits for the delivery to end.")
    expired: bool = Field(False, description="Closed because its day was over.")
    attempt: int = 0
    run_id: UUID | None = Field(None, description="The run that sends the session.")
    remote_name: str | None = None
    log_line: str | None = None
    last_checked_at: datetime | None = None
    stale: bool = Field(False, description="The shipments could not be counted; `processed` is the last known number.")
    buttons: Buttons
    version: int = 0


class Close(BaseModel):
    """How to close."""

    model_config = ConfigDict(extra="forbid")

    force: bool = Field(False, description="Close although not all shipments are processed.")


class Confirm(BaseModel):
    """Why the session may go on without the receiver's log."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field(min_length=3, max_length=500, description="What was seen at the receiver, for the audit.")


class ClosedStatus(SessionStatus):
    """The session after Close."""

    changed: bool = Field(description="False when it was closed before.")


class SessionSummary(BaseModel):
    """A past day in the list."""

    id: UUID
    business_date: date
    state: str
    reason: str | None
    expired: bool
    processed: int
    total: int
    not_found: int
    started_by: str | None
    started_at: datetime | None
    closed_by: str | None
    closed_at: datetime | None


DAY_CSV: dict[str, Callable[[Any], Any]] = {
    name: itemgetter(name) for name in SessionSummary.model_fields if name != "id"
}
"""The columns of the list as a file."""


class SessionQuery(ListQuery):
    """Which past days."""

    state: Annotated[Terms | None, Among(["ready", "opening", "open", "failed", "closed"])] = None
    reason: Terms | None = None
    business_date: Days | None = None
