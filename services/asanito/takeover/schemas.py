"""What callers get about taking over."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.asanito.source.rules import Kind


class InheritedCount(BaseModel):
    """How many words of the application before had which outcome."""

    kind: Kind
    outcome: str = Field(description="bound, known, superseded, ambiguous, failed, ignored or open.")
    count: int


class InheritedRecord(BaseModel):
    """A record that was taken over, or that nobody can take over."""

    kind: Kind
    key: UUID
    asanito_id: int
    label: str
    state: str | None


class InheritedTable(BaseModel):
    """A table of the application before."""

    name: str
    rows: int
    taken: int
    notes: list[str]
    taken_at: datetime


class TakeOverReport(BaseModel):
    """What was taken over: counts, what is ambiguous, and a sample to look up in Asanito by hand."""

    counts: list[InheritedCount]
    ambiguous: list[InheritedRecord]
    sample: list[InheritedRecord]
    tables: list[InheritedTable]
