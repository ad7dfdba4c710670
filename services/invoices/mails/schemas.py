"""What each kind of mail says: one model per kind, checked when the mail is put into the outbox.

A mail is written in the transaction of what it tells, and rendered when it is sent. Checking the data at the first
moment means that a template can never meet a missing name at the second. Lists of invoices are complete here; the
templates show the first 200, and the whole list is attached as CSV.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.invoices.options import MailKind

MailLocale = Literal["en", "it"]


class MailData(BaseModel):
    """What all kinds have: which day it is about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    business_date: date


class UnsentInvoice(BaseModel):
    """An invoice of the day's file that could not be sent: `not_found, in_past, already_sent, incomplete`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int
    status: str


class WithUnsent(MailData):
    """What the mails with a list of unsent invoices have. `unsent_left_out`: how many the list is too long for."""

    unsent: list[UnsentInvoice] = []
    unsent_left_out: int = 0


class BadLine(BaseModel):
    """A line of a file that was rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    line: int
    reason: str
    text: str


class FileFacts(MailData):
    """What all mails about a file have."""

    file_name: str
    size_bytes: int
    source: str = Field(description="`ftp` or `upload`")
    uploaded_by: str | None = None
    received_at: datetime


class ImportSummary(FileFacts, WithUnsent):
    """`import:<file id>`: a file was imported."""

    declared: int | None
    records: int
    verdict: str
    kept: int
    ignored: int
    rejected: dict[str, int] = Field(description="number of rejected lines by reason")
    duplicates: int
    valid: int
    total_quantity: int
    total_value: Decimal
    warnings: list[str] = []


class InvalidFile(FileFacts):
    """`invalid:<file id>`: a file was held or is invalid."""

    held: bool
    reason: str
    declared: int | None = None
    records: int | None = None
    bad_lines: list[BadLine] = Field([], description="the first twenty")


class LateFile(FileFacts):
    """`late:<file id>`: a file came after the session was started."""

    started_by: str | None = None
    started_at: datetime | None = None


class StaleFile(MailData):
    """`stale:<file id>`: a file whose name and time are both of another day; it was left where it is."""

    file_name: str
    size_bytes: int
    modified_at: datetime | None


class NoFile(MailData):
    """`no_file:<date>`: no file of today has come."""

    checked_at: datetime
    next_check_at: datetime | None
    source_name: str


class SourceUnreachable(MailData):
    """`source_unreachable:<date>:<n>`: the inbox does not answer."""

    source_name: str
    since: datetime
    error: str


class DeleteRefused(MailData):
    """`delete_refused:<file id>`: the inbox does not let us delete an imported file."""

    file_name: str
    source_name: str
    since: datetime
    error: str


class SessionOpened(WithUnsent):
    """`success:<session>`: the receiver has read the whole file."""

    generated: int
    generated_at: datetime
    uploaded_at: datetime | None
    verified_at: datetime
    remote_name: str
    log_line: str
    started_by: str
    confirmed_by: str | None = None
    confirmed_note: str | None = None


class SessionFailed(WithUnsent):
    """`failed:<session>:<attempt>`: the session could not be opened."""

    reason: str
    step: str
    error: str
    generated: int | None
    read_count: int | None
    can_retry: bool
    started_by: str
    attempt: int


class SessionExpired(MailData):
    """`expired:<session>`: yesterday's session was still there and has been closed."""

    state: str
    processed: int
    total: int
    started_by: str | None


KINDS: dict[MailKind, type[MailData]] = {
    "import": ImportSummary,
    "invalid": InvalidFile,
    "late": LateFile,
    "stale": StaleFile,
    "no_file": NoFile,
    "source_unreachable": SourceUnreachable,
    "delete_refused": DeleteRefused,
    "success": SessionOpened,
    "failed": SessionFailed,
    "expired": SessionExpired,
}
"""Every kind by its name, which is that of its templates and of its recipients, too."""
