"""What callers ask and get about money; amounts are whole Rial."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.asanito.source.rules import Kind
from services.asanito.sync.rules import State


class MoneyQuery(BaseModel):
    """Which days; the seven before today when nothing is said."""

    model_config = ConfigDict(extra="forbid")

    since: date | None = Field(None, alias="from", description="First day, by the date of issue or payment.")
    until: date | None = Field(None, alias="to", description="Last day.")
    balances: bool = Field(False, description="List the persons whose balances differ as well.")


class MoneyOfDay(BaseModel):
    """A day's documents of one kind: `source - posted - left_out = difference`."""

    day: date
    kind: Kind
    count: int
    source: int = Field(description="Sum of the source's live documents.")
    posted: int = Field(description="Sum of what was last sent of them.")
    left_out: int = Field(
        description="Of the source's sum what nobody means to post (ignored, below the start point), or what was in "
        "Asanito before us."
    )
    difference: int
    within_tolerance: bool


class MoneyDifference(BaseModel):
    """A document that is not the same on both sides."""

    day: date
    kind: Kind
    key: UUID
    source: int
    posted: int
    difference: int
    code: Literal["not_posted", "not_finished", "amount_differs", "unreadable", "deleted_at_source"]
    state: State
    reason_code: str | None
    asanito_id: int | None


class MoneyBalance(BaseModel):
    """Invoices less payments of one person in these days, where both sides differ."""

    person: UUID
    source: int
    posted: int
    difference: int


class MoneyCheck(BaseModel):
    """The comparison of a range of days."""

    since: date = Field(serialization_alias="from")
    until: date = Field(serialization_alias="to")
    tolerance: str = Field(description="Differences up to that are not listed; a decimal number as text.")
    source: int
    posted: int
    left_out: int
    difference: int
    differing: int = Field(description="Documents that differ; the first thousand of them are listed.")
    days: list[MoneyOfDay]
    differences: list[MoneyDifference]
    balances: list[MoneyBalance] | None = Field(None, description="Null unless asked for.")
