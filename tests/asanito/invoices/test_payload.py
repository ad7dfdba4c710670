"""Invoices of both tables: the payloads as they stand beside this file, and the sums that must come out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from services.asanito.deals.rules import deal_payload, deal_title, marker
from services.asanito.formats.jalali import read_any_day
from services.asanito.invoices.rules import (
    Ids,
    edit_payload,
    issue_payload,
    read_service_invoice,
    read_store_invoice,
)
from services.asanito.invoices.service import is_same
from services.asanito.ports import RemoteItem
from services.asanito.sync.rules import NotSent

GOLDEN = json.loads(Path(__file__).with_name("golden.json").read_text(encoding="utf-8"))
ONE, TWO, PRODUCT, PERSON = (UUID(int=number) for number in range(1, 5))
HEAD = {
    "Title": "S-17",
    "OrganizationID": "o",
    "CreatorUserVID": "c",
    "PersonVID": str(PERSON),
    "IssueDate": "2025-03-20",
    "SellDate": None,
    "TaxPercent": "9.5",
    "AdditionDeductionAmount": "-15000",
}
ITEM = {
    "Title": "كلاس",
    "ProducVtID": str(PRODUCT),
    "count": 3,
    "UnitPrice": 1_900_000_000,
    "DiscountAmount": "500000000",
    "ProductUnitVID": 2,
    "ProductType": 1,
    "index": 1,
}
PLAIN = {**ITEM, "UnitPrice": 50_000, "count": 1, "DiscountAmount": None, "index": 2}
GYM = {
    "title": "G-18",
    "OrganizationID": "o",
    "CreatorUser": "c",
    "personid": str(PERSON),
    "IssueDate": "2025-03-21T18:05:00",
    "SellDat": "2025-03-22T00:00:00",
    "TaxPercent": "10",
    "discount": "20000",
    "UnitPrice": "2500000000",
    "count": 2,
    "ProducVtID": str(PRODUCT),
    "ServiceTitle": "استخر",
    "ProductUnitVID": 2,
    "ProductType": 2,
    "index": None,
}


def ids(*keys: UUID) -> Ids:
    return Ids(9, 11, 502, 31, 2082, {PRODUCT: 7}, dict.fromkeys(keys, 2), dict.fromkeys(keys, 1))


def store(*items, **changes):
    keyed = list(zip([ONE, TWO], items or (ITEM, PLAIN), strict=False))
    return read_store_invoice({**HEAD, **changes}, keyed)


def test_a_store_invoice_with_fractional_tax_deduction_discount_and_a_sum_beyond_32_bits():
    invoice = store()
    assert issue_payload(invoice, ids(ONE, TWO)) == GOLDEN["store"]
    lines = 3 * 1_900_000_000 - 500_000_000 + 50_000
    assert lines > 2**31
    assert invoice.total == lines + lines * 95 // 1000 - 15_000


def test_a_service_invoice_is_header_and_line_in_one():
    invoice = read_service_invoice(ONE, GYM)
    assert issue_payload(invoice, ids(ONE)) == GOLDEN["service"]
    assert invoice.total == (2 * 2_500_000_000 - 20_000) * 110 // 100


def test_a_deal_counts_without_discount_and_bears_our_mark():
    title = deal_title("استخر", "G-18")
    mark = marker("service_invoice", ONE, ONE)
    payload = deal_payload(title=title, amount=5_000_000_000, level=4, person=9, product=7, owner=502, mark=mark)
    assert payload == GOLDEN["deal"]
    assert "G-18" in deal_title("", "G-18")
    assert deal_title("x", "").endswith("خدمات")


def test_a_change_names_lines_by_their_ids_drops_those_that_are_gone_and_adds_the_new():
    payload = issue_payload(store(), ids(ONE, TWO))
    changed = edit_payload(payload, 5, {1: 100, 3: 300})
    assert changed["DeletedItemIDs"] == [300]
    assert [(item["id"], item["index"]) for item in changed["EditedItems"]] == [(100, 1)]
    assert [item["index"] for item in changed["NewItems"]] == [2]
    assert not {"personIDs", "items"} & set(changed)


def test_lines_that_share_an_index_or_have_none_are_counted_through():
    assert [line.index for line in store(ITEM, {**PLAIN, "index": 1}).lines] == [1, 2]
    assert [line.index for line in store({**ITEM, "index": None}, {**PLAIN, "index": 1}).lines] == [1, 2]
    assert [line.index for line in store({**ITEM, "index": 5}, {**PLAIN, "index": 9}).lines] == [5, 9]


@pytest.mark.parametrize(
    "change",
    [
        {"AdditionDeductionAmount": "1000.50"},
        {"AdditionDeductionAmount": "-9900000000"},
        {"TaxPercent": "101"},
        {"Title": None},
        {"PersonVID": None},
        {"IssueDate": None},
    ],
)
def test_a_header_that_can_not_be_right_fails(change):
    with pytest.raises(NotSent) as failed:
        store(**change)
    assert failed.value.verdict.reason == "invalid_data"


@pytest.mark.parametrize(
    "change", [{"count": 0}, {"UnitPrice": -1}, {"DiscountAmount": "0.5"}, {"ProducVtID": None}, {"UnitPrice": 1}]
)
def test_a_line_that_can_not_be_right_fails(change):
    with pytest.raises(NotSent) as failed:
        store({**ITEM, **change})
    assert failed.value.verdict.reason == "invalid_data"


def test_an_invoice_without_lines_fails():
    with pytest.raises(NotSent) as failed:
        read_store_invoice(HEAD, [])
    assert failed.value.verdict.reason == "invalid_data"


@pytest.mark.parametrize("told", ["2025-03-20T00:00:00", "12_30_1403 00:00", "1403/12/30", "2025-03-19T20:30:00Z", "?"])
def test_an_invoice_is_found_again_whatever_calendar_it_is_told_in(told):
    invoice = store()
    found = RemoteItem(5, title="S-17", person_id=9, date=told)
    assert is_same(found, invoice, 9)
    assert not is_same(replace(found, person_id=8), invoice, 9)
    assert not is_same(replace(found, title="S-18"), invoice, 9)
    assert not is_same(replace(found, date="2025-03-10T00:00:00"), invoice, 9)


def test_answered_days_of_either_calendar_are_read():
    assert read_any_day("12_30_1403 18:05") == date(2025, 3, 20)
    assert read_any_day("2025-03-20T18:05:00") == date(2025, 3, 20)
    assert read_any_day("20.3.2025") is None
