"""A receipt as Asanito's operating income: the payloads as they stand beside this file, each payment method, sums."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pytest

from services.asanito.formats.money import in_words
from services.asanito.mappings.rules import MappingTable, MappingType
from services.asanito.options import SyncOptions
from services.asanito.receipts.rules import account_of, income_payload, read_receipt
from services.asanito.sync.rules import NotSent

GOLDEN = json.loads(Path(__file__).with_name("golden.json").read_text(encoding="utf-8"))
KEY = UUID(int=1)
ROW = {
    "tarikh": "2025-03-20",
    "personid": str(UUID(int=4)),
    "title": "دريافت شماره 7",
    "Amount": 4_000_000_000,
    "modeldaryaft": "چك ",
    "ReceiveType": "cash-type",
    "BankAccount": "bank-account",
    "BankName": "ملي",
    "ChequeNumber": "123456",
    "sarresidcheck": "2025-05-20",
}
MAPPINGS = MappingTable({MappingType.RECEIPT_ACCOUNT: {"ملی": 31, "cash-type": 1, "bank-account": 34}})


def read(**changes):
    return read_receipt({**ROW, **changes}, SyncOptions())


@pytest.mark.parametrize("as_cheque", [False, True], ids=["cash", "cheque"])
def test_a_cheque_is_a_payment_in_cash_or_a_cheque_as_chosen(as_cheque):
    payload = income_payload(read(), KEY, person=9, account=31, as_cheque=as_cheque)
    assert payload == GOLDEN["cheque" if as_cheque else "cash"]


@pytest.mark.parametrize(
    ("method", "account"), [("نقد ", 1), ("نقدي", 1), ("حواله", 34), ("چك", 31), ("سایر", 99), ("", 99), (None, 99)]
)
def test_the_payment_method_says_which_column_names_the_account(method, account):
    assert account_of(read(modeldaryaft=method), MAPPINGS, 99) == account


def test_an_account_without_mapping_is_the_default_one_and_without_that_it_waits():
    receipt = read(BankName="سامان")
    assert account_of(receipt, MAPPINGS, 99) == 99
    with pytest.raises(NotSent) as skipped:
        account_of(receipt, MAPPINGS, None)
    assert (skipped.value.verdict.state, skipped.value.verdict.reason) == ("skipped", "mapping_missing")


@pytest.mark.parametrize(
    "change", [{"Amount": 0}, {"Amount": -5}, {"Amount": 10**15}, {"personid": None}, {"tarikh": None}]
)
def test_what_no_payment_can_be_made_of_fails(change):
    with pytest.raises(NotSent) as failed:
        read(**change)
    assert failed.value.verdict.reason == "invalid_data"


@pytest.mark.parametrize(
    ("amount", "words"), [(12345, "دوازده هزار و سیصد و چهل و پنج"), (1000, "یک هزار"), (0, "صفر")]
)
def test_amounts_in_words(amount, words):
    assert in_words(amount) == words
