"""Test data: a small gym chain, told in a few records of each kind. The same day gives the same rows. Pure.

Source: domain page 1.6 (Seeder): 15 of each kind, every third with a newer version, and rows that nobody can send.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

if TYPE_CHECKING:
    from datetime import date

    from services.asanito.ports import SourceRow

SEED_PHRASE = "SEED FAKE DATA"
EACH = 15
NAMES = ("علی", "مریم", "رضا", "سارا", "حسین")
LAST_NAMES = ("احمدی", "کریمی", "رضایی", "موسوی", "صادقی", "نوری", "حیدری")
GROUPS = ("ورزشی", "بدنسازی", "استخر", "بوفه")
BANKS = ("ملت", "ملی", "سامان")
METHODS = ("نقد", "چک", "حواله")
ORGANIZATION, CREATOR = "organization 1", "creator 1"
SHARED_MOBILE = "09123456789"


def key(name: str) -> str:
    """The identifier of a thing of the stories; the same whenever they are told."""
    return str(uuid5(NAMESPACE_URL, f"portico test data {name}"))


def tell(today: date) -> dict[str, list[SourceRow]]:
    """Rows by table; documents of the fifteen days up to `today`."""
    days = [today - timedelta(days=EACH - number) for number in range(1, EACH + 1)]
    return {
        "service": _services(),
        "membership": _members(),
        "invoiceHed": [_header(number, day) for number, day in enumerate(days, 1)],
        "invoiceItem": [_item(number, line) for number in range(1, EACH) for line in range(1, number % 3 + 2)],
        "ServiceInvoice": [_service_invoice(number, day) for number, day in enumerate(days, 1)],
        "receipt": [_receipt(number, day) for number, day in enumerate(days, 1)],
    }


def _newer(rows: list[SourceRow], **changes: Any) -> list[SourceRow]:
    """Every third once more, as the legacy program appends an edit."""
    return [{**row, **{name: change(row) for name, change in changes.items()}} for row in rows[::3]]


def _services() -> list[SourceRow]:
    rows = [
        {
            "serviceVid": key(f"service {number}"),
            "type": 99 if number == EACH else 2 - number % 2,
            "code": 1000 + number,
            "title": None if number == EACH - 1 else f"{GROUPS[number % len(GROUPS)]} {number}",
            "unitref": 1,
            "serviceGroup": GROUPS[number % len(GROUPS)],
            "price": 100_000 * number,
            "isChange": True,
        }
        for number in range(1, EACH + 1)
    ]
    return rows + _newer(rows, price=lambda row: row["price"] + 50_000)


def _members() -> list[SourceRow]:
    rows = [
        {
            "personVId": key(f"person {number}"),
            "memberVId": key(f"member {number}"),
            "MembershipCode": 5000 + number,
            "FinancialAccountCode": 7000 + number,
            "name": NAMES[number % len(NAMES)],
            "lastname": None if number == EACH else LAST_NAMES[number % len(LAST_NAMES)],
            "Address1": f"خیابان {number}",
            "MobilePhoneNumber1": SHARED_MOBILE if number in {2, 3} else f"0935{number:07}",
            "DebtorAmount": 0,
            "gender": 99 if number == EACH - 1 else number % 2,
            "Birthday": f"1370/01/{number:02}",
            "PersianMembershipDate": f"1402/05/{number:02}",
            "isChange": True,
            "wallet": 0,
        }
        for number in range(1, EACH + 1)
    ]
    return rows + _newer(
        rows, memberVId=lambda row: key(f"newer {row['memberVId']}"), Address1=lambda row: f"{row['Address1']} پلاک 2"
    )


def _header(number: int, day: date) -> SourceRow:
    return {
        "invoiceVID": key(f"invoice {number}"),
        "Title": f"S-{number:04}",
        "OrganizationID": key(ORGANIZATION),
        "IssueDate": day,
        "SellDate": day,
        "PersonVID": key(f"member {number}"),
        "TaxPercent": Decimal(9 if number % 2 else 0),
        "AdditionDeductionAmount": Decimal(-10_000 if number % 5 == 0 else 0),
        "CreatorUserVID": key(CREATOR),
        "isDelete": False,
        "isChange": True,
    }


def _item(number: int, line: int) -> SourceRow:
    """A line; the last header has none."""
    service = (number + line) % (EACH - 3) + 1
    return {
        "invoiceVID": key(f"invoice {number}"),
        "Title": f"{GROUPS[service % len(GROUPS)]} {service}",
        "itemVID": key(f"item {number} {line}"),
        "ProducVtID": key(f"service {service}"),
        "count": line,
        "UnitPrice": 100_000 * service,
        "DiscountAmount": Decimal(5_000 if line == 2 else 0),  # noqa: PLR2004 - the second line of each
        "ProductUnitVID": 1,
        "ProductType": 2 - service % 2,
        "index": line,
        "isDelete": False,
        "isChange": True,
    }


def _service_invoice(number: int, day: date) -> SourceRow:
    service = number % (EACH - 3) + 1
    return {
        "id": key(f"service invoice {number}"),
        "title": f"G-{number:04}",
        "OrganizationID": key(ORGANIZATION),
        "IssueDate": datetime.combine(day, time(18, 5)),
        "SellDat": datetime.combine(day, time(18, 5)),
        "personid": key("nobody" if number == EACH else f"member {number}"),
        "TaxPercent": Decimal(0),
        "discount": Decimal(0),
        "CreatorUser": key(CREATOR),
        "UnitPrice": Decimal(100_000 * service),
        "count": 1,
        "ProducVtID": key("nothing" if number == EACH - 1 else f"service {service}"),
        "ServiceTitle": f"{GROUPS[service % len(GROUPS)]} {service}",
        "ProductUnitVID": 1,
        "ProductType": 2,
        "index": 1,
        "isdelete": False,
        "ischange": True,
    }


def _receipt(number: int, day: date) -> SourceRow:
    method = METHODS[number % len(METHODS)]
    return {
        "vID": key(f"receipt {number}"),
        "tarikh": day,
        "personid": key(f"member {number}"),
        "title": f"R-{number:04}",
        "Amount": 250_000 * number,
        "modeldaryaft": method,
        "ReceiveType": key("till 1"),
        "BankName": BANKS[number % len(BANKS)],
        "ChequeNumber": f"{800_000 + number}" if method == "چک" else None,
        "sarresidcheck": day + timedelta(days=30) if method == "چک" else None,
        "BankAccount": key("account 1"),
        "isChange": True,
        "isDelete": False,
    }
