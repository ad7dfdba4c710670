"""The accountant's rules on a few rows each, without a server: what must be in the target, and why something is not."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from uuid import UUID

import jdatetime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.asanito.reading import Body, Refused
from sandbox.asanito.source import letters, mappings, people
from sandbox.asanito.source.accountant import Accountant, Assumptions
from sandbox.asanito.source.mappings import Mappings
from sandbox.asanito.source.stories import Storyteller
from sandbox.asanito.source.tables import COLUMNS, INVOICE, ITEM, MEMBERSHIP, RECEIPT, SERVICE, SERVICE_INVOICE, blank
from sandbox.asanito.words import in_words, same_words

EVENING = datetime(2025, 3, 20, 18, 5)  # noqa: DTZ001 - a wall time


def guid(number: int) -> UUID:
    return UUID(int=number)


class Tables:
    """A legacy database in memory; every row gets the next number of its table."""

    def __init__(self):
        self.rows = {table: [] for table in COLUMNS}
        self.accountant = Accountant()
        self.triggers = {}

    def add(self, table, **values):
        row = {**blank(table, **values), "idd": len(self.rows[table]) + 1}
        self.rows[table].append(row)
        return row

    def member(self, person, version=0, **values):
        ids = {"personVId": guid(person), "memberVId": guid(person * 100 + version)}
        plain = {"MembershipCode": person, "name": "رضا", "lastname": "کریمی", "gender": 0}
        return self.add(MEMBERSHIP, **{**ids, **plain, **values})

    def service(self, number=1, **values):
        plain = {"serviceVid": guid(9000 + number), "type": 2, "code": number, "title": f"دوره {number}", "unitref": 2}
        return self.add(SERVICE, **{**plain, "serviceGroup": "استخر", "price": 1_000_000, **values})

    def invoice(self, number, person, *lines, **values):
        who = {"PersonVID": guid(person), "OrganizationID": mappings.ORGANIZATIONS[0]}
        when = {"IssueDate": date(2025, 3, 20), "CreatorUserVID": mappings.CREATORS[0]}
        self.add(INVOICE, invoiceVID=guid(7000 + number), Title=f"S-{number}", **{**who, **when, **values})
        for index, changes in enumerate(lines, 1):
            ids = {"invoiceVID": guid(7000 + number), "itemVID": guid(70000 + number * 10 + index), "index": index}
            plain = {"ProducVtID": guid(9001), "count": 1, "UnitPrice": 1_000_000, "ProductUnitVID": 2}
            self.add(ITEM, **{**ids, **plain, "ProductType": 2, **changes})

    def gym(self, number, person, **values):
        who = {"personid": guid(person), "OrganizationID": mappings.ORGANIZATIONS[0]}
        when = {"IssueDate": EVENING, "CreatorUser": mappings.CREATORS[0]}
        what = {"ProducVtID": guid(9001), "count": 1, "UnitPrice": "1000000.00", "ProductUnitVID": 2, "ProductType": 2}
        ids = {"id": guid(6000 + number), "title": f"G-{number}"}
        self.add(SERVICE_INVOICE, **{**ids, **who, **when, **what, **values})

    def receipt(self, number, person, **values):
        ids = {"vID": guid(5000 + number), "title": f"دریافت شماره {number}", "personid": guid(person)}
        plain = {"tarikh": date(2025, 3, 21), "Amount": 500_000, "modeldaryaft": "نقد"}
        self.add(RECEIPT, **{**ids, **plain, "ReceiveType": mappings.CASH_TYPES[0], **values})

    def close(self):
        self.accountant.close(self.rows, Mappings(), Assumptions(triggers=self.triggers))
        return self.accountant


@pytest.fixture
def tables():
    return Tables()


def test_the_newest_version_counts_and_documents_of_older_ones_find_it(tables):
    tables.member(1, 0)
    tables.member(1, 1, lastname="احمدي")
    tables.service()
    tables.invoice(1, 100, {})
    closed = tables.close()
    assert [one.last_name for one in closed.contacts.values()] == ["احمدی"]
    assert closed.invoices["S-1"].person == guid(1)


def test_tax_discount_and_addition_make_the_total(tables):
    tables.member(1)
    tables.service()
    line = {"count": 3, "UnitPrice": 1_900_000_000, "DiscountAmount": "500000000.00"}
    tables.invoice(1, 100, line, TaxPercent="9.50", AdditionDeductionAmount="-15000.00")
    closed = tables.close()
    assert closed.invoices["S-1"].total == 5_200_000_000 + 494_000_000 - 15_000
    assert closed.wallets()[guid(1)] == closed.invoices["S-1"].total


def test_of_members_with_one_mobile_the_one_with_the_newest_invoice_of_either_kind_wins(tables):
    for person in (1, 2, 3):
        tables.member(person, MobilePhoneNumber1=people.written("09121112233", person))
    tables.service()
    tables.invoice(1, 100, {})
    tables.gym(1, 200)
    tables.receipt(1, 300)
    closed = tables.close()
    assert set(closed.contacts) == {guid(2)}
    assert {one.person for one in closed.invoices.values()} == {guid(2)}
    assert closed.incomes["دریافت شماره 1"].person == guid(2)
    assert closed.reasons[MEMBERSHIP][str(guid(3))].startswith("duplicate")


def test_the_code_is_looked_at_after_the_mobile_and_only_among_those_who_are_left(tables):
    tables.member(1, MobilePhoneNumber1="09121112233", CodeMelli="0499370899")
    tables.member(2, MobilePhoneNumber1="09121112233", CodeMelli="0790419904")
    tables.member(3, MobilePhoneNumber1="09123334455", CodeMelli="0790419904")
    tables.member(4, MobilePhoneNumber1="09124445566", CodeMelli="0499370899")
    closed = tables.close()
    # The first lost by its mobile, so its code no longer takes part against the fourth.
    assert closed.winners == {guid(1): guid(2), guid(2): guid(3)}
    assert set(closed.contacts) == {guid(3), guid(4)}


def test_who_is_in_the_target_already_stays_and_is_never_a_duplicate(tables):
    tables.member(1, MobilePhoneNumber1="09121112233")
    tables.close()
    tables.member(2, MobilePhoneNumber1="09121112233")
    tables.service()
    tables.invoice(1, 200, {})
    closed = tables.close()
    assert set(closed.contacts) == {guid(1)}
    assert closed.invoices["S-1"].person == guid(1)


def test_a_mobile_cannot_be_changed_later(tables):
    tables.member(1, 0, MobilePhoneNumber1="09121112233", jobpost="معلم")
    tables.close()
    tables.member(1, 1, MobilePhoneNumber1="09124445566", jobpost="", lastname="رضایی")
    contact = tables.close().contacts[guid(1)]
    assert (contact.mobile, contact.last_name, contact.custom["jobpost"]) == ("09121112233", "رضایی", "معلم")


@pytest.mark.parametrize(
    ("member", "service", "line", "head", "reason"),
    [
        ({"lastname": None}, {}, {}, {}, "skipped: the member"),
        ({}, {"title": None}, {}, {}, "skipped: the service"),
        ({}, {"price": -1}, {}, {}, "skipped: the service"),
        ({}, {}, {"ProducVtID": guid(1)}, {}, "failed: no service"),
        ({}, {}, {"isDelete": True}, {}, "failed: no items"),
        ({}, {}, {"ProductUnitVID": 99}, {}, "skipped: no mapping of ProductUnit 99"),
        ({}, {}, {}, {"PersonVID": guid(5)}, "failed: no member"),
        ({}, {}, {}, {"isDelete": True}, "ignored"),
        ({}, {}, {}, {"CreatorUserVID": mappings.UNMAPPED_CREATOR}, "skipped: no mapping of CreatorUser"),
        ({}, {}, {}, {"AdditionDeductionAmount": "0.50"}, "failed: 0.50 is not whole"),
        ({}, {}, {}, {"AdditionDeductionAmount": "-1000001"}, "failed: the target takes no negative"),
    ],
)
def test_an_invoice_that_is_not_due_has_a_reason(tables, member, service, line, head, reason):
    tables.member(1, **member)
    tables.service(**service)
    tables.invoice(1, 100, line, **head)
    closed = tables.close()
    assert closed.invoices == {}
    assert closed.reasons[INVOICE][str(guid(7001))].startswith(reason)


def test_what_has_been_posted_stays_whatever_the_source_does_to_it(tables):
    tables.member(1)
    tables.service()
    tables.invoice(1, 100, {})
    tables.receipt(1, 100)
    before = dict(tables.close().invoices)
    tables.rows[INVOICE][0]["isDelete"] = True
    tables.rows[RECEIPT][0]["Amount"] = 1
    closed = tables.close()
    assert closed.invoices == before
    assert closed.incomes["دریافت شماره 1"].amount == 500_000


@pytest.mark.parametrize(
    ("payment", "account"),
    [
        ({"modeldaryaft": "نقد ", "ReceiveType": mappings.CASH_TYPES[1]}, 34),
        ({"modeldaryaft": "حواله", "BankAccount": mappings.TRANSFER_ACCOUNTS[1]}, 32),
        ({"modeldaryaft": "چك", "BankName": "ملي"}, 32),
        ({"modeldaryaft": "چک", "BankName": mappings.UNMAPPED_BANK}, 1),
        ({"modeldaryaft": "سایر"}, 1),
    ],
)
def test_the_way_of_payment_decides_the_account(tables, payment, account):
    tables.member(1)
    tables.receipt(1, 100, **payment)
    assert tables.close().incomes["دریافت شماره 1"].account == account


def test_a_deal_is_due_for_every_line_that_sells_a_trigger(tables):
    tables.triggers = {1: 71}
    tables.member(1)
    tables.service(1)
    tables.service(2)
    tables.invoice(1, 100, {"count": 2}, {"ProducVtID": guid(9002)}, {"DiscountAmount": "5000"})
    deals = tables.close().deals.values()
    assert sorted((one.amount, one.level) for one in deals) == [(1_000_000, 71), (2_000_000, 71)]


@pytest.mark.parametrize("size", [100, 300])
def test_stories_leave_something_of_everything_both_due_and_not(size):
    tables = Tables()
    for table, rows in Storyteller(3, date(2026, 11, 20)).tell(size).items():
        tables.rows[table] = [{**row, "idd": number} for number, row in enumerate(rows, 1)]
    closed = tables.close()
    for there in (closed.contacts, closed.products, closed.invoices, closed.incomes):
        assert there
    assert all(closed.reasons.values())
    persons = {row["personVId"] for row in tables.rows[MEMBERSHIP]}
    assert len(closed.contacts) + len(closed.reasons[MEMBERSHIP]) == len(persons)


# Wall times have no zone.
FIRST, LAST = datetime(1850, 1, 1), datetime(2099, 1, 1)  # noqa: DTZ001
VALID = "0499370899 0790419904 0084575948 0963695398 0684159414 1583250689 4032152314 0076229645 4400276201 2540201288"


def test_national_codes_are_told_from_numbers():
    assert all(letters.national_code(code) == code for code in VALID.split())
    assert letters.national_code("68415941") == letters.national_code("068415941") == "0068415941"
    for code in ("0000000000", "9999999999", "4271427685", "0200203041", "0684159415", "1234567890", "0010000000"):
        assert letters.national_code(code) == ""


@given(st.integers(0, 2**32))
def test_made_up_codes_are_valid(seed):
    code = people.national_code(random.Random(seed))
    assert letters.national_code(code) == letters.national_code(code.translate(people.PERSIAN)) == code


@given(st.integers(0, 10_000_000), st.integers(0, 7))
def test_a_mobile_number_is_the_same_however_it_is_written(number, style):
    canonical = people.mobile(number)
    assert letters.mobile(people.written(canonical, style)) == canonical


@given(st.dates(date(1900, 1, 1), date(2090, 1, 1)), st.sampled_from("/-."), st.booleans(), st.booleans())
def test_a_jalali_day_is_the_same_however_it_is_written(day, separator, persian, padded):
    jalali = jdatetime.date.fromgregorian(date=day)
    pattern = "{:04d}{}{:02d}{}{:02d}" if padded else "{}{}{}{}{}"
    text = pattern.format(jalali.year, separator, jalali.month, separator, jalali.day)
    assert letters.day(text.translate(people.PERSIAN) if persian else text) == day.isoformat()
    assert letters.day(day.isoformat()) == day.isoformat()


@given(st.datetimes(FIRST, LAST))
def test_a_date_on_the_wire_is_read_back(moment):
    jalali = jdatetime.datetime.fromgregorian(datetime=moment)
    text = f"{jalali.month:02d}_{jalali.day:02d}_{jalali.year:04d} {jalali.hour:02d}:{jalali.minute:02d}"
    assert Body({"date": text}).jalali("DATE", latest=None) == moment.isoformat(timespec="minutes")
    with pytest.raises(Refused):
        Body({"date": text}).jalali("date", latest=moment - timedelta(hours=1))


def test_leap_years_are_those_of_the_calendar():
    for year, leap in ((1399, True), (1403, True), (1408, True), (1400, False), (1404, False), (1407, False)):
        assert (letters.day(f"{year}/12/30") is not None) == leap


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "صفر"),
        (12_345, "دوازده هزار و سیصد و چهل و پنج"),
        (1_000, "یک هزار"),
        (2_000_000_019, "دو میلیارد و نوزده"),
        (110, "یکصد و ده"),
    ],
)
def test_numbers_in_words(number, words):
    assert in_words(number) == words
    assert same_words(f" {words}  ریال", number)
    assert not same_words(words, number + 1)


@given(st.integers(0, 10**18), st.integers(0, 10**18))
def test_no_two_numbers_have_the_same_words(one, other):
    assert (in_words(one) == in_words(other)) == (one == other)


def test_stories_draw_no_day_after_their_last():
    rows = Storyteller(1, date(2024, 3, 19)).tell(100)
    last = date(2024, 3, 19)
    assert max(row["IssueDate"] for row in rows[INVOICE]) <= last
    assert max(row["IssueDate"].date() for row in rows[SERVICE_INVOICE]) <= last
