"""What callers send and get about the source's rows."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.asanito.source.rules import EXPLORABLE

TableName = Literal["membership", "service", "invoiceHed", "invoiceItem", "ServiceInvoice", "receipt"]


class ExplorableTable(BaseModel):
    """A table of the source, and the columns that may be shown and searched."""

    name: TableName
    columns: list[str]


class ExplorerQuery(BaseModel):
    """Rows of one table whose one column contains a text, literally."""

    model_config = ConfigDict(extra="forbid")

    table: TableName
    column: str = Field(max_length=64)
    value: str = Field(
        "",
        max_length=200,
        pattern="^[^\\x00]*$",
        description="Found anywhere in the column; % and _ are ordinary letters.",
    )
    after: int = Field(0, ge=0, lt=2**63, description="idd of the last row of the page before.")
    limit: int = Field(20, ge=1, le=100)

    @model_validator(mode="after")
    def check_column(self) -> "ExplorerQuery":
        if self.column not in EXPLORABLE[self.table]:
            raise ValueError(f"{self.table} has no column {self.column} that may be searched")
        return self


class ExplorerPage(BaseModel):
    """Rows by idd; only the whitelisted columns, and idd."""

    columns: list[str]
    rows: list[dict[str, Any]]
    next_after: int | None = Field(description="Send it as `after` for the next page; null at the end.")
