"""Works out from the legacy tables what the target's books must hold, by the rules of the README and the domain page.

Written without the service, from the rows alone. What depends on history (who was there first, what had been posted
when a row changed) is known from the last time that the books were closed: a finished synchronisation, nothing pending.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.asanito.books import share
from sandbox.asanito.source import letters
from sandbox.asanito.source.tables import GROUP, INVOICE, ITEM, MEMBERSHIP, RECEIPT, SERVICE, SERVICE_INVOICE, Row

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sandbox.asanito.source.mappings import Mappings
    from sandbox.asanito.source.stories import Rows

NEVER = datetime.min  # noqa: DTZ901 - source times are wall times without a zone
LONG_FIELDS = ("MembershipCode", "FinancialAccountCode", "DebtorAmount", "wallet")


class NotDue(Exception):
    """Why a record is not in the target; the text starts with the state."""


@dataclass
class Contact:
    code: int
    name: str
    last_name: str
    gender: int
    mobile: str
    national_code: str
    birth_date: str | None
    method: int | None
    address: str
    custom: dict[str, Any]


@dataclass
class Item:
    title: str
    category: str
    type: int
    unit: int
    price: int
    code: int


@dataclass
class Bill:
    """An invoice: who, when, for how much, in how many lines."""

    person: UUID
    date: str
    total: int
    organization: int
    owner: int
    lines: int


@dataclass
class Payment:
    person: UUID
    date: str
    amount: int
    account: int


@dataclass
class Sale:
    """A deal."""

    person: UUID
    service: UUID
    amount: int
    level: int


@dataclass
class Assumptions:
    """How the service is set up: deals for these product codes, at this funnel level."""

    triggers: dict[int, int] = field(default_factory=dict)


@dataclass
class Accountant:
    """The expected books by source key, and for every record that is not in them the reason."""

    contacts: dict[UUID, Contact] = field(default_factory=dict)
    products: dict[UUID, Item] = field(default_factory=dict)
    invoices: dict[str, Bill] = field(default_factory=dict)
    incomes: dict[str, Payment] = field(default_factory=dict)
    deals: dict[tuple[str, UUID], Sale] = field(default_factory=dict)
    aliases: dict[UUID, UUID] = field(default_factory=dict)
    services: set[UUID] = field(default_factory=set)
    winners: dict[UUID, UUID] = field(default_factory=dict)
    reasons: dict[str, dict[str, str]] = field(default_factory=dict)

    def close(self, rows: Rows, mappings: Mappings, assumptions: Assumptions) -> None:
        """All that can be synchronised has been."""
        self.reasons = {table: {} for table in (MEMBERSHIP, SERVICE, INVOICE, SERVICE_INVOICE, RECEIPT)}
        self._mappings, self._assumptions = mappings, assumptions
        self._codes = {row["serviceVid"]: row["code"] for row in newest(rows, SERVICE)}
        for row in rows[MEMBERSHIP]:
            self.aliases[row["memberVId"]] = self.aliases[row["personVId"]] = row["personVId"]
        self.services |= {row["serviceVid"] for row in rows[SERVICE]}
        self._find_duplicates(rows)
        for row in newest(rows, MEMBERSHIP):
            self._judge(MEMBERSHIP, row, self._contact)
        for row in newest(rows, SERVICE):
            self._judge(SERVICE, row, self._product)
        items: dict[UUID, list[Row]] = {}
        for row in newest(rows, ITEM):
            items.setdefault(row["invoiceVID"], []).append(row)
        self._items = items
        for row in newest(rows, INVOICE):
            self._judge(INVOICE, row, self._store_invoice)
        for row in newest(rows, SERVICE_INVOICE):
            self._judge(SERVICE_INVOICE, row, self._service_invoice)
        for row in newest(rows, RECEIPT):
            self._judge(RECEIPT, row, self._receipt)

    def wallets(self) -> dict[UUID, int]:
        """What each contact owes (positive) or has in the wallet (negative)."""
        found = dict.fromkeys(self.contacts, 0)
        for bill in self.invoices.values():
            found[bill.person] += bill.total
        for payment in self.incomes.values():
            found[payment.person] -= payment.amount
        return found

    def _judge(self, table: str, row: Row, decide: Any) -> None:
        try:
            decide(row)
        except NotDue as reason:
            self.reasons[table][str(row[GROUP[table]])] = str(reason)

    # Duplicates

    def _find_duplicates(self, rows: Rows) -> None:
        """By mobile first, then by national code among those who are left; who is in the target already stays."""
        activity = self._activity(rows)
        people = {row["personVId"]: row for row in newest(rows, MEMBERSHIP)}
        # Who has left the table stays where it was last seen.
        self.winners = {loser: winner for loser, winner in self.winners.items() if loser not in people}
        for column, normal in (("MobilePhoneNumber1", letters.mobile), ("CodeMelli", letters.national_code)):
            groups: dict[str, list[UUID]] = {}
            for person, row in people.items():
                key = normal(row[column])
                if key and person not in self.winners:
                    groups.setdefault(key, []).append(person)
            for group in groups.values():
                self._settle(group, people, activity)

    def _settle(self, group: list[UUID], people: dict[UUID, Row], activity: dict[UUID, datetime]) -> None:
        def rank(person: UUID) -> tuple[bool, datetime, int]:
            return person in self.contacts, activity.get(person, NEVER), people[person]["idd"]

        winner = max(group, key=rank)
        for person in group:
            if person != winner and person not in self.contacts:
                self.winners[person] = winner

    def _activity(self, rows: Rows) -> dict[UUID, datetime]:
        """The newest invoice of each person, of either kind, that is not deleted."""
        found: dict[UUID, datetime] = {}
        sources = ((INVOICE, "PersonVID", "isDelete"), (SERVICE_INVOICE, "personid", "isdelete"))
        for table, column, deleted in sources:
            for row in newest(rows, table):
                person, issued = self.aliases.get(row[column]), row["IssueDate"]
                if person is None or row[deleted] or issued is None:
                    continue
                moment = issued if isinstance(issued, datetime) else datetime.combine(issued, time())
                found[person] = max(found.get(person, NEVER), moment)
        return found

    # Contacts and products

    def _contact(self, row: Row) -> None:
        person = row["personVId"]
        if person in self.winners:
            raise NotDue(f"duplicate of {self.winners[person]}")
        if not letters.display(row["lastname"]):
            raise NotDue("failed: no last name")
        gender = self._mapped("Gender", row["gender"])
        custom = {name: row[name] for name in LONG_FIELDS if row[name] is not None}
        texts = {"VSdescription": letters.display(row["Description"]), "jobpost": letters.display(row["jobpost"])}
        custom.update({name: text for name, text in texts.items() if text})
        if joined := letters.day(row["PersianMembershipDate"]):
            custom["registerationDate"] = joined
        method = letters.comparable(row["RecognitionMethods"])
        methods = {letters.comparable(name): number for name, number in self._mappings.RecognitionMethods.items()}
        contact = Contact(
            code=row["MembershipCode"],
            name=letters.display(row["name"]),
            last_name=letters.display(row["lastname"]),
            gender=gender,
            mobile=letters.mobile(row["MobilePhoneNumber1"]),
            national_code=letters.national_code(row["CodeMelli"]),
            birth_date=letters.day(row["Birthday"]),
            method=methods.get(method),
            address=letters.display(row["Address1"]),
            custom=custom,
        )
        before = self.contacts.get(person)
        if before is not None:  # numbers cannot be changed there; a text that has become empty is not sent
            contact = replace(contact, mobile=before.mobile, custom={**before.custom, **custom})
        self.contacts[person] = contact

    def _product(self, row: Row) -> None:
        title = letters.display(row["title"])
        if not title:
            raise NotDue("failed: no title")
        price = row["price"] or 0
        if price < 0:
            raise NotDue("failed: negative price")
        kind, unit = self._mapped("ProductType", row["type"]), self._mapped("ProductUnit", row["unitref"])
        category = letters.comparable(row["serviceGroup"])
        self.products[row["serviceVid"]] = Item(title, category, kind, unit, price, row["code"])

    # Documents

    def _store_invoice(self, head: Row) -> None:
        key = head["Title"]
        if self._posted_or_deleted(self.invoices, key, deleted=head["isDelete"]):
            return
        items = [item for item in self._items.get(head["invoiceVID"], []) if not item["isDelete"]]
        if not items:
            raise NotDue("failed: no items")
        person = self._person(head["PersonVID"])
        net = 0
        for item in items:
            self._check_line(item)
            net += item["UnitPrice"] * item["count"] - whole(item["DiscountAmount"])
        total = net + share(net, str(head["TaxPercent"] or 0)) + whole(head["AdditionDeductionAmount"])
        self._post(key, head, person, "CreatorUserVID", items, total)

    def _service_invoice(self, row: Row) -> None:
        key = row["title"]
        if self._posted_or_deleted(self.invoices, key, deleted=row["isdelete"]):
            return
        person = self._person(row["personid"])
        self._check_line(row)
        price = whole(row["UnitPrice"])
        net = price * row["count"] - whole(row["discount"])
        self._post(key, row, person, "CreatorUser", [row], net + share(net, str(row["TaxPercent"] or 0)))

    def _post(self, key: str, head: Row, person: UUID, creator: str, items: list[Row], total: int) -> None:
        if total < 0:
            raise NotDue("failed: the target takes no negative invoice")
        self.invoices[key] = Bill(
            person=person,
            date=minutes(head["IssueDate"]),
            total=total,
            organization=self._mapped("Organization", head["OrganizationID"]),
            owner=self._mapped("CreatorUser", head[creator]),
            lines=len(items),
        )
        for item in items:
            level = self._assumptions.triggers.get(self.products[item["ProducVtID"]].code)
            if level is not None:
                amount = whole(item["UnitPrice"]) * item["count"]
                line = item.get("itemVID") or item["id"]
                self.deals[key, line] = Sale(person, item["ProducVtID"], amount, level)

    def _check_line(self, item: Row) -> None:
        if item["ProducVtID"] not in self.services:
            raise NotDue(f"failed: no service {item['ProducVtID']}")
        if item["ProducVtID"] not in self.products:
            raise NotDue(f"skipped: the service {item['ProducVtID']} is not there yet")
        self._mapped("ProductUnit", item["ProductUnitVID"])
        self._mapped("ProductType", item["ProductType"])

    def _receipt(self, row: Row) -> None:
        key = row["title"]
        if self._posted_or_deleted(self.incomes, key, deleted=row["isDelete"]):
            return
        if not row["Amount"] or row["Amount"] <= 0:
            raise NotDue("failed: no amount")
        person = self._person(row["personid"])
        columns = {"نقد": "ReceiveType", "حواله": "BankAccount", "چک": "BankName"}
        column = columns.get(letters.comparable(row["modeldaryaft"]))
        known = {letters.comparable(name): number for name, number in self._mappings.ReceiptAccount.items()}
        account = known.get(letters.comparable(str(row[column]))) if column else None
        account = account or self._mappings.Defaults.get("DefaultReceiptAccountID")
        if account is None:
            raise NotDue("skipped: no account is mapped")
        self.incomes[key] = Payment(person, minutes(row["tarikh"]), row["Amount"], account)

    def _posted_or_deleted(self, posted: dict[str, Any], key: str, *, deleted: bool) -> bool:
        """What has been posted is confirmed there and stays as it is."""
        if key in posted:
            return True
        if deleted:
            raise NotDue("ignored: deleted in the source")
        return False

    def _person(self, reference: UUID) -> UUID:
        person = self.aliases.get(reference)
        if person is None:
            raise NotDue(f"failed: no member {reference}")
        while person in self.winners:
            person = self.winners[person]
        if person not in self.contacts:
            raise NotDue(f"skipped: the member {person} is not there yet")
        return person

    def _mapped(self, kind: str, value: Any) -> int:
        number: int | None = getattr(self._mappings, kind).get(str(value).casefold())
        if number is None:
            raise NotDue(f"skipped: no mapping of {kind} {value}")
        return number


def newest(rows: Rows, table: str) -> Iterable[Row]:
    """The row with the highest number of every group."""
    found: dict[Any, Row] = {}
    for row in rows[table]:
        held = found.get(row[GROUP[table]])
        if held is None or row["idd"] > held["idd"]:
            found[row[GROUP[table]]] = row
    return found.values()


def whole(amount: Decimal | int | None) -> int:
    """Whole Rial; a fraction is no amount."""
    exact = Decimal(amount or 0)
    if exact != exact.to_integral_value():
        raise NotDue(f"failed: {exact} is not whole")
    return int(exact)


def minutes(moment: date | datetime) -> str:
    """As the books hold it: `2025-03-20T18:05`, a date alone at midnight."""
    full = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    return full.isoformat(timespec="minutes")
