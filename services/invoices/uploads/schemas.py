"""What the upload takes and answers."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.invoices.imports.rules import FileState, Verdict
from services.invoices.imports.schemas import Counters
from services.invoices.mails.schemas import BadLine

if TYPE_CHECKING:
    from services.invoices.imports.service import Report


class UploadQuery(BaseModel):
    """How an upload is to be taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    validate_only: bool = Field(False, description="Report what would happen, and keep nothing.")
    accept_count: bool = Field(False, description="Import although the count in the name is wrong.")


class ImportReport(BaseModel):
    """What became of an uploaded file, or what would become of it."""

    state: FileState
    validated_only: bool = Field(description="Nothing was kept; the numbers are those of a real import.")
    file_id: UUID | None = Field(description="The file; for a duplicate the one imported before.")
    name: str
    sha256: str
    size_bytes: int
    business_date: date
    encoding: str | None
    declared: int | None
    records: int | None
    verdict: Verdict | None
    kept: int
    ignored: int
    rejected: dict[str, int] = Field(description="Rejected lines by reason.")
    duplicates: int
    valid: int
    not_found: int
    in_past: int
    already_sent: int
    incomplete: int
    total_quantity: int | None
    total_value: Decimal | None
    warnings: list[str]
    bad_lines: list[BadLine] = Field(description="The first rejected lines.")

    @classmethod
    def of(cls, report: "Report", *, validated_only: bool) -> Self:
        file = report.file
        counters = Counters.model_validate(file.counters)
        kept_here = file.state is FileState.IMPORTED and not validated_only
        return cls(
            state=file.state,
            validated_only=validated_only,
            file_id=file.id if kept_here else file.duplicate_of,
            rejected=counters.rejected_by,
            bad_lines=list(report.bad_lines),
            **counters.model_dump(exclude={"rejected", "rejected_by"}),
            **{
                name: getattr(file, name)
                for name in (
                    "name",
                    "sha256",
                    "size_bytes",
                    "business_date",
                    "encoding",
                    "declared",
                    "records",
                    "verdict",
                    "total_quantity",
                    "total_value",
                    "warnings",
                )
            },
        )
