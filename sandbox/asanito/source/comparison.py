"""Compares the target's books with what the accountant expects: one sentence per difference, none when all is right.

Records are found by what the source gave them (membership code, title, number), never by ids, so that whatever stands
there twice is noticed.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from sandbox.asanito.books import CONFIRMED, Books, Category, Deal, Income, Invoice, Person, Product
from sandbox.asanito.source import letters

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from sandbox.asanito.source.accountant import Accountant

RECEIPT_TITLE = re.compile(r"دریافت شماره \d+")


def differences(expected: Accountant, books: Books) -> list[str]:
    """What is missing, too much or other than it must be."""
    codes = {person.id: person.custom.get("MembershipCode", f"#{person.id}") for person in books.all(Person)}
    return [
        *_compare("contact", _expected_contacts(expected), _contacts(books)),
        *_compare("product", _expected_products(expected), _products(books)),
        *_compare("category", {item.category: {} for item in expected.products.values()}, _categories(books)),
        *_compare("invoice", _expected_invoices(expected), _invoices(books, codes)),
        *_compare("income", _expected_incomes(expected), _incomes(books, codes)),
        *_compare_deals(expected, books, codes),
        *_compare("wallet", _expected_wallets(expected), _wallets(books, codes)),
    ]


Facts = dict[str, Any]
Found = list[tuple["Hashable", Facts]]


def _compare(what: str, expected: dict[Any, Facts], found: Iterable[tuple[Any, Facts]]) -> Iterator[str]:
    seen: Counter[Any] = Counter()
    for key, facts in found:
        seen[key] += 1
        if key not in expected:
            yield f"{what} {key} must not be there"
            continue
        for name, value in expected[key].items():
            if facts[name] != value:
                yield f"{what} {key}: {name} is {facts[name]!r}, must be {value!r}"
    for key in expected:
        if seen[key] != 1:
            yield f"{what} {key} is missing" if not seen[key] else f"{what} {key} is there {seen[key]} times"


def _expected_contacts(expected: Accountant) -> dict[Any, Facts]:
    return {
        one.code: {
            "name": one.name,
            "last_name": one.last_name,
            "gender": one.gender,
            "mobiles": [one.mobile] if one.mobile else [],
            "national_code": one.national_code,
            "birth_date": one.birth_date,
            "method": one.method,
            "addresses": [one.address] if one.address else [],
            "custom": one.custom,
        }
        for one in expected.contacts.values()
    }


def _contacts(books: Books) -> Found:
    return [
        (
            person.custom.get("MembershipCode", f"#{person.id}"),
            {
                "name": person.name,
                "last_name": person.last_name,
                "gender": person.gender_id,
                "mobiles": person.mobiles,
                # One that cannot be right may be sent or left out.
                "national_code": letters.national_code(person.national_code),
                "birth_date": person.birth_date,
                "method": person.acquaintion_type_id,
                "addresses": [address["address"] for address in person.addresses],
                "custom": person.custom,
            },
        )
        for person in books.all(Person)
    ]


def _expected_products(expected: Accountant) -> dict[Any, Facts]:
    return {
        one.title: {"category": one.category, "type": one.type, "unit": one.unit, "price": one.price}
        for one in expected.products.values()
    }


def _products(books: Books) -> Found:
    titles = {category.id: letters.comparable(category.title) for category in books.all(Category)}
    return [
        (
            one.title,
            {
                "category": titles.get(one.category_id),
                "type": one.type,
                "unit": one.unit_id,
                "price": one.sell_price,
            },
        )
        for one in books.all(Product)
    ]


def _categories(books: Books) -> Found:
    return [(letters.comparable(category.title), {}) for category in books.all(Category)]


def _expected_invoices(expected: Accountant) -> dict[Any, Facts]:
    return {
        key: {
            "person": expected.contacts[bill.person].code,
            "date": bill.date,
            "total": bill.total,
            "status": CONFIRMED,
            "organization": bill.organization,
            "owner": bill.owner,
            "lines": bill.lines,
        }
        for key, bill in expected.invoices.items()
    }


def _invoices(books: Books, codes: dict[int, Any]) -> Found:
    return [
        (
            one.title,
            {
                "person": codes.get(one.person_id),
                "date": one.date,
                "total": one.total,
                "status": one.status,
                "organization": one.organization_id,
                "owner": one.owner_user_id,
                "lines": len(one.lines),
            },
        )
        for one in books.all(Invoice)
    ]


def _expected_incomes(expected: Accountant) -> dict[Any, Facts]:
    return {
        key: {
            "person": expected.contacts[one.person].code,
            "date": one.date,
            "amount": one.amount,
            "account": one.account,
        }
        for key, one in expected.incomes.items()
    }


def _incomes(books: Books, codes: dict[int, Any]) -> Found:
    found: Found = []
    for one in books.all(Income):
        match = RECEIPT_TITLE.search(letters.display(f"{one.description} {one.payment_description}"))
        facts = {"person": codes.get(one.person_id), "date": one.date, "amount": one.amount, "account": one.account_id}
        found.append((match.group() if match else f"#{one.id}", facts))
    return found


def _compare_deals(expected: Accountant, books: Books, codes: dict[int, Any]) -> Iterator[str]:
    titles = {product.id: product.title for product in books.all(Product)}
    due: Counter[Hashable] = Counter(
        (expected.contacts[one.person].code, expected.products[one.service].title, one.amount, one.level)
        for one in expected.deals.values()
    )
    there: Counter[Hashable] = Counter(
        (
            codes.get(next(iter(one.person_ids), 0)),
            titles.get(next(iter(one.product_ids), 0)),
            one.amount,
            one.funnel_level_id,
        )
        for one in books.all(Deal)
    )
    for deal in due | there:
        if due[deal] != there[deal]:
            yield f"deal {deal} is there {there[deal]} times, must be {due[deal]} times"


def _expected_wallets(expected: Accountant) -> dict[Any, Facts]:
    return {expected.contacts[person].code: {"balance": amount} for person, amount in expected.wallets().items()}


def _wallets(books: Books, codes: dict[int, Any]) -> Found:
    return [(codes[person], {"balance": amount}) for person, amount in books.wallets().items() if person in codes]
