"""What may be done with all the files that the list shows: a decision, for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.bulk import BulkAction, BulkCall, BulkList
from services.invoices.decisions.rules import Decision
from services.invoices.decisions.schemas import Discard
from services.invoices.imports.repository import FILES
from services.invoices.imports.schemas import FileQuery

if TYPE_CHECKING:
    from services.invoices.resources import Resources


async def discard(call: BulkCall[Resources]) -> None:
    await call.resources.decisions.discard_within(call.conn, call.id, call.who, call.options.reason)


DISCARDABLE = ", ".join(f"'{state}'" for state in sorted(Decision.DISCARD.states))

FILES_IN_BULK: BulkList[Resources] = BulkList(
    "files",
    FileQuery,
    lambda _query: FILES,
    [BulkAction("discard", "Discard many files", discard, applies=f"state IN ({DISCARDABLE})", options=Discard)],
    unit="files",
    link="/invoices/files/{id}",
)
