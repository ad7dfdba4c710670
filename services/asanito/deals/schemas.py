"""What callers send and get about deals and the products that open them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from common.filters import Among, Instants, Terms, Text
from common.listing import ListQuery
from services.asanito.deals.rules import DealAction, actions_for
from services.asanito.sync.rules import State

DealState = Literal["pending", "synced", "skipped", "failed", "uncertain", "ignored"]
STATES: tuple[DealState, ...] = ("pending", "synced", "skipped", "failed", "uncertain", "ignored")
# All its digits: a decimal of the database may come as 1.5E+7.
Amount = Annotated[Decimal, PlainSerializer(lambda value: f"{value:f}", return_type=str)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class DealQuery(ListQuery):
    """Filters of deals."""

    state: Annotated[Terms | None, Among(STATES)] = None
    reason: Terms | None = None
    q: Text = ""
    updated_at: Instants | None = None


class Deal(BaseModel):
    """The deal of one line of an invoice."""

    invoice_kind: Literal["store_invoice", "service_invoice"]
    invoice_key: UUID
    item_key: UUID
    state: DealState
    reason_code: str | None
    message: str
    deal_id: int | None
    title: str
    amount: Amount
    last_run_id: UUID | None
    created_at: datetime
    updated_at: datetime
    actions: list[DealAction]

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        """A row of the list."""
        values = {name: row[name] for name in cls.model_fields if name != "actions"}
        return cls(**values, actions=actions_for(State(row["state"])))


class TriggerProduct(BaseModel):
    """A product of Asanito whose sale opens a deal."""

    model_config = ConfigDict(extra="forbid")

    asanito_product_id: int = Field(gt=0)
    product_title: Title
    product_category: Title = ""
    funnel_id: int | None = Field(None, gt=0)
    funnel_level_id: int | None = Field(None, gt=0, description="Empty: its deals wait until a level is chosen.")


class TriggerProducts(BaseModel):
    """All of them; saving replaces the list."""

    model_config = ConfigDict(extra="forbid")

    items: list[TriggerProduct] = Field(max_length=500)


class TargetProduct(BaseModel):
    """A product as Asanito finds it."""

    id: int
    title: str
    code: str


class TargetQuery(BaseModel):
    """What to look for in Asanito."""

    model_config = ConfigDict(extra="forbid")

    search: str = Field("", max_length=100)
    page: int = Field(0, ge=0, le=1000)


class FunnelQuery(BaseModel):
    """A funnel of Asanito."""

    model_config = ConfigDict(extra="forbid")

    funnel_id: int = Field(gt=0)


class FunnelLevel(BaseModel):
    """A level of a funnel; the first is where deals begin."""

    id: int
    title: str


class DealNote(BaseModel):
    """Why somebody decides so; goes into the audit."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


class BindDeal(DealNote):
    """Which deal of Asanito it is, on an administrator's word."""

    deal_id: int = Field(gt=0)
