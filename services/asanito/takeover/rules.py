"""What the tables of the application before us mean here. Pure. Source: domain page 1.3 to 1.5."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from services.asanito.mappings.rules import MappingType
from services.asanito.source.rules import read_uuid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.asanito.ports import SourceRow

OLD_JOBS = {
    "preprocess_deduplicate_members": "dedupe",
    "sync_contacts_from_memberships": "contacts",
    "sync_services_to_products": "products",
    "sync_store_invoices": "store-invoices",
    "sync_service_invoices": "service-invoices",
    "sync_receipts_to_income": "receipts",
}
"""The jobs of the application before us, and what they are called here."""
WORDS = frozenset({"SYNCED", "FAILED", "IGNORED"})
"""Statuses that say something; pending, skipped and superseded rows are simply looked at again."""
AN_ID = re.compile(r"[1-9][0-9]{0,17}")
DEFAULTS = {
    "HostWarehouseID": "host_warehouse_id",
    "DefaultCityID": "city_id",
    "DefaultReceiptAccountID": "receipt_account_id",
}
STARTS = {
    "membership": "membership",
    "service": "service",
    "invoiceHed": "invoice_hed",
    "ServiceInvoice": "service_invoice",
    "receipt": "receipt",
}


@dataclass(slots=True)
class Settled:
    """The `mapping` table, sorted by where each of it belongs here.

    Args:
        options: topic → field → value.
        notes: rows that mean nothing here.
    """

    mappings: list[tuple[MappingType, str, str, str]] = field(default_factory=list)
    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def sort_mappings(rows: Iterable[Mapping[str, Any]]) -> Settled:
    """Mappings, defaults, start points and switches of one table that held them all."""
    found = Settled()
    kinds = {kind.value for kind in MappingType}
    for row in rows:
        kind, source_id, value = row["map_type"], row["source_id"], str(row["asanito_id"] or "").strip()
        if kind in kinds and AN_ID.fullmatch(value):
            spelt = read_uuid(source_id)  # GUIDs stand there in either case
            key = str(spelt) if spelt else source_id
            found.mappings.append((MappingType(kind), key, row["source_name"] or "", value))
        elif kind == "Defaults" and source_id in DEFAULTS and AN_ID.fullmatch(value):
            found.options.setdefault("defaults", {})[DEFAULTS[source_id]] = int(value)
        elif kind == "MinimumIddFilter" and source_id in STARTS and value.isdigit():
            found.options.setdefault("start_points", {})[STARTS[source_id]] = int(value)
        elif (kind, source_id) == ("SystemSettings", "InvoicePersonLookupKey") and value in ("memberVId", "personVId"):
            found.options.setdefault("source", {})["person_reference"] = value
        elif (kind, source_id) == ("SystemSettings", "DealCreationEnabled"):
            found.options.setdefault("sync", {})["deals"] = value == "1"
        elif value:
            found.notes.append(f"{kind} {source_id}: {value!r} means nothing here")
    return found


def schedule_note(row: SourceRow) -> str:
    """When a job ran before, in the words of a schedule of ours."""
    try:
        when = json.loads(row["trigger_args"] or "{}")
    except ValueError:
        when = {}
    day = "*" if when.get("day_of_week") in (None, "*") else str(when["day_of_week"])
    parts = (when.get("minute", "0"), when.get("hour", "*"), when.get("day", "*"), when.get("month", "*"), day)
    name = OLD_JOBS.get(row["job_id"], "no job here")
    return f"{row['job_id']} ({name}): {' '.join(map(str, parts))}, {'on' if row['is_enabled'] else 'off'}"


@dataclass(frozen=True, slots=True)
class Word:
    """What stood beside one row."""

    asanito_id: int
    status: str
    message: str


def word_of(aid: str | None, status: str | None, message: str | None) -> Word | None:
    """The id and status of a row; None when they say nothing."""
    number = int(aid) if aid and AN_ID.fullmatch(aid) else 0
    known = (status or "").strip().upper()
    if not number and known not in WORDS:
        return None
    return Word(number, known, (message or "")[:1000])
