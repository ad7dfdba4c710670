"""What the archive takes and answers."""

from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field

from common.filters import Among, Days, Terms, Text
from common.listing import ListQuery

if TYPE_CHECKING:
    import asyncpg

EXPORTED = "business_date invoice_number status quantity description value file_name line_number"
CSV = {name: itemgetter(name) for name in EXPORTED.split()}
STATUSES = ("valid", "not_found", "in_past", "already_sent", "incomplete")


class Category(BaseModel):
    """A category of goods; its spellings are one."""

    id: int
    name: str = Field(description="As it was first spelt.")
    rows: int = Field(description="Imported lines of it, over all days.")


class CategoryQuery(ListQuery):
    q: Text = ""


class ArchivedRow(BaseModel):
    """An imported line of any day."""

    id: int
    invoice_number: int
    quantity: int
    description: str
    value: Decimal
    status: str = Field(description="valid, not_found, in_past, already_sent or incomplete")
    business_date: date
    file_id: UUID
    file_name: str
    line_number: int

    @classmethod
    def of(cls, row: "asyncpg.Record") -> Self:
        return cls(**{name: row[name] for name in cls.model_fields})


class CategoryRowQuery(ListQuery):
    status: Annotated[Terms | None, Among(STATUSES)] = None
    date: Days | None = None


class ArchiveQuery(ListQuery):
    invoice_number: int | None = Field(None, ge=1, le=999_999_999)
    status: Annotated[Terms | None, Among(STATUSES)] = None
    date: Days | None = None
