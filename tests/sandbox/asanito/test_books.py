"""The expected books against books that a clerk has filled: nothing differs, and whatever is wrong is noticed."""

from __future__ import annotations

import pytest

from tests.sandbox.asanito.clerk import Clerk
from tests.sandbox.asanito.client import Client, line
from tests.support.asanito_sandbox import asanito_sandbox

pytestmark = [pytest.mark.servers, pytest.mark.timeout(60)]


@pytest.fixture
def clerk(gym):
    gym.seed(size=100)
    with Client(gym) as client:
        client.log_in(gym)
        yield Clerk(gym, client)


def test_books_that_hold_what_they_must_do_not_differ_today_nor_after_another_day(gym, clerk):
    assert gym.differences()
    clerk.enter_all()
    assert gym.differences() == []
    gym.add_day(30)
    assert any("is missing" in one for one in gym.differences())
    clerk.enter_all()
    assert gym.differences() == []


def test_whatever_stands_there_twice_is_noticed(gym, clerk):
    clerk.enter_all()
    Clerk(gym, clerk.client).enter_all()
    told = gym.differences()
    for what in ("contact", "category", "product", "invoice", "income"):
        assert any(one.startswith(what) and one.endswith("is there 2 times") for one in told), what


def test_a_draft_a_stranger_and_a_wrong_sum_are_noticed(gym, clerk):
    clerk.enter_all()
    before = gym.books()
    somebody, thing = before["contacts"][0]["id"], before["products"][0]["id"]
    body = {"title": "S-0", "organizationID": 11, "invoiceType": 1, "date": "01_01_1404 00:00", "personID": somebody}
    more = {"personIDs": [], "companyIDs": [], "items": [line(thing)], "onlinePayment": False, "ownerUserID": 502}
    issued = clerk.client.made("Invoice/issue", {**body, **more, "bankAccountID": 34})
    assert gym.differences() == ["invoice S-0 must not be there"]
    confirm = {"invoiceIDs": [issued["id"]], "status": 3, "sellDate": "01_01_1404 00:00"}
    clerk.client.call("PUT", "Invoice/groupUpdateStatus", confirm)
    told = gym.differences()
    assert len(told) == 2
    assert "balance is" in told[1]
    cancelled = before["invoices"][0]
    clerk.client.call("PUT", "Invoice/groupUpdateStatus", {**confirm, "invoiceIDs": [cancelled["id"]], "status": 6})
    assert f"invoice {cancelled['title']}: status is 6, must be 3" in gym.differences()


def test_what_was_posted_stays_when_the_source_changes_it_later(gym, clerk):
    clerk.enter_all()
    assert gym.differences() == []
    gym.grow("edits", "receipt", 5)
    gym.grow("edits", "ServiceInvoice", 5)
    gym.grow("deletions", "invoiceHed", 5)
    gym.grow("deletions", "membership", 5, removal="remove")
    assert gym.differences() == []


def test_what_the_application_before_us_has_left_is_right_and_the_rest_is_missing(gym, clerk):
    made = gym.leave_behind(0.5)
    assert 0 < made["contacts"] < len(gym.expected()["contacts"])
    (code,) = {item["code"] for item in gym.expected()["products"].values()} & {
        int(one["abbreviation_code"]) for one in gym.books()["products"][:1]
    }
    gym.assume({code: 71})
    told = gym.differences()
    assert told
    assert all(one.endswith("is missing") or one.startswith("deal") for one in told)
    kept = {row["memberAid"] for row in gym.rows("membership")}
    assert {None, 0, 1} < kept
    assert {one["id"] for one in gym.books()["contacts"]} == kept - {None, 0, 1}
    everything = gym.leave_behind
    gym.seed(size=100)
    gym.reset_target()
    everything(1.0)
    gym.assume({code: 71})
    assert gym.differences() == []


def test_a_deal_for_every_sold_trigger_is_due(gym, clerk):
    clerk.enter_all()
    assert gym.differences() == []
    gym.reset_target()
    expected = gym.expected()
    gym.assume({item["code"]: 71 for item in expected["products"].values()})
    expected = gym.expected()
    assert len(expected["deals"]) == sum(bill["lines"] for bill in expected["invoices"].values())


def test_books_and_accounts_are_kept_over_a_restart(tmp_path):
    with asanito_sandbox(tmp_path) as first:
        with Client(first) as client:
            client.log_in(first)
            client.made("ProductCategory/addNew", {"title": "استخر"})
        books, password = first.books(), first.password
    with asanito_sandbox(tmp_path) as second:
        assert second.books() == books
        assert second.password == password
        with Client(second) as client:
            client.log_in(second)
            assert client.made("ProductCategory/addNew", {"title": "استخر"})["id"] == 102
