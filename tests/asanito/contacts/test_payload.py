"""A member as Asanito's contact: the payloads as they stand beside this file, and what must not stop one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.asanito.contacts.rules import create_payload, custom_fields_payload, edit_payload, read_contact
from services.asanito.sync.rules import NotSent

GOLDEN = json.loads(Path(__file__).with_name("golden.json").read_text(encoding="utf-8"))
ROW = {
    "name": " نيك\u200cنام ",
    "lastname": "كياني",
    "gender": 1,
    "MobilePhoneNumber1": "+۹۸ ۹۰۲ ۲۰۰ ۲۵۸۰",
    "TelNumber1": "۰۲۱۸۸۷۷۶۶۵۵",
    "CodeMelli": "68415941",
    "Address1": "تهران،  خیابان آزادی",
    "Birthday": "1375/03/15",
    "PersianMembershipDate": "1403/12/30",
    "RecognitionMethods": "دوستان",
    "MembershipCode": 1001,
    "FinancialAccountCode": None,
    "DebtorAmount": 3_000_000_000,
    "wallet": 0,
    "Description": "",
    "jobpost": "مدیر",
}


def read(**changes):
    return read_contact({**ROW, **changes}, gender={0: 1, 1: 2}.__getitem__, acquaintance={"دوستان": 21}.get)


def test_a_contact_is_created_with_all_that_the_source_knows():
    assert create_payload(read(), owner=502, city=82) == GOLDEN["create"]


def test_an_update_is_three_calls():
    assert edit_payload(read(), asanito_id=9, owner=502) == GOLDEN["edit"]
    assert custom_fields_payload(read(), 9) == GOLDEN["custom_fields"]


@pytest.mark.parametrize("typed", ["1402/12/30", "75/03/15", "نامشخص"])
def test_a_birthday_that_is_none_is_left_out_and_told(typed):
    contact = read(Birthday=typed)
    assert contact.birth_date is None
    assert [warning.code for warning in contact.warnings] == ["bad_date"]


def test_a_gregorian_birthday_stays_one():
    assert create_payload(read(Birthday="1990-05-01"), owner=1, city=1)["birthDate"] == "1990-05-01T00:00:00"


def test_an_unmapped_recognition_method_only_warns():
    contact = read(RecognitionMethods="پیامک")
    assert [warning.code for warning in contact.warnings] == ["recognition_unmapped"]
    assert "acquaintionTypeID" not in create_payload(contact, owner=1, city=1)


def test_without_a_last_name_nothing_is_sent():
    with pytest.raises(NotSent) as failed:
        read(lastname=" ")
    assert failed.value.verdict.reason == "invalid_data"


def test_a_landline_in_the_field_of_the_mobile_is_a_phone():
    payload = create_payload(read(MobilePhoneNumber1="02188776655", TelNumber1=None), owner=1, city=1)
    assert (payload["mobiles"], payload["phones"]) == ([], ["02188776655"])
