"""A receipt of the source as Asanito's operating income. Pure. Source: domain page 1.5 (accounts), 2.5, 7.7."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from services.asanito.formats.jalali import jalali_text
from services.asanito.formats.money import NotMoneyError, column, in_words
from services.asanito.formats.persian import comparison_key, tidy
from services.asanito.mappings.rules import MappingType
from services.asanito.source.rules import read_uuid
from services.asanito.sync.rules import fail, skip

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from services.asanito.mappings.rules import MappingTable
    from services.asanito.options import SyncOptions
    from services.asanito.ports import Payload


class Method(StrEnum):
    """How a receipt was paid; decides which column names the account."""

    CASH = "cash"
    CHEQUE = "cheque"
    TRANSFER = "transfer"
    OTHER = "other"


ACCOUNT_COLUMN = {Method.TRANSFER: "BankAccount", Method.CHEQUE: "BankName", Method.CASH: "ReceiveType"}


@dataclass(frozen=True, slots=True)
class Receipt:
    """A payment, read."""

    person_key: UUID
    paid_on: date
    amount: int
    title: str
    method: Method
    method_text: str
    bank: str
    cheque_number: str
    cheque_due: date | None
    account_source: str | None


def read_receipt(row: dict[str, Any], options: SyncOptions, *, rial_factor: int = 1) -> Receipt:
    """A receipt's row.

    Raises:
        NotSent: `invalid_data`.
    """
    try:
        amount = column(row, "Amount", rial_factor)
        in_words(amount)
    except NotMoneyError as error:
        raise fail("invalid_data", str(error)) from error
    if amount <= 0:
        raise fail("invalid_data", f"The amount is {amount}.", column="Amount")
    person = read_uuid(row["personid"])
    if person is None:
        raise fail("invalid_data", "The receipt names no person.", column="personid")
    if not row["tarikh"]:
        raise fail("invalid_data", "The receipt has no date.", column="tarikh")
    method = method_of(row["modeldaryaft"], options)
    named = row[ACCOUNT_COLUMN[method]] if method in ACCOUNT_COLUMN else None
    return Receipt(
        person_key=person,
        paid_on=date.fromisoformat(row["tarikh"][:10]),
        amount=amount,
        title=tidy(row["title"]),
        method=method,
        method_text=tidy(row["modeldaryaft"]),
        bank=tidy(row["BankName"]),
        cheque_number=tidy(row["ChequeNumber"]),
        cheque_due=date.fromisoformat(row["sarresidcheck"][:10]) if row["sarresidcheck"] else None,
        account_source=named,
    )


def method_of(text: str | None, options: SyncOptions) -> Method:
    """The payment method that a text of `modeldaryaft` means; spelling does not matter."""
    key = comparison_key(text)

    def means(words: Iterable[str]) -> bool:
        return key in {comparison_key(word) for word in words}

    if means(options.transfer_words):
        return Method.TRANSFER
    if means(options.cheque_words):
        return Method.CHEQUE
    return Method.CASH if means(options.cash_words) else Method.OTHER


def account_of(receipt: Receipt, mappings: MappingTable, fallback: int | None) -> int:
    """Asanito's account of a payment: the mapped one, else the default.

    Raises:
        NotSent: `mapping_missing`: skipped.
    """
    named = receipt.account_source
    found = mappings.find(MappingType.RECEIPT_ACCOUNT, named) if named else None
    if found is None and fallback is None:
        shown = named or receipt.method_text or "(empty)"
        raise skip(
            "mapping_missing",
            f"ReceiptAccount {shown} has no mapping, and there is no default account.",
            map_type=MappingType.RECEIPT_ACCOUNT.value,
            source_id=named or "",
        )
    account = found if found is not None else fallback
    assert account is not None  # noqa: S101 - one of the two is there
    return account


def marker(key: UUID) -> str:
    """What we write into the payment's description so that it can be found again."""
    return f"[src:receipt:{key}]"


def income_payload(receipt: Receipt, key: UUID, *, person: int, account: int, as_cheque: bool) -> Payload:
    """The body of `OperatingIncome/addNew`."""
    details = [
        receipt.title,
        receipt.method_text,
        receipt.bank,
        receipt.cheque_number,
        receipt.cheque_due.isoformat() if receipt.cheque_due else "",
        marker(key),
    ]
    text = " | ".join(detail for detail in details if detail)
    paid_on, words = jalali_text(receipt.paid_on), in_words(receipt.amount)
    cash: list[Payload] = []
    cheques: list[Payload] = []
    if as_cheque and receipt.method is Method.CHEQUE:
        due = jalali_text(receipt.cheque_due or receipt.paid_on)
        cheques = [
            {"description": text, "amount": receipt.amount, "amountInWord": words, "reciptDate": paid_on}
            | {"dueDate": due, "accountId": account}
        ]
    else:
        cash = [
            {"description": text, "date": paid_on, "amount": receipt.amount, "accountID": account}
            | {"amountInWord": words}
        ]
    return {
        "personID": person,
        "description": receipt.title,
        "paymentType": not cheques,
        "walletCharge": True,
        "invoices": [],
        "cashPayments": cash,
        "checkPayments": cheques,
    }
