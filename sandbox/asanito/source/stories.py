"""Tells stories of a gym chain as rows of its legacy database: the same seed, the same rows.

Every kind of trouble that the domain page names comes round in turn, so that a small database has all of them. Rows
bear no number: the database numbers them in the order in which they are given.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sandbox.asanito.source import mappings, people
from sandbox.asanito.source.tables import (
    INVOICE,
    ITEM,
    MEMBERSHIP,
    RECEIPT,
    SERVICE,
    SERVICE_INVOICE,
    Row,
    blank,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Rows = dict[str, list[Row]]

GROUPS = ["کلاس‌های گروهی", "بدنسازی", "استخر", "فروشگاه"]
NOWRUZ = (date(2025, 3, 20), date(2025, 3, 21), date(2024, 3, 19), date(2024, 3, 20))
FAMOUS_MOBILE = "09123456789"  # two members of the original application's own demo data share it
TAXES: tuple[str | None, ...] = ("9.50", "9.00", "10.00", "0.00", None)


@dataclass
class Known:
    """What is in the database already: newest rows of persons and services, all ids of a person, the next number."""

    persons: dict[UUID, Row] = field(default_factory=dict)
    members: dict[UUID, list[UUID]] = field(default_factory=dict)
    services: dict[UUID, Row] = field(default_factory=dict)
    next_number: int = 1

    @classmethod
    def of(cls, rows: Rows) -> Known:
        known = cls()
        for row in sorted(rows[MEMBERSHIP], key=lambda row: int(row["idd"])):
            known.learn_person(row)
        for row in sorted(rows[SERVICE], key=lambda row: int(row["idd"])):
            known.services[row["serviceVid"]] = row
        texts = [row["Title"] for row in rows[INVOICE]] + [row["title"] for row in rows[SERVICE_INVOICE]]
        numbers = [int(text[2:]) for text in texts if text] + [row["MembershipCode"] or 0 for row in rows[MEMBERSHIP]]
        numbers += [row["code"] or 0 for row in rows[SERVICE]]
        numbers += [int(row["title"].rpartition(" ")[2]) for row in rows[RECEIPT]]
        known.next_number = max(numbers, default=0) + 1
        return known

    def learn_person(self, row: Row) -> None:
        self.persons[row["personVId"]] = row
        self.members.setdefault(row["personVId"], []).append(row["memberVId"])

    def number(self) -> int:
        self.next_number += 1
        return self.next_number - 1


class Storyteller:
    """Makes rows that refer to what is known, and learns what it made."""

    def __init__(self, seed: int, until: date, known: Known | None = None) -> None:
        self.dice = random.Random(seed)
        self.until = until
        self.known = known or Known()
        self._turn = 0

    def tell(self, size: int) -> Rows:
        """About `size` persons, services, invoices and receipts, with all their versions and troubles."""
        members, services = max(24, size * 2 // 5), min(300, max(14, size // 20))
        stores, gyms = max(18, size // 5), max(14, size * 3 // 20)
        return self.tell_of(services, members, stores, gyms, max(16, size - members - services - stores - gyms))

    def tell_of(self, services: int, members: int, stores: int, gyms: int, receipts: int) -> Rows:
        rows: Rows = {table: [] for table in (SERVICE, MEMBERSHIP, INVOICE, ITEM, SERVICE_INVOICE, RECEIPT)}
        for place in range(services):
            rows[SERVICE] += self.service(place)
        made = 0
        while made < members:
            told = self.member(self._turn)
            self._turn += 1
            made += len({row["personVId"] for row in told})
            rows[MEMBERSHIP] += told
        for place in range(stores):
            head, items = self.store_invoice(place)
            rows[INVOICE].append(head)
            rows[ITEM] += items
        rows[SERVICE_INVOICE] += [self.service_invoice(place) for place in range(gyms)]
        rows[RECEIPT] += [self.receipt(place) for place in range(receipts)]
        return rows

    def guid(self) -> UUID:
        return UUID(int=self.dice.getrandbits(128), version=4)

    def day(self) -> date:
        if self.dice.random() < 0.08:  # noqa: PLR2004 - the days around the new year are the interesting ones
            return min(self.dice.choice(NOWRUZ), self.until)
        return self.until - timedelta(days=self.dice.randrange(400))

    # Services

    def service(self, place: int) -> list[Row]:
        number = self.known.number()
        group = GROUPS[place % len(GROUPS)]
        row = blank(
            SERVICE,
            serviceVid=self.guid(),
            type=1 + place % 2,
            code=number,
            title=f"{self.dice.choice(['دوره', 'بسته', 'کلاس'])} {group} {number}",
            unitref=1 + place % 3,
            serviceGroup=group,
            price=self.dice.randrange(1, 400) * 50_000,
        )
        versions = [row]
        for turn, change in enumerate(SERVICE_TROUBLES):
            if place % 14 == turn + 3:
                row.update(change)
        if place % 14 == 1:  # the same group, typed on an Arabic keyboard and with a space too many
            row["serviceGroup"] = f" {people.arabic(group)}"
        if place % 3 == 2:  # noqa: PLR2004 - every third has been changed once
            versions.append(self.newer_service(row))
        self.known.services[row["serviceVid"]] = versions[-1]
        return versions

    def newer_service(self, row: Row) -> Row:
        row["isChange"] = False
        price = (row["price"] or 0) + 100_000
        return {**_afresh(row, "serviceAid"), "price": price, "isChange": True}

    # Members

    def member(self, turn: int) -> list[Row]:
        story = MEMBER_STORIES[turn % len(MEMBER_STORIES)]
        return self.learnt(story(self))

    def learnt(self, rows: list[Row]) -> list[Row]:
        for row in rows:
            self.known.learn_person(row)
        return rows

    def person(self, **changes: Any) -> Row:
        dice, number = self.dice, self.known.number()
        woman = dice.random() < 0.5  # noqa: PLR2004
        family = dice.choice(people.FAMILIES)
        values: Row = {
            "personVId": self.guid(),
            "memberVId": self.guid(),
            "Creator": 1,
            "modifier": 1,
            "MembershipCode": number,
            "FinancialAccountCode": dice.choice([None, 0, number * 10]),
            "name": dice.choice(people.WOMEN if woman else people.MEN),
            "lastname": family,
            "CodeMelli": people.national_code(dice),
            "Address1": f"تهران، خیابان {dice.choice(people.STREETS)}، پلاک {dice.randrange(1, 300)}",
            "TelNumber1": dice.choice([None, f"0218{dice.randrange(1_000_000, 9_999_999)}"]),
            "MobilePhoneNumber1": people.mobile(number),
            "DebtorAmount": dice.choice([0, 0, 1_500_000, 3_000_000_000]),
            "Description": dice.choice([None, "", "ثبت‌نام حضوری"]),
            "gender": int(woman),
            "jobpost": dice.choice(people.JOBS),
            "Birthday": people.jalali_text(dice, 1340, 1385),
            "PersianMembershipDate": people.jalali_text(dice, 1399, 1403),
            "RecognitionMethods": dice.choice([*mappings.RECOGNITION, None]),
            "wallet": dice.choice([0, 250_000]),
        }
        return blank(MEMBERSHIP, **{**values, **changes})

    def newer(self, row: Row, **changes: Any) -> Row:
        """The same person edited: a new row with a `memberVId` of its own."""
        row["isChange"] = False
        return {**_afresh(row, "memberAid"), "memberVId": self.guid(), "isChange": True, **changes}

    def written_mobile(self, row: Row) -> Row:
        style = self.dice.randrange(8)
        return {**row, "MobilePhoneNumber1": people.written(row["MobilePhoneNumber1"], style)}

    # Documents

    def whose(self) -> UUID:
        """A `memberVId` of somebody, often an older one; rarely a `personVId`, as some rows have it."""
        person = self.dice.choice(list(self.known.persons))
        if self.dice.random() < 0.05:  # noqa: PLR2004
            return person
        return self.dice.choice(self.known.members[person])

    def what(self) -> Row:
        return self.known.services[self.dice.choice(list(self.known.services))]

    def store_invoice(self, place: int) -> tuple[Row, list[Row]]:
        dice, issued = self.dice, self.day()
        head = blank(
            INVOICE,
            invoiceVID=self.guid(),
            Title=f"S-{self.known.number()}",
            OrganizationID=dice.choice(mappings.ORGANIZATIONS),
            IssueDate=issued,
            SellDate=dice.choice([issued, None]),
            PersonVID=self.whose(),
            TaxPercent=TAXES[place % len(TAXES)],
            AdditionDeductionAmount=dice.choice(["0.00", None, "25000.00", "-15000.00"]),
            CreatorUserVID=dice.choice(mappings.CREATORS),
        )
        items = [self.item(head["invoiceVID"], line) for line in range(1, dice.randrange(1, 4) + 1)]
        trouble = place % 18
        if trouble == 2:  # noqa: PLR2004 - each trouble has its place in the turn
            items = []
        elif trouble == 4:  # noqa: PLR2004
            items[0]["isDelete"] = True
        elif trouble == 6:  # noqa: PLR2004 - sums beyond 32 bits
            items[0].update(UnitPrice=1_900_000_000, count=3, DiscountAmount="500000000.00")
        elif trouble == 8:  # noqa: PLR2004
            items[-1]["ProducVtID"] = self.guid()
        head.update(STORE_TROUBLES.get(trouble, _nothing)(self))
        return head, items

    def item(self, invoice: UUID, index: int) -> Row:
        dice, service = self.dice, self.what()
        price = max(0, service["price"] or 0)
        count = dice.choice([1, 1, 1, 2, 5])
        discount = dice.choice([0, 0, 10_000]) if price >= 50_000 else 0  # noqa: PLR2004
        return blank(
            ITEM,
            invoiceVID=invoice,
            itemVID=self.guid(),
            Title=service["title"] or "بدون عنوان",
            ProducVtID=service["serviceVid"],
            count=count,
            UnitPrice=price,
            DiscountAmount=f"{discount}.00",
            ProductUnitVID=dice.choice([1, 2, 3]),
            ProductType=1,
            index=index,
        )

    def service_invoice(self, place: int) -> Row:
        dice, service = self.dice, self.what()
        issued = datetime.combine(self.day(), time(dice.randrange(0, 20), dice.choice([0, 5, 30, 59])))
        price = max(100_000, service["price"] or 0)
        values: Row = {
            "id": self.guid(),
            "title": f"G-{self.known.number()}",
            "OrganizationID": dice.choice(mappings.ORGANIZATIONS),
            "IssueDate": issued,
            "SellDat": dice.choice([issued, None]),
            "personid": self.whose(),
            "TaxPercent": TAXES[place % len(TAXES)],
            "discount": dice.choice(["0.00", None, "20000.00"]),
            "CreatorUser": dice.choice(mappings.CREATORS),
            "UnitPrice": f"{price}.00",
            "count": dice.choice([1, 1, 3]),
            "selTypeId": 1,
            "ProducVtID": service["serviceVid"],
            "ServiceTitle": service["title"] or "خدمت",
            "ProductUnitVID": 2,
            "ProductType": 2,
            "index": 1,
        }
        values.update(GYM_TROUBLES.get(place % 14, _nothing)(self))
        return blank(SERVICE_INVOICE, **values)

    def receipt(self, place: int) -> Row:
        dice, day, number = self.dice, self.day(), self.known.number()
        values: Row = {
            "vID": self.guid(),
            "tarikh": day,
            "personid": self.whose(),
            "fullname": "",
            "title": f"دریافت شماره {number}",
            "Amount": dice.randrange(1, 300) * 50_000,
            "Creator": 1,
            "modifier": 1,
        }
        values.update(self.payment(place, day))
        values.update(RECEIPT_TROUBLES.get(place % 16, _nothing)(self))
        return blank(RECEIPT, **values)

    def payment(self, place: int, day: date) -> Row:
        """In cash, by transfer or by cheque; the word is typed on either keyboard, sometimes with a space behind."""
        dice = self.dice
        if place % 3 == 0:
            return {"modeldaryaft": dice.choice(["نقد", "نقد "]), "ReceiveType": dice.choice(mappings.CASH_TYPES)}
        if place % 3 == 1:
            return {"modeldaryaft": "حواله", "BankAccount": dice.choice(mappings.TRANSFER_ACCOUNTS)}
        bank = dice.choice(mappings.BANKS)
        return {
            "modeldaryaft": dice.choice(["چک", people.arabic("چک")]),
            "BankName": dice.choice([bank, people.arabic(bank)]),
            "ChequeNumber": str(dice.randrange(100_000, 999_999)),
            "sarresidcheck": day + timedelta(days=60),
        }


def _afresh(row: Row, asanito_id: str) -> Row:
    """A copy that nobody has fetched yet."""
    fresh = {name: value for name, value in row.items() if name != "idd"}
    return {**fresh, asanito_id: None, "fetchStatus": None, "fetchMessage": None}


SERVICE_TROUBLES: list[Row] = [
    {"title": None},
    {"type": 99},
    {"unitref": mappings.UNMAPPED_UNIT},
    {"price": None},
    {"price": -1},
    {"price": 3_000_000_000},
]

_SPACE, _HALF_SPACE = "\u00a0", "\u200c"


def _nothing(_: Storyteller) -> Row:
    return {}


def _plain(teller: Storyteller) -> list[Row]:
    return [teller.person()]


def _two_versions(teller: Storyteller) -> list[Row]:
    first = teller.person()
    return [first, teller.newer(first, Address1="کرج، خیابان بهار، پلاک ۷")]


def _three_versions(teller: Storyteller) -> list[Row]:
    first = teller.person()
    second = teller.newer(first, lastname=f"{first['lastname']} تهرانی")
    return [first, second, teller.newer(second, MobilePhoneNumber1=people.mobile(first["MembershipCode"] + 5_000_000))]


def _same_mobile(teller: Storyteller) -> list[Row]:
    first = teller.person()
    return [first, teller.written_mobile(teller.person(MobilePhoneNumber1=first["MobilePhoneNumber1"], CodeMelli=None))]


def _same_code(teller: Storyteller) -> list[Row]:
    first = teller.person()
    return [first, teller.person(CodeMelli=first["CodeMelli"].translate(people.PERSIAN), MobilePhoneNumber1=None)]


def _family(teller: Storyteller) -> list[Row]:
    """Different people under one number, as parents register their children."""
    mother = teller.person()
    return [mother, *(teller.person(MobilePhoneNumber1=mother["MobilePhoneNumber1"]) for _ in range(2))]


def _arabic(teller: Storyteller) -> list[Row]:
    person = teller.person()
    return [{**person, "name": f" {people.arabic('یحیی')}{_SPACE}", "lastname": people.arabic("کیانی")}]


def _digits(teller: Storyteller) -> list[Row]:
    return [teller.written_mobile(teller.person())]


def _dates(teller: Storyteller) -> list[Row]:
    texts = ["1402/12/30", "75/03/15", "1990-05-01", "۱۳۷۵/۳/۵", "1375.3.5", "1403/12/30 00:00", "", "نامشخص"]
    return [teller.person(Birthday=teller.dice.choice(texts))]


MEMBER_STORIES: list[Callable[[Storyteller], list[Row]]] = [
    _plain,
    _two_versions,
    _same_mobile,
    _same_code,
    _arabic,
    _dates,
    _three_versions,
    lambda teller: [teller.person(lastname=None)],
    lambda teller: [teller.person(gender=99)],
    _family,
    lambda teller: [teller.person(MobilePhoneNumber1="02188776655")],
    lambda teller: [teller.person(MobilePhoneNumber1="09000000000", CodeMelli="1111111111")],
    _digits,
    lambda teller: [teller.person(Birthday=None, Address1=None, TelNumber1=None, CodeMelli=None, jobpost="")],
    lambda teller: [teller.person(RecognitionMethods=mappings.UNMAPPED_RECOGNITION)],
    lambda teller: [teller.person(name=f"نیک{_HALF_SPACE}نام", Description="=cmd|' /C calc'!A0")],
    lambda teller: [teller.person(MobilePhoneNumber1=FAMOUS_MOBILE), teller.person(MobilePhoneNumber1=FAMOUS_MOBILE)],
    _plain,
    _plain,
]

STORE_TROUBLES: dict[int, Callable[[Storyteller], Row]] = {
    10: lambda teller: {"PersonVID": teller.guid()},
    12: lambda _: {"isDelete": True},
    14: lambda _: {"CreatorUserVID": mappings.UNMAPPED_CREATOR},
    16: lambda _: {"AdditionDeductionAmount": "1000.50"},
}
GYM_TROUBLES: dict[int, Callable[[Storyteller], Row]] = {
    3: lambda teller: {"personid": teller.guid()},
    5: lambda teller: {"ProducVtID": teller.guid()},
    7: lambda _: {"isdelete": True},
    9: lambda _: {"UnitPrice": "2500000000.00", "count": 2},
    11: lambda _: {"UnitPrice": "100000.25"},
}
RECEIPT_TROUBLES: dict[int, Callable[[Storyteller], Row]] = {
    4: lambda teller: {"personid": teller.guid()},
    6: lambda _: {"Amount": 0},
    8: lambda _: {"isDelete": True},
    10: lambda _: {"modeldaryaft": "حواله", "BankAccount": mappings.UNMAPPED_ACCOUNT},
    12: lambda _: {"modeldaryaft": "سایر"},
    14: lambda _: {"Amount": 4_000_000_000},
}
