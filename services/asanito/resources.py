"""The one place where the Asanito bridge is put together; API, worker and tests open the same."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from common.connections import ConnectionCheck, without_password
from common.limits import Rate, TargetLimit
from common.mail import Mailer
from services.asanito.adapters.asanito_api import open_asanito
from services.asanito.adapters.source import open_seeder, open_source, open_writer
from services.asanito.admin.service import AdminService
from services.asanito.alerts.service import AlertService
from services.asanito.contacts.service import ContactService
from services.asanito.deals.service import DealService
from services.asanito.dedupe.service import DedupeService
from services.asanito.doctor.service import DoctorService
from services.asanito.entities.service import EntityService
from services.asanito.invoices.service import InvoiceService
from services.asanito.mails.service import Mails
from services.asanito.mappings.service import MappingService
from services.asanito.mirror.service import MirrorService
from services.asanito.money.service import MoneyService
from services.asanito.options import TargetOptions
from services.asanito.products.service import ProductService
from services.asanito.receipts.service import ReceiptService
from services.asanito.source.rescan import RescanService
from services.asanito.source.rules import Kind
from services.asanito.source.service import SourceService
from services.asanito.sync.service import SyncService
from services.asanito.takeover.service import TakeOverService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from common.core import Core
    from services.asanito.ports import AsanitoApi, SourceReader
    from services.asanito.settings import AsanitoSettings
    from services.asanito.sync.service import Sender

CONSOLES_SHARE = 0.2
"""What people look up (previews, searches, connection tests) comes on top of the worker's calls, so much of them at
most: who asks waits for no long run, and a run is as quick as the option says."""


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything that endpoints and jobs may use."""

    core: Core[AsanitoSettings]
    reader: SourceReader
    asanito: AsanitoApi
    source: SourceService
    rescan: RescanService
    takeover: TakeOverService
    mirror: MirrorService
    doctor: DoctorService
    sync: SyncService
    mappings: MappingService
    contacts: ContactService
    products: ProductService
    store_invoices: InvoiceService
    service_invoices: InvoiceService
    receipts: ReceiptService
    deals: DealService
    dedupe: DedupeService
    entities: EntityService
    money: MoneyService
    mails: Mails
    alerts: AlertService
    admin: AdminService
    connections: tuple[ConnectionCheck, ...]

    @property
    def senders(self) -> dict[Kind, Sender]:
        """The kinds of records, in the order in which they depend on each other."""
        every = (self.contacts, self.products, self.store_invoices, self.service_invoices, self.receipts)
        return {sender.kind: sender for sender in every}


async def _limit(core: Core[AsanitoSettings]) -> TargetLimit:
    """How hard this process may ask Asanito; a changed option holds for a run that is under way already."""
    share = CONSOLES_SHARE if core.process == "api" else 1

    async def rate() -> Rate:
        target = await core.options.get(TargetOptions)
        return Rate(target.calls_per_second * share, target.concurrency)

    now = await rate()
    limit = TargetLimit("asanito", per_second=now.per_second, concurrency=now.concurrency)
    limit.follow(rate)
    return limit


@asynccontextmanager
async def open_resources(core: Core[AsanitoSettings]) -> AsyncIterator[Resources]:
    """Open the clients of the source and of Asanito; neither has to be there yet."""
    settings = core.settings
    source_url = settings.source_url.get_secret_value()
    async with AsyncExitStack() as stack:
        limit = await _limit(core)
        reader = await stack.enter_async_context(open_source(source_url, settings.source_driver))
        asanito = await stack.enter_async_context(open_asanito(settings, limit))
        writer = None
        if writeback_url := settings.writeback_url.get_secret_value():
            writer = await stack.enter_async_context(open_writer(writeback_url, settings.source_driver))
        seeder = None
        if seed_url := settings.seed_url.get_secret_value():
            reads = unquote(urlsplit(source_url).username or "")
            seeder = await stack.enter_async_context(open_seeder(seed_url, settings.source_driver, reader=reads))
        mirror = MirrorService(core, reader, writer)
        takeover = TakeOverService(core, reader)
        source = SourceService(core, reader, takeover)
        mappings = MappingService(core)
        sync = SyncService(core, source=source, asanito=asanito)
        deals = DealService(core, asanito=asanito, want_again=sync.want_steps_again)
        smtp_url = settings.smtp_url.get_secret_value()
        mailer = Mailer(smtp_url, sender=settings.mail_from)
        mails, money = Mails(core, mailer), MoneyService(core)
        await mails.warn_of_faults()
        yield Resources(
            core=core,
            reader=reader,
            asanito=asanito,
            source=source,
            rescan=RescanService(core, reader, source, mirror),
            takeover=takeover,
            mirror=mirror,
            doctor=DoctorService(core, reader=reader, writer=writer, asanito=asanito, sync=sync),
            sync=sync,
            dedupe=DedupeService(core, source=source),
            entities=EntityService(core, sync=sync),
            mappings=mappings,
            contacts=ContactService(core, asanito=asanito, mappings=mappings),
            products=ProductService(core, asanito=asanito, mappings=mappings),
            store_invoices=InvoiceService(core, Kind.STORE_INVOICE, asanito=asanito, mappings=mappings, deals=deals),
            service_invoices=InvoiceService(
                core, Kind.SERVICE_INVOICE, asanito=asanito, mappings=mappings, deals=deals
            ),
            receipts=ReceiptService(core, asanito=asanito, mappings=mappings),
            deals=deals,
            money=money,
            mails=mails,
            alerts=AlertService(core, mails=mails, money=money),
            admin=AdminService(core, seeder),
            connections=(
                ConnectionCheck(
                    "source", "Source database", urlsplit(source_url).scheme, without_password(source_url), reader.probe
                ),
                ConnectionCheck("asanito", "Asanito", "https", str(settings.base_url), asanito.probe),
                ConnectionCheck("mail", "Mail server", "smtp", without_password(smtp_url), mailer.probe),
            ),
        )
