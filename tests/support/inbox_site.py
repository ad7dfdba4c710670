"""A warehouse for tests of the inbox: a real FTP server, a database of the customer, the whole service over them."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import asyncpg

from common.core import Core, open_core
from common.jobs import Trigger
from services.invoices.main import SERVICE
from services.invoices.resources import Resources, open_resources
from services.invoices.settings import InvoicesSettings
from tests.support.api import api_settings
from tests.support.file_servers import FtpSite, running_ftp
from tests.support.jobs import run_now
from tests.support.session_site import SettableClock
from tests.support.sites import ServiceSite, with_clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

DAY = date(2026, 11, 20)
"""A Friday."""
MORNING = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
ANY_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGmWmyGZHDuYHmTjq9oC4vLp2oCbCnIhkF8x5Cg7aDgE"


@dataclass
class InboxSite(ServiceSite):
    """One site: its service, its inbox, its customer's view, its clock."""

    core: Core[InvoicesSettings]
    clock: SettableClock
    ftp: FtpSite
    customer: asyncpg.Pool
    resources: Resources
    settings: InvoicesSettings

    @property
    def inbox(self) -> Path:
        return self.ftp.folder

    def drop(self, content: bytes, *, name: str = "", declared: int | None = None) -> str:
        """The sender puts a file of today there."""
        count = content.count(b"\n") + 1 if declared is None else declared
        name = name or f"Letture20261120190411123_{count}.txt"
        (self.inbox / name).write_bytes(content)
        self.touch(name)
        return name

    def touch(self, name: str, at: datetime | None = None) -> None:
        """Set the sender's time of a file; the site's present one when left out."""
        moment = (at or self.clock.now()).timestamp()
        os.utime(self.inbox / name, (moment, moment))

    def left(self) -> list[str]:
        """The names in the inbox."""
        return sorted(path.name for path in self.inbox.iterdir())

    async def available(self, *numbers: int, day: date = DAY, branch: str = "LT", weight: str = "0.3") -> None:
        """These invoices are in the customer's view."""
        await self.customer.executemany(
            "INSERT INTO bdm.available_invoices (number, destination_branch, date, partial, weight) "
            "VALUES ($1, $2, $3, true, $4)",
            [(number, branch, day, Decimal(weight)) for number in numbers],
        )

    async def pick_up(self) -> asyncpg.Record:
        """One look by the real job, with its retries; the run as it ended."""
        async with self.core.db.transaction() as conn:
            run = await self.core.ledger.enqueue(conn, "imports.pick_up", {}, trigger=Trigger("manual", "test"))
        await self.work()
        for _ in range(5):
            async with self.core.db.connection() as conn:
                if await conn.execute("UPDATE runs SET run_at = now() WHERE state = 'queued'") == "UPDATE 0":
                    break
            await self.work()
        return await self.fetchrow("SELECT * FROM runs WHERE id = $1", run.id)

    async def work(self) -> int:
        return await run_now(SERVICE, self.core, self.resources)

    async def files(self) -> list[asyncpg.Record]:
        return await self.fetch("SELECT * FROM files ORDER BY id")

    async def remote_states(self) -> list[tuple[str, str]]:
        rows = await self.fetch("SELECT name, remote_state FROM remote_files ORDER BY id")
        return [(row["name"], row["remote_state"]) for row in rows]

    async def statuses(self) -> dict[int, str]:
        rows = await self.fetch("SELECT invoice_number, status FROM rows ORDER BY invoice_number")
        return {row["invoice_number"]: row["status"] for row in rows}

    async def mails(self) -> list[str]:
        """The keys' kinds, in order: an id in a key is nobody's business here."""
        rows = await self.fetch("SELECT key FROM outbox ORDER BY created_at, id")
        return [row["key"].split(":")[0] for row in rows]

    async def mail(self, kind: str) -> dict[str, Any]:
        row = await self.fetchrow("SELECT payload FROM outbox WHERE payload ->> 'kind' = $1", kind)
        data: dict[str, Any] = row["payload"]["data"]
        return data


def lines(*numbers: int, description: str = "Toys,Pet mat", value: str = "12.50") -> bytes:
    """A file of these invoices, without a final newline, as the sender writes it."""
    return b"\n".join(f"{number}|1|{description}|{value}".encode() for number in numbers)


def numbered(count: int, start: int = 600_000_000) -> Iterable[int]:
    return range(start, start + count)


async def make_customer(url: str) -> None:
    """The customer's schema, as their old application had it."""
    conn = await asyncpg.connect(url)
    await conn.execute(
        """
        CREATE SCHEMA bdm;
        CREATE TABLE bdm.available_invoices
            (number int, destination_branch text, date date, partial boolean, weight numeric);
        CREATE INDEX ON bdm.available_invoices (number);
        CREATE TABLE bdm.processing (invoice_number int, process_date date);
        """
    )
    await conn.close()


@asynccontextmanager
async def open_inbox_site(url: Any, customer_url: Any, folder: Path, **more: Any) -> AsyncIterator[InboxSite]:
    """The service over a database of its own, without Redis."""
    (folder / "inbox").mkdir(parents=True)
    async with AsyncExitStack() as stack:
        ftp = stack.enter_context(running_ftp(folder / "inbox"))
        await make_customer(customer_url.owner)
        customer = await stack.enter_async_context(asyncpg.create_pool(customer_url.owner, min_size=0, max_size=2))
        values = {
            "inbox_url": ftp.url,
            "delivery_url": ftp.url,
            "remote_log_url": "sftp://nobody@127.0.0.1:1/import.log",
            "remote_log_host_key": ANY_KEY,
            "view_database_url": str(customer_url.owner),
            "smtp_url": "smtp://127.0.0.1:1",
            "mail_from": "Portico <portico@example.org>",
        } | more
        settings = api_settings(InvoicesSettings, url, **values)
        clock = SettableClock(MORNING)
        core = with_clock(await stack.enter_async_context(open_core(SERVICE, settings, redis=False)), clock)
        resources = await stack.enter_async_context(open_resources(core))
        site = InboxSite(core, clock, ftp, customer, resources, settings)
        await site.put_options(SERVICE.options[1], stability_seconds=0)
        yield site
