"""Invoices: issued, confirmed, and their deals opened; each step is remembered, so that none is ever done twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from common.errors import Permanent
from services.asanito.formats.jalali import jalali_text, read_any_day, wall_time
from services.asanito.invoices.rules import (
    CANCELLED,
    CONFIRMED,
    Ids,
    Invoice,
    edit_payload,
    issue_payload,
    lines_by_index,
    read_service_invoice,
    read_store_invoice,
)
from services.asanito.mappings.rules import MappingType
from services.asanito.options import DefaultOptions, SourceOptions, SyncOptions, TargetOptions
from services.asanito.source.rules import Kind
from services.asanito.sync.directory import Directory
from services.asanito.sync.rules import Plan, Refused, Warned, fail, skip
from services.asanito.sync.writer import Created, Creation, record_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.core import Core
    from common.db import Connection
    from services.asanito.deals.service import DealService
    from services.asanito.mappings.rules import MappingTable
    from services.asanito.mappings.service import MappingService
    from services.asanito.ports import AsanitoApi, Payload, RemoteItem
    from services.asanito.settings import AsanitoSettings
    from services.asanito.sync.rules import Entity
    from services.asanito.sync.writer import Writer


class InvoiceService:
    """Invoices of one of the two tables.

    Args:
        kind: `store_invoice` or `service_invoice`.
    """

    def __init__(
        self,
        core: Core[AsanitoSettings],
        kind: Kind,
        *,
        asanito: AsanitoApi,
        mappings: MappingService,
        deals: DealService,
    ) -> None:
        self.kind = kind
        self._core = core
        self._asanito = asanito
        self._mappings = mappings
        self._deals = deals

    async def open(self) -> SendingInvoices:
        """What one run needs: mappings, options, the accounts that were asked for."""
        get = self._core.options.get
        return SendingInvoices(
            self._core,
            self._asanito,
            self.kind,
            deals=self._deals,
            mappings=await self._mappings.table(),
            chosen=Chosen(
                source=await get(SourceOptions),
                target=await get(TargetOptions),
                defaults=await get(DefaultOptions),
                sync=await get(SyncOptions),
            ),
        )


ONE_DAY = timedelta(days=1)
"""An answered date may be told in another zone."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The options that invoices depend on."""

    source: SourceOptions
    target: TargetOptions
    defaults: DefaultOptions
    sync: SyncOptions


@dataclass(frozen=True, slots=True)
class Read:
    """An invoice and what its references are."""

    invoice: Invoice
    ids: Ids


class SendingInvoices:
    """One run's view of invoices."""

    def __init__(
        self,
        core: Core[AsanitoSettings],
        asanito: AsanitoApi,
        kind: Kind,
        *,
        deals: DealService,
        mappings: MappingTable,
        chosen: Chosen,
    ) -> None:
        self._core = core
        self._db = core.db
        self._directory = Directory(core.db)
        self._asanito = asanito
        self._kind = kind
        self._deals = deals
        self._mappings = mappings
        self._chosen = chosen
        self._accounts: dict[int, int | None] = {}

    async def plan(self, entity: Entity) -> Plan:
        read = await self._read(entity)
        payload = issue_payload(read.invoice, read.ids)
        if entity.asanito_id is None:
            op = "create"
        elif entity.steps.get("issued") == entity.content_hash.hex():
            op = "confirm"
        else:
            op = "update"
        return Plan(op, payload, extra=read)

    async def carry_out(self, entity: Entity, plan: Plan, writer: Writer) -> Sequence[Warned]:
        read: Read = plan.extra
        warnings: list[Warned] = []
        asanito_id, is_new = entity.asanito_id, False
        if asanito_id is not None and plan.op == "update":
            asanito_id = await self._edit(entity, plan.payload, asanito_id, known_lines(entity), writer)
        if asanito_id is None:
            asanito_id, reply = await self._issue(entity, plan.payload, read, writer)
            warnings += check_total(read.invoice, reply)
            is_new = True
        if entity.is_deleted:
            return warnings
        if is_new or not entity.steps.get("confirmed"):
            await self._confirm(entity, read.invoice, asanito_id, writer)
        warnings += await self._deals.open_for(entity, read.invoice, read.ids, writer)
        return warnings

    async def _issue(
        self, entity: Entity, payload: Payload, read: Read, writer: Writer
    ) -> tuple[int, RemoteItem | None]:
        """The invoice's id, and Asanito's answer when it was issued just now."""
        seen: dict[int, RemoteItem] = {}

        async def send() -> int:
            reply = await self._asanito.issue_invoice(payload)
            seen[reply.id] = reply
            return reply.id

        async def find() -> list[int] | None:
            if not self._chosen.target.search_invoices:
                return None
            seen.update({item.id: item for item in await self._asanito.find_invoices(read.invoice.title) or []})
            same = [item.id for item in seen.values() if is_same(item, read.invoice, read.ids.person)]
            return await self._directory.not_others(entity, same)

        async def settle(conn: Connection, created: Created) -> None:
            steps = {"issued": created.content, "lines": line_ids(seen[created.asanito_id])}
            await writer.bind(conn, entity, created, steps)

        created = await writer.create(
            Creation(
                record_key(entity),
                "invoice.issue",
                send=send,
                find=find,
                settle=settle,
                content=entity.content_hash.hex(),
                only_look=entity.is_deleted,
            )
        )
        if created.now:
            return created.asanito_id, seen[created.asanito_id]
        if created.content != entity.content_hash.hex() and not entity.is_deleted:  # it has changed since it was sent
            lines = dict(seen[created.asanito_id].lines)
            if await self._edit(entity, payload, created.asanito_id, lines, writer) is None:
                raise skip("gone_meanwhile", "It was deleted in Asanito meanwhile: the next run issues it again.")
        return created.asanito_id, None

    async def _edit(
        self, entity: Entity, payload: Payload, asanito_id: int, lines: dict[int, int], writer: Writer
    ) -> int | None:
        """Its id; None when it is gone and has to be issued again.

        Args:
            lines: ids of its lines in Asanito, by index. Without any (it was taken over, or bound by hand) they are
                looked up: nothing is changed as long as a line could be lost or doubled.
        """
        lines = lines or await self._lines_there(payload["title"], asanito_id)
        if not lines:
            raise fail(
                "remote_locked",
                "The invoice changed after it was issued, and its lines in Asanito are not known: change it there.",
                asanito_id=asanito_id,
            )
        body = edit_payload(payload, asanito_id, lines)
        there: dict[int, int] = {}

        async def send() -> RemoteItem:
            return await self._asanito.edit_invoice(body)

        async def settle(conn: Connection, reply: RemoteItem) -> None:
            # Without the lines in the answer the next change can't be made: better refused than doubled.
            await writer.step(conn, entity, {"issued": entity.content_hash.hex(), "lines": line_ids(reply)})

        async def arrived() -> bool | None:
            there.update(await self._lines_there(payload["title"], asanito_id))
            return {item["index"] for item in body["NewItems"]} <= set(there) if there else None

        try:
            reply = await writer.update(
                record_key(entity),
                op="invoice.update",
                send=send,
                settle=settle,
                arrived=arrived if body["NewItems"] else None,  # lines can be added twice
            )
        except Refused as refused:
            if refused.is_not_there:
                await writer.forget(entity, asanito_id)
                return None
            raise fail(
                "remote_locked" if entity.steps.get("confirmed") else "remote_rejected",
                f"Asanito does not take the change of invoice {asanito_id}: {refused.error.detail}",
                asanito_id=asanito_id,
            ) from refused
        if reply is None:  # the new lines are there: now they are known, and changed like the others
            return await self._edit(entity, payload, asanito_id, there, writer)
        return asanito_id

    async def _lines_there(self, title: str, asanito_id: int) -> dict[int, int]:
        """The lines that an invoice has in Asanito, by index; empty when it can't be asked, or two have one index."""
        if not self._chosen.target.search_invoices:
            return {}
        try:
            found = await self._asanito.find_invoices(title) or []
        except Permanent as error:
            if error.code != "remote_not_found":
                raise
            return {}  # the option says that there is such a search, and there is none
        return next((lines_by_index(item.lines) for item in found if item.id == asanito_id), {})

    async def cancel(self, entity: Entity, asanito_id: int, writer: Writer) -> None:
        """Take it back: it was deleted in the source."""
        today = jalali_text(wall_time(self._core.clock.now(), self._chosen.source.tz))

        async def send() -> None:
            await self._asanito.set_invoice_status([asanito_id], CANCELLED, today)

        await writer.update(record_key(entity), op="invoice.cancel", send=send)

    async def _confirm(self, entity: Entity, invoice: Invoice, asanito_id: int, writer: Writer) -> None:
        zone = self._chosen.source.tz
        now = wall_time(self._core.clock.now(), zone)
        sold_at = jalali_text(now if self._chosen.sync.sell_date == "now" else invoice.sold_at)

        async def send() -> None:
            await self._asanito.set_invoice_status([asanito_id], CONFIRMED, sold_at)

        async def settle(conn: Connection, _: None) -> None:
            await writer.step(conn, entity, {"confirmed": True})

        await writer.update(record_key(entity), op="invoice.confirm", send=send, settle=settle)

    async def _read(self, entity: Entity) -> Read:
        factor = self._chosen.source.rial_factor
        if self._kind is Kind.STORE_INVOICE:
            items = await self._directory.items(entity.key)
            invoice = read_store_invoice(entity.row, items, rial_factor=factor)
        else:
            invoice = read_service_invoice(entity.key, entity.row, rial_factor=factor)
        person = (await self._directory.person(invoice.person_key)).need("person")
        found = await self._directory.products([line.product_key for line in invoice.lines])
        if self._chosen.sync.fractional_percent == "refuse" and invoice.tax_percent % 1:
            raise fail("invalid_data", f"The tax is {invoice.tax_percent} percent, which is not a whole number.")
        products = {key: dependency.need("product") for key, dependency in found.items()}
        return Read(invoice, await self._ids(invoice, person, products))

    async def _ids(self, invoice: Invoice, person: int, products: dict[Any, int]) -> Ids:
        mappings = self._mappings
        organization = mappings.get(MappingType.ORGANIZATION, invoice.organization)
        warehouse = self._chosen.defaults.host_warehouse_id
        if warehouse is None:
            raise skip("mapping_missing", "There is no default warehouse yet.", map_type="Defaults")
        return Ids(
            person=person,
            organization=organization,
            owner=mappings.get(MappingType.CREATOR_USER, invoice.creator),
            account=await self._account(organization),
            warehouse=warehouse,
            products=products,
            units={line.key: mappings.get(MappingType.PRODUCT_UNIT, line.unit) for line in invoice.lines},
            types={line.key: mappings.get(MappingType.PRODUCT_TYPE, line.type) for line in invoice.lines},
        )

    async def _account(self, organization: int) -> int:
        if organization not in self._accounts:
            self._accounts[organization] = await self._asanito.default_account(organization)
        account = self._accounts[organization]
        if account is None:
            raise skip("no_bank_account", f"Organization {organization} has no default bank account in Asanito.")
        return account


def is_same(item: RemoteItem, invoice: Invoice, person_id: int) -> bool:
    """Whether an invoice that a search gave is this one: number, person and day.

    The sum is not compared, since the source may have changed after the lost call. How Asanito writes a date that it
    answers is not known for sure: one that can't be read does not tell two invoices apart.
    """
    if (item.title, item.person_id) != (invoice.title, person_id):
        return False
    day = read_any_day(item.date)
    return day is None or abs(day - invoice.issued_at.date()) <= ONE_DAY


def known_lines(entity: Entity) -> dict[int, int]:
    """Ids of an invoice's lines in Asanito by index, as the last answer told them."""
    return {int(index): line_id for index, line_id in entity.steps.get("lines", {}).items()}


def check_total(invoice: Invoice, reply: RemoteItem | None) -> list[Warned]:
    """A warning when Asanito reckons another sum than we do."""
    lines = sum(line.amount for line in invoice.lines)
    if reply is None or reply.amount is None or reply.amount in (invoice.total, lines):
        return []
    return [
        Warned(
            "total_differs",
            f"Asanito reckons {reply.amount}, the source {invoice.total}.",
            {"asanito": reply.amount, "source": invoice.total},
        )
    ]


def line_ids(reply: RemoteItem) -> dict[str, int]:
    """The ids of the invoice's lines in Asanito by their index, as JSON keeps them."""
    return {str(index): line_id for index, line_id in reply.lines}
