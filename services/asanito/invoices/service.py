"""Invoices: issued, confirmed, and their deals opened; each step is remembered, so that none is ever done twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.errors import Permanent
from services.asanito.formats.jalali import jalali_text, wall_time
from services.asanito.invoices.rules import (
    CONFIRMED,
    Ids,
    Invoice,
    edit_payload,
    issue_payload,
    read_service_invoice,
    read_store_invoice,
)
from services.asanito.mappings.rules import MappingType
from services.asanito.options import DefaultOptions, SourceOptions, SyncOptions, TargetOptions, zone_of
from services.asanito.source.rules import Kind
from services.asanito.sync.directory import Directory
from services.asanito.sync.rules import NotSent, Plan, Warned, fail, rejected, skip
from services.asanito.sync.writer import record_key

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
        asanito_id = entity.asanito_id
        if asanito_id is not None and plan.op == "update":
            asanito_id = await self._edit(entity, plan.payload, asanito_id, writer)
        if asanito_id is None:
            asanito_id, reply = await self._issue(entity, plan.payload, read, writer)
            warnings += check_total(read.invoice, reply)
        if not entity.steps.get("confirmed") or plan.op == "create":
            await self._confirm(entity, read.invoice, asanito_id, writer)
        warnings += await self._deals.open_for(entity, read.invoice, read.ids, writer)
        return warnings

    async def _issue(
        self, entity: Entity, payload: Payload, read: Read, writer: Writer
    ) -> tuple[int, RemoteItem | None]:
        replies: list[RemoteItem] = []

        async def send() -> int:
            replies.append(await self._asanito.issue_invoice(payload))
            return replies[-1].id

        async def find() -> list[int] | None:
            return await self._find(entity, payload, read)

        async def settle(conn: Connection, asanito_id: int, origin: str) -> None:
            steps = {"issued": entity.content_hash.hex(), "lines": line_ids(replies[-1]) if replies else {}}
            await writer.bind(conn, entity, asanito_id, origin, steps)

        created = await writer.create(record_key(entity), op="invoice.issue", send=send, find=find, settle=settle)
        return created.asanito_id, replies[-1] if replies else None

    async def _edit(self, entity: Entity, payload: Payload, asanito_id: int, writer: Writer) -> int | None:
        """Its id; None when it is gone and has to be issued again."""
        lines = {int(index): line_id for index, line_id in entity.steps.get("lines", {}).items()}
        if not lines:
            raise fail(
                "remote_locked",
                "The invoice changed after it was issued, and its lines in Asanito are not known: change it there.",
                asanito_id=asanito_id,
            )

        async def send() -> RemoteItem:
            return await self._asanito.edit_invoice(edit_payload(payload, asanito_id, lines))

        async def settle(conn: Connection) -> None:
            await writer.step(conn, entity, {"issued": entity.content_hash.hex()})

        try:
            reply = await writer.update(record_key(entity), op="invoice.update", send=send, settle=settle)
        except Permanent as error:
            if error.code == "remote_not_found":
                await writer.forget(entity, asanito_id)
                return None
            raise fail(
                "remote_locked" if entity.steps.get("confirmed") else "remote_rejected",
                f"Asanito does not take the change of invoice {asanito_id}: {error.detail}",
                asanito_id=asanito_id,
            ) from error
        if reply.lines:
            async with self._db.transaction() as conn:
                await writer.step(conn, entity, {"lines": line_ids(reply)})
        return asanito_id

    async def _confirm(self, entity: Entity, invoice: Invoice, asanito_id: int, writer: Writer) -> None:
        zone = zone_of(self._chosen.source)
        now = wall_time(self._core.clock.now(), zone)
        sold_at = jalali_text(now if self._chosen.sync.sell_date == "now" else invoice.sold_at)

        async def send() -> None:
            await self._asanito.set_invoice_status([asanito_id], CONFIRMED, sold_at)

        async def settle(conn: Connection) -> None:
            await writer.step(conn, entity, {"confirmed": True})

        try:
            await writer.update(record_key(entity), op="invoice.confirm", send=send, settle=settle)
        except Permanent as error:
            raise NotSent(rejected(error)) from error

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

    async def _find(self, entity: Entity, payload: Payload, read: Read) -> list[int] | None:
        """Invoices with this number, person, date and total that are nobody's yet; None when it can't be asked."""
        if not self._chosen.target.search_invoices:
            return None
        found = [
            item.id
            for item in await self._asanito.find_invoices(read.invoice.title) or []
            if item.title == payload["title"]
            and item.person_id == payload["personID"]
            and item.date.startswith(payload["date"])
        ]
        return await self._directory.not_others(entity, found)


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
