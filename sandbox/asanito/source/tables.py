"""The legacy tables as rows of plain values: their columns, keys, and rows with everything left out set to nothing."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

SERVICE = "service"
MEMBERSHIP = "membership"
INVOICE = "invoiceHed"
ITEM = "invoiceItem"
SERVICE_INVOICE = "ServiceInvoice"
RECEIPT = "receipt"

STATUS = ("fetchStatus", "fetchMessage", "idd")
COLUMNS: dict[str, tuple[str, ...]] = {
    SERVICE: (
        *("serviceAid", "serviceVid", "type", "code", "title", "unitref", "serviceGroup", "price", "isChange"),
        *STATUS,
    ),
    MEMBERSHIP: (
        *("memberAid", "personVId", "memberVId", "Creator", "modifier", "MembershipCode", "FinancialAccountCode"),
        *("name", "lastname", "CodeMelli", "Address1", "TelNumber1", "MobilePhoneNumber1", "DebtorAmount"),
        *("Description", "gender", "jobpost", "Birthday", "PersianMembershipDate", "RecognitionMethods"),
        *("isChange", "wallet", *STATUS),
    ),
    INVOICE: (
        *("invoiceVID", "invoiceAID", "Title", "OrganizationID", "IssueDate", "SellDate", "PersonVID", "TaxPercent"),
        *("AdditionDeductionAmount", "CreatorUserVID", "isDelete", "isChange", *STATUS),
    ),
    ITEM: (
        *("invoiceVID", "Title", "ItemAID", "itemVID", "ProducVtID", "count", "UnitPrice", "DiscountAmount"),
        *("ProductUnitVID", "ProductType", "index", "isDelete", "isChange", *STATUS),
    ),
    SERVICE_INVOICE: (
        *("id", "invoiceAID", "title", "OrganizationID", "IssueDate", "SellDat", "personid", "TaxPercent"),
        *("discount", "CreatorUser", "UnitPrice", "count", "selTypeId", "ProducVtID", "ServiceTitle"),
        *("ProductUnitVID", "ProductType", "index", "isdelete", "ischange", *STATUS),
    ),
    RECEIPT: (
        *("aID", "vID", "tarikh", "personid", "fullname", "title", "Amount", "modeldaryaft", "ReceiveType"),
        *("BankName", "ChequeNumber", "sarresidcheck", "BankAccount", "Creator", "modifier"),
        *("isChange", "isDelete", *STATUS),
    ),
}
# The rows that share this value are versions of one thing.
GROUP = {
    SERVICE: "serviceVid",
    MEMBERSHIP: "personVId",
    INVOICE: "invoiceVID",
    ITEM: "itemVID",
    SERVICE_INVOICE: "id",
    RECEIPT: "vID",
}
ASANITO_ID = {
    SERVICE: "serviceAid",
    MEMBERSHIP: "memberAid",
    INVOICE: "invoiceAID",
    ITEM: "ItemAID",
    SERVICE_INVOICE: "invoiceAID",
    RECEIPT: "aID",
}
DELETED = {INVOICE: "isDelete", ITEM: "isDelete", SERVICE_INVOICE: "isdelete", RECEIPT: "isDelete"}
CHANGED = {SERVICE_INVOICE: "ischange"}


def blank(table: str, **values: Any) -> Row:
    """A row with those values and nothing else; the number comes from whoever appends it."""
    row: Row = dict.fromkeys(name for name in COLUMNS[table] if name != "idd")
    row[CHANGED.get(table, "isChange")] = True
    if table in DELETED:
        row[DELETED[table]] = False
    row.update(values)
    return row
