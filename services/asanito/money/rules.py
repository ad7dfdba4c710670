"""What a document is worth in the source, what of it was posted, and what differs. Pure; whole Rial only.

Source: requirements (a daily money check) and domain page, section 3 (Money). The posted amount is reckoned anew from
what was last sent, so that a fault between reading and sending shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from services.asanito.invoices.rules import DEDUCTION, read_service_invoice, read_store_invoice
from services.asanito.receipts.rules import read_receipt
from services.asanito.source.rules import Kind
from services.asanito.sync.rules import NotSent, State

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from uuid import UUID

    from services.asanito.options import SyncOptions
    from services.asanito.ports import Payload

MOVING = (Kind.STORE_INVOICE, Kind.SERVICE_INVOICE, Kind.RECEIPT)
"""The kinds that are money."""

MOST_LISTED = 1000


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the source with what is known of it in Asanito.

    Args:
        items: key and row of each live line of a store invoice.
        is_gone: deleted or no longer there in the source.
        is_before_start: below the start point, so nobody means to send it.
        person: whose it is, through versions and duplicates; None when the source names nobody.
        origin: how it came to its id in Asanito; None without one.
    """

    kind: Kind
    key: UUID
    day: date
    row: dict[str, Any]
    items: list[tuple[UUID, dict[str, Any]]]
    is_gone: bool
    is_before_start: bool
    person: UUID | None
    state: State
    reason_code: str | None
    asanito_id: int | None
    origin: str | None
    payload: Payload | None
    steps: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Compared:
    """What one document is worth on both sides.

    Args:
        source: in the source; 0 when it is deleted there or its amount can't be read.
        posted: in Asanito, as last sent.
        left_out: of the source's amount what nobody means to post, or what was in Asanito before us.
        code: what is wrong; None when nothing is. `not_posted, not_finished, amount_differs, unreadable,
            deleted_at_source`.
    """

    source: int
    posted: int
    left_out: int
    code: str | None

    @property
    def difference(self) -> int:
        return self.source - self.posted - self.left_out


@dataclass(slots=True)
class Sums:
    """A day's documents of one kind, added up."""

    count: int = 0
    source: int = 0
    posted: int = 0
    left_out: int = 0

    @property
    def difference(self) -> int:
        return self.source - self.posted - self.left_out


@dataclass(slots=True)
class Books:
    """Everything of a range of days: sums, what differs (the first so many), and balances by person."""

    days: dict[tuple[date, Kind], Sums] = field(default_factory=dict)
    differences: list[tuple[Document, Compared]] = field(default_factory=list)
    differing: int = 0
    balances: dict[UUID, list[int]] = field(default_factory=dict)

    def add(self, documents: Iterable[Document], sync: SyncOptions, *, rial_factor: int) -> None:
        for document in documents:
            found = compare(document, sync, rial_factor=rial_factor)
            sums = self.days.setdefault((document.day, document.kind), Sums())
            sums.count += 1
            sums.source += found.source
            sums.posted += found.posted
            sums.left_out += found.left_out
            if document.person:
                sign = -1 if document.kind is Kind.RECEIPT else 1
                balance = self.balances.setdefault(document.person, [0, 0])
                balance[0] += sign * (found.source - found.left_out)
                balance[1] += sign * found.posted
            if found.code and (found.code == "unreadable" or abs(found.difference) > sync.money_tolerance):
                self.differing += 1
                if len(self.differences) < MOST_LISTED:
                    self.differences.append((document, found))


def compare(document: Document, sync: SyncOptions, *, rial_factor: int = 1) -> Compared:
    """Both sides of one document."""
    posted = posted_amount(document) if document.payload else 0
    if document.is_gone:
        return Compared(0, posted, 0, "deleted_at_source" if posted else None)
    source = source_amount(document, sync, rial_factor)
    unwanted = document.is_before_start or document.state is State.IGNORED
    if source is None:
        return Compared(0, posted, 0, None if unwanted and not posted else "unreadable")
    if document.payload is not None:
        return Compared(source, posted, 0, "amount_differs" if posted != source else None)
    # Bound without ever having been sent by us: it was there before, with an amount that we do not know.
    if unwanted if document.asanito_id is None else document.origin != "created":
        return Compared(source, 0, source, None)
    return Compared(source, 0, 0, "not_posted" if document.asanito_id is None else "not_finished")


def source_amount(document: Document, sync: SyncOptions, rial_factor: int) -> int | None:
    """What the source says; None when it can't be read."""
    try:
        if document.kind is Kind.STORE_INVOICE:
            return read_store_invoice(document.row, document.items, rial_factor=rial_factor).total
        if document.kind is Kind.SERVICE_INVOICE:
            return read_service_invoice(document.key, document.row, rial_factor=rial_factor).total
        return read_receipt(document.row, sync, rial_factor=rial_factor).amount
    except NotSent:
        return None


def posted_amount(document: Document) -> int:
    """What was last sent of it; nothing of what was cancelled in Asanito."""
    payload = document.payload or {}
    if document.steps.get("cancelled"):
        return 0
    if document.kind is Kind.RECEIPT:
        return sum(int(paid["amount"]) for paid in (*payload["cashPayments"], *payload["checkPayments"]))
    lines = sum(_line(item) for item in payload["items"])
    return lines + sum(_charge(charge, lines) for charge in payload["additionDeductions"])


def _line(item: dict[str, Any]) -> int:
    gross = int(item["count"]) * int(item["unitPrice"])
    if item["discountType"]:
        return gross - _share(gross, item["discountPercent"])
    return gross - int(item["discountAmount"])


def _charge(charge: dict[str, Any], lines: int) -> int:
    amount = _share(lines, charge["percent"]) if charge["calcType"] else int(charge["amount"])
    return -amount if charge["type"] == DEDUCTION else amount


def _share(amount: int, percent: object) -> int:
    """A percentage of an amount; halves of a Rial rounded up, as the source reckons."""
    return int((amount * Decimal(str(percent)) / 100).to_integral_value(ROUND_HALF_UP))
