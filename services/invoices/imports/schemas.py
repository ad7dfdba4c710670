"""What the endpoints of files take and answer."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field

from common.filters import Among, Days, Instants, Terms, Text
from common.listing import ListQuery
from services.invoices.imports.rules import FileState, Verdict

if TYPE_CHECKING:
    import asyncpg

    from services.invoices.imports.rules import StoredFile

SOURCES = ("ftp", "upload")
ROW_STATES = ("valid", "not_found", "in_past", "already_sent", "incomplete", "rejected")


class Counters(BaseModel):
    """The lines of a file: records = kept + duplicates + ignored + rejected."""

    kept: int = Field(0, description="Lines that were imported, or would have been.")
    ignored: int = Field(0, description="Lines of another series, and blank ones.")
    rejected: int = 0
    rejected_by: dict[str, int] = Field({}, description="Rejected lines by reason.")
    duplicates: int = Field(0, description="Lines that say again what a line before said.")
    valid: int = 0
    not_found: int = 0
    in_past: int = 0
    already_sent: int = 0
    incomplete: int = 0


class File(BaseModel):
    """A file whose bytes are kept here."""

    id: UUID
    name: str
    source: str = Field(description="`ftp` or `upload`")
    uploaded_by: str | None
    sha256: str
    size_bytes: int
    business_date: date
    received_at: datetime
    modified_at: datetime | None = Field(description="The sender's time of the file.")
    state: FileState
    reason: str | None = Field(description="Why it is not imported.")
    session_id: UUID | None
    duplicate_of: UUID | None
    encoding: str | None
    declared: int | None = Field(description="The number of records that the name says.")
    records: int | None
    verdict: Verdict | None = Field(description="How the records compare with the name.")
    count_accepted_by: str | None
    counters: Counters
    total_quantity: int | None
    total_value: Decimal | None
    warnings: list[str]
    imported_at: datetime | None
    version: int

    @classmethod
    def of(cls, row: "asyncpg.Record") -> Self:
        return cls(**{name: row[name] for name in cls.model_fields})

    @classmethod
    def of_stored(cls, file: "StoredFile") -> Self:
        return cls(**{name: getattr(file, name) for name in cls.model_fields})


class FileQuery(ListQuery):
    state: Annotated[Terms | None, Among(tuple(FileState))] = None
    source: Annotated[Terms | None, Among(SOURCES)] = None
    business_date: Days | None = None
    received_at: Instants | None = None
    q: Text = ""


class FileRow(BaseModel):
    """A line of a file: imported with a status, or rejected with a reason."""

    line_number: int
    invoice_number: int | None
    quantity: int | None
    description: str | None
    value: Decimal | None
    status: str = Field(description="valid, not_found, in_past, already_sent, incomplete or rejected")
    reason: str | None = Field(description="Why the line was rejected.")
    text: str | None = Field(description="The beginning of a rejected line.")

    @classmethod
    def of(cls, row: "asyncpg.Record") -> Self:
        return cls(**{name: row[name] for name in cls.model_fields})


class RowQuery(ListQuery):
    status: Annotated[Terms | None, Among(ROW_STATES)] = None
    reason: Terms | None = None
    q: Text = ""
