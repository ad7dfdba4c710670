"""Asanito's answers as nobody promised them: what can't be read is left out, and never breaks a call that was made."""

from __future__ import annotations

import pytest

from common.errors import Ambiguous
from services.asanito.adapters.asanito_api import identifier, item_of, person_of, whole


@pytest.mark.parametrize(
    ("value", "number"),
    [
        *[(7, 7), (7.0, 7), ("7", 7), (7.5, None), ("7.5", None), ("۷", None), (True, None), (None, None), ([], None)],
        *[("", None), ("9" * 5000, None), (float("nan"), None), (float("inf"), None)],
    ],
)
def test_a_whole_number_or_none(value, number):
    assert whole(value) == number


@pytest.mark.parametrize("value", [None, 0, -1, "x", True, 2**63, {"id": 1}])
def test_an_id_that_is_none_leaves_the_call_in_doubt(value):
    with pytest.raises(Ambiguous):
        identifier({"ID": value}, "a test")


@pytest.mark.parametrize(
    "items", [None, "x", {"a": 1}, [None], [{"id": 600001}], [{"index": 1}], [{"id": "x", "index": 1}]]
)
def test_an_invoice_whose_lines_can_t_be_read_is_there_all_the_same(items):
    found = item_of({"id": 50001, "items": items, "contact": "x", "status": 3, "totalDiscountedAmount": "1.5"})
    assert (found.id, found.lines, found.person_id, found.status, found.amount) == (50001, (), None, None, None)


def test_lines_with_index_and_id_are_read():
    assert item_of({"Id": "5", "Items": [{"ID": 9, "INDEX": "2"}]}).lines == ((2, 9),)


def test_a_product_says_its_code_or_does_not_tell():
    assert item_of({"id": 1, "code": "77"}).abbreviation is None
    assert item_of({"id": 1, "code": "77", "abbreviationCode": None}).abbreviation == ""
    assert item_of({"id": 1, "code": "77", "abbreviationCode": "A1"}).abbreviation == "A1"


def test_a_contact_with_odd_lists_is_read():
    found = person_of({"id": 1, "phoneNumbers": "x", "addresses": [{"id": None}, {"id": 4}], "customFields": [3]})
    assert (found.mobiles, found.address_ids, found.membership_code) == ((), (4,), None)
    assert person_of({"id": 1, "customFields": [{"key": "MembershipCode", "longValue": "x"}]}).membership_code is None
