"""The daily money check: sums of the source, sums posted, and every document that differs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from services.asanito.money.rules import Books, Document, compare
from services.asanito.options import StartOptions, SyncOptions
from services.asanito.source.rules import Kind
from services.asanito.sync.rules import State
from tests.support.api import client

RANGE = {"from": "2026-01-01", "to": "2026-12-31"}


def receipt(amount: object = 1000, posted: int | None = None, **changes: object) -> Document:
    person = uuid4()
    row = {
        "Amount": amount, "personid": str(person), "tarikh": "2026-11-20", "modeldaryaft": "", "title": "",
        "BankName": "", "ChequeNumber": "", "sarresidcheck": None,
    }  # fmt: skip
    payload = {"cashPayments": [{"amount": posted}], "checkPayments": []} if posted is not None else None
    values = {
        "kind": Kind.RECEIPT, "key": uuid4(), "day": date(2026, 11, 20), "row": row, "items": [], "is_gone": False,
        "is_before_start": False, "person": person, "state": State.SYNCED if payload else State.PENDING,
        "reason_code": None, "asanito_id": 7 if payload else None, "origin": "created" if payload else None,
        "payload": payload, "steps": {},
    }  # fmt: skip
    return Document(**{**values, **changes})


def invoice(lines: list[dict], charges: list[dict], **row: object) -> Document:
    person = uuid4()
    held = {
        "Title": "1", "OrganizationID": None, "CreatorUserVID": None, "PersonVID": str(person),
        "IssueDate": "2026-11-20", "SellDate": None, "TaxPercent": "9.5", "AdditionDeductionAmount": "-7", **row,
    }  # fmt: skip
    item = {
        "Title": "x", "ProducVtID": str(uuid4()), "count": 3, "UnitPrice": 2_000_000_001, "DiscountAmount": "4",
        "ProductUnitVID": 1, "ProductType": 1, "index": 1,
    }  # fmt: skip
    return receipt(
        kind=Kind.STORE_INVOICE, row=held, items=[(uuid4(), item)], asanito_id=8, origin="created", state=State.SYNCED,
        payload={"items": lines, "additionDeductions": charges},
    )  # fmt: skip


def test_a_posted_document_equals_the_source_to_the_rial():
    sent = {"count": 3, "unitPrice": 2_000_000_001, "discountType": False, "discountAmount": "4"}
    charges = [
        {"type": 3, "calcType": True, "percent": 9.5},
        {"type": 2, "calcType": False, "amount": 7},
    ]
    found = compare(invoice([sent], charges), SyncOptions())
    lines = 3 * 2_000_000_001 - 4
    assert found.posted == lines - 7 + 570_000_000  # 9.5 % of 5,999,999,999 is 569,999,999.905
    assert (found.code, found.difference) == (None, 0)


def test_a_tax_that_was_cut_off_is_seen():
    sent = {"count": 3, "unitPrice": 2_000_000_001, "discountType": False, "discountAmount": "4"}
    found = compare(invoice([sent], [{"type": 3, "calcType": True, "percent": 9}]), SyncOptions())
    assert found.code == "amount_differs"
    assert found.difference == 570_000_000 - 7 - 540_000_000


def test_a_discount_in_percent_is_reckoned():
    sent = {"count": 2, "unitPrice": 101, "discountType": True, "discountAmount": 0, "discountPercent": "50"}
    assert compare(invoice([sent], []), SyncOptions()).posted == 101


@pytest.mark.parametrize(
    ("document", "code", "difference", "left_out"),
    [
        (receipt(1000, 1000), None, 0, 0),
        (receipt(1000, 900), "amount_differs", 100, 0),
        (receipt(1000), "not_posted", 1000, 0),
        (receipt("0.5"), "unreadable", 0, 0),
        (receipt(1000, 1000, is_gone=True), "deleted_at_source", -1000, 0),
        (receipt(1000, 1000, is_gone=True, steps={"cancelled": True}), None, 0, 0),
        (receipt(1000, is_gone=True), None, 0, 0),
        (receipt(1000, state=State.IGNORED), None, 0, 1000),
        (receipt(1000, is_before_start=True), None, 0, 1000),
        (receipt("0.5", state=State.IGNORED), None, 0, 0),
        (receipt(1000, asanito_id=7, origin="taken_over"), None, 0, 1000),
        (receipt(1000, asanito_id=7, origin="created", state=State.FAILED), "not_finished", 1000, 0),
    ],
)
def test_each_document_is_told_by_what_is_wrong(document, code, difference, left_out):
    found = compare(document, SyncOptions())
    assert (found.code, found.difference, found.left_out) == (code, difference, left_out)


def test_service_invoices_are_read_by_their_own_columns():
    row = {
        "title": "1", "OrganizationID": None, "CreatorUser": None, "personid": str(uuid4()), "IssueDate": "2026-11-20",
        "SellDat": None, "TaxPercent": None, "discount": "1", "UnitPrice": "10", "count": 2, "ServiceTitle": "x",
        "ProducVtID": str(uuid4()), "ProductUnitVID": 1, "ProductType": 3, "index": 1,
    }  # fmt: skip
    assert compare(receipt(kind=Kind.SERVICE_INVOICE, row=row), SyncOptions()).source == 19


def test_a_difference_within_the_tolerance_is_not_listed_and_a_payment_lowers_the_balance():
    books, document = Books(), receipt(1000, 990)
    books.add([document], SyncOptions(money_tolerance=Decimal(10)), rial_factor=1)
    assert (books.differing, books.differences) == (0, [])
    assert books.days[document.day, Kind.RECEIPT].difference == 10
    assert books.balances == {document.person: [-1000, -990]}


@pytest.mark.servers
async def test_after_a_day_the_sums_are_equal_and_what_is_left_is_listed_record_by_record(site, outside, operator):
    outside.seed(size=120, seed=4)
    await site.map_everything()
    await site.run_all()
    found = (await operator.get("/v1/money", params={**RANGE, "balances": "true"})).json()
    assert found["source"] > 0
    assert found["source"] - found["posted"] - found["left_out"] == found["difference"]
    assert found["difference"] == sum(one["difference"] for one in found["differences"])
    assert found["differing"] == len(found["differences"])
    states = {(one["state"], one["code"]) for one in found["differences"]}
    assert states, "this seed has documents that can't be sent"
    assert all(state != "synced" for state, _ in states)
    before = (await operator.get("/v1/money", params={"from": "2025-01-01", "to": "2025-12-31"})).json()
    assert found["posted"] + before["posted"] == reckoned(outside.books())
    assert {one["person"] for one in found["balances"]}


def reckoned(books: dict) -> int:
    """What the sandbox, which shares no code with us, holds of the same documents."""
    return sum(one["total"] for one in books["invoices"]) + sum(one["amount"] for one in books["incomes"])


@pytest.mark.servers
async def test_what_is_below_the_start_point_is_left_out(site, outside, operator):
    outside.seed(size=60, seed=4)
    await site.put_options(StartOptions, receipt=10**9)
    await site.run("receipts")
    found = (await operator.get("/v1/money", params=RANGE)).json()
    receipts = [one for one in found["days"] if one["kind"] == "receipt"]
    assert receipts
    assert {one["difference"] for one in receipts} == {0}
    assert sum(one["left_out"] for one in receipts) > 0


@pytest.mark.servers
async def test_days_in_the_wrong_order_and_too_many_are_refused_and_viewers_see_no_money(site, operator):
    backwards = await operator.get("/v1/money", params={"from": "2026-02-01", "to": "2026-01-01"})
    assert (backwards.status_code, backwards.json()["errors"][0]["pointer"]) == (422, "from")
    assert (await operator.get("/v1/money", params={"from": "2020-01-01"})).status_code == 422
    async with site.api() as app, client(app, "viewer") as viewer:
        assert (await viewer.get("/v1/money")).status_code == 403
