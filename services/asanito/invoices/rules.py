"""Invoices of the source, read, and Asanito's invoice payloads. Pure.

Source: domain page 1.1 (columns), 2.4 (payload, discounts, additions, dates) and 7.7 (what is required).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from services.asanito.formats.jalali import jalali_text
from services.asanito.formats.money import NotMoneyError, column, percent
from services.asanito.formats.persian import tidy
from services.asanito.source.rules import read_uuid
from services.asanito.sync.rules import fail

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from services.asanito.ports import Payload

SALE = 1
CONFIRMED, CANCELLED = 3, 6
ADDITION, DEDUCTION, TAX = 1, 2, 3
TITLES = {ADDITION: "اضافات", DEDUCTION: "کسورات", TAX: "مالیات"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an invoice; amounts in Rial."""

    key: UUID
    product_key: UUID
    title: str
    count: int
    unit_price: int
    discount: int
    unit: Any
    type: Any
    index: int

    @property
    def amount(self) -> int:
        return self.unit_price * self.count - self.discount


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice of either table.

    Args:
        person_key: any version of the person.
        issued_at, sold_at: wall time of the source's zone.
        addition: what is added to the sum of the lines, or taken off it when negative.
    """

    title: str
    organization: Any
    creator: Any
    person_key: UUID
    issued_at: datetime
    sold_at: datetime
    tax_percent: Decimal
    addition: int
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        """What Asanito should reckon as well; halves of a Rial rounded up."""
        lines = sum(line.amount for line in self.lines)
        tax = (lines * self.tax_percent / 100).to_integral_value(ROUND_HALF_UP)
        return lines + self.addition + int(tax)


@dataclass(frozen=True, slots=True)
class Ids:
    """What the invoice's references are in Asanito."""

    person: int
    organization: int
    owner: int
    account: int
    warehouse: int
    products: dict[UUID, int]
    units: dict[UUID, int]
    types: dict[UUID, int]


def read_store_invoice(
    row: dict[str, Any], items: Sequence[tuple[UUID, dict[str, Any]]], *, rial_factor: int = 1
) -> Invoice:
    """A header of `invoiceHed` and its live lines.

    Raises:
        NotSent: `invalid_data`.
    """
    if not items:
        raise fail("invalid_data", "The invoice has no lines.")
    with_index = enumerate(items, 1)
    try:
        lines = numbered([_line(key, item, place, rial_factor) for place, (key, item) in with_index])
        addition = column(row, "AdditionDeductionAmount", rial_factor)
    except NotMoneyError as error:
        raise fail("invalid_data", str(error)) from error
    issued = _when(row, "IssueDate")
    invoice = Invoice(
        title=_title(row["Title"]),
        organization=row["OrganizationID"],
        creator=row["CreatorUserVID"],
        person_key=_person(row["PersonVID"]),
        issued_at=issued,
        sold_at=_when(row, "SellDate", issued),
        tax_percent=_tax(row),
        addition=addition,
        lines=lines,
    )
    if invoice.total < 0:
        raise fail("invalid_data", f"The sum is negative: {invoice.total}.", column="AdditionDeductionAmount")
    return invoice


def numbered(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines with an index each: lines of one index could not be told apart in Asanito's answers."""
    if len({line.index for line in lines}) == len(lines):
        return tuple(lines)
    return tuple(replace(line, index=place) for place, line in enumerate(lines, 1))


def read_service_invoice(key: UUID, row: dict[str, Any], *, rial_factor: int = 1) -> Invoice:
    """A row of `ServiceInvoice`, header and line in one.

    Raises:
        NotSent: `invalid_data`.
    """
    item = {**row, "Title": row["ServiceTitle"], "DiscountAmount": row["discount"]}
    try:
        line = _line(key, item, 1, rial_factor)
    except NotMoneyError as error:
        raise fail("invalid_data", str(error)) from error
    issued = _when(row, "IssueDate")
    return Invoice(
        title=_title(row["title"]),
        organization=row["OrganizationID"],
        creator=row["CreatorUser"],
        person_key=_person(row["personid"]),
        issued_at=issued,
        sold_at=_when(row, "SellDat", issued),
        tax_percent=_tax(row),
        addition=0,
        lines=(line,),
    )


def issue_payload(invoice: Invoice, ids: Ids) -> Payload:
    """The body of `Invoice/issue`."""
    return {
        "title": invoice.title,
        "organizationID": ids.organization,
        "invoiceType": SALE,
        "date": jalali_text(invoice.issued_at),
        "personID": ids.person,
        "personIDs": [],
        "companyIDs": [],
        "items": [line_payload(line, ids) for line in invoice.lines],
        "additionDeductions": charges(invoice),
        "onlinePayment": False,
        "ownerUserID": ids.owner,
        "bankAccountID": ids.account,
    }


def edit_payload(payload: Payload, asanito_id: int, lines: dict[int, int]) -> Payload:
    """The body of `Invoice/edit` out of that of `issue`.

    Args:
        lines: ids of the lines that Asanito has, by index.
    """
    kept = {name: value for name, value in payload.items() if name not in {"personIDs", "items"}}
    edited = [{**item, "id": lines[item["index"]]} for item in payload["items"] if item["index"] in lines]
    present = {item["index"] for item in payload["items"]}
    return {
        **kept,
        "id": asanito_id,
        "DeletedItemIDs": [line_id for index, line_id in lines.items() if index not in present],
        "EditedItems": edited,
        "NewItems": [item for item in payload["items"] if item["index"] not in lines],
    }


def lines_by_index(lines: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Ids of lines in Asanito; empty when two have one index, since then nobody can tell which is which."""
    found = dict(lines)
    return found if len(found) == len(lines) else {}


def line_payload(line: Line, ids: Ids) -> Payload:
    """One line; a discount is by amount (`discountType` false), no discount is 0 percent."""
    discount: Payload = (
        {"discountType": False, "discountAmount": str(line.discount), "discountPercent": "0"}
        if line.discount
        else {"discountType": True, "discountAmount": 0, "discountPercent": "0"}
    )
    return {
        "productID": ids.products[line.product_key],
        "title": line.title,
        "count": line.count,
        "unitPrice": line.unit_price,
        "productUnitID": ids.units[line.key],
        "hostWarehouseID": ids.warehouse,
        "productType": ids.types[line.key],
        "index": line.index,
        **discount,
    }


def charges(invoice: Invoice) -> list[Payload]:
    """Tax in percent, an addition or a deduction as an amount; nothing for what is 0."""
    found: list[Payload] = []
    if invoice.tax_percent:
        found.append({"title": TITLES[TAX], "type": TAX, "calcType": True, "percent": percent(invoice.tax_percent)})
    if invoice.addition:
        kind = ADDITION if invoice.addition > 0 else DEDUCTION
        found.append({"title": TITLES[kind], "type": kind, "calcType": False, "amount": abs(invoice.addition)})
    return found


def _line(key: UUID, item: dict[str, Any], place: int, rial_factor: int) -> Line:
    product = read_uuid(item["ProducVtID"])
    if product is None:
        raise fail("invalid_data", f"Line {place} names no product.", line=place)
    count = int(item["count"] or 0)
    if count <= 0:
        raise fail("invalid_data", f"Line {place} counts {count}.", line=place)
    line = Line(
        key=key,
        product_key=product,
        title=tidy(item["Title"]),
        count=count,
        unit_price=column(item, "UnitPrice", rial_factor),
        discount=column(item, "DiscountAmount", rial_factor),
        unit=item["ProductUnitVID"],
        type=item["ProductType"],
        index=int(item["index"] or place),
    )
    if line.unit_price < 0 or line.discount < 0 or line.amount < 0:
        raise fail("invalid_data", f"Line {place} has a negative amount.", line=place)
    return line


def _title(value: Any) -> str:
    title = tidy(value)
    if not title:
        raise fail("invalid_data", "The invoice has no number.")
    return title


def _person(value: Any) -> UUID:
    person = read_uuid(value)
    if person is None:
        raise fail("invalid_data", "The invoice names no person.")
    return person


def _when(row: dict[str, Any], name: str, otherwise: datetime | None = None) -> datetime:
    if row[name]:
        return datetime.fromisoformat(row[name])
    if otherwise is None:
        raise fail("invalid_data", f"The invoice has no {name}.", column=name)
    return otherwise


def _tax(row: dict[str, Any]) -> Decimal:
    tax = Decimal(row["TaxPercent"] or 0)
    if not 0 <= tax <= 100:  # noqa: PLR2004 - percent
        raise fail("invalid_data", f"The tax is {tax} percent.", column="TaxPercent")
    return tax
