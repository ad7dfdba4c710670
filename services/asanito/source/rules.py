"""The six source tables: their columns, which of them identify, refer, count and date, and what of a row is hashed.

Source: domain page 1.1 (columns) and its opening box (what is kept). Pure.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import orjson

from services.asanito.formats.persian import normalise_mobile, normalise_national_code, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.asanito.ports import SourceRow, SourceValues

# Asanito ids that mean "not created yet" (domain 1.2).
PLACEHOLDER_IDS = frozenset({"", "0", "1"})
# Columns that are the old application's word, or ours mirrored back: never content.
NOT_CONTENT = frozenset({"idd", "fetchStatus", "fetchMessage", "isChange", "ischange"})


class Kind(StrEnum):
    """What a thing of the source is for the bridge."""

    PERSON = "person"
    PRODUCT = "product"
    STORE_INVOICE = "store_invoice"
    SERVICE_INVOICE = "service_invoice"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Table:
    """One source table.

    Args:
        kind: what its groups are; None for lines, which belong to their invoice.
        key: column that all versions of one thing share.
        version: column that identifies the row.
        label: columns of what people call it.
        parent, product, date, amount, deleted, aid: columns, empty where the table has none.
        columns: all of them, as they are written in the source.
    """

    name: str
    kind: Kind | None
    key: str
    version: str
    label: tuple[str, ...]
    columns: tuple[str, ...]
    aid: str = ""
    parent: str = ""
    product: str = ""
    date: str = ""
    amount: str = ""
    deleted: str = ""


TRACKING = ("fetchStatus", "fetchMessage", "idd")

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "membership",
            Kind.PERSON,
            key="personVId",
            version="memberVId",
            label=("name", "lastname"),
            aid="memberAid",
            columns=(
                *("memberAid", "personVId", "memberVId", "Creator", "modifier", "MembershipCode"),
                *("FinancialAccountCode", "name", "lastname", "CodeMelli", "Address1", "TelNumber1"),
                *("MobilePhoneNumber1", "DebtorAmount", "Description", "gender", "jobpost", "Birthday"),
                *("PersianMembershipDate", "RecognitionMethods", "isChange", "wallet", *TRACKING),
            ),
        ),
        Table(
            "service",
            Kind.PRODUCT,
            key="serviceVid",
            version="serviceVid",
            label=("title",),
            aid="serviceAid",
            amount="price",
            columns=(
                *("serviceAid", "serviceVid", "type", "code", "title", "unitref", "serviceGroup", "price", "isChange"),
                *TRACKING,
            ),
        ),
        Table(
            "invoiceHed",
            Kind.STORE_INVOICE,
            key="invoiceVID",
            version="invoiceVID",
            label=("Title",),
            aid="invoiceAID",
            parent="PersonVID",
            date="IssueDate",
            deleted="isDelete",
            columns=(
                *("invoiceVID", "invoiceAID", "Title", "OrganizationID", "IssueDate", "SellDate", "PersonVID"),
                *("TaxPercent", "AdditionDeductionAmount", "CreatorUserVID", "isDelete", "isChange", *TRACKING),
            ),
        ),
        Table(
            "invoiceItem",
            None,
            key="itemVID",
            version="itemVID",
            label=("Title",),
            aid="ItemAID",
            parent="invoiceVID",
            product="ProducVtID",
            amount="UnitPrice",
            deleted="isDelete",
            columns=(
                *("invoiceVID", "Title", "ItemAID", "itemVID", "ProducVtID", "count", "UnitPrice", "DiscountAmount"),
                *("ProductUnitVID", "ProductType", "index", "isDelete", "isChange", *TRACKING),
            ),
        ),
        Table(
            "ServiceInvoice",
            Kind.SERVICE_INVOICE,
            key="id",
            version="id",
            label=("title",),
            aid="invoiceAID",
            parent="personid",
            product="ProducVtID",
            date="IssueDate",
            amount="UnitPrice",
            deleted="isdelete",
            columns=(
                *("id", "invoiceAID", "title", "OrganizationID", "IssueDate", "SellDat", "personid", "TaxPercent"),
                *("discount", "CreatorUser", "UnitPrice", "count", "selTypeId", "ProducVtID", "ServiceTitle"),
                *("ProductUnitVID", "ProductType", "index", "isdelete", "ischange", *TRACKING),
            ),
        ),
        Table(
            "receipt",
            Kind.RECEIPT,
            key="vID",
            version="vID",
            label=("title",),
            aid="aID",
            parent="personid",
            date="tarikh",
            amount="Amount",
            deleted="isDelete",
            columns=(
                *("aID", "vID", "tarikh", "personid", "fullname", "title", "Amount", "modeldaryaft", "ReceiveType"),
                *("BankName", "ChequeNumber", "sarresidcheck", "BankAccount", "Creator", "modifier", "isChange"),
                *("isDelete", *TRACKING),
            ),
        ),
    )
}
CONTENT: dict[str, tuple[str, ...]] = {
    table.name: tuple(sorted(set(table.columns) - NOT_CONTENT - {table.aid})) for table in TABLES.values()
}
"""Table → the columns that are hashed."""
KINDS: dict[Kind, Table] = {table.kind: table for table in TABLES.values() if table.kind}


class StagedRow(NamedTuple):
    """A row of the source as `src_rows` takes it, in the order of its columns."""

    table_name: str
    key: UUID
    version_key: UUID
    idd: int
    hash: bytes
    row: dict[str, Any]
    is_deleted: bool
    parent_key: UUID | None
    product_key: UUID | None
    document_date: date | None
    amount: Decimal | None
    mobile: str | None
    national_code: str | None
    source_aid: str | None
    source_status: str | None
    label: str


class NotAKeyError(ValueError):
    """A row without a usable key can't be a thing of its own."""


NO_LETTER = "\ufffd"
"""What stands for a NUL, which PostgreSQL does not hold: one would keep out its whole block."""


def plain(value: Any) -> Any:
    """A source value as JSON holds it: exact numbers as text, dates as ISO, UUIDs in lower case."""
    match value:
        case bool() | int() | None:
            return value
        case Decimal():
            return format(value.normalize(), "f")
        case datetime() | date():
            return value.isoformat()
        case UUID():
            return str(value)
        case _:
            return str(value).replace("\x00", NO_LETTER)


def digest_of(content: Sequence[Any]) -> bytes:
    """SHA-256 of what a row says: the values of its table's `CONTENT` in their order, as read or as held."""
    return hashlib.sha256(orjson.dumps(content, default=plain).replace(b"\\u0000", NO_LETTER.encode())).digest()


def read_aid(value: Any) -> str | None:
    """The Asanito id that a source row names; None when it is none that counts."""
    found = "" if value is None else str(value).strip()
    return None if found in PLACEHOLDER_IDS else found


def read_uuid(value: Any) -> UUID | None:
    """A reference; None when the column is empty or holds no UUID."""
    try:
        return UUID(str(value)) if value else None
    except ValueError:
        return None


def stage(table: Table, row: SourceRow) -> StagedRow:
    """A row as read, made ready for `src_rows`.

    Raises:
        NotAKeyError: it has no key.
    """
    held = {name: plain(row.get(name)) for name in table.columns}
    key, version = read_uuid(held[table.key]), read_uuid(held[table.version])
    if key is None or version is None:
        raise NotAKeyError(f"{table.name} idd {held['idd']} has no {table.key}")
    when = row.get(table.date)
    amount = row.get(table.amount)
    member = table.kind is Kind.PERSON
    return StagedRow(
        table_name=table.name,
        key=key,
        version_key=version,
        idd=int(held["idd"]),
        hash=digest_of([held[name] for name in CONTENT[table.name]]),
        row=held,
        is_deleted=bool(row.get(table.deleted)),
        parent_key=read_uuid(held.get(table.parent)),
        product_key=read_uuid(held.get(table.product)),
        document_date=when.date() if isinstance(when, datetime) else when,
        amount=Decimal(amount) if amount is not None else None,
        mobile=normalise_mobile(held["MobilePhoneNumber1"]) if member else None,
        national_code=normalise_national_code(held["CodeMelli"]) if member else None,
        source_aid=read_aid(held[table.aid]),
        source_status=held["fetchStatus"],
        label=tidy(" ".join(str(held[name] or "") for name in table.label)),
    )


GUIDS = frozenset(
    {
        *("personVId", "memberVId", "serviceVid", "invoiceVID", "OrganizationID", "PersonVID", "CreatorUserVID"),
        *("itemVID", "ProducVtID", "id", "personid", "CreatorUser", "vID", "ReceiveType", "BankAccount"),
    }
)
"""Columns that hold GUIDs; looking at these alone keeps reading a million rows quick."""


def rows_of(values: SourceValues) -> list[SourceRow]:
    """Rows by column, GUIDs as lower-case text, whatever the driver makes of them."""
    guids = [name for name in values.names if name in GUIDS]
    found = [dict(zip(values.names, row, strict=True)) for row in values.rows]
    for row in found:
        for name in guids:
            value = row[name]
            if isinstance(value, UUID):
                row[name] = str(value)
    return found


EXPLORABLE: dict[str, tuple[str, ...]] = {
    "membership": (
        *("personVId", "memberVId", "name", "lastname", "CodeMelli", "MobilePhoneNumber1", "fetchStatus"),
        "RecognitionMethods",
    ),
    "service": ("serviceVid", "title", "code", "serviceGroup", "fetchStatus"),
    "invoiceHed": ("invoiceVID", "PersonVID", "CreatorUserVID", "OrganizationID", "Title", "fetchStatus"),
    "invoiceItem": ("itemVID", "invoiceVID", "ProducVtID", "Title", "fetchStatus"),
    "ServiceInvoice": ("id", "personid", "ProducVtID", "CreatorUser", "title", "ServiceTitle", "fetchStatus"),
    "receipt": ("vID", "personid", "fullname", "modeldaryaft", "BankName", "ChequeNumber", "fetchStatus"),
}
"""What the data explorer may show and search; nothing else leaves the source by that door (domain 1.6)."""
