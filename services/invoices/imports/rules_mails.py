"""What the mails about a file say, pure."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from services.invoices.imports.rules import FileState, StoredFile, Verdict
from services.invoices.mails.schemas import BadLine, ImportSummary, InvalidFile, LateFile, StaleFile, UnsentInvoice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def summary_mail(file: StoredFile, unsent: Sequence[UnsentInvoice]) -> ImportSummary:
    """An import that worked. The list may be the beginning of what can't be sent; the rest is counted."""
    counters = file.counters
    return ImportSummary(
        **_facts(file),
        declared=file.declared,
        records=file.records or 0,
        verdict=file.verdict or Verdict.UNCHECKED,
        kept=counters["kept"],
        ignored=counters["ignored"],
        rejected=counters["rejected_by"],
        duplicates=counters["duplicates"],
        valid=counters["valid"],
        total_quantity=file.total_quantity or 0,
        total_value=file.total_value or Decimal(),
        unsent=list(unsent),
        unsent_left_out=counters["kept"] - counters["valid"] - len(unsent),
        warnings=file.warnings,
    )


def refusal_mail(file: StoredFile, bad_lines: Sequence[BadLine]) -> InvalidFile:
    """A file that is held or invalid."""
    return InvalidFile(
        **_facts(file),
        held=file.state is FileState.HELD,
        reason=file.reason or file.state,
        declared=file.declared,
        records=file.records,
        bad_lines=list(bad_lines),
    )


def late_mail(file: StoredFile, started_by: str | None, started_at: datetime | None) -> LateFile:
    """A file that came after the start."""
    return LateFile(**_facts(file), started_by=started_by, started_at=started_at)


def stale_mail(file: StoredFile) -> StaleFile:
    """A file of another day."""
    return StaleFile(
        business_date=file.business_date,
        file_name=file.name,
        size_bytes=file.size_bytes,
        modified_at=file.modified_at,
    )


def _facts(file: StoredFile) -> dict[str, Any]:
    """What every mail about a file says."""
    return {
        "business_date": file.business_date,
        "file_name": file.name,
        "size_bytes": file.size_bytes,
        "source": file.source,
        "uploaded_by": file.uploaded_by,
        "received_at": file.received_at,
    }
