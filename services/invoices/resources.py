"""The one place where the invoices service is put together; API, worker and tests open the same."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from common.connections import ConnectionCheck, without_password
from common.db import close_pool
from common.mail import Mailer
from common.transfer import FileServer, open_server, probe
from services.invoices.adapters.processing_table import ProcessingTable
from services.invoices.adapters.remote_log import RemoteLogFile
from services.invoices.adapters.warehouse_view import CustomerView
from services.invoices.alerts.service import AlertService
from services.invoices.decisions.service import DecisionService
from services.invoices.dispatch.service import DispatchService
from services.invoices.imports.service import ImportService
from services.invoices.inbox.service import InboxService
from services.invoices.mails.service import Mails
from services.invoices.sessions.outcomes import SessionOutcomes
from services.invoices.sessions.service import SessionService
from services.invoices.uploads.service import UploadService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from common.core import Core
    from common.db import Pool
    from services.invoices.settings import InvoicesSettings

CUSTOMER_CONNECTIONS = 4
LONGEST_CALL_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything that endpoints and jobs may use."""

    core: Core[InvoicesSettings]
    imports: ImportService
    uploads: UploadService
    decisions: DecisionService
    inbox: InboxService
    alerts: AlertService
    sessions: SessionService
    dispatch: DispatchService
    mails: Mails
    connections: tuple[ConnectionCheck, ...]


@asynccontextmanager
async def open_resources(core: Core[InvoicesSettings]) -> AsyncIterator[Resources]:
    """Open the clients of the outside systems; none of them has to be there yet."""
    settings = core.settings
    # A call that may do something outside ends well before the lease does.
    seconds = min(LONGEST_CALL_SECONDS, settings.lease_seconds / 2)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(customer_pool(settings.view_database_url.get_secret_value()))
        inbox = open_server(
            settings.inbox_url.get_secret_value(),
            name="inbox",
            tls_ca=settings.inbox_tls_ca,
            timeout_seconds=seconds,
            idle_seconds=seconds,
        )
        delivery = open_server(
            settings.delivery_url.get_secret_value(),
            name="delivery",
            tls_ca=settings.delivery_tls_ca,
            timeout_seconds=seconds,
            idle_seconds=seconds,
        )
        log_url, log_name = split_file(settings.remote_log_url.get_secret_value())
        log_server = open_server(
            log_url, name="remote_log", host_key=settings.remote_log_host_key, timeout_seconds=seconds
        )
        mailer = Mailer(settings.smtp_url.get_secret_value(), sender=settings.mail_from)
        view = CustomerView(pool, core.options)
        processing = ProcessingTable(pool, core.options)
        remote_log = RemoteLogFile(log_server, log_name, f"{log_name}.1")
        mails = Mails(core, mailer)
        await mails.warn_of_faults()
        alerts = AlertService(core, mails=mails)
        imports = ImportService(core, view=view, mails=mails)
        outcomes = SessionOutcomes(core, mails)
        sessions = SessionService(core, outcomes=outcomes, mails=mails, processing=processing, remote_log=remote_log)
        yield Resources(
            core=core,
            imports=imports,
            uploads=UploadService(core, imports=imports),
            decisions=DecisionService(core, imports=imports),
            inbox=InboxService(core, server=inbox, imports=imports, alerts=alerts, mails=mails),
            alerts=alerts,
            sessions=sessions,
            dispatch=DispatchService(
                core, sessions=sessions, outcomes=outcomes, view=view, delivery=delivery, remote_log=remote_log
            ),
            mails=mails,
            connections=(
                file_check("inbox", "Inbox", inbox),
                file_check("delivery", "Delivery folder", delivery),
                file_check("remote_log", "Receiver's log", log_server),
                ConnectionCheck("view", "Customer's views", "postgresql", customer_address(settings), view.probe),
                ConnectionCheck(
                    "processing", "Processed shipments", "postgresql", customer_address(settings), processing.probe
                ),
                ConnectionCheck("mail", "Mail server", "smtp", mail_address(settings), mailer.probe),
            ),
        )


def file_check(name: str, title: str, server: FileServer) -> ConnectionCheck:
    """A connection test of a file server."""
    return ConnectionCheck(name, title, urlsplit(server.address).scheme, server.address, partial(probe, server))


def split_file(url: str) -> tuple[str, str]:
    """The URL of a file's folder, and the file's name."""
    parts = urlsplit(url)
    path = PurePosixPath(parts.path)
    return urlunsplit(parts._replace(path=str(path.parent))), path.name


def customer_address(settings: InvoicesSettings) -> str:
    """Where the customer's database is, without the password."""
    return without_password(settings.view_database_url.get_secret_value())


def mail_address(settings: InvoicesSettings) -> str:
    """Where the mail server is, without the password."""
    return without_password(settings.smtp_url.get_secret_value())


@asynccontextmanager
async def customer_pool(url: str) -> AsyncIterator[Pool]:
    """Connections to the customer's database that can't write; none is opened before it is needed."""
    pool = await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=CUSTOMER_CONNECTIONS,
        timeout=LONGEST_CALL_SECONDS,
        server_settings={"application_name": "portico", "default_transaction_read_only": "on"},
    )
    try:
        yield pool
    finally:
        await close_pool(pool)
