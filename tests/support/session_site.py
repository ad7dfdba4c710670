"""A warehouse for tests of sessions: delivery server, log host and customer's table are real, the view is a fake."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

from common.core import Core, ServiceDefinition, open_core
from common.identity import Identity
from common.mail import Mailer
from common.migrate import COMMON_BASE, COMMON_FILES, COMMON_JOBS, Component
from common.transfer import open_server
from services.invoices.adapters.processing_table import ProcessingTable
from services.invoices.adapters.remote_log import RemoteLogFile
from services.invoices.dispatch.jobs import jobs as dispatch_jobs
from services.invoices.dispatch.service import DispatchService
from services.invoices.mails.service import Mails
from services.invoices.options import DispatchOptions, MailOptions, SiteOptions, ViewOptions
from services.invoices.ports import AvailableInvoice
from services.invoices.sessions.endpoints import router as sessions_router
from services.invoices.sessions.jobs import jobs as sessions_jobs
from services.invoices.sessions.outcomes import SessionOutcomes
from services.invoices.sessions.repository import Session, SessionRepository
from services.invoices.sessions.service import SessionService
from services.invoices.settings import InvoicesSettings
from tests.support.file_servers import FtpSite, SftpSite, running_ftp, running_sftp
from tests.support.jobs import run_now
from tests.support.sites import ServiceSite, with_clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

MIGRATIONS = Path(__file__).parents[2] / "services" / "invoices" / "migrations"
COMPONENTS = (COMMON_BASE, COMMON_FILES, COMMON_JOBS, Component("invoices", MIGRATIONS))
DAY = date(2026, 11, 20)
MORNING = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
OPERATOR = Identity("u1", "M. Rossi", "user", "operator")
ADMIN = Identity("u2", "A. Bianchi", "user", "admin")
LOG = "import.log"


@dataclass
class SettableClock:
    """A clock that stands still until it is told."""

    at: datetime = MORNING

    def now(self) -> datetime:
        return self.at

    def advance(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class FakeView:
    """The customer's view as a list; `error` is raised instead of an answer."""

    rows: list[AvailableInvoice] = field(default_factory=list)
    error: Exception | None = None

    async def find(self, numbers: Sequence[int]) -> AsyncIterator[list[AvailableInvoice]]:
        if self.error:
            raise self.error
        wanted = set(numbers)
        yield [row for row in self.rows if row.number in wanted]


@dataclass
class Site(ServiceSite):
    """One site with its session service, its dispatch, and the outside in the test's hands."""

    core: Core[InvoicesSettings]
    clock: SettableClock
    view: FakeView
    ftp: FtpSite
    ssh: SftpSite
    definition: ServiceDefinition[InvoicesSettings, Any]
    customer: asyncpg.Pool
    mails: Mails
    sessions: SessionService
    dispatch: DispatchService

    async def add_session(self, *numbers: int, day: date = DAY, available: bool = True) -> Session:
        """A ready session with these invoices, all in the view unless told otherwise."""
        async with self.core.db.transaction() as conn:
            session_id = await conn.fetchval(
                "INSERT INTO sessions (business_date, total, kept) VALUES ($1, $2, $2) RETURNING id", day, len(numbers)
            )
            file_id = await conn.fetchval(
                """INSERT INTO files (sha256, name, source, size_bytes, business_date, received_at, state, session_id)
                VALUES (gen_random_uuid()::text, 'Letture20261120080000000_3.txt', 'ftp', 99, $1, $2, 'imported', $3)
                RETURNING id""",
                day,
                self.clock.now(),
                session_id,
            )
            await conn.executemany(
                """INSERT INTO rows
                (file_id, session_id, line_number, invoice_number, quantity, description, value, status)
                VALUES ($1, $2, $3, $4, 1, 'Shoes', 9.99, 'valid')""",
                [(file_id, session_id, line, number) for line, number in enumerate(numbers, 1)],
            )
        if available:
            self.view.rows += [AvailableInvoice(number, "LT", day, Decimal("0.3")) for number in numbers]
        return await self.session(day)

    async def session(self, day: date = DAY) -> Session:
        async with self.core.db.connection() as conn:
            session = await SessionRepository(conn).find(day)
        assert session is not None
        return session

    async def set(self, **columns: Any) -> None:
        """Put the session of `DAY` into a state, as if things had happened."""
        names = ", ".join(f"{name} = ${number}" for number, name in enumerate(columns, 2))
        async with self.core.db.connection() as conn:
            statement = f"UPDATE sessions SET {names} WHERE business_date = $1"  # noqa: S608 - names of this file
            await conn.execute(statement, DAY, *columns.values())

    async def work(self) -> int:
        """Execute every run that is due."""
        return await run_now(self.definition, self.core, self)

    async def work_again(self) -> int:
        """Let what waits for later become due, and execute it."""
        async with self.core.db.connection() as conn:
            await conn.execute("UPDATE runs SET run_at = now() WHERE state = 'queued'")
        return await self.work()

    def delivered(self) -> list[Path]:
        """The files on the delivery server, temporary ones included."""
        return sorted(path for path in self.ftp.folder.iterdir() if path.is_file())

    def part(self, name: str) -> Path:
        """The temporary file of a file that is being delivered; it must be there."""
        (found,) = self.ftp.folder.glob(f".{Path(name).name}.*.part")
        return found

    def log(self, text: str) -> None:
        """Append to the receiver's log."""
        with (self.ssh.folder / LOG).open("a", encoding="utf-8") as file:
            file.write(text)

    async def process(self, *numbers: int, day: date = DAY) -> None:
        """The warehouse sends these shipments off."""
        await self.customer.executemany("INSERT INTO bdm.processing VALUES ($1, $2)", [(n, day) for n in numbers])

    async def mail_keys(self) -> list[str]:
        async with self.core.db.connection() as conn:
            return [row["key"] for row in await conn.fetch("SELECT key FROM outbox ORDER BY id")]

    async def mail_data(self, key: str) -> dict[str, Any]:
        async with self.core.db.connection() as conn:
            return (await conn.fetchval("SELECT payload FROM outbox WHERE key = $1", key))["data"]

    async def runs(self, job: str) -> list[asyncpg.Record]:
        async with self.core.db.connection() as conn:
            return await conn.fetch("SELECT * FROM runs WHERE job = $1 ORDER BY id", job)

    async def effects(self) -> list[str]:
        async with self.core.db.connection() as conn:
            return [row["state"] for row in await conn.fetch("SELECT state FROM run_effects ORDER BY planned_at")]


@asynccontextmanager
async def open_site(url: Any, folder: Path, *, smtp_port: int = 1) -> AsyncIterator[Site]:
    """The site over a database made of `COMPONENTS`, with its servers below `folder`."""
    for name in ("delivery", "log"):
        (folder / name).mkdir()
    async with AsyncExitStack() as stack:
        ftp = stack.enter_context(running_ftp(folder / "delivery"))
        ssh = await stack.enter_async_context(running_sftp(folder / "log"))
        owner = await asyncpg.connect(url.owner)
        await owner.execute(
            """CREATE SCHEMA bdm;
            CREATE TABLE bdm.processing (invoice_number int, process_date date);
            CREATE TABLE bdm.available_invoices
                (number int, destination_branch text, date date, partial boolean, weight numeric);"""
        )
        await owner.close()
        customer = await stack.enter_async_context(asyncpg.create_pool(url.owner, min_size=0, max_size=2))
        definition = ServiceDefinition(
            name="invoices",
            title="Invoices",
            settings=InvoicesSettings,
            migrations=MIGRATIONS,
            open_resources=lambda _core: stack,
            jobs=[sessions_jobs, dispatch_jobs],
            options=[SiteOptions, DispatchOptions, ViewOptions, MailOptions],
            routers=[sessions_router],
        )
        settings = InvoicesSettings(
            environment="development",
            database_url=url,
            redis_url="redis://127.0.0.1:1/0",
            identity_keys='{"keys": []}',
            inbox_url="ftp://127.0.0.1/",
            delivery_url=ftp.url,
            remote_log_url=f"{ssh.url}{LOG}",
            remote_log_host_key=ssh.host_key,
            view_database_url=str(url.owner),
            smtp_url=f"smtp://127.0.0.1:{smtp_port}",
            mail_from="Portico <portico@example.org>",
            database_pool_size=10,
        )
        clock = SettableClock()
        core = with_clock(await stack.enter_async_context(open_core(definition, settings, redis=False)), clock)
        view = FakeView()
        remote_log = RemoteLogFile(
            open_server(ssh.url, name="remote_log", host_key=ssh.host_key, timeout_seconds=5), LOG, f"{LOG}.1"
        )
        mails = Mails(core, Mailer(f"smtp://127.0.0.1:{smtp_port}", sender=settings.mail_from, timeout_seconds=2))
        processing = ProcessingTable(customer, core.options)
        outcomes = SessionOutcomes(core, mails)
        sessions = SessionService(core, outcomes=outcomes, mails=mails, processing=processing, remote_log=remote_log)
        delivery = open_server(ftp.url, name="delivery", timeout_seconds=5)
        dispatch = DispatchService(
            core, sessions=sessions, outcomes=outcomes, view=view, delivery=delivery, remote_log=remote_log
        )
        yield Site(core, clock, view, ftp, ssh, definition, customer, mails, sessions, dispatch)
