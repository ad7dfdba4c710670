"""What a file is, and what becomes of its content, pure: does its count fit, can it be imported, what is odd."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from decimal import Decimal
    from uuid import UUID

    from services.invoices.formats.letture import Layout

CountPolicy = Literal["lenient", "exact", "minus_one"]


class FileState(StrEnum):
    """Where a file whose bytes we hold stands."""

    STORED = "stored"
    """Its bytes are safe; not judged yet."""
    IMPORTED = "imported"
    HELD = "held"
    """Its count does not fit; a person may accept it."""
    LATE = "late"
    """It came after the session was started."""
    STALE = "stale"
    """It is of another day by name and by time."""
    DUPLICATE = "duplicate"
    INVALID = "invalid"
    DISCARDED = "discarded"


class Verdict(StrEnum):
    """How the records compare with the number in the name."""

    EXACT = "exact"
    OFF_BY_ONE = "off_by_one"
    SHORT = "short"
    LONG = "long"
    UNCHECKED = "unchecked"
    """The name says no number: an upload may be called anything."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file whose bytes we hold."""

    id: UUID
    sha256: str
    name: str
    source: str
    uploaded_by: str | None
    size_bytes: int
    business_date: date
    received_at: datetime
    modified_at: datetime | None
    state: FileState
    reason: str | None
    session_id: UUID | None
    duplicate_of: UUID | None
    encoding: str | None
    declared: int | None
    records: int | None
    verdict: str | None
    count_accepted_by: str | None
    counters: dict[str, Any]
    total_quantity: int | None
    total_value: Decimal | None
    warnings: list[str]
    imported_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class NewFile:
    """What is known of a file when its bytes arrive."""

    name: str
    source: str
    business_date: date
    received_at: datetime
    uploaded_by: str | None = None
    modified_at: datetime | None = None
    warnings: Sequence[str] = ()


MISMATCH = frozenset({Verdict.SHORT, Verdict.LONG})


class Problem(NamedTuple):
    """Why a file is not imported."""

    state: FileState
    reason: str
    sentence: str


def judge_count(records: int, declared: int | None, policy: CountPolicy) -> Verdict:
    """Compare the records with the name. The sender counts newlines and writes none at the end: n or n + 1 is right."""
    if declared is None:
        return Verdict.UNCHECKED
    least = declared + (policy == "minus_one")
    most = declared + (policy != "exact")
    if records < least:
        return Verdict.SHORT
    if records > most:
        return Verdict.LONG
    return Verdict.EXACT if records == declared else Verdict.OFF_BY_ONE


def find_problem(
    layout: Layout, *, size_bytes: int, records: int, kept: int, verdict: Verdict, declared: int | None, accepted: bool
) -> Problem | None:
    """Why the file can't be imported, if it can't.

    Args:
        accepted: a person has said that the wrong count is all right.
    """
    if size_bytes == 0:
        return Problem(FileState.INVALID, "empty_file", "The file is empty.")
    if layout.encoding == "utf-16":
        return Problem(FileState.INVALID, "encoding", "The file is UTF-16; UTF-8 or Windows-1252 is expected.")
    if verdict in MISMATCH and not accepted:
        sentence = f"The name says {declared} records, the file has {records}."
        return Problem(FileState.HELD, "count_mismatch", sentence)
    if kept == 0:
        return Problem(FileState.INVALID, "no_records", "No line of the file can be imported.")
    return None


def warnings_of(layout: Layout) -> list[str]:
    """What is odd about the bytes of a file that is imported all the same, as codes."""
    return ["encoding_guessed"] if layout.encoding == "cp1252" else []
