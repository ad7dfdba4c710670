"""The tenants of the sandbox's Asanito: account, demo ids that the legacy system's values are mapped to, tokens, books.

Two tenants, with the same titles under other ids, so that what was bound in one is noticed in the other.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.asanito.books import Books

if TYPE_CHECKING:
    from pathlib import Path

CUSTOMER_IDS = (1001, 1002)
OFFSET = 1_000_000

GENDERS = {1: "مرد", 2: "زن", 3: "نامشخص"}
PRODUCT_TYPES = {1: "کالا", 3: "خدمت"}
CUSTOM_FIELDS = {
    "MembershipCode": ("LongCustomField", "LongCustomField", "longValue"),
    "FinancialAccountCode": ("LongCustomField", "LongCustomField", "longValue"),
    "DebtorAmount": ("LongCustomField", "LongCustomField", "longValue"),
    "wallet": ("LongCustomField", "LongCustomField", "longValue"),
    "VSdescription": ("StringFieldSetting", "StringCustomField", "stringValue"),
    "jobpost": ("StringFieldSetting", "StringCustomField", "stringValue"),
    "registerationDate": ("DateTimeFieldSetting", "DateTimeCustomField", "dateValue"),
}


@dataclass(frozen=True)
class Choices:
    """What a tenant has set up; the ids that a client may refer to."""

    organizations: dict[int, str]
    users: dict[int, str]
    units: dict[int, str]
    accounts: dict[int, str]
    warehouses: dict[int, str]
    provinces: dict[int, str]
    cities: dict[int, tuple[int, str]]
    recognition_methods: dict[int, str]
    funnels: dict[int, str]
    levels: dict[int, tuple[int, str]]
    default_accounts: dict[int, int]

    def describe(self) -> dict[str, Any]:
        """As lists of id and title."""
        plain = {name: value for name, value in vars(self).items() if name not in {"cities", "levels"}}
        lists = {
            name: [{"id": number, "title": title} for number, title in value.items()]
            for name, value in plain.items()
            if name != "default_accounts"
        }
        return {
            **lists,
            "cities": [{"id": one, "provinceId": of, "title": title} for one, (of, title) in self.cities.items()],
            "levels": [{"id": one, "funnelId": of, "title": title} for one, (of, title) in self.levels.items()],
            "default_accounts": {str(one): account for one, account in self.default_accounts.items()},
        }


def choices_of(place: int) -> Choices:
    """The demo ids; every tenant after the first has them ten thousand further up."""
    up = place * 10_000

    def raised(titles: dict[int, str]) -> dict[int, str]:
        return {number + up: title for number, title in titles.items()}

    return Choices(
        organizations=raised({11: "باشگاه مرکزی", 12: "شعبه غرب"}),
        users=raised({501: "کاربر همگام‌سازی", 502: "مریم احمدی", 503: "رضا کریمی"}),
        units=raised({1: "عدد", 2: "جلسه", 3: "ماه"}),
        accounts=raised({1: "صندوق", 31: "بانک ملت", 32: "بانک ملی", 33: "بانک صادرات", 34: "کارتخوان"}),
        warehouses=raised({2082: "انبار مرکزی", 2083: "انبار غرب"}),
        provinces=raised({8: "تهران", 9: "البرز"}),
        cities={82 + up: (8 + up, "تهران"), 83 + up: (9 + up, "کرج")},
        recognition_methods=raised({21: "دوستان", 22: "اینستاگرام", 23: "تابلو"}),
        funnels=raised({7: "فروش دوره", 8: "تمدید"}),
        levels={
            71 + up: (7 + up, "سرنخ"),
            72 + up: (7 + up, "پیشنهاد"),
            73 + up: (7 + up, "برنده"),
            81 + up: (8 + up, "یادآوری"),
        },
        default_accounts={11 + up: 34 + up, 12 + up: 31 + up},
    )


@dataclass
class Account:
    """Who may log in: by mobile with the customer id, or by user name."""

    customer_id: int
    mobile: str
    username: str
    password: str


@dataclass
class Tenant:
    account: Account
    choices: Choices
    books: Books
    switched_off: set[str] = field(default_factory=set)

    @property
    def user_id(self) -> int:
        return min(self.choices.users)


@dataclass
class Token:
    tenant: Tenant
    calls_left: int | None


class Tenants:
    """All of them, and the tokens that are good."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.token_calls: int | None = None
        self._tokens: dict[str, Token] = {}
        accounts = _kept_accounts(directory / "accounts.json")
        self.by_customer = {
            account.customer_id: Tenant(
                account,
                choices_of(place),
                Books(directory / f"books-{account.customer_id}.jsonl", place * OFFSET),
            )
            for place, account in enumerate(accounts)
        }

    @property
    def first(self) -> Tenant:
        return self.by_customer[CUSTOMER_IDS[0]]

    def log_in(self, tenant: Tenant) -> str:
        token = secrets.token_urlsafe(24)
        self._tokens[token] = Token(tenant, self.token_calls)
        return token

    def spend(self, token: str) -> Tenant | None:
        """Whose token it is; none when it is not good, or has been used up."""
        found = self._tokens.get(token)
        if found is None:
            return None
        if found.calls_left is not None:
            if found.calls_left <= 0:
                del self._tokens[token]
                return None
            found.calls_left -= 1
        return found.tenant

    def expire(self, token: str | None = None) -> int:
        """That token, or all; how many there were."""
        if token is not None:
            return int(self._tokens.pop(token, None) is not None)
        count = len(self._tokens)
        self._tokens.clear()
        return count


def _kept_accounts(path: Path) -> list[Account]:
    """Random, once per directory."""
    if not path.exists():
        made = [
            {
                "customer_id": number,
                "mobile": f"0912000{number}",
                "username": f"portico-{number}",
                "password": secrets.token_urlsafe(12),
            }
            for number in CUSTOMER_IDS
        ]
        path.touch(mode=0o600)
        path.write_text(json.dumps(made), encoding="utf-8")
    return [Account(**one) for one in json.loads(path.read_text(encoding="utf-8"))]
