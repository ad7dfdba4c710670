"""The jobs that send one kind of record each. They share one key: one of them runs at a time, the others queue."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from common.jobs import JobSet, Outcome, RunContext
from services.asanito.sync.service import Wanted

if TYPE_CHECKING:
    from services.asanito.resources import Resources

jobs = JobSet()


class SyncRecords(BaseModel):
    """Which records; all that are due when nothing is said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: list[UUID] | None = Field(None, max_length=1000, description="Only these records.")
    limit: int | None = Field(None, ge=1, description="At most so many records.")

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.keys, self.limit)


def writes_to_asanito(_: BaseModel) -> str:
    """The key of every job that changes Asanito."""
    return "asanito"


SENDS: dict[str, Any] = {
    "payload": SyncRecords,
    "key": writes_to_asanito,
    "dedupe": lambda payload: payload.model_dump_json(),
    "timeout_seconds": 6 * 3600,
    "dry_run": True,
}


@jobs.job("contacts", title="Contacts", **SENDS)
async def sync_contacts(run: "RunContext[Resources]", payload: SyncRecords) -> Outcome:
    """Makes or updates a contact for each member."""
    return await run.resources.sync.sync(run, run.resources.contacts, payload.wanted)


@jobs.job("products", title="Products", **SENDS)
async def sync_products(run: "RunContext[Resources]", payload: SyncRecords) -> Outcome:
    """Makes or updates a product for each service, and its category."""
    return await run.resources.sync.sync(run, run.resources.products, payload.wanted)


@jobs.job("store-invoices", title="Store invoices", **SENDS)
async def sync_store_invoices(run: "RunContext[Resources]", payload: SyncRecords) -> Outcome:
    """Issues and confirms the invoices of the store, and opens their deals."""
    return await run.resources.sync.sync(run, run.resources.store_invoices, payload.wanted)


@jobs.job("service-invoices", title="Service invoices", **SENDS)
async def sync_service_invoices(run: "RunContext[Resources]", payload: SyncRecords) -> Outcome:
    """Issues and confirms the invoices of services, and opens their deals."""
    return await run.resources.sync.sync(run, run.resources.service_invoices, payload.wanted)


@jobs.job("receipts", title="Receipts", **SENDS)
async def sync_receipts(run: "RunContext[Resources]", payload: SyncRecords) -> Outcome:
    """Posts each payment once, as operating income of its person."""
    return await run.resources.sync.sync(run, run.resources.receipts, payload.wanted)
