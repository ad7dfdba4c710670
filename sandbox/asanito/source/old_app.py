"""Plays the application that synchronised before us: its tables, and a part of the records already in the target.

For tests of taking over: statuses and ids stand in the legacy tables, the records they name in the target's books. Ids
of 0 and 1, which that application used for "not made yet", stand on some of the rest.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.asanito.books import CONFIRMED, Category, Deal, Income, Invoice, Line, Person, Product
from sandbox.asanito.source.tables import ASANITO_ID, GROUP, INVOICE, MEMBERSHIP, RECEIPT, SERVICE, SERVICE_INVOICE

if TYPE_CHECKING:
    from uuid import UUID

    from sandbox.asanito.source.accountant import Accountant
    from sandbox.asanito.source.database import Source
    from sandbox.asanito.source.mappings import Mappings
    from sandbox.asanito.source.stories import Rows
    from sandbox.asanito.tenants import Tenant

FUNNEL, LEVEL = 7, 71
JOBS = {
    "preprocess_deduplicate_members": (1, 30),
    "sync_contacts_from_memberships": (2, 0),
    "sync_services_to_products": (2, 30),
    "sync_store_invoices": (3, 0),
    "sync_service_invoices": (3, 30),
    "sync_receipts_to_income": (4, 0),
}


class OldApplication:
    """Has run for a while."""

    def __init__(self, source: Source, tenant: Tenant, expected: Accountant, mappings: Mappings) -> None:
        self._source = source
        self._tenant = tenant
        self._books = tenant.books
        self._expected = expected
        self._mappings = mappings
        self._persons: dict[UUID, int] = {}
        self._products: dict[UUID, int] = {}

    async def leave_behind(self, share: float) -> dict[str, int]:
        """That share of all members, with every product and what these members bought and paid; records by kind."""
        rows = await self._source.rows()
        statement = (Path(__file__).with_name("old_app.sql")).read_text(encoding="utf-8")
        await self._source.pool.execute(statement)
        await self._source.grant(self._source.pool, old_app=True)
        taken = list(self._expected.contacts)[: round(len(self._expected.contacts) * share)]
        for key in taken:
            self._persons[key] = self._add_person(key)
        self._add_products()
        invoices = {
            title: self._add_invoice(title) for title, bill in self._expected.invoices.items() if self._has(bill)
        }
        incomes = {title: self._add_income(title) for title, one in self._expected.incomes.items() if self._has(one)}
        await self._mark(MEMBERSHIP, rows, {str(key): number for key, number in self._persons.items()})
        await self._mark(SERVICE, rows, {str(key): number for key, number in self._products.items()})
        for table, title, made in (
            (INVOICE, "Title", invoices),
            (SERVICE_INVOICE, "title", invoices),
            (RECEIPT, "title", incomes),
        ):
            known = {str(row[GROUP[table]]): made[row[title]] for row in rows[table] if row[title] in made}
            await self._mark(table, rows, known)
        await self._write_tables(rows)
        return {"contacts": len(taken), "invoices": len(invoices), "incomes": len(incomes)}

    def _has(self, document: Any) -> bool:
        return document.person in self._persons

    def _add_person(self, key: UUID) -> int:
        contact = self._expected.contacts[key]
        person = Person(
            id=self._books.next_id("Person"),
            name=contact.name,
            last_name=contact.last_name,
            gender_id=contact.gender,
            mobiles=[contact.mobile] if contact.mobile else [],
            birth_date=contact.birth_date,
            owner_user_id=self._tenant.user_id,
            national_code=contact.national_code,
            acquaintion_type_id=contact.method,
            custom=contact.custom,
        )
        if contact.address:
            city = self._mappings.Defaults["DefaultCityID"]
            address = {"id": self._books.next_id("Address"), "cityId": city, "address": contact.address}
            person.addresses = [{**address, "isDefault": True}]
        self._books.put(person)
        return person.id

    def _add_products(self) -> None:
        categories: dict[str, int] = {}
        for key, item in self._expected.products.items():
            if item.category not in categories:
                categories[item.category] = self._books.next_id("Category")
                self._books.put(Category(categories[item.category], item.category))
            number = self._books.next_id("Product")
            product = Product(number, item.title, categories[item.category], item.type, item.unit, item.price)
            product.abbreviation_code = str(item.code)
            self._books.put(product)
            self._products[key] = number

    def _add_invoice(self, title: str) -> int:
        """With its total on the first line: what it sold is no longer asked for."""
        bill = self._expected.invoices[title]
        product, warehouse = next(iter(self._products.values())), self._mappings.Defaults["HostWarehouseID"]
        lines = [
            Line(self._books.next_id("Line"), product, title, 1, 0 if place else bill.total, 1, warehouse, 1, place + 1)
            for place in range(bill.lines)
        ]
        number = self._books.next_id("Invoice")
        account = self._tenant.choices.default_accounts[bill.organization]
        invoice = Invoice(number, title, bill.organization, self._persons[bill.person], bill.date, bill.owner, account)
        invoice.lines, invoice.status, invoice.sell_date = lines, CONFIRMED, bill.date
        self._books.put(invoice)
        return number

    def _add_income(self, title: str) -> int:
        one = self._expected.incomes[title]
        number = self._books.next_id("Income")
        self._books.put(Income(number, self._persons[one.person], title, one.amount, one.account, one.date))
        return number

    async def _mark(self, table: str, rows: Rows, made: dict[str, int]) -> None:
        """As that application writes it: the newest row bears the id, older ones are superseded."""
        newest = {str(row[GROUP[table]]): row["idd"] for row in rows[table]}
        placeholder = 0
        for row in rows[table]:
            key = str(row[GROUP[table]])
            if key not in made:
                placeholder = (placeholder + 1) % 4
                values: dict[str, Any] = {ASANITO_ID[table]: (None, 0, 1, None)[placeholder]}
            elif row["idd"] == newest[key]:
                values = {ASANITO_ID[table]: made[key], "fetchStatus": "SYNCED", "fetchMessage": None}
            else:
                values = {"fetchStatus": "SUPERSEDED", "fetchMessage": "superseded by a newer entry"}
            await self._source.update(table, row["idd"], **values)

    async def _write_tables(self, rows: Rows) -> None:
        pool = self._source.pool
        mapped = [
            (kind, value.upper() if kind in {"Organization", "CreatorUser"} else value, value, str(number))
            for kind, values in asdict(self._mappings).items()
            for value, number in values.items()
        ]
        mapped += [("SystemSettings", "InvoicePersonLookupKey", "InvoicePersonLookupKey", "memberVId")]
        mapped += [("SystemSettings", "DealCreationEnabled", "DealCreationEnabled", "1")]
        statement = (
            'INSERT INTO dbo."mapping" ("map_type", "source_id", "source_name", "asanito_id") VALUES ($1, $2, $3, $4)'
        )
        await pool.executemany(statement, mapped)
        jobs = [
            (job, job, job != "sync_receipts_to_income", "cron", json.dumps({"hour": hour, "minute": minute}))
            for job, (hour, minute) in JOBS.items()
        ]
        await pool.executemany(
            'INSERT INTO dbo."job_config" ("job_id", "name", "is_enabled", "trigger_type", "trigger_args",'
            ' "is_running", "cancellation_requested") VALUES ($1, $2, $3, $4, $5, false, false)',
            jobs,
        )
        await self._write_deals(rows)

    async def _write_deals(self, rows: Rows) -> None:
        """One product opens deals; those of the invoices that are there have been opened."""
        key, number = next(iter(self._products.items()))
        item = self._expected.products[key]
        now = datetime.combine(max(row["tarikh"] for row in rows[RECEIPT]), time(4))
        await self._source.pool.execute(
            'INSERT INTO dbo."deal_trigger_product" VALUES ($1, $2, $3, $4, $5, $6)',
            *(number, item.title, item.category, FUNNEL, LEVEL, now),
        )
        sold = [(row["id"], row["id"], row["title"], row) for row in rows[SERVICE_INVOICE]]
        titles = {row["invoiceVID"]: row["Title"] for row in rows[INVOICE]}
        sold += [(row["invoiceVID"], row["itemVID"], titles[row["invoiceVID"]], row) for row in rows["invoiceItem"]]
        for invoice, line, title, row in sold:
            bill = self._expected.invoices.get(title)
            if bill is None or not self._has(bill) or row["ProducVtID"] != key or row.get("isDelete"):
                continue
            amount = int(row["UnitPrice"] * row["count"])
            deal = self._books.next_id("Deal")
            persons = [self._persons[bill.person]]
            self._books.put(Deal(deal, title, amount, LEVEL, persons, [number], bill.owner, str(invoice)))
            await self._source.pool.execute(
                'INSERT INTO dbo."invoice_deal_link" ("source_invoice_vid", "source_item_pk", "deal_asanito_id",'
                ' "created_on") VALUES ($1, $2, $3, $4)',
                *(str(invoice).upper(), str(line).upper(), deal, now),
            )
