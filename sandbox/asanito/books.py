"""What one tenant of the sandbox's Asanito holds: contacts, products, categories, invoices, incomes, deals.

Kept as one line of JSON per change (`books-<customerId>.jsonl`), so that a restart, also a killed one, finds everything
again. Equal records may stand there twice: the real one does not stop anybody either.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

DRAFT, CONFIRMED, CANCELLED = 1, 3, 6
ADDITION, DEDUCTION, TAX = 1, 2, 3


@dataclass
class Person:
    """A contact. `custom` holds the values of the custom fields by key, dates as ISO text."""

    id: int
    name: str
    last_name: str
    gender_id: int
    mobiles: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    addresses: list[dict[str, Any]] = field(default_factory=list)
    birth_date: str | None = None
    owner_user_id: int | None = None
    national_code: str = ""
    acquaintion_type_id: int | None = None
    custom: dict[str, Any] = field(default_factory=dict)
    deleted: bool = False


@dataclass
class Category:
    id: int
    title: str
    parent_id: int = 0
    description: str = ""
    deleted: bool = False


@dataclass
class Product:
    id: int
    title: str
    category_id: int
    type: int
    unit_id: int
    sell_price: int
    initial_buy_price: int = 0
    end_price: int = 0
    abbreviation_code: str = ""
    deleted: bool = False


@dataclass
class Line:
    """One line of an invoice; a discount is a percentage of the line or an amount."""

    id: int
    product_id: int
    title: str
    count: int
    unit_price: int
    unit_id: int
    warehouse_id: int
    product_type: int
    index: int
    discount_percent: str = "0"
    discount_amount: int = 0

    @property
    def gross(self) -> int:
        return self.count * self.unit_price

    @property
    def discount(self) -> int:
        return self.discount_amount + share(self.gross, self.discount_percent)

    @property
    def net(self) -> int:
        return self.gross - self.discount


@dataclass
class Charge:
    """An addition (1), a deduction (2) or a tax (3): a percentage of all lines after their discounts, or an amount."""

    title: str
    type: int
    percent: str = "0"
    amount: int = 0


@dataclass
class Invoice:
    id: int
    title: str
    organization_id: int
    person_id: int
    date: str
    owner_user_id: int
    bank_account_id: int
    lines: list[Line] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    status: int = DRAFT
    sell_date: str = ""
    deleted: bool = False

    @property
    def net(self) -> int:
        """All lines after their discounts."""
        return sum(line.net for line in self.lines)

    @property
    def tax(self) -> int:
        return sum(self.charged(charge) for charge in self.charges if charge.type == TAX)

    @property
    def total(self) -> int:
        """What is to be paid."""
        signs = {ADDITION: 1, DEDUCTION: -1, TAX: 1}
        return self.net + sum(signs[charge.type] * self.charged(charge) for charge in self.charges)

    def charged(self, charge: Charge) -> int:
        return charge.amount + share(self.net, charge.percent)


@dataclass
class Income:
    """One payment that came in, in cash or by cheque; `charges_wallet` raises the person's balance."""

    id: int
    person_id: int
    description: str
    amount: int
    account_id: int
    date: str
    payment: str = "cash"
    payment_description: str = ""
    due_date: str = ""
    charges_wallet: bool = True
    deleted: bool = False


@dataclass
class Deal:
    id: int
    title: str
    amount: int
    funnel_level_id: int
    person_ids: list[int]
    product_ids: list[int]
    owner_user_id: int
    description: str = ""
    deleted: bool = False


Record = Person | Category | Product | Invoice | Income | Deal
R = TypeVar("R", Person, Category, Product, Invoice, Income, Deal)
KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in (Person, Category, Product, Invoice, Income, Deal)}
# Where each kind begins to count; lines and addresses have numbers of their own.
FIRST_IDS = {
    "Category": 101,
    "Product": 2_001,
    "Person": 10_001,
    "Invoice": 50_001,
    "Income": 70_001,
    "Deal": 80_001,
    "Address": 90_001,
    "Line": 600_001,
}


class Books:
    """The records of one tenant; `put` is the only way in."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._path = path
        self._offset = offset
        self._records: dict[type[Any], dict[int, Any]] = {}
        self._next: dict[str, int] = {}
        self.clear(keep_file=True)
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                kind, fields = json.loads(line)
                self._take(_restored(kind, fields))

    def clear(self, *, keep_file: bool = False) -> None:
        self._records = {kind: {} for kind in KINDS.values()}
        self._next = {name: first + self._offset for name, first in FIRST_IDS.items()}
        if not keep_file:
            self._path.unlink(missing_ok=True)

    def next_id(self, kind: str) -> int:
        number = self._next[kind]
        self._next[kind] = number + 1
        return number

    def put(self, record: Record) -> None:
        self._take(record)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([type(record).__name__, asdict(record)], ensure_ascii=False) + "\n")

    def get(self, kind: type[R], number: int) -> R | None:
        found: R | None = self._records[kind].get(number)
        return None if found is None or found.deleted else found

    def all(self, kind: type[R]) -> list[R]:
        """In the order in which they were made."""
        return [record for record in self._records[kind].values() if not record.deleted]

    def remained(self, person_id: int) -> int:
        """Confirmed invoices less incomes: positive is what the person owes, negative what is in the wallet."""
        owed = sum(one.total for one in self.all(Invoice) if one.person_id == person_id and one.status == CONFIRMED)
        paid = sum(one.amount for one in self.all(Income) if one.person_id == person_id and one.charges_wallet)
        return owed - paid

    def wallets(self) -> dict[int, int]:
        """The same for every person at once."""
        found = dict.fromkeys((person.id for person in self.all(Person)), 0)
        for invoice in self.all(Invoice):
            if invoice.status == CONFIRMED:
                found[invoice.person_id] = found.get(invoice.person_id, 0) + invoice.total
        for income in self.all(Income):
            if income.charges_wallet:
                found[income.person_id] = found.get(income.person_id, 0) - income.amount
        return found

    def counts(self) -> dict[str, int]:
        names = {Person: "contacts", Category: "categories", Product: "products", Invoice: "invoices"}
        more = {Income: "incomes", Deal: "deals"}
        return {name: len(self.all(kind)) for kind, name in {**names, **more}.items()}

    def snapshot(self) -> str:
        """Everything, as text for `restore`."""
        records = [[kind.__name__, asdict(one)] for kind in KINDS.values() for one in self._records[kind].values()]
        return json.dumps({"records": records, "next": self._next}, ensure_ascii=False)

    def restore(self, snapshot: str) -> None:
        found = json.loads(snapshot)
        self.clear()
        for kind, fields in found["records"]:
            self.put(_restored(kind, fields))
        self._next = found["next"]

    def describe(self) -> dict[str, Any]:
        """For tests to compare with: every record with its totals, and the wallets by person."""
        return {
            "contacts": [asdict(one) for one in self.all(Person)],
            "categories": [asdict(one) for one in self.all(Category)],
            "products": [asdict(one) for one in self.all(Product)],
            "invoices": [
                {**asdict(one), "net": one.net, "tax": one.tax, "total": one.total} for one in self.all(Invoice)
            ],
            "incomes": [asdict(one) for one in self.all(Income)],
            "deals": [asdict(one) for one in self.all(Deal)],
            "wallets": {str(person): amount for person, amount in self.wallets().items()},
        }

    def _take(self, record: Record) -> None:
        self._records[type(record)][record.id] = record
        self._count_past(type(record).__name__, record.id)
        if isinstance(record, Person):
            for address in record.addresses:
                self._count_past("Address", address["id"])
        if isinstance(record, Invoice):
            for line in record.lines:
                self._count_past("Line", line.id)

    def _count_past(self, kind: str, number: int) -> None:
        self._next[kind] = max(self._next[kind], number + 1)


def share(amount: int, percent: str) -> int:
    """That many percent of an amount in Rial, halves rounded up."""
    exact = Decimal(amount) * Decimal(percent) / 100
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _restored(kind: str, fields: dict[str, Any]) -> Any:
    if kind == "Invoice":
        lines = [Line(**line) for line in fields.pop("lines")]
        charges = [Charge(**charge) for charge in fields.pop("charges")]
        return Invoice(**fields, lines=lines, charges=charges)
    return KINDS[kind](**fields)
